"""Delegations, their seats and tasks: the rules of their services."""

from datetime import date

import pytest
from django.utils import timezone

from clinics.enums import DelegateState
from clinics.models import Application, Delegation, DelegationTask, Seats
from clinics.services.delegations import (
    TooFewSeats,
    add_delegation,
    add_task,
    change_task,
    finish_task,
    remove_delegation,
    reopen_task,
    set_all_seats,
    set_seats,
)
from core.audiences import keys_for
from core.errors import DomainError
from core.models import Event
from tests.factories import (
    ApplicationFactory,
    DelegateFactory,
    DelegationFactory,
    EditionFactory,
    InvitationFactory,
    TeamMemberFactory,
)

pytestmark = pytest.mark.django_db


def numbers(delegation) -> dict:
    return dict(Seats.objects.filter(delegation=delegation, number__gt=0).values_list("group", "number"))


def test_a_country_joins_with_its_seats_and_the_team_reads_it(staff, tutor):
    edition = EditionFactory()
    TeamMemberFactory(edition=edition, user=tutor)

    made = add_delegation(edition=edition, country="zm", seats={"workers": 2, "finance": 0}, actor=staff)

    assert (made.country, numbers(made)) == ("ZM", {"workers": 2})
    assert made.key in keys_for(type(tutor).objects.get(pk=tutor.pk))
    assert Event.objects.about(made).get().act == "add a delegation"


@pytest.mark.parametrize(
    ("country", "seats", "code"),
    [
        ("MW", {}, "twice"),
        ("ZZ", {}, "country"),
        ("", {}, "country"),
        ("KE", {"workers": -1}, "seats"),
        ("KE", {"x": 1}, "seats"),
    ],
)
def test_a_country_that_cannot_join_is_refused(staff, country, seats, code):
    edition = DelegationFactory().edition

    with pytest.raises(DomainError) as refused:
        add_delegation(edition=edition, country=country, seats=seats, actor=staff)

    assert refused.value.code == code
    assert Delegation.objects.count() == 1


def test_seats_below_those_taken_are_refused_with_the_number(staff):
    delegate = DelegateFactory()
    DelegateFactory(delegation=delegate.delegation)

    with pytest.raises(TooFewSeats) as refused:
        set_seats(delegation=delegate.delegation, numbers={"workers": 1, "labour": 9}, actor=staff)

    assert "2 seats" in refused.value.groups["workers"]
    assert numbers(delegate.delegation)["labour"] == 2


def test_seats_promised_by_offers_count_as_taken(staff):
    delegation = DelegationFactory(seats={"workers": 1})
    ApplicationFactory(
        edition=delegation.edition, state="offered", offer_until=delegation.edition.moment(delegation.edition.ends_on)
    )

    with pytest.raises(TooFewSeats):
        set_seats(delegation=delegation, numbers={"workers": 0}, actor=staff)


def test_new_seats_go_to_who_waits_and_no_further(staff):
    delegation = DelegationFactory(seats={"workers": 1})
    DelegateFactory(delegation=delegation)
    waiting = [ApplicationFactory(edition=delegation.edition, state="waiting", released_at=timezone.now()) for _ in range(3)]

    set_seats(delegation=delegation, numbers={"workers": 3}, actor=staff)

    states = [Application.objects.get(pk=one.pk).state for one in waiting]
    assert sorted(states) == ["offered", "offered", "waiting"]


def test_setting_the_same_seats_changes_nothing(staff):
    delegation = DelegationFactory()

    set_seats(delegation=delegation, numbers={"workers": 2}, actor=staff)

    assert not Event.objects.about(delegation).exists()


def test_a_grid_is_saved_whole_or_not_at_all(staff):
    delegate = DelegateFactory()
    edition = delegate.edition
    other = DelegationFactory(edition=edition, country="KE")
    grid = {other.pk: {"workers": 5}, delegate.delegation_id: {"workers": 0}}

    with pytest.raises(TooFewSeats) as refused:
        set_all_seats(edition=edition, grid=grid, actor=staff)

    assert list(refused.value.groups) == [(delegate.delegation_id, "workers")]
    assert numbers(other)["workers"] == 2
    assert set_all_seats(edition=edition, grid={other.pk: {"workers": 5}}, actor=staff) == 1
    assert numbers(other)["workers"] == 5


def test_only_an_empty_delegation_is_removed(staff):
    delegate = DelegateFactory(state=DelegateState.WITHDRAWN)
    invited = InvitationFactory(delegation__country="KE").delegation
    empty = DelegationFactory(country="ZM")

    for used in (delegate.delegation, invited):
        with pytest.raises(DomainError) as refused:
            remove_delegation(delegation=used, actor=staff)
        assert refused.value.code == "in use"
    remove_delegation(delegation=empty, actor=staff)

    assert not Delegation.objects.filter(pk=empty.pk).exists()
    assert Event.objects.get(act="remove a delegation").before == {"country": "ZM"}


def test_a_task_is_cleaned_kept_in_its_language_finished_and_opened_again(participant):
    delegate = DelegateFactory(user=participant)
    facts = {"delegation": delegate.delegation, "actor": participant}

    task = add_task(title="  Demander\x07 à la banque ", language="fr", owner=delegate.pk, due_on=date(2027, 2, 1), **facts)
    finish_task(task=task, actor=participant)
    first = DelegationTask.objects.get().done_at
    finish_task(task=task, actor=participant)

    assert (task.title, task.language, task.owner) == ("Demander à la banque", "fr", delegate)
    assert DelegationTask.objects.get().done_at == first
    assert reopen_task(task=task, actor=participant).done_at is None


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"title": " \n "}, "empty"),
        ({"title": "x" * 201}, "long"),
        ({"language": "de"}, "language"),
        ({"owner": 10**6}, "owner"),
    ],
)
def test_a_task_that_cannot_be_kept_is_refused(participant, facts, code):
    delegate = DelegateFactory(user=participant)
    facts = {"title": "Ask", "language": "en"} | facts

    with pytest.raises(DomainError) as refused:
        add_task(delegation=delegate.delegation, actor=participant, **facts)

    assert refused.value.code == code
    assert not DelegationTask.objects.exists()


def test_neither_a_former_nor_another_delegations_member_owns_a_task(participant):
    delegate = DelegateFactory(user=participant)
    task = add_task(delegation=delegate.delegation, title="Ask", language="en", actor=participant)
    former = DelegateFactory(delegation=delegate.delegation, state=DelegateState.WITHDRAWN)

    for other in (former, DelegateFactory(delegation__country="KE")):
        with pytest.raises(DomainError) as refused:
            change_task(task=task, title="Ask", language="en", actor=participant, owner=other.pk)
        assert refused.value.code == "owner"
