"""Letters about an application: a draft before the deadline, and the receipt."""

import datetime as dt

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clinics.letters.applications import find_drafts
from clinics.models import Application, Edition, Extension
from clinics.services.applications import begin_application, hand_in, save_field
from core import registry
from reminders.enums import State
from reminders.models import Letter
from reminders.services import deliver, plan
from tests.factories import ApplicationFactory, EditionFactory, UserFactory

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 11, 22, 12, 0, tzinfo=dt.UTC)
MINUTE, DAY = dt.timedelta(minutes=1), dt.timedelta(days=1)
KIND = "clinics.draft_application"


@pytest.fixture(autouse=True)
def now():
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def edition(db):
    return EditionFactory(slug="call", state="call_open", apply_by=NOW + 10 * DAY)


@pytest.fixture
def draft(edition, now):
    person = UserFactory(name="Grace Banda", language="fr", zone="Africa/Blantyre")
    row = begin_application(edition=edition, user=person, language="fr")
    return save_field(application=row, field="motivation", value=["Apprendre"], client_id="a-1")


def found(at) -> list[str]:
    return [due.occurrence for due in find_drafts(at)]


def states() -> list[tuple[str, str]]:
    return list(Letter.objects.filter(kind=KIND, channel="mail").order_by("pk").values_list("state", "reason"))


# When ---------------------------------------------------------------------------------------------


def test_letter_is_due_five_days_and_one_day_before(draft):
    days = {n: found(NOW + 10 * DAY - n * DAY + MINUTE) for n in range(10)}
    assert {n: told for n, told in days.items() if told} == {5: ["20261202T1200-5"], 1: ["20261202T1200-1"]}
    assert not found(NOW + 10 * DAY + MINUTE)


def test_letter_follows_a_persons_own_deadline(draft, edition):
    Extension.objects.create(edition=edition, user=draft.user, until=NOW + 14 * DAY, reason="Ill")
    assert not found(NOW + 5 * DAY + MINUTE)
    edition.state = "selection"
    edition.save()
    assert found(NOW + 13 * DAY + MINUTE) == ["20261206T1200-1"]


def test_nobody_is_reminded_without_need(draft, edition):
    at = NOW + 5 * DAY + MINUTE
    assert found(at)
    ApplicationFactory(edition=edition, state="draft", submitted_at=None)  # nothing typed in it
    assert len(found(at)) == 1
    for changes in ({"state": "submitted"}, {"typed": {}}):
        Application.objects.filter(pk=draft.pk).update(**changes)
        assert not found(at)
        Application.objects.filter(pk=draft.pk).update(state="draft", typed=draft.typed)
    for changes in ({"state": "draft"}, {"state": "selection"}, {"is_open_call": False}):
        Edition.objects.update(**changes)
        assert not found(at)
        Edition.objects.update(state="call_open", is_open_call=True)
    draft.user.is_active = False
    draft.user.save()
    assert not found(at)


def test_draft_begun_after_its_letter_was_due_gets_none(draft):
    Application.objects.update(started_at=NOW + 5 * DAY + MINUTE)
    assert not found(NOW + 5 * DAY + 2 * MINUTE)


def test_finder_costs_one_query_by_the_index(draft, edition):
    for _n in range(3):
        ApplicationFactory(edition=edition, state="draft", submitted_at=None, typed={"motivation": ["a-1", NOW.isoformat()]})
    Application.objects.update(started_at=NOW)
    with CaptureQueriesContext(connection) as seen:
        assert len(found(NOW + 5 * DAY + MINUTE)) == 4
    assert len(seen) == 1


def test_each_letter_goes_once(draft, now, mailoutbox):
    now.shift(5 * DAY + MINUTE)
    for _again in range(2):
        plan()
        deliver()
    assert len(mailoutbox) == 1
    now.shift(4 * DAY)
    plan()
    deliver()
    assert len(mailoutbox) == 2


# What it says, and when it no longer holds -------------------------------------------------------


def test_letter_names_the_deadline_in_the_persons_zone_and_language(draft, now, mailoutbox):
    now.shift(5 * DAY + MINUTE)
    plan()
    deliver()
    text = mailoutbox[0].body
    assert "Grace Banda" in text
    assert "2 décembre 2026, 14 h 00" in text.replace("\u00a0", " ")
    assert "/fr/clinics/call/apply/" in text


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda row: hand_in_anyhow(row), "handed in"),
        (lambda row: move(row, 12), "deadline moved"),
        (lambda row: move(row, 1), "call closed"),
        (lambda row: Edition.objects.update(state="draft"), "application gone"),
    ],
)
def test_letter_is_obsolete_when_its_reason_is_gone(draft, now, mailoutbox, change, why):
    now.shift(5 * DAY + MINUTE)
    plan()
    change(draft)
    deliver()
    assert not mailoutbox
    assert states() == [(State.OBSOLETE, why)]


def hand_in_anyhow(row):
    Application.objects.filter(pk=row.pk).update(state="submitted")


def move(row, days: int):
    Edition.objects.update(apply_by=NOW + days * DAY)


# The receipt --------------------------------------------------------------------------------------


def test_receipt_says_what_happens_next(edition, mailoutbox):
    row = ApplicationFactory(edition=edition, state="draft", submitted_at=None, user=UserFactory(zone="Africa/Blantyre"))
    hand_in(application=row)
    deliver()
    (mail,) = mailoutbox
    assert mail.subject == "We have your application: Clinic call en"
    assert "the call closes on 2 December 2026" in mail.body
    assert "The clinic begins on 1 February 2027" in mail.body
    assert "/en/clinics/call/apply/" in mail.body


def test_receipt_after_the_call_says_nothing_of_its_end(edition, now, mailoutbox):
    row = ApplicationFactory(edition=edition, state="draft", submitted_at=None)
    Extension.objects.create(edition=edition, user=row.user, until=NOW + 12 * DAY, reason="Ill")
    now.shift(11 * DAY)
    hand_in(application=row)
    deliver()
    assert "closes on" not in mailoutbox[0].body
    assert "Reviewers read every application" in mailoutbox[0].body


def test_receipt_of_what_was_taken_back_does_not_go(edition, mailoutbox):
    row = hand_in(application=ApplicationFactory(edition=edition, state="draft", submitted_at=None))
    Application.objects.filter(pk=row.pk).update(state="withdrawn")
    deliver()
    assert not mailoutbox


def test_kinds_are_registered():
    assert {KIND, "clinics.received"} <= set(registry.letter_kinds.names())
