"""Time as people read it: their own zone first, the zone always named."""

import functools
import zoneinfo
from datetime import datetime

from babel import Locale
from babel.dates import format_date, format_skeleton, format_time, get_timezone_name
from django.utils import timezone
from django.utils.translation import get_language


def language() -> str:
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
    return name in zoneinfo.available_timezones()


def day(moment: datetime) -> str:
    """Return "22 November 2026" in the active language and zone."""
    return format_date(timezone.localtime(moment), "long", locale=_locale(language()))


def short_day(moment: datetime) -> str:
    """Return "22 Nov" in the active language and zone."""
    local = timezone.localtime(moment)
    return format_skeleton("MMMd", local, locale=_locale(language()))


def clock(moment: datetime) -> str:
    """Return "14:02" (in French "14 h 02") in the active language and zone."""
    local = timezone.localtime(moment)
    if language() == "fr":
        return f"{local.hour}\u00a0h\u00a0{local.minute:02d}"
    return format_time(local, "HH:mm", locale=_locale(language()))


def zone_name(moment: datetime) -> str:
    """Return the active zone as people call it, such as "Central Africa Time"."""
    return get_timezone_name(timezone.localtime(moment), width="long", locale=_locale(language()))


def moment(value: datetime) -> str:
    """Return day, clock and zone: "22 November 2026, 14:02 (Central Africa Time)"."""
    return f"{day(value)}, {clock(value)} ({zone_name(value)})"
