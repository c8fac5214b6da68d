"""“You left a module unfinished”: once for each pause, and only while it is true."""

import datetime as dt

import pytest
import time_machine
from django.core import mail
from django.utils import timezone

from courses.models import UnitRecord
from courses.offers import find_unfinished
from courses.services import complete_unit, record_reading
from reminders import services
from reminders.enums import State
from reminders.models import Letter
from tests.factories import ModuleFactory, UnitFactory

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 11, 1, 12, 0, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


@pytest.fixture
def now():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def units(now):
    module = ModuleFactory()
    return [UnitFactory(module=module) for _ in range(3)]


def reads(person, unit):
    record = UnitRecord.objects.filter(user=person, unit=unit).first()
    record_reading(user=person, unit_id=unit.pk, record=record)


def due():
    return [(d.recipient_id, d.occurrence) for d in find_unfinished(timezone.now())]


def test_nobody_is_reminded_before_five_quiet_days(participant, units, now):
    reads(participant, units[0])
    now.move_to(NOW + 5 * DAY - dt.timedelta(seconds=1))
    assert due() == []
    now.move_to(NOW + 5 * DAY)
    assert due() == [(participant.pk, "2026-11-01")]


def test_one_letter_a_pause(participant, units, now):
    reads(participant, units[0])
    reads(participant, units[1])
    for day in (5, 6, 7, 20):
        now.move_to(NOW + day * DAY)
        services.plan()
        services.deliver()
    assert Letter.objects.count() == 2  # mail and inbox
    (message,) = mail.outbox
    assert message.to == [participant.email]
    assert units[0].module.title_en in message.subject
    assert f"/courses/{units[0].module.slug}/continue/" in message.body


def test_who_finishes_a_unit_and_never_opens_the_next_is_reminded(participant, units, now):
    complete_unit(user=participant, unit=units[0])
    now.move_to(NOW + 6 * DAY)
    assert due() == [(participant.pk, f"{NOW:%Y-%m-%d}")]


def test_reading_another_unit_is_no_pause(participant, units, now):
    reads(participant, units[0])
    now.move_to(NOW + 4 * DAY)
    reads(participant, units[1])
    now.move_to(NOW + 6 * DAY)
    assert due() == []


def test_another_module_does_not_count_as_this_one(participant, units, now):
    reads(participant, units[0])
    now.move_to(NOW + 4 * DAY)
    reads(participant, UnitFactory())
    now.move_to(NOW + 6 * DAY)
    assert due() == [(participant.pk, "2026-11-01")]


def test_no_letter_when_finished(participant, units, now):
    for unit in units:
        complete_unit(user=participant, unit=unit)
    now.move_to(NOW + 6 * DAY)
    assert due() == []


def test_no_letter_when_long_forgotten(participant, units, now):
    reads(participant, units[0])
    now.move_to(NOW + 30 * DAY - dt.timedelta(seconds=1))
    assert len(due()) == 1
    now.move_to(NOW + 30 * DAY)
    assert due() == []


def test_no_letter_for_drafts_and_closed_accounts(participant, outsider, units, now):
    reads(participant, units[0])
    outsider.is_active = False
    outsider.save()
    reads(outsider, units[0])
    now.move_to(NOW + 6 * DAY)
    assert due() == [(participant.pk, "2026-11-01")]
    units[0].module.state = "draft"
    units[0].module.save()
    assert due() == []


def test_new_pause_new_letter(participant, units, now):
    reads(participant, units[0])
    now.move_to(NOW + 5 * DAY)
    services.plan()
    services.deliver()
    now.move_to(NOW + 8 * DAY)
    reads(participant, units[1])
    now.move_to(NOW + 13 * DAY)
    services.plan()
    services.deliver()
    assert len(mail.outbox) == 2
    assert sorted(set(Letter.objects.values_list("occurrence", flat=True))) == ["2026-11-01", "2026-11-09"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda person, units: reads(person, units[1]), "taken up again"),
        (lambda person, units: [complete_unit(user=person, unit=unit) for unit in units], "module finished"),
        (lambda person, units: units[0].module.delete(), "module not published"),
    ],
    ids=["taken-up", "finished", "gone"],
)
def test_letter_is_obsolete_when_its_reason_is_gone(participant, units, now, change, reason):
    reads(participant, units[0])
    now.move_to(NOW + 5 * DAY)
    assert services.plan() == 1
    change(participant, units)
    assert services.deliver() == 0
    assert set(Letter.objects.values_list("state", "reason")) == {(State.OBSOLETE, reason)}
    assert mail.outbox == []


def test_finder_queries_do_not_grow(participant, outsider, tutor, units, now, django_assert_num_queries):
    for people in ([participant], [outsider, tutor]):
        for person in people:
            reads(person, units[0])
        with django_assert_num_queries(1):
            list(find_unfinished(NOW + 6 * DAY))
