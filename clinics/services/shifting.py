"""Dates and times of an edition moved by whole weeks: days keep their weekday, sessions what their clock shows.

A day is a date of the edition's zone and moves as it is. A session, or a deadline, keeps its local time in its zone, so
that across a change of the clocks its instant moves. Two local times are special: one that the clocks skip is moved on by
as much as they skip; of one that they show twice the same is meant as before, else the first.
"""

import zoneinfo
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from clinics.models import Edition
from core.errors import DomainError
from core.time import clock, full_day, is_zone, zone_name

WEEK = timedelta(weeks=1)
AHEAD = timedelta(weeks=8)


@dataclass(frozen=True)
class Shift:
    """How far all dates of an edition move, and from which zone to which."""

    by: timedelta
    old_zone: str
    new_zone: str

    def zone(self, name: str) -> str:
        """Return the zone in which the copy of something stands: the edition's own goes along with the edition. Pure."""
        return self.new_zone if name == self.old_zone else name

    def moment(self, value: datetime, zone: str) -> datetime:
        """Return an instant, local to the copy's zone, that shows the same clock as `value` does in `zone`. Pure."""
        local = value.astimezone(zoneinfo.ZoneInfo(zone))
        wall = datetime.combine(local.date() + self.by, local.time(), tzinfo=zoneinfo.ZoneInfo(self.zone(zone)))
        first = wall.replace(fold=0).astimezone(UTC).astimezone(wall.tzinfo)
        if first.time() != wall.time():  # the clocks skip it: moved on
            return first
        return wall.replace(fold=local.fold)


@dataclass(frozen=True)
class Line:
    """One line of a dry run: what moves, from when to when. Of a span of days also both ends.

    `zone` and `new_zone` are "" for days; a moment says in which zone its clock is meant.
    """

    group: str  # edition, weeks, blocks, activities or sessions
    name: str
    old: date | datetime
    new: date | datetime
    old_end: date | None = None
    new_end: date | None = None
    zone: str = ""
    new_zone: str = ""
    is_past: bool = False

    @property
    def offset(self) -> timedelta | None:
        """Return how far from UTC the clock stands before, None of days."""
        return self.old.astimezone(zoneinfo.ZoneInfo(self.zone)).utcoffset() if self.zone else None

    @property
    def new_offset(self) -> timedelta | None:
        """Return how far from UTC the clock stands afterwards, None of days."""
        return self.new.astimezone(zoneinfo.ZoneInfo(self.new_zone)).utcoffset() if self.zone else None

    @property
    def is_clock_change(self) -> bool:
        """Say whether the clock stands otherwise to UTC than before."""
        return self.offset != self.new_offset

    @property
    def is_skipped(self) -> bool:
        """Say whether the clocks skip the time on the new day, so that it was moved on."""
        return bool(self.zone) and self._wall(self.old, self.zone) != self._wall(self.new, self.new_zone)

    @property
    def is_twice(self) -> bool:
        """Say whether the clocks show the new time twice that day."""
        if not self.zone or self.is_skipped:
            return False
        local = self.new.astimezone(zoneinfo.ZoneInfo(self.new_zone))
        return local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()

    @staticmethod
    def _wall(value: datetime, zone: str):
        return value.astimezone(zoneinfo.ZoneInfo(zone)).time()

    # In words --------------------------------------------------------------------------------------
    @property
    def old_words(self) -> str:
        return in_words(self.old, self.old_end, self.zone)

    @property
    def new_words(self) -> str:
        return in_words(self.new, self.new_end, self.new_zone)

    @property
    def offset_words(self) -> str:
        return offset_words(self.offset)

    @property
    def new_offset_words(self) -> str:
        return offset_words(self.new_offset)


def in_words(value: date | datetime, end: date | None, zone: str) -> str:
    """Return a day, a span of days, or a moment with its zone, in the active language. Pure."""
    if not zone:
        return f"{full_day(value)} – {full_day(end)}" if end and end != value else full_day(value)
    with timezone.override(zoneinfo.ZoneInfo(zone)):
        return f"{full_day(value)}, {clock(value)} ({zone_name(value)})"


def offset_words(offset: timedelta | None) -> str:
    """Return "UTC+2", "UTC−3:30", "UTC" or, of days, "". Pure."""
    if offset is None:
        return ""
    minutes = int(offset.total_seconds()) // 60
    if not minutes:
        return "UTC"
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'+' if minutes > 0 else '−'}{hours}{f':{rest:02d}' if rest else ''}"


# How far ------------------------------------------------------------------------------------------
def shift_to(*, edition: Edition, starts_on: date, zone: str | None = None) -> Shift:
    """Return by how much an edition moves to begin on a day.

    Raises: DomainError "zone" for an unknown one; "weekday" when the day is not the weekday on which the edition began,
    with the nearest days that are; "past" when it is not to come; "dates" beyond the calendar. Pure but for the clock.
    """
    zone = zone or edition.zone
    if not is_zone(zone):
        text = _("“%(zone)s” is not a time zone. Choose one such as Africa/Blantyre.")
        raise DomainError(text % {"zone": zone}, code="zone", field="zone")
    if not 2000 < starts_on.year < 2200:
        raise DomainError(_("Choose a day in these years."), code="dates", field="starts_on")
    today = timezone.now().astimezone(zoneinfo.ZoneInfo(zone)).date()
    if starts_on <= today:
        raise DomainError(_("The new edition must start after today."), code="past", field="starts_on")
    by = starts_on - edition.starts_on
    if by % WEEK:
        raise DomainError(why_not_whole(edition, starts_on, today), code="weekday", field="starts_on")
    return Shift(by, edition.zone, zone)


def why_not_whole(edition: Edition, starts_on: date, today: date) -> str:
    """Return why a day does not serve, with the nearest that do. Pure."""
    before = starts_on - (starts_on - edition.starts_on) % WEEK
    facts = {"old": full_day(edition.starts_on), "new": full_day(starts_on), "after": full_day(before + WEEK)}
    text = _("The edition began on %(old)s. All dates move by whole weeks, so that weekdays stay; %(new)s is another weekday.")
    if before > today:
        return (text + " " + _("Choose %(before)s or %(after)s.")) % (facts | {"before": full_day(before)})
    return (text + " " + _("Choose %(after)s.")) % facts


def first_start(edition: Edition, today: date) -> date:
    """Return the first day of the edition's weekday that is at least eight weeks ahead. Pure."""
    earliest = today + AHEAD
    return earliest + (edition.starts_on - earliest) % WEEK
