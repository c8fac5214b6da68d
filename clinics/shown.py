"""An edition as its public page, its note and search engines show it: when, where, for whom, by whom, and how to come."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo

from django.contrib.auth.models import AnonymousUser
from django.db.models import Prefetch
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language_info

from accounts.enums import ConstituentGroup, Side
from clinics.enums import EditionState
from clinics.models import Block, Delegation, Edition
from clinics.outline import Plan, WeekLine
from core.audiences import numbers_for
from core.text import fold
from core.time import clock, full_day, moment, zone_name
from core.translations import LANGUAGES
from courses.models import Module
from programme.models import CountryProfile

VISITOR = AnonymousUser()
MODULE = ["slug", "source_language", "audience", "state", *(f"title_{code}" for code in LANGUAGES)]
MODULE += [f"{field}_{code}" for field in Module.required_texts for code in LANGUAGES if field != "title"]
OVER = (EditionState.FOLLOW_UP, EditionState.CLOSED)


# How to come --------------------------------------------------------------------------------------
def way_in(edition: Edition, now: datetime | None = None) -> str:
    """Return how one comes to take part: "draft", "open", "invited", "closed" (the call) or "over". Pure but for the clock."""
    if edition.is_draft:
        return "draft"
    if edition.state in OVER:
        return "over"
    if edition.takes_applications(now):
        return "open"
    return "closed" if edition.is_open_call else "invited"


def next_edition(user=VISITOR) -> tuple[Edition | None, list[Delegation]]:
    """Return the edition that a person could come to next, one with an open call before all others, and its countries.

    Queries: 1. An edition without a country is not published.
    """
    editions = Edition.objects.visible_to(user).upcoming()
    rows = Delegation.objects.filter(edition__in=editions.values("pk")).select_related("edition")
    found: dict = {}
    for row in rows.order_by("edition__starts_on", "edition__slug", "country"):
        found.setdefault(row.edition, []).append(row)
    edition = next((one for one in found if one.takes_applications()), next(iter(found), None))
    return edition, sorted(found.get(edition, []), key=lambda row: fold(row.name))


def is_inside(edition: Edition, user) -> bool:
    """Say whether this person takes part or is on the team. Pure, from her audience keys."""
    return user.is_authenticated and edition.pk in numbers_for(user, "clinic.")


# When ---------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class When:
    """A live session in its edition's zone; `utc` and `own` are "" where they would say the same again."""

    day: str
    clock: str
    zone: str
    utc: str
    own: str


def when(begins: datetime, ends: datetime, zone: tzinfo, own: tzinfo | None = None) -> When:
    """Return when a session is, in the active language. Args: zone: the edition's; own: the reader's, if she has one."""
    with timezone.override(zone):
        told = {"day": full_day(begins), "clock": between(begins, ends), "zone": zone_name(begins)}
        offset = timezone.localtime(begins).utcoffset()
    mine = own is not None and begins.astimezone(own).utcoffset() != offset
    return When(**told, utc=utc_of(begins, ends) if offset else "", own=own_of(begins, ends, own) if mine else "")


def between(begins: datetime, ends: datetime) -> str:
    """Return "14:00–15:30" in the active language and zone."""
    return f"{clock(begins)}–{clock(ends)}"


def utc_of(begins: datetime, ends: datetime) -> str:
    with timezone.override(UTC):
        return between(begins, ends)


def own_of(begins: datetime, ends: datetime, own: tzinfo) -> str:
    """Return a session's times in the reader's zone, with its name."""
    with timezone.override(own):
        return f"{full_day(begins)}, {between(begins, ends)} ({zone_name(begins)})"


def deadline(edition: Edition, own: tzinfo | None = None) -> list[str]:
    """Return the deadline of the call in the edition's zone, and in UTC or the reader's own where it differs; [] for none."""
    if edition.apply_by is None or not edition.is_open_call:
        return []
    found: dict = {}
    for zone in (edition.tz, own or UTC):
        with timezone.override(zone):
            found.setdefault(edition.apply_by.astimezone(zone).utcoffset(), moment(edition.apply_by))
    return list(found.values())


