"""What whoever joins late has to make good: read from the plan, with the time each thing takes. Pure but for URLs."""

from dataclasses import dataclass
from datetime import date, datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from clinics.enums import ActivityKind
from clinics.outline import Plan
from courses.outline import Progress

PRIORITIES_MINUTES = 30  # to read them, and to sign for one's side


@dataclass(frozen=True)
class Missed:
    """One thing to make good. `minutes` is 0 for what is over and cannot be done any more; `url` may be ""."""

    title: str
    minutes: int
    url: str = ""
    lang: str = ""
    note: str = ""


def joined_late(plan: Plan, day: date) -> bool:
    """Say whether whoever joined on a day came late: week 1 had begun. Before, all that is next is still to come. Pure."""
    return day >= plan.starts_on


def catch_up(
    plan: Plan, progress: dict[int, Progress], *, now: datetime, today: date, priorities_url: str = "", signed: bool = False
) -> list[Missed]:
    """Return what is left to make good on a day: the refresher, modules of blocks over or running, sessions past, priorities.

    Args: progress: {module pk: Progress} of the person; today: the day in the edition's zone; signed: her side has signed.
    """
    found = [*_refresher(plan, progress), *_blocks(plan, progress, now, today)]
    if priorities_url and not signed and plan.due(ActivityKind.PRIORITIES):
        title = _("Read your delegation’s priorities, and sign for your side")
        found.append(Missed(title, PRIORITIES_MINUTES, priorities_url))
    return found


def minutes_of(list_: list[Missed]) -> int:
    """Return how long all of it takes."""
    return sum(one.minutes for one in list_)


def _refresher(plan: Plan, progress: dict[int, Progress]) -> list[Missed]:
    one = progress.get(plan.refresher)
    return [] if one is None or one.is_complete else [_module(one)]


def _blocks(plan: Plan, progress: dict[int, Progress], now: datetime, today: date) -> list[Missed]:
    """Return modules left of the blocks that are over or run, and their sessions past, in order."""
    found, told = [], {plan.refresher}
    for block in plan.blocks:
        if block.starts_on > today:
            continue
        for pk in block.modules:
            one = progress.get(pk)
            if one and pk not in told and not one.is_complete:
                found.append(_module(one))
            told.add(pk)
        found += [_session(session) for session in block.sessions if session.ends_at <= now]
    return found


def _module(one: Progress) -> Missed:
    url = reverse("courses:module_continue", args=[one.plan.slug]) if one.seen_at else one.plan.url
    return Missed(one.plan.title, one.minutes_left, url, one.plan.lang)


def _session(session) -> Missed:
    return Missed(session.title, 0, lang=session.lang, note=_("took place; ask your delegation what was said"))
