"""Letters of the selection: in the person's language, with the reason, and gone when their reason is."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from clinics.letters.selection import find_reminders
from clinics.models import Application
from core import registry
from reminders.enums import State
from reminders.models import Letter
from reminders.services import compose, deliver, plan, tell
from tests.factories import ApplicationFactory, DelegationFactory, EditionFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.fixture
def edition():
    return DelegationFactory(edition=EditionFactory(state="selection", slug="told", offer_days=7)).edition


def applied(edition, state, **fields):
    facts = {"released_at": timezone.now(), "offer_until": timezone.now() + timedelta(days=5), "offers": 1}
    return ApplicationFactory(edition=edition, state=state, **(facts | fields))


def letter(kind, row, occurrence="") -> Letter:
    made = Letter(kind=kind, recipient=row.user, channel="mail", target=f"clinics.application:{row.pk}", occurrence=occurrence)
    compose(made, registry.letter_kinds[kind])
    return made


def outcome(kind, row, occurrence="") -> str:
    tell(kind=kind, recipient=row.user, target=f"clinics.application:{row.pk}", occurrence=occurrence)
    deliver()
    return Letter.objects.get(kind=kind, channel="mail").state


def test_who_is_not_selected_reads_why_and_what_else_is_open(edition):
    row = applied(edition, "not_selected", decision_reason="stronger", decision_note="Your plan was clear.")

    text = letter("clinics.decision", row, "not_selected.1").text

    for words in ("answered the criteria more closely", "Your plan was clear.", "/en/courses/", "/en/clinics/", "apply again"):
        assert words in text, words


def test_without_a_reason_the_letter_says_that_others_were_chosen(edition):
    assert "Other applicants were chosen" in letter("clinics.decision", applied(edition, "not_selected"), "not_selected.1").text


def test_who_waits_reads_her_place_and_the_reason(edition):
    applied(edition, "waiting", rank=1)
    row = applied(edition, "waiting", rank=2, decision_reason="group_full")

    made = letter("clinics.decision", row, "waiting.1")

    assert "Your place: 2 of 2" in made.text
    assert "All seats of your group" in made.text
    assert made.url == "/en/clinics/told/offer/"


def test_the_offer_leads_to_a_page_with_the_answer_preselected_and_names_the_end_in_her_zone(edition):
    row = applied(edition, "offered", user__zone="Africa/Accra", offer_until=timezone.now() + timedelta(days=2))

    made = letter("clinics.offer", row, "1")

    assert "/en/clinics/told/offer/?answer=accept" in made.text
    assert "/en/clinics/told/offer/?answer=decline" in made.html
    assert "Greenwich Mean Time" in made.text


@pytest.mark.parametrize("kind", ["decision", "offer", "offer_reminder", "offer_expired", "waiting_moved"])
@pytest.mark.parametrize("state", ["withdrawn", "refused", "accepted"])
def test_no_letter_goes_when_its_reason_is_gone(edition, kind, state):
    row = applied(edition, state)

    assert outcome(f"clinics.{kind}", row, "1") == State.OBSOLETE


@pytest.mark.parametrize(("kind", "state"), [("decision", "not_selected"), ("offer", "offered"), ("waiting_moved", "waiting")])
def test_no_letter_goes_about_a_draft_edition(edition, kind, state):
    row = applied(edition, state)
    edition.state = "draft"
    edition.save()

    assert outcome(f"clinics.{kind}", row, "") == State.OBSOLETE


def test_a_decision_that_was_overtaken_is_not_told(edition):
    row = applied(edition, "not_selected")

    assert outcome("clinics.decision", row, "waiting.0") == State.OBSOLETE


def test_an_older_offer_is_not_told(edition):
    assert outcome("clinics.offer", applied(edition, "offered", offers=2), "1") == State.OBSOLETE


def test_an_offer_that_ended_is_not_told(edition):
    row = applied(edition, "offered", offer_until=timezone.now() - timedelta(minutes=1))

    assert outcome("clinics.offer", row, "1") == State.OBSOLETE


# The finder ---------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("hours", "found"), [(73, []), (72, ["1.3"]), (25, ["1.3"]), (24, ["1.1"]), (1, ["1.1"]), (0, []), (-5, [])]
)
def test_reminders_are_due_three_days_and_one_day_before_the_end(edition, hours, found):
    applied(edition, "offered", offer_until=NOW + timedelta(hours=hours))

    assert [due.occurrence for due in find_reminders(NOW)] == found


@pytest.mark.parametrize(("offer_days", "found"), [(1, []), (2, []), (3, []), (4, ["1.3"])])
def test_an_offer_is_not_repeated_on_the_day_it_is_made(edition, offer_days, found):
    edition.offer_days = offer_days
    edition.save()
    applied(edition, "offered", offer_until=NOW + timedelta(days=min(offer_days, 3)) - timedelta(minutes=1) if offer_days > 1
            else NOW + timedelta(days=1) - timedelta(minutes=1))  # fmt: skip

    assert [due.occurrence for due in find_reminders(NOW)] == found


@pytest.mark.parametrize("state", ["accepted", "refused", "expired", "withdrawn", "waiting"])
def test_only_open_offers_are_reminded(edition, state):
    applied(edition, state, offer_until=NOW + timedelta(hours=30))

    assert find_reminders(NOW) == []


@pytest.mark.parametrize("n", [1, 3])
def test_the_finder_asks_once(edition, n, django_assert_num_queries):
    for _n in range(n):
        applied(edition, "offered", offer_until=NOW + timedelta(hours=30))

    with django_assert_num_queries(1):
        assert len(find_reminders(NOW)) == n


def test_each_reminder_is_written_once(edition):
    applied(edition, "offered", offer_until=timezone.now() + timedelta(hours=30))

    plan()
    plan()

    assert Letter.objects.filter(kind="clinics.offer_reminder", channel="mail").count() == 1
    Application.objects.update(offer_until=timezone.now() + timedelta(hours=20))
    plan()
    assert Letter.objects.filter(kind="clinics.offer_reminder", channel="mail").count() == 2


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL reads a handful of rows without an index")
def test_the_finder_is_backed_by_its_index(edition):
    rows = Application.objects.filter(state="offered", offer_until__gt=NOW, offer_until__lte=NOW + timedelta(days=3))

    assert "open_offers" in rows.order_by("offer_until").explain()
