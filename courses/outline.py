"""A module as its readers see it in one language: plain data, the same for all of them.

Each process keeps it under the generation of the content (core.pagecache): whoever changes content calls
`forget_pages`, and every process makes it anew. While the shared cache is away, it may be SECONDS old.
"""

import functools
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.core.cache import caches

from core.pagecache import SECONDS, generation
from core.richtext import render_inline, terms_in, with_notes
from courses.enums import ModuleState
from courses.models import Module, Unit, UnitRecord
from programme.notes import note_renderer


@dataclass(frozen=True)
class UnitLine:
    """One unit in a list. `lang` is "" when the text is in the page's language, else the language to mark it with."""

    pk: int
    index: int
    slug: str
    url: str
    kind: str
    kind_label: str
    minutes: int
    pass_mark: int | None
    max_attempts: int | None
    title: str
    summary: str
    lang: str

    @property
    def is_check(self) -> bool:
        return self.kind == "check"


@dataclass(frozen=True)
class Outline:
    """A module's own texts and its units in order. `key` changes with any of them."""

    key: str
    pk: int
    slug: str
    url: str
    kind_label: str
    theme: str
    title: str
    summary: str
    objectives: tuple[str, ...]
    lang: str
    units: tuple[UnitLine, ...]


@dataclass(frozen=True)
class Step(UnitLine):
    """A unit and how far one person is in it."""

    record: "Record | None" = None

    @property
    def is_done(self) -> bool:
        return bool(self.record and self.record.completed_at)


class Record(NamedTuple):
    """A person's record of one unit, as plain data."""

    unit_id: int
    pk: int
    seen_at: datetime
    completed_at: datetime | None
    block: int


class Progress:
    """A module and how far one person is in it (nowhere, for a visitor).

    Args: records: {unit pk: Record} of this person, perhaps of other modules too.
    """

    def __init__(self, plan: Outline, records: dict[int, Record], *, is_draft: bool):
        self.plan, self.is_draft = plan, is_draft
        self._records = {line.pk: records[line.pk] for line in plan.units if line.pk in records}

    @functools.cached_property
    def steps(self) -> list[Step]:
        return [Step(**line.__dict__, record=self._records.get(line.pk)) for line in self.plan.units]

    @property
    def done(self) -> int:
        return sum(record.completed_at is not None for record in self._records.values())

    @property
    def total(self) -> int:
        return len(self.plan.units)

    @property
    def minutes(self) -> int:
        return sum(line.minutes for line in self.plan.units)

    @property
    def minutes_left(self) -> int:
        return sum(step.minutes for step in self.steps if not step.is_done)

    @property
    def seen_at(self) -> datetime | None:
        return max((record.seen_at for record in self._records.values()), default=None)

    @property
    def next_step(self) -> Step | None:
        """Return where to go on: the unit last seen if it is not done, else the first that is not done."""
        seen = [step for step in self.steps if step.record and not step.is_done]
        if seen:
            return max(seen, key=lambda step: step.record.seen_at)
        return next((step for step in self.steps if not step.is_done), None)


def progress(modules: list[Module], user, language: str) -> list[Progress]:
    """Return modules with a person's progress, in the same order. Queries: 1 (0 for visitors), and those of `outlines`."""
    plans, records = outlines(modules, language), {}
    if user.is_authenticated:
        units = [line.pk for plan in plans for line in plan.units]
        rows = UnitRecord.objects.filter(user=user, unit__in=units).values_list(*Record._fields)
        records = {row[0]: Record(*row) for row in rows}
    return [
        Progress(plan, records, is_draft=module.state == ModuleState.DRAFT) for module, plan in zip(modules, plans, strict=True)
    ]


def outlines(modules: list[Module], language: str) -> list[Outline]:
    """Return the outlines of modules. Queries: 0 when all are kept, else 2 for any number of modules."""
    mark = generation()
    keys = {module.pk: f"outline.{mark}.{module.pk}.{module.changed_at.timestamp():.6f}.{language}" for module in modules}
    kept = caches["process"].get_many(keys.values())
    missing = [pk for pk, key in keys.items() if key not in kept]
    if missing:
        found = Module.objects.filter(pk__in=missing).select_related("theme").prefetch_related("units")
        made = {keys[module.pk]: _outline(module, language, keys[module.pk]) for module in found}
        caches["process"].set_many(made, SECONDS)
        kept |= made
    return [kept[keys[module.pk]] for module in modules]


def reading(plan: Outline, line: UnitLine, language: str) -> dict:
    """Return a unit's text: {"html": with its glossary notes, "sources": [html]}. Queries: 0 when kept, else 2."""
    key = f"reading.{plan.key}.{line.pk}"
    found = caches["process"].get(key)
    if found is None:
        found = _reading(line, language)
        caches["process"].set(key, found, SECONDS)
    return found


def _outline(module: Module, language: str, key: str) -> Outline:
    shown = module.reading_language(language)
    return Outline(
        key=key,
        pk=module.pk,
        slug=module.slug,
        url=module.get_absolute_url(),
        kind_label=str(module.get_kind_display()),
        theme=module.theme.name,
        title=module.text("title", shown),
        summary=module.text("summary", shown),
        objectives=tuple(line for line in module.text("objectives", shown).splitlines() if line.strip()),
        lang="" if shown == language else shown,
        units=tuple(_line(module, unit, index, language) for index, unit in enumerate(module.units.all())),
    )


def _line(module: Module, unit: Unit, index: int, language: str) -> UnitLine:
    unit.module, shown = module, unit.reading_language(language)
    return UnitLine(
        pk=unit.pk,
        index=index,
        slug=unit.slug,
        url=unit.get_absolute_url(),
        kind=unit.kind,
        kind_label=str(unit.get_kind_display()),
        minutes=unit.minutes,
        pass_mark=unit.pass_mark,
        max_attempts=unit.max_attempts,
        title=unit.text("title", shown),
        summary=unit.text("summary", shown),
        lang="" if shown == language else shown,
    )


def _reading(line: UnitLine, language: str) -> dict:
    unit, shown = Unit.objects.get(pk=line.pk), line.lang or language
    html = unit.text("body_html", shown)
    return {
        "html": with_notes(html, note_renderer(terms_in(html), shown)),
        "sources": [render_inline(source) for source in unit.text("sources", shown).splitlines() if source.strip()],
    }
