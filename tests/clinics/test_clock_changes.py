"""Clocks that change: editions that are copied across a change, and webinars as readers in other zones see them."""

import zoneinfo
from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine
from django.utils import timezone, translation

from clinics.services.duplicating import duplicate_edition, preview_copy
from clinics.services.shifting import Shift, offset_words
from core import time as core_time
from tests.factories import BlockFactory, EditionFactory, SessionFactory

SPRING, AUTUMN = date(2027, 3, 28), date(2027, 10, 31)  # Europe puts its clocks on, and back
HOURS = {  # UTC offset in hours before and after 28 March 2027, and after 31 October
    "Africa/Accra": (0, 0, 0),
    "Africa/Blantyre": (2, 2, 2),
    "Africa/Nairobi": (3, 3, 3),
    "Europe/Zurich": (1, 2, 1),
    "Europe/Rome": (1, 2, 1),
    "America/Mexico_City": (-6, -6, -6),
}
NAMES = {
    "Africa/Accra": ("Greenwich Mean Time", "Greenwich Mean Time"),
    "Africa/Blantyre": ("Central Africa Time", "Central Africa Time"),
    "Africa/Nairobi": ("East Africa Time", "East Africa Time"),
    "Europe/Zurich": ("Central European Standard Time", "Central European Summer Time"),
    "Europe/Rome": ("Central European Standard Time", "Central European Summer Time"),
    "America/Mexico_City": ("Central Standard Time", "Central Standard Time"),
}


def edition_in(zone: str, starts_on: date, clock: time = time(14), day: int = 2):
    """Return an edition with one webinar, `day` days after its start at a clock time of its zone."""
    edition = EditionFactory(zone=zone, starts_on=starts_on)
    block = BlockFactory(edition=edition, ends_on=starts_on + timedelta(days=6))
    SessionFactory(block=block, starts_at=edition.moment(starts_on + timedelta(days=day), clock))
    return edition


def session_line(edition, starts_on: date, **changes):
    return next(one for one in preview_copy(edition=edition, starts_on=starts_on, **changes) if one.group == "sessions")


def hours(offset) -> float:
    return offset.total_seconds() / 3600


# Copies -------------------------------------------------------------------------------------------
@pytest.mark.django_db
@pytest.mark.parametrize("zone", HOURS)
@pytest.mark.parametrize(
    ("old", "new", "seasons"), [(date(2027, 2, 1), date(2027, 4, 12), (0, 1)), (date(2027, 9, 6), date(2027, 11, 8), (1, 2))]
)
def test_a_copy_across_the_change_keeps_what_the_clock_shows(zone, old, new, seasons):
    with time_machine.travel(datetime(2026, 11, 22, tzinfo=UTC), tick=False):
        edition = edition_in(zone, old)
        line = session_line(edition, new)
        made = duplicate_edition(edition=edition, titles={"en": "Next"}, slug="next", starts_on=new, actor=None)
    before, after = (HOURS[zone][season] for season in seasons)
    session = made.sessions.get()
    local = session.starts_at.astimezone(zoneinfo.ZoneInfo(zone))

    assert (local.date(), local.time()) == (new + timedelta(days=2), time(14))
    assert (hours(line.offset), hours(line.new_offset)) == (before, after)
    assert line.is_clock_change == (before != after)
    assert session.starts_at - edition.sessions.get().starts_at == (new - old) + timedelta(hours=before - after)
    assert made.apply_by.astimezone(made.tz).time() == edition.apply_by.astimezone(edition.tz).time()


@pytest.mark.django_db
def test_mexico_changed_its_clocks_until_2022_and_no_longer():
    with time_machine.travel(datetime(2026, 11, 22, tzinfo=UTC), tick=False):
        line = session_line(edition_in("America/Mexico_City", date(2022, 6, 6)), date(2027, 6, 7))

    assert (line.offset_words, line.new_offset_words) == ("UTC−5", "UTC−6")
    assert line.is_clock_change
    assert "14:00 (Central Daylight Time)" in line.old_words
    assert line.new_words == "Wednesday 9 June 2027, 14:00 (Central Standard Time)"


@pytest.mark.django_db
def test_an_hour_that_the_clocks_skip_is_moved_on_and_marked():
    with time_machine.travel(datetime(2026, 11, 22, tzinfo=UTC), tick=False):
        line = session_line(edition_in("Europe/Rome", date(2027, 2, 1), time(2, 30), day=6), date(2027, 3, 22))

    assert (line.is_skipped, line.is_clock_change, line.is_twice) == (True, True, False)
    assert line.new.astimezone(UTC) == datetime(2027, 3, 28, 1, 30, tzinfo=UTC)
    assert line.new_words == "Sunday 28 March 2027, 03:30 (Central European Summer Time)"
    assert line.old_words == "Sunday 7 February 2027, 02:30 (Central European Standard Time)"


@pytest.mark.django_db
def test_of_an_hour_that_the_clocks_show_twice_the_first_is_meant():
    with time_machine.travel(datetime(2026, 11, 22, tzinfo=UTC), tick=False):
        line = session_line(edition_in("Europe/Rome", date(2027, 2, 1), time(2, 30), day=6), date(2027, 10, 25))

    assert (line.is_twice, line.is_skipped) == (True, False)
    assert line.new.astimezone(UTC) == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)
    assert "02:30 (Central European Summer Time)" in line.new_words


