"""Live sessions as a reader sees them: her own clock first, the edition's beside it where it differs."""

import zoneinfo
from dataclasses import dataclass

from django.utils import timezone

from clinics.outline import Plan, SessionLine
from clinics.shown import between
from core.time import day, zone_name


@dataclass(frozen=True)
class SessionRow:
    """A session with its times in words. `there` is "" when the edition's clock shows the same."""

    line: SessionLine
    here: str
    zone: str
    there: str


def session_rows(plan: Plan, zone: str) -> list[SessionRow]:
    """Return the sessions of a plan in the reader's zone, in order. Pure but for the languages' names."""
    return [session_row(line, zone, plan.zone) for line in plan.sessions]


def session_row(line: SessionLine, zone: str, of_edition: str) -> SessionRow:
    """Return one session in words: clocks, the zone named, and the edition's clock where it differs. Pure."""
    with timezone.override(zoneinfo.ZoneInfo(zone)):
        here, named = between(line.starts_at, line.ends_at), zone_name(line.starts_at)
    there = ""
    if offset(line, zone) != offset(line, of_edition):
        with timezone.override(zoneinfo.ZoneInfo(of_edition)):
            there = f"{between(line.starts_at, line.ends_at)} ({zone_name(line.starts_at)})"
            if timezone.localtime(line.starts_at).date() != line.starts_at.astimezone(zoneinfo.ZoneInfo(zone)).date():
                there = f"{day(line.starts_at)}, {there}"
    return SessionRow(line, here, named, there)


def offset(line: SessionLine, zone: str):
    """Return how far a zone is from UTC when a session begins. Pure."""
    return line.starts_at.astimezone(zoneinfo.ZoneInfo(zone)).utcoffset()
