"""Offers: accepted once, declined, withdrawn, run out; the last seat is safe."""

from datetime import timedelta

import pytest
from django.utils import timezone

from clinics import tasks
from clinics.models import Application, Delegate, Seats
from clinics.services.offers import accept_offer, decline_offer, expire_offers, withdraw_application
from core.audiences import keys_for
from core.errors import DomainError
from core.models import Event
from reminders.models import Letter
from tests.factories import ApplicationFactory, DelegateFactory, DelegationFactory, EditionFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def delegation():
    return DelegationFactory(edition=EditionFactory(state="selection", slug="offered"), seats={"workers": 1})


def offered(delegation, **fields):
    facts = {"state": "offered", "offer_until": timezone.now() + timedelta(days=3), "offers": 1, "decision": "offer",
             "released_at": timezone.now(), "country": delegation.country}  # fmt: skip
    return ApplicationFactory(edition=delegation.edition, **(facts | fields))


def waits(delegation, rank):
    return offered(delegation, state="waiting", offer_until=None, offers=0, rank=rank, decision="wait")


def refused(act, **facts) -> str:
    with pytest.raises(DomainError) as refusal:
        act(**facts)
    return refusal.value.code


def state_of(row) -> str:
    return Application.objects.get(pk=row.pk).state


def told(kind) -> list:
    return list(Letter.objects.filter(kind=kind, channel="mail").values_list("recipient", flat=True))


# Accepting ----------------------------------------------------------------------------------------
def test_accepting_gives_the_seat_and_its_keys(delegation):
    row = offered(delegation)

    delegate = accept_offer(application=row)

    assert (delegate.user, delegate.group) == (row.user, "workers")
    assert state_of(row) == "accepted"
    assert delegation.key in keys_for(type(row.user).objects.get(pk=row.user_id))
    assert told("clinics.admitted") == [row.user_id]


def test_a_double_click_finds_the_seat(delegation):
    row = offered(delegation)

    assert accept_offer(application=row) == accept_offer(application=row)
    assert Delegate.objects.count() == 1
    assert Event.objects.filter(act="application ends").count() == 1


@pytest.mark.parametrize("state", ["submitted", "waiting", "not_selected", "refused", "expired", "withdrawn"])
def test_what_is_no_offer_is_not_accepted(delegation, state):
    assert refused(accept_offer, application=offered(delegation, state=state)) == "state"
    assert not Delegate.objects.exists()


def test_an_offer_that_ended_is_not_accepted(delegation):
    row = offered(delegation, offer_until=timezone.now() - timedelta(seconds=1))

    assert refused(accept_offer, application=row) == "late"
    assert refused(decline_offer, application=row) == "late"


def test_an_offer_for_a_country_that_left_is_refused(delegation):
    row = offered(delegation, country="ZM")

    assert refused(accept_offer, application=row) == "gone"


def test_who_comes_too_late_for_the_last_seat_is_first_in_line_with_the_reason(delegation):
    waiting, row = waits(delegation, 1), offered(delegation)
    DelegateFactory(delegation=delegation)

    assert refused(accept_offer, application=row) == "full"

    row = Application.objects.get(pk=row.pk)
    assert (row.state, row.decision_reason, row.in_line) == ("waiting", "group_full", (1, 2))
    assert waiting.in_line == (2, 2)
    assert told("clinics.decision") == [row.user_id]


def test_whoever_has_a_seat_by_another_road_frees_the_one_that_was_offered(delegation):
    Seats.objects.update(number=2)
    row, waiting = offered(delegation), waits(delegation, 1)
    seat = DelegateFactory(delegation=delegation, user=row.user)

    assert accept_offer(application=row) == seat
    assert state_of(row) == "accepted"
    assert state_of(waiting) == "offered"


def test_a_refused_acceptance_leaves_the_offer_as_it_is(delegation):
    row = offered(delegation)
    row.edition.state = "follow_up"
    row.edition.save()

    assert refused(accept_offer, application=row) == "state"
    assert state_of(row) == "offered"


# Declining and withdrawing ------------------------------------------------------------------------
def test_declining_lets_the_next_have_the_seat(delegation):
    row, waiting = offered(delegation), waits(delegation, 1)

    decline_offer(application=row, reason="No time")
    decline_offer(application=row)

    assert (state_of(row), state_of(waiting)) == ("refused", "offered")
    assert Event.objects.get(act="application ends").reason == "No time"
    assert told("clinics.offer") == [waiting.user_id]
    assert refused(accept_offer, application=row) == "state"


