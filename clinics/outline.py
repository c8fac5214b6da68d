"""An edition's plan as its readers see it in one language: plain data, the same for all of them.

Each process keeps it under the generation of the content (core.pagecache), as `courses.outline` keeps modules: whoever
changes a plan calls `core.changes.content_changed(edition)`, and every process makes it anew within a second.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.core.cache import caches

from clinics.enums import ActivityKind
from clinics.models import Activity, Block, Edition, Session, Week
from core.audiences import keys_for
from core.pagecache import SECONDS, generation
from courses.enums import ModuleState
from courses.models import Module
from courses.outline import Progress
from courses.outline import progress as module_progress

SLOTS = (ActivityKind.SELF_ASSESSMENT, ActivityKind.EVALUATION)  # places that surveys fill: shown once something fills them


class ModuleRef(NamedTuple):
    """What is asked of a module of the plan before its outline is fetched."""

    pk: int
    state: str
    changed_at: datetime
    audience: str


@dataclass(frozen=True)
class SessionLine:
    """A live session. `lang` is "" when the title is in the page's language, else the language to mark it with."""

    pk: int
    kind: str
    kind_label: str
    title: str
    lang: str
    starts_at: datetime
    ends_at: datetime
    minutes: int
    zone: str
    block: int | None


@dataclass(frozen=True)
class BlockLine:
    """A building block with its modules and sessions."""

    pk: int
    number: int
    title: str
    lang: str
    starts_on: date
    ends_on: date
    modules: tuple[int, ...]
    sessions: tuple[SessionLine, ...]


@dataclass(frozen=True)
class ActivityLine:
    """What a week holds besides its blocks."""

    kind: str
    label: str
    module: int | None
    due_on: date


@dataclass(frozen=True)
class WeekLine:
    """A week with the blocks that have days in it, its activities, and the sessions of no block."""

    number: int
    title: str
    summary: str
    lang: str
    starts_on: date
    ends_on: date
    blocks: tuple[BlockLine, ...]
    activities: tuple[ActivityLine, ...]
    sessions: tuple[SessionLine, ...]

    def stands(self, today: date) -> str:
        """Return "is-done", "is-now" or "": the class of its card on a day. Pure."""
        if today > self.ends_on:
            return "is-done"
        return "is-now" if self.starts_on <= today else ""


@dataclass(frozen=True)
class Plan:
    """All of an edition's plan. `key` changes with any of it."""

    key: str
    pk: int
    title: str
    lang: str
    zone: str
    starts_on: date
    ends_on: date
    weeks: tuple[WeekLine, ...]
    blocks: tuple[BlockLine, ...]
    sessions: tuple[SessionLine, ...]
    modules: tuple[ModuleRef, ...]

    @property
    def refresher(self) -> int | None:
        """Return the pk of the module of the technical refresher, None without one."""
        return next((line.module for line in self.activities if line.kind == ActivityKind.REFRESHER and line.module), None)

    @property
    def activities(self) -> list[ActivityLine]:
        return [line for week in self.weeks for line in week.activities]

    def due(self, kind: str) -> date | None:
        """Return until when an activity is due, None when the plan has none of the kind. Pure."""
        return next((line.due_on for line in self.activities if line.kind == kind), None)

    def week_on(self, today: date) -> WeekLine | None:
        """Return the week that it is, between two weeks the one that comes, None after the last. Pure."""
        return next((week for week in self.weeks if today <= week.ends_on), None)


def plan_of(edition: Edition, language: str) -> Plan:
    """Return an edition's plan. Queries: 0 when kept, else 5 (sessions, blocks, their modules, weeks, activities).

    An edition that came without its long texts is asked for once more when the plan is made.
    """
    key = f"clinic.{generation()}.{edition.pk}.{edition.changed_at.timestamp():.6f}.{language}"
    found = caches["process"].get(key)
    if found is None:
        found = _plan(edition, language, key)
        caches["process"].set(key, found, SECONDS)
    return found


def progress_in(plan: Plan, user, language: str) -> dict[int, Progress]:
    """Return {module pk: Progress} of the plan's modules that this person reads. Queries: 1, and those of outlines not kept."""
    refs = readable(plan, user)
    return {one.plan.pk: one for one in module_progress(refs, user, language)} if refs else {}


def readable(plan: Plan, user) -> list[ModuleRef]:
    """Return the published modules of a plan that a person reads, each once. Pure, from her audience keys."""
    return [ref for ref in plan.modules if ref.state == ModuleState.PUBLISHED and ref.audience in keys_for(user)]


def _plan(edition: Edition, language: str, key: str) -> Plan:
    if edition.get_deferred_fields():
        edition = Edition.objects.get(pk=edition.pk)
    sessions = tuple(_session(row, language) for row in Session.objects.filter(edition=edition))
    rows = list(Block.objects.filter(edition=edition).prefetch_related("modules"))
    blocks = tuple(_block(row, sessions, language) for row in rows)
    activities = list(Activity.objects.filter(week__edition=edition).select_related("module"))
    weeks = tuple(_week(row, edition, blocks, sessions, activities, language) for row in Week.objects.filter(edition=edition))
    modules = [*(row.module for row in activities if row.module), *(module for row in rows for module in row.modules.all())]
    shown = edition.reading_language(language)
    return Plan(
        key=key,
        pk=edition.pk,
        title=edition.text("title", shown),
        lang="" if shown == language else shown,
        zone=edition.zone,
        starts_on=edition.starts_on,
        ends_on=edition.ends_on,
        weeks=weeks,
        blocks=blocks,
        sessions=sessions,
        modules=tuple({module.pk: _ref(module) for module in modules}.values()),
    )


def _ref(module: Module) -> ModuleRef:
    return ModuleRef(module.pk, module.state, module.changed_at, module.audience)


def _session(row: Session, language: str) -> SessionLine:
    shown = row.reading_language(language)
    return SessionLine(
        pk=row.pk,
        kind=row.kind,
        kind_label=str(row.get_kind_display()),
        title=row.text("title", shown),
        lang="" if shown == language else shown,
        starts_at=row.starts_at,
        ends_at=row.starts_at + timedelta(minutes=row.minutes),
        minutes=row.minutes,
        zone=row.zone,
        block=row.block_id,
    )


def _block(row: Block, sessions, language: str) -> BlockLine:
    shown = row.reading_language(language)
    return BlockLine(
        pk=row.pk,
        number=row.number,
        title=row.text("title", shown),
        lang="" if shown == language else shown,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        modules=tuple(module.pk for module in row.modules.all()),
        sessions=tuple(one for one in sessions if one.block == row.pk),
    )


def _week(row: Week, edition: Edition, blocks, sessions, activities, language: str) -> WeekLine:
    shown = row.reading_language(language)
    days = (row.starts_on, row.ends_on)
    return WeekLine(
        number=row.number,
        title=row.text("title", shown),
        summary=row.text("summary", shown),
        lang="" if shown == language else shown,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        blocks=tuple(one for one in blocks if one.starts_on <= days[1] and one.ends_on >= days[0]),
        activities=tuple(_activity(one) for one in activities if one.week_id == row.pk and one.kind not in SLOTS),
        sessions=tuple(
            one for one in sessions if one.block is None and days[0] <= one.starts_at.astimezone(edition.tz).date() <= days[1]
        ),
    )


def _activity(row: Activity) -> ActivityLine:
    return ActivityLine(kind=row.kind, label=str(row.get_kind_display()), module=row.module_id, due_on=row.due_on)