def zone_label(edition: Edition) -> str:
    """Return the edition's zone as people call it on its first day, in the active language."""
    first = edition.moment(edition.starts_on)
    with timezone.override(edition.tz):
        return zone_name(first)


# The plan -----------------------------------------------------------------------------------------
@dataclass(frozen=True)
class WeekCard:
    """A week at a glance: its line of the outline, where it stands, and its live sessions with their times."""

    line: WeekLine
    state: str
    sessions: list


def week_cards(plan: Plan, edition: Edition, own: tzinfo | None = None) -> list[WeekCard]:
    """Return the weeks of a plan with their live sessions; each session stands once, in the week of its day. Pure."""
    today, told = edition.today(), set()
    cards = []
    for line in plan.weeks:
        mine = [one for one in plan.sessions if one.pk not in told and in_week(one.starts_at, line, edition)]
        told.update(one.pk for one in mine)
        sessions = [(one, when(one.starts_at, one.ends_at, edition.tz, own)) for one in mine]
        cards.append(WeekCard(line, line.stands(today) if edition.state == EditionState.RUNNING else "", sessions))
    return cards


def in_week(begins: datetime, line: WeekLine, edition: Edition) -> bool:
    day: date = begins.astimezone(edition.tz).date()
    return line.starts_on <= day <= line.ends_on


def blocks_of(edition: Edition, user=VISITOR) -> list[Block]:
    """Return the blocks with the modules that this person reads. Queries: 2."""
    modules = Prefetch("modules", Module.objects.visible_to(user).only(*MODULE))
    return list(edition.blocks.prefetch_related(modules))


# For whom, by whom ----------------------------------------------------------------------------------
@dataclass(frozen=True)
class Country:
    """A country that takes part: `url` of its profile, "" without one; seats in all and by side."""

    name: str
    url: str
    seats: int
    sides: list


def countries_of(edition: Edition, user=VISITOR) -> list[Country]:
    """Return the countries with their seats, by name in the active language. Queries: 3."""
    rows = list(edition.delegations.prefetch_related("seats"))
    profiles = CountryProfile.objects.visible_to(user).filter(code__in=[row.country for row in rows])
    known = set(profiles.values_list("code", flat=True))
    found = [country_of(row, row.country in known) for row in rows]
    return sorted(found, key=lambda one: fold(one.name))


def country_of(row, has_profile: bool) -> Country:
    seats = list(row.seats.all())
    numbers = {side: sum(one.number for one in seats if ConstituentGroup(one.group).side == side) for side in Side}
    url = reverse("programme:country_detail", args=[row.country.lower()]) if has_profile else ""
    sides = [(side.label, number) for side, number in numbers.items() if number]
    return Country(row.name, url, sum(one.number for one in seats), sides)


@dataclass(frozen=True)
class Leader:
    """One of the team that leads, as everybody may read it: never an address."""

    name: str
    roles: str
    organisation: str


def team_of(edition: Edition) -> list[Leader]:
    """Return who leads, each person once, in order of roles. Queries: 1."""
    found: dict = {}
    rows = edition.team.leading().select_related("user")
    order = [role for role, _label in rows.model._meta.get_field("role").choices]
    for row in sorted(rows, key=lambda one: order.index(one.role)):
        name = row.user.name if row.user_id else row.name
        if name:
            found.setdefault((row.user_id, name), []).append(row)
    return [Leader(name, roles_of(rows), next((r.organisation for r in rows if r.organisation), ""))
            for (_user, name), rows in found.items()]  # fmt: skip


def roles_of(rows: list) -> str:
    return ", ".join(str(row.get_role_display()) for row in rows)


def language_names(codes: list[str]) -> str:
    """Return languages by name in the active language, such as "English, French"."""
    return ", ".join(str(get_language_info(code)["name_translated"]) for code in codes if code in LANGUAGES)