@pytest.mark.parametrize("state", ["submitted", "waiting", "offered"])
def test_withdrawing_works_until_the_end_and_lasts(delegation, state):
    row, waiting = offered(delegation, state=state, rank=1), waits(delegation, 2)

    withdraw_application(application=row, reason="A new post")
    withdraw_application(application=row)

    assert state_of(row) == "withdrawn"
    assert state_of(waiting) == ("offered" if state == "offered" else "waiting")
    assert told("clinics.waiting_moved") == ([waiting.user_id] if state == "waiting" else [])


@pytest.mark.parametrize("state", ["draft", "accepted", "not_selected", "refused", "expired"])
def test_what_has_ended_is_not_withdrawn(delegation, state):
    assert refused(withdraw_application, application=offered(delegation, state=state)) == "state"


def test_the_list_never_asks_again_whoever_declined_withdrew_or_did_not_answer(delegation):
    declined = offered(delegation)
    decline_offer(application=declined)
    withdrew = waits(delegation, 1)
    withdraw_application(application=withdrew)
    silent = offered(delegation, offer_until=timezone.now() - timedelta(hours=1))
    last = waits(delegation, 9)

    expire_offers()

    assert [state_of(row) for row in (declined, withdrew, silent, last)] == ["refused", "withdrawn", "expired", "offered"]


# Running out --------------------------------------------------------------------------------------
def test_an_offer_runs_out_once_and_the_next_is_asked(delegation):
    row, waiting = offered(delegation, offer_until=timezone.now()), waits(delegation, 1)

    assert (expire_offers(), expire_offers()) == (1, 0)

    assert (state_of(row), state_of(waiting)) == ("expired", "offered")
    assert told("clinics.offer_expired") == [row.user_id]


def test_an_open_offer_does_not_run_out(delegation, django_assert_num_queries):
    row = offered(delegation)

    with django_assert_num_queries(1):
        assert expire_offers() == 0
    assert state_of(row) == "offered"


def test_an_offer_of_a_country_that_left_runs_out(delegation):
    row = offered(delegation, country="ZM", offer_until=timezone.now() - timedelta(days=1))

    assert expire_offers() == 1
    assert state_of(row) == "expired"


def test_whoever_has_a_seat_is_not_told_that_her_offer_ran_out(delegation):
    row = offered(delegation, offer_until=timezone.now())
    DelegateFactory(delegation=delegation, user=row.user)

    expire_offers()

    assert state_of(row) == "accepted"
    assert not told("clinics.offer_expired")


def test_time_ends_offers(delegation):
    row = offered(delegation, offer_until=timezone.now())

    tasks.expire_offers()

    assert state_of(row) == "expired"


# Races --------------------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_of_two_who_accept_the_last_seat_at_once_one_is_in_and_one_is_first_in_line(delegation, at_once):
    first, second = offered(delegation), offered(delegation)

    found = at_once(*(lambda row=row: accept_offer(application=row) for row in (first, second)))

    assert sorted(type(one).__name__ for one in found) == ["Delegate", "DomainError"]
    assert sorted([state_of(first), state_of(second)]) == ["accepted", "waiting"]
    assert Application.objects.get(state="waiting").in_line == (1, 1)
    assert Delegate.objects.active().count() == 1
    assert len(told("clinics.decision")) == 1


@pytest.mark.django_db(transaction=True)
def test_accepting_and_declining_at_once_ends_the_offer_once(delegation, at_once):
    row = offered(delegation)

    found = at_once(lambda: accept_offer(application=row), lambda: decline_offer(application=row))

    assert sum(isinstance(one, DomainError) for one in found) == 1
    assert (state_of(row) == "accepted") == Delegate.objects.active().exists()


@pytest.mark.django_db(transaction=True)
def test_two_beats_at_once_end_an_offer_once(delegation, at_once):
    offered(delegation, offer_until=timezone.now() - timedelta(hours=1))
    waits(delegation, 1)
    waits(delegation, 2)

    found = at_once(expire_offers, expire_offers)

    assert sum(found) == 1
    assert Application.objects.filter(state="offered").count() == 1
