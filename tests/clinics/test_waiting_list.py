"""The waiting list: who is next, who is never asked again, what people are told."""

from datetime import timedelta

import pytest
from django.utils import timezone

from clinics.enums import EditionState
from clinics.models import Application, Edition
from clinics.services.offers import withdraw_application
from clinics.services.waiting import in_order, offer_next, order_line
from core.errors import DomainError
from core.models import Event
from reminders.models import Letter
from tests.factories import ApplicationFactory, DelegateFactory, DelegationFactory, EditionFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def delegation():
    return DelegationFactory(edition=EditionFactory(state="selection", slug="queue", offer_days=5), seats={"workers": 1})


def waits(delegation, rank=None, **fields):
    facts = {"state": "waiting", "rank": rank, "released_at": timezone.now(), "decision": "wait", "country": delegation.country}
    return ApplicationFactory(edition=delegation.edition, **(facts | fields))


def told(kind) -> list:
    return list(Letter.objects.filter(kind=kind, channel="mail").order_by("pk").values_list("recipient", "occurrence"))


def test_a_free_seat_is_offered_to_whoever_is_first(delegation, staff):
    second, first = waits(delegation, 2), waits(delegation, 1)

    offered = offer_next(delegation=delegation, group="workers", actor=staff)

    assert offered == first
    first.refresh_from_db()
    assert (first.state, first.offers, first.rank) == ("offered", 1, None)
    assert timedelta(days=4, hours=23) < first.offer_until - timezone.now() <= timedelta(days=5)
    assert told("clinics.offer") == [(first.user_id, "1")]
    assert told("clinics.waiting_moved") == [(second.user_id, "1")]
    assert Event.objects.filter(act="offer a seat", actor=staff).count() == 1


def test_nothing_is_offered_while_the_seat_is_taken_or_held(delegation):
    waits(delegation, 1)
    held = waits(delegation, state="offered", offer_until=timezone.now() + timedelta(hours=1))

    assert offer_next(delegation=delegation, group="workers") is None
    Application.objects.filter(pk=held.pk).update(offer_until=timezone.now() - timedelta(hours=1))
    DelegateFactory(delegation=delegation)

    assert offer_next(delegation=delegation, group="workers") is None
    assert not Letter.objects.exists()


def test_nothing_is_offered_beyond_the_capacity_of_the_edition(delegation):
    waits(delegation, 1)
    other = DelegationFactory(edition=delegation.edition, country="KE")
    DelegateFactory(delegation=other)
    Edition.objects.update(capacity=1)

    assert offer_next(delegation=delegation, group="workers") is None


@pytest.mark.parametrize("state", [state for state in EditionState if state not in ("selection", "preparation", "running")])
def test_nothing_is_offered_in_a_state_that_makes_no_offers(delegation, state):
    waits(delegation, 1)
    Edition.objects.update(state=state)

    assert offer_next(delegation=delegation, group="workers") is None


@pytest.mark.parametrize("state", ["refused", "expired", "withdrawn", "not_selected", "accepted", "submitted", "draft"])
def test_the_list_never_asks_whoever_is_not_in_it(delegation, state):
    waits(delegation, 1, state=state)

    assert offer_next(delegation=delegation, group="workers") is None


@pytest.mark.parametrize("state", ["withdrawn", "replaced"])
def test_whoever_gave_up_a_seat_is_never_asked_by_the_list(delegation, state):
    gone = DelegateFactory(delegation=delegation, state=state)
    waits(delegation, 1, user=gone.user)
    second = waits(delegation, 2)

    assert offer_next(delegation=delegation, group="workers") == second


def test_whose_end_is_decided_and_not_released_is_passed_over(delegation):
    waits(delegation, 1, decision="decline", released_at=None)
    second = waits(delegation, 2)

    assert offer_next(delegation=delegation, group="workers") == second


def test_lines_are_for_one_group_of_one_country(delegation):
    waits(delegation, 1, group="employers")
    waits(delegation, 1, country="KE")
    other = ApplicationFactory(edition=EditionFactory(state="selection"), state="waiting", released_at=timezone.now())

    assert offer_next(delegation=delegation, group="workers") is None
    assert other.in_line == (1, 1)


def test_each_sees_her_place_and_how_many_wait(delegation):
    second, first, third = waits(delegation, 2), waits(delegation, 1), waits(delegation)

    assert [row.in_line for row in (first, second, third)] == [(1, 3), (2, 3), (3, 3)]
    assert ApplicationFactory(edition=delegation.edition).in_line == (0, 0)


