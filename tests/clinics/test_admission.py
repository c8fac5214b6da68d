"""Seats: taken once, promised once, and the keys that come with them."""

import pytest

from clinics.enums import EditionState
from clinics.models import Delegate, Delegation, Edition
from clinics.services.admission import admit, places
from core.audiences import keys_for
from core.errors import DomainError
from tests.factories import ApplicationFactory, DelegateFactory, DelegationFactory, TeamMemberFactory, UserFactory

pytestmark = pytest.mark.django_db


def fresh(user):
    return type(user).objects.get(pk=user.pk)


def test_who_takes_a_seat_reads_the_edition_and_her_delegation(participant, outsider):
    delegation = DelegationFactory()

    admit(delegation=delegation, user=participant, group="workers")

    assert {delegation.edition.key, delegation.key} <= keys_for(fresh(participant))
    assert Delegation.objects.visible_to(fresh(participant)).get() == delegation
    assert Edition.objects.inside(fresh(participant)).get() == delegation.edition
    assert not Delegation.objects.visible_to(outsider).exists()
    assert not Edition.objects.inside(outsider).exists()


def test_a_tutor_reads_every_delegation_of_her_edition_and_no_other(tutor):
    own, other = DelegationFactory(), DelegationFactory(country="KE")
    TeamMemberFactory(edition=own.edition, user=tutor)

    assert list(Delegation.objects.visible_to(fresh(tutor))) == [own]
    assert list(Edition.objects.led_by(fresh(tutor))) == [own.edition]
    assert other not in Delegation.objects.visible_to(fresh(tutor))


def test_an_interpreter_reads_no_delegation(tutor):
    delegation = DelegationFactory()
    TeamMemberFactory(edition=delegation.edition, user=tutor, role="interpreter")

    assert not Delegation.objects.visible_to(fresh(tutor)).exists()


def test_an_open_offer_holds_its_seat(participant):
    delegation = DelegationFactory(seats={"workers": 1})
    offered = ApplicationFactory(
        edition=delegation.edition, state="offered", offer_until=delegation.edition.moment(delegation.edition.starts_on)
    )

    assert places(delegation, "workers").free == 0
    with pytest.raises(DomainError) as refused:
        admit(delegation=delegation, user=participant, group="workers")
    assert refused.value.code == "full"
    assert admit(delegation=delegation, user=offered.user, group="workers", promised=True)


def test_nobody_has_two_seats_in_one_edition(participant):
    delegation = DelegationFactory()
    other = DelegationFactory(edition=delegation.edition, country="ZM")
    admit(delegation=delegation, user=participant, group="workers")

    with pytest.raises(DomainError) as refused:
        admit(delegation=other, user=participant, group="workers")

    assert refused.value.code == "joined"


def test_capacity_of_the_edition_counts_all_delegations(participant):
    taken = DelegateFactory()
    Edition.objects.update(capacity=1)

    with pytest.raises(DomainError) as refused:
        admit(delegation=DelegationFactory(edition=taken.edition, country="ZM"), user=participant, group="workers")

    assert refused.value.code == "full"


@pytest.mark.parametrize("state", [state for state in EditionState if state in ("draft", "follow_up", "closed")])
def test_no_seat_is_taken_in_a_state_that_does_not_allow_it(participant, state):
    delegation = DelegationFactory(edition__state=state)

    with pytest.raises(DomainError) as refused:
        admit(delegation=delegation, user=participant, group="workers")

    assert refused.value.code == "state"


@pytest.mark.django_db(transaction=True)
def test_the_last_seat_is_taken_once_when_two_accept_at_the_same_moment(at_once):
    delegation = DelegationFactory(seats={"workers": 1})
    first, second = UserFactory(), UserFactory()

    found = at_once(*(lambda who=who: admit(delegation=delegation, user=who, group="workers") for who in (first, second)))

    assert sorted(type(one).__name__ for one in found) == ["Delegate", "DomainError"]
    assert Delegate.objects.active().count() == 1