def test_the_second_of_two_equal_hours_stays_the_second():
    rome = zoneinfo.ZoneInfo("Europe/Rome")
    second = datetime(2026, 10, 25, 2, 30, fold=1, tzinfo=rome).astimezone(UTC)
    shift = Shift(timedelta(weeks=53), "Europe/Rome", "Europe/Rome")

    assert shift.moment(second, "Europe/Rome").astimezone(UTC) == datetime(2027, 10, 31, 1, 30, tzinfo=UTC)
    to_spring = Shift(timedelta(weeks=22), "Europe/Rome", "Europe/Rome")
    assert to_spring.moment(second, "Europe/Rome").astimezone(UTC) == datetime(2027, 3, 28, 1, 30, tzinfo=UTC)


@pytest.mark.django_db
def test_the_edition_may_change_its_zone_and_its_own_sessions_go_along():
    with time_machine.travel(datetime(2026, 11, 22, tzinfo=UTC), tick=False):
        edition = edition_in("Africa/Blantyre", date(2027, 2, 1))
        SessionFactory(block=edition.blocks.get(), zone="Europe/Zurich", starts_at=datetime(2027, 2, 4, 13, tzinfo=UTC))
        facts = {"starts_on": date(2027, 4, 12), "zone": "Africa/Accra"}
        made = duplicate_edition(edition=edition, titles={"en": "Next"}, slug="next", actor=None, **facts)
    own, zurich = made.sessions.all()

    assert (made.zone, own.zone, zurich.zone) == ("Africa/Accra", "Africa/Accra", "Europe/Zurich")
    assert own.starts_at == datetime(2027, 4, 14, 14, tzinfo=UTC)
    assert zurich.starts_at == datetime(2027, 4, 15, 12, tzinfo=UTC)


def test_offsets_are_written_as_people_write_them():
    told = [timedelta(hours=2), timedelta(0), timedelta(hours=-6), timedelta(hours=5, minutes=45), timedelta(hours=-3.5), None]

    assert [offset_words(one) for one in told] == ["UTC+2", "UTC", "UTC−6", "UTC+5:45", "UTC−3:30", ""]


# Readers ------------------------------------------------------------------------------------------
def seen_from(zone: str, moment: datetime) -> tuple[str, str, str]:
    """Return day, clock and zone of a moment as a reader in a zone is told."""
    with timezone.override(zoneinfo.ZoneInfo(zone)):
        return core_time.day(moment), core_time.clock(moment), core_time.zone_name(moment)


@pytest.mark.parametrize("zone", HOURS)
@pytest.mark.parametrize(("when", "season"), [(SPRING - timedelta(days=4), 0), (SPRING + timedelta(days=3), 1),
                                              (AUTUMN - timedelta(days=4), 1), (AUTUMN + timedelta(days=3), 2)])  # fmt: skip
def test_readers_see_a_webinar_of_blantyre_at_their_own_hour(zone, when, season):
    webinar = datetime.combine(when, time(14), tzinfo=zoneinfo.ZoneInfo("Africa/Blantyre"))
    told = seen_from(zone, webinar)

    assert told[0] == core_time.day(when)
    assert told[1] == f"{12 + HOURS[zone][season]:02d}:00"
    assert told[2] == NAMES[zone][season % 2]


@pytest.mark.parametrize(
    ("instant", "clock", "name"),
    [
        (datetime(2027, 3, 28, 0, 59, tzinfo=UTC), "01:59", "Central European Standard Time"),
        (datetime(2027, 3, 28, 1, 0, tzinfo=UTC), "03:00", "Central European Summer Time"),
        (datetime(2027, 10, 31, 0, 30, tzinfo=UTC), "02:30", "Central European Summer Time"),
        (datetime(2027, 10, 31, 1, 30, tzinfo=UTC), "02:30", "Central European Standard Time"),
    ],
)
@pytest.mark.parametrize("zone", ["Europe/Rome", "Europe/Zurich"])
def test_in_the_night_of_the_change_the_name_tells_the_hours_apart(zone, instant, clock, name):
    assert seen_from(zone, instant)[1:] == (clock, name)


def test_a_webinar_of_rome_comes_an_hour_earlier_to_those_whose_clocks_stay():
    rome = zoneinfo.ZoneInfo("Europe/Rome")
    before, after = (datetime.combine(SPRING + timedelta(days=n), time(14), tzinfo=rome) for n in (-3, 4))
    stays = {"Africa/Accra": ("13:00", "12:00"), "Africa/Blantyre": ("15:00", "14:00"), "Africa/Nairobi": ("16:00", "15:00"),
             "America/Mexico_City": ("07:00", "06:00"), "Europe/Zurich": ("14:00", "14:00")}  # fmt: skip

    assert {zone: (seen_from(zone, before)[1], seen_from(zone, after)[1]) for zone in stays} == stays


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("fr", ("31 mars 2027", "14\u00a0h\u00a000", "heure d’été d’Europe centrale")),
        ("es", ("31 de marzo de 2027", "14:00", "hora de verano de Europa central")),
    ],
)
def test_zones_are_named_in_the_readers_language(language, told):
    with translation.override(language):
        assert seen_from("Europe/Zurich", datetime(2027, 3, 31, 12, tzinfo=UTC)) == told


def test_a_late_webinar_in_nairobi_is_the_same_day_in_mexico_and_an_early_one_the_day_before():
    early = datetime(2027, 3, 31, 8, tzinfo=zoneinfo.ZoneInfo("Africa/Nairobi"))

    assert seen_from("America/Mexico_City", early)[:2] == ("30 March 2027", "23:00")
    assert seen_from("Africa/Nairobi", early)[:2] == ("31 March 2027", "08:00")