def test_a_place_is_told_once_and_only_the_first_three(delegation):
    rows = [waits(delegation, n) for n in range(1, 6)]

    withdraw_application(application=rows[0])

    assert told("clinics.waiting_moved") == [(rows[n].user_id, str(n)) for n in (1, 2, 3)]
    order_line(edition=delegation.edition, country="MW", group="workers", wanted={rows[2].pk: 0}, actor=None, reason="Balance")
    order_line(edition=delegation.edition, country="MW", group="workers", wanted={rows[1].pk: 0}, actor=None, reason="Back")
    assert len(told("clinics.waiting_moved")) == 4  # only the new place 1 of the second is news


@pytest.mark.parametrize("n", [1, 3])
def test_the_line_costs_one_query(delegation, n, django_assert_num_queries):
    for rank in range(n):
        waits(delegation, rank)

    with django_assert_num_queries(1):
        assert len(Application.objects.line(delegation.edition_id, "MW", "workers")) == n


# Order --------------------------------------------------------------------------------------------
def test_staff_change_the_order_with_a_reason(delegation, staff):
    rows = [waits(delegation, n) for n in (1, 2, 3)]
    wanted = {rows[0].pk: 3, rows[1].pk: 2, rows[2].pk: 1}
    place = {"edition": delegation.edition, "country": "MW", "group": "workers", "wanted": wanted, "actor": staff}

    with pytest.raises(DomainError) as refusal:
        order_line(**place)
    order_line(**place, reason="Women first")

    assert refusal.value.code == "reason"
    assert in_order(delegation.edition, "MW", "workers") == rows[::-1]
    assert told("clinics.waiting_moved") == [(rows[2].user_id, "1")]
    assert Event.objects.get(act="order waiting list").reason == "Women first"


def test_the_order_of_those_not_released_needs_no_reason_and_tells_nobody(delegation, staff):
    rows = [waits(delegation, state="submitted", released_at=None) for _n in range(2)]

    order_line(edition=delegation.edition, country="MW", group="workers", wanted={rows[1].pk: 1, rows[0].pk: 2}, actor=staff)

    assert in_order(delegation.edition, "MW", "workers") == rows[::-1]
    assert not Letter.objects.exists()


def test_saving_the_same_order_changes_nothing(delegation, staff):
    rows = [waits(delegation, n) for n in (1, 2)]

    order_line(edition=delegation.edition, country="MW", group="workers", wanted={rows[0].pk: 1, rows[1].pk: 2}, actor=staff)

    assert not Event.objects.exists()


# Page ---------------------------------------------------------------------------------------------
def test_waiting_page_orders_and_offers(delegation, staff, client_of):
    rows = [waits(delegation, n) for n in (1, 2)]
    client, address = client_of(staff), f"/admin/clinics/edition/{delegation.edition_id}/waiting/"
    line = {"country": "MW", "group": "workers"}

    assert client.get(address).status_code == 200
    refused = client.post(address, line | {f"place-{rows[0].pk}": 2, f"place-{rows[1].pk}": 1})
    client.post(address, line | {f"place-{rows[0].pk}": 2, f"place-{rows[1].pk}": 1, "reason": "Balance"})
    client.post(address, line | {"offer": "1"})
    again = client.post(address, line | {"offer": "1"})

    assert (refused.status_code, again.status_code) == (409, 409)
    assert set(Application.objects.values_list("pk", "state")) == {(rows[0].pk, "waiting"), (rows[1].pk, "offered")}
    assert client.post(address, line | {"group": "x"}).status_code == 404
    assert client.post(address, line | {"country": "ZZ", "offer": "1"}).status_code == 404


def test_waiting_page_hides_whom_she_has_a_conflict_with(delegation, staff, client_of):
    row = waits(delegation, 1, user=UserFactory(name="Se Cret"))
    row.reviews.create(reviewer=staff, state="conflict")

    html = client_of(staff).get(f"/admin/clinics/edition/{delegation.edition_id}/waiting/").content.decode()

    assert "Se Cret" not in html
    assert "not shown to you" in html


# Races --------------------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_one_free_seat_is_offered_once_when_two_ask_at_the_same_moment(delegation, at_once):
    waits(delegation, 1)
    waits(delegation, 2)

    found = at_once(*[lambda: offer_next(delegation=delegation, group="workers")] * 2)

    assert sorted(one is None for one in found) == [False, True]
    assert Application.objects.filter(state="offered").count() == 1
