"""Letters about priorities: who is behind is told in time, once; whose reason is gone is told nothing."""

from datetime import UTC, datetime, timedelta

import pytest

from clinics.letters.priorities import find_to_sign, find_to_write
from clinics.models import Delegate, Priorities
from core.models import object_key
from reminders.enums import State
from reminders.models import Letter
from reminders.services import deliver, plan
from tests.clinics.test_signatures import member, ready, save, signed
from tests.factories import DelegateFactory, DelegationFactory, EditionFactory, PrioritiesFactory

pytestmark = pytest.mark.django_db
WEEK_1 = datetime(2027, 2, 1, 7, 0, tzinfo=UTC)  # nine in the morning in Blantyre, on the first day of EditionFactory


def before(days: int, hours: float = 1) -> datetime:
    """Return an hour after nine in the morning, so many days before week 1."""
    return WEEK_1 - timedelta(days=days) + timedelta(hours=hours)


def found(finder, now) -> list:
    return sorted((one.recipient_id, one.target, one.occurrence) for one in finder(now))


@pytest.mark.parametrize("days", [14, 5])
def test_members_are_asked_to_write_fourteen_and_five_days_before_week_1(days):
    delegate = DelegateFactory()
    target = f"clinics.delegation:{delegate.delegation_id}"

    assert found(find_to_write, before(days)) == [(delegate.user_id, target, f"2027-02-01-{days}")]
    assert found(find_to_write, before(days, hours=-1)) == []
    assert found(find_to_write, before(days, hours=49)) == []


def test_nobody_is_asked_to_write_when_the_required_fields_are_filled_or_all_is_published(staff):
    member(ready())
    published = PrioritiesFactory(delegation=DelegationFactory(country="KE"), published_at=WEEK_1)
    member(published)

    assert found(find_to_write, before(14)) == []


@pytest.mark.parametrize("state", ["draft", "call_open", "selection", "running", "closed"])
def test_nobody_is_asked_before_the_edition_is_in_preparation_or_after(state):
    DelegateFactory(delegation=DelegationFactory(edition=EditionFactory(state=state)))

    assert found(find_to_write, before(14)) == []


def test_who_left_and_whose_account_is_closed_is_not_asked():
    DelegateFactory(state="withdrawn")
    DelegateFactory(user__is_active=False)
    Delegate.objects.filter(pk=DelegateFactory().pk).update(user=None)

    assert found(find_to_write, before(14)) == []


@pytest.mark.parametrize("days", [7, 2])
def test_sides_that_have_not_signed_are_asked_seven_and_two_days_before(days):
    priorities = ready()
    done, colleague, other = member(priorities), member(priorities), member(priorities, "employers")
    member(priorities, "research")
    signed(priorities, done)

    assert colleague != other
    assert found(find_to_sign, before(days)) == [(other.pk, object_key(priorities), f"2027-02-01-{days}")]


def test_nobody_is_asked_to_sign_what_is_not_ready():
    priorities = PrioritiesFactory()
    user = member(priorities)
    save(priorities, "deficit", "Words", user)

    assert found(find_to_sign, before(7)) == []


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("finder", [find_to_write, find_to_sign])
def test_finders_ask_once_for_any_number(finder, count, django_assert_num_queries):
    for country in ("MW", "KE", "ZM")[:count]:
        delegation = DelegationFactory(country=country)
        member(ready(delegation=delegation))
        DelegateFactory(delegation=DelegationFactory(country=country))

    with django_assert_num_queries(1):
        assert len(list(finder(before(14 if finder is find_to_write else 7)))) == count


def test_planning_twice_writes_each_letter_once():
    DelegateFactory()

    plan(before(14))
    plan(before(14, hours=2))

    assert Letter.objects.filter(kind="clinics.priorities_to_write", channel="mail").count() == 1


def sent(kind: str, now: datetime) -> list[Letter]:
    Letter.objects.update(due_at=now - timedelta(minutes=1))
    deliver(now)
    return list(Letter.objects.filter(kind=f"clinics.{kind}", channel="mail"))


def test_the_letter_names_the_empty_fields(mailoutbox):
    delegate = DelegateFactory()
    save(PrioritiesFactory(delegation=delegate.delegation), "deficit", "Words", delegate.user)
    plan(before(14))

    (letter,) = sent("priorities_to_write", before(14))

    assert letter.state == State.SENT
    assert "- Present financing and gap" in letter.text
    assert "- Decent-work deficit" not in letter.text
    assert "/en/clinics/" in letter.text
    assert "/delegations/mw/priorities/" in letter.text


def test_a_letter_whose_reason_is_gone_is_not_sent(mailoutbox):
    delegate = DelegateFactory()
    plan(before(14))
    Delegate.objects.update(state="withdrawn")

    (letter,) = sent("priorities_to_write", before(14))

    assert letter.state == State.OBSOLETE
    assert not mailoutbox
    assert delegate.user_id == letter.recipient_id


def test_who_signed_before_is_told_that_it_changed_unless_her_side_signed_anew(mailoutbox):
    priorities = ready()
    first, second, other = member(priorities), member(priorities), member(priorities, "employers")
    signed(priorities, first)
    save(priorities, "deficit", "Something else", other, had=1)

    (letter,) = sent("priorities_to_sign", before(7))
    assert letter.state == State.SENT
    assert "have changed since your side signed them" in letter.text

    signed(priorities, first)
    save(priorities, "deficit", "And again", other, had=2)
    signed(priorities, second)
    Letter.objects.filter(kind="clinics.priorities_to_sign", state=State.PLANNED).update(due_at=before(7))
    deliver(before(7))
    assert Letter.objects.get(kind="clinics.priorities_to_sign", channel="mail", occurrence="6").state == State.OBSOLETE


def test_the_dated_letter_says_who_has_signed(mailoutbox):
    priorities = ready()
    member(priorities, "employers")
    signed(priorities, member(priorities))
    plan(before(7))

    (letter,) = sent("priorities_to_sign", before(7))

    assert "You sign for: Employers." in letter.text
    assert "Signed so far: Workers." in letter.text


@pytest.mark.parametrize(("agrees", "words"), [(True, "also stand on the country’s public page"), (False, "do not stand")])
def test_members_hear_that_it_is_published(mailoutbox, agrees, words):
    priorities = ready()
    signed(priorities, member(priorities), agrees=agrees)

    (letter,) = sent("priorities_published", before(7))

    assert letter.state == State.SENT
    assert words in letter.text
    assert Priorities.objects.get().is_public is agrees
