"""Time as people read it: their own zone first, the zone always named."""

import functools
import zoneinfo
from datetime import date, datetime, tzinfo

from babel import Locale
from babel.dates import format_date, format_skeleton, get_timezone_name
from django.utils import timezone
from django.utils.translation import get_language


def language() -> str:
    """Return the active language's two letters."""
    return (get_language() or "en")[:2]


@functools.cache
def _locale(code: str) -> Locale:
    return Locale.parse({"en": "en_GB", "fr": "fr", "es": "es"}.get(code, "en_GB"))


@functools.cache
def zone_choices() -> list[tuple[str, str]]:
    """Return the IANA zones that name places, for a form."""
    skip = ("Etc/", "SystemV/", "US/", "posix", "right")
    names = sorted(n for n in zoneinfo.available_timezones() if "/" in n and not n.startswith(skip))
    return [("UTC", "UTC"), *((n, n.replace("_", " ")) for n in names)]


def is_zone(name: str) -> bool:
    """Say whether this is the name of an IANA zone."""
    return name in zoneinfo.available_timezones()


def day(moment: datetime | date) -> str:
    """Return "22 November 2026" in the active language and, of a moment, in the active zone."""
    return _day(timezone.localtime(moment).date() if isinstance(moment, datetime) else moment, language())


@functools.lru_cache(maxsize=2000)
def _day(local: date, code: str) -> str:
    return format_date(local, "long", locale=_locale(code))


def month(when: date) -> str:
    """Return "November 2026" in the active language."""
    return _month(when.year, when.month, language())


@functools.lru_cache(maxsize=2000)
def _month(year: int, number: int, code: str) -> str:
    return format_skeleton("yMMMM", date(year, number, 1), locale=_locale(code))


def full_day(moment: datetime | date) -> str:
    """Return "Sunday 22 November 2026" in the active language and, of a moment, in the active zone."""
    return _full_day(timezone.localtime(moment).date() if isinstance(moment, datetime) else moment, language())


@functools.lru_cache(maxsize=2000)
def _full_day(local: date, code: str) -> str:
    return format_date(local, "EEEE d MMMM y" if code == "en" else "full", locale=_locale(code))


def short_day(moment: datetime | date) -> str:
    """Return "22 Nov" in the active language and, of a moment, in the active zone."""
    return _short_day(timezone.localtime(moment).date() if isinstance(moment, datetime) else moment, language())


@functools.lru_cache(maxsize=2000)
def _short_day(local: date, code: str) -> str:
    return format_skeleton("MMMd", local, locale=_locale(code))


def clock(moment: datetime) -> str:
    """Return "14:02" (in French "14 h 02") in the active language and zone."""
    local = timezone.localtime(moment)
    if language() == "fr":
        return f"{local.hour}\u00a0h\u00a0{local.minute:02d}"
    return f"{local.hour:02d}:{local.minute:02d}"


def zone_name(moment: datetime) -> str:
    """Return the active zone as people call it, such as "Central Africa Time"."""
    local = timezone.localtime(moment)
    noon = local.replace(hour=12, minute=0, second=0, microsecond=0)
    if noon.utcoffset() != local.utcoffset():  # the day on which the clocks change
        return get_timezone_name(local, width="long", locale=_locale(language()))
    return _zone_name(noon, noon.tzinfo, language())


@functools.lru_cache(maxsize=2000)
def _zone_name(noon: datetime, _zone: tzinfo, code: str) -> str:
    """Return a zone's name on a day. The zone is in the key because equal instants compare equal across zones."""
    return get_timezone_name(noon, width="long", locale=_locale(code))


def moment(value: datetime) -> str:
    """Return day, clock and zone: "22 November 2026, 14:02 (Central Africa Time)"."""
    return f"{day(value)}, {clock(value)} ({zone_name(value)})"
