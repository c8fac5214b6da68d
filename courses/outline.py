"""A module as its readers see it in one language: plain data, the same for all of them.

Each process keeps it under the generation of the content (core.pagecache): whoever changes content calls
`forget_pages`, and every process makes it anew within a second. While the shared cache is away, it may be SECONDS old.
"""

import functools
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.core.cache import caches
from django.db.models import Prefetch, prefetch_related_objects

from core.pagecache import SECONDS, generation
from core.richtext import figures_in, render_inline, terms_in, with_figures, with_notes, without_places
from core.translations import LANGUAGES
from courses.enums import Completion, ModuleState
from courses.figures import figure_renderer
from courses.media import media_of
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
    question_count: int
    is_optional: bool
    title: str
    summary: str
    lang: str
    is_retired: bool

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
    theme_code: str
    completion: str
    languages: tuple[str, ...]  # in which all of it can be read
    title: str
    summary: str
    objectives: tuple[str, ...]
    lang: str
    units: tuple[UnitLine, ...]
    retired_on: datetime | None  # it is no longer in the catalogue, and only who began it reads it

    @functools.cached_property
    def counted(self) -> frozenset[int]:
        """Return the pks of the units that count towards completion: `UnitQuerySet.counting` in plain data."""
        needed = [line for line in self.units if not line.is_optional]
        checks = [line for line in needed if line.is_check]
        by_checks = self.completion == Completion.CHECKS and checks
        return frozenset(line.pk for line in (checks if by_checks else needed))

    @property
    def by_checks(self) -> bool:
        """Say whether passing the checks is enough."""
        return self.completion == Completion.CHECKS and any(line.is_check and not line.is_optional for line in self.units)


@dataclass(frozen=True)
class Step(UnitLine):
    """A unit and how far one person is in it. `counts`: it is needed to complete the module."""

    record: "Record | None" = None
    counts: bool = True

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
        records, counted = self._records, self.plan.counted
        return [Step(**line.__dict__, record=records.get(line.pk), counts=line.pk in counted) for line in self.plan.units]

    @property
    def done(self) -> int:
        """Return how many of the units that count are done."""
        return sum(pk in self.plan.counted and record.completed_at is not None for pk, record in self._records.items())

    @property
    def total(self) -> int:
        """Return how many units count."""
        return len(self.plan.counted)

    @property
    def mark(self) -> str:
        """Return what tells one state of progress from another in lists: how far, not what."""
        return f"{self.plan.key}.{self.done}.{self.minutes_left}.{self.is_begun}"

    @property
    def is_begun(self) -> bool:
        return bool(self._records)

    @property
    def is_complete(self) -> bool:
        return 0 < self.total == self.done

    @property
    def unit_count(self) -> int:
        """Return how many units the module asks for: those that are not optional."""
        return sum(not line.is_optional for line in self.plan.units)

    @property
    def minutes(self) -> int:
        """Return how long they take."""
        return sum(line.minutes for line in self.plan.units if not line.is_optional)

    @property
    def left(self) -> int:
        return self.total - self.done

    @property
    def minutes_left(self) -> int:
        """Return how long the units take that are left until the module is complete."""
        records = self._records
        return sum(
            line.minutes
            for line in self.plan.units
            if line.pk in self.plan.counted and not (line.pk in records and records[line.pk].completed_at)
        )

    @property
    def seen_at(self) -> datetime | None:
        return max((record.seen_at for record in self._records.values()), default=None)

    @property
    def next_step(self) -> Step | None:
        """Return where to go on: the unit last seen if it is not done, else the first not done that is not optional."""
        seen = [step for step in self.steps if step.record and not step.is_done]
        if seen:
            return max(seen, key=lambda step: step.record.seen_at)
        return next((step for step in self.steps if not step.is_done and not step.is_optional), None)


def progress(modules: list[Module], user, language: str) -> list[Progress]:
    """Return modules with a person's progress, in the same order. Queries: 1 (0 for visitors), and those of `outlines`."""
    plans, records = outlines(modules, language), {}
    if user.is_authenticated:
        rows = UnitRecord.objects.filter(user=user).values_list(*Record._fields)
        if len(plans) == 1:
            rows = rows.filter(unit__in=[line.pk for line in plans[0].units])
        records = {row[0]: Record(*row) for row in rows}
    return [
        Progress(plan, records, is_draft=module.state == ModuleState.DRAFT) for module, plan in zip(modules, plans, strict=True)
    ]


def outlines(modules: list[Module], language: str) -> list[Outline]:
    """Return the outlines of modules. Queries: 0 when all are kept, else 3 for any number; 2 when they came whole."""
    mark = generation()
    keys = {module.pk: f"outline.{mark}.{module.pk}.{module.changed_at.timestamp():.6f}.{language}" for module in modules}
    kept = caches["process"].get_many(keys.values())
    missing = [pk for pk, key in keys.items() if key not in kept]
    if missing:
        found = whole([module for module in modules if module.pk in missing])
        units = Prefetch("units", Unit.objects.standing().prefetch_related("items"), to_attr="standing_units")
        prefetch_related_objects(found, units)
        made = {keys[module.pk]: _outline(module, language, keys[module.pk]) for module in found}
        caches["process"].set_many(made, SECONDS)
        kept |= made
    return [kept[keys[module.pk]] for module in modules]


def whole(modules: list) -> list[Module]:
    """Return modules with all their fields and themes: as they came, if they have them. Queries: 0 or 1."""
    if all(isinstance(one, Module) and not one.get_deferred_fields() and Module.theme.is_cached(one) for one in modules):
        return modules
    return list(Module.objects.filter(pk__in=[one.pk for one in modules]).select_related("theme"))


def line_of(plan: Outline, unit: Unit, language: str) -> UnitLine:
    """Return the line of a unit; of one that was taken out of the module too. Queries: 0, or 3 for a retired one."""
    for line in plan.units:
        if line.pk == unit.pk:
            return line
    unit = Unit.objects.select_related("module").prefetch_related("items").get(pk=unit.pk)
    return _line(unit.module, unit, len(plan.units), language)


def reading(plan: Outline, line: UnitLine, language: str) -> dict:
    """Return what stands in a unit: {"html": with notes and figures, "sources": [html], "transcript": html, "media": Media}.

    "media" is None for a unit that offers none. Queries: 0 when kept, else 4 at most.
    """
    key = f"reading.{plan.key}.{line.pk}"
    found = caches["process"].get(key)
    if found is None:
        found = _reading(plan, line, language)
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
        theme_code=module.theme.code,
        completion=module.completion,
        languages=tuple(code for code in LANGUAGES if _is_whole(module, code)),
        title=module.text("title", shown),
        summary=module.text("summary", shown),
        objectives=tuple(line for line in module.text("objectives", shown).splitlines() if line.strip()),
        lang="" if shown == language else shown,
        units=tuple(_line(module, unit, index, language) for index, unit in enumerate(module.standing_units)),
        retired_on=module.retired_on,
    )


def _is_whole(module: Module, language: str) -> bool:
    """Say whether staff promise the module in a language (no fallback marked) and none of its texts is missing."""
    parts = [module, *module.standing_units]
    return language not in module.fallback_languages and not any(part.missing(language) for part in parts)


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
        question_count=sum(item.count for item in unit.items.all()),
        is_optional=unit.is_optional,
        title=unit.text("title", shown),
        summary=unit.text("summary", shown),
        lang="" if shown == language else shown,
        is_retired=unit.retired_at is not None,
    )


def _reading(plan: Outline, line: UnitLine, language: str) -> dict:
    unit, shown = Unit.objects.get(pk=line.pk), line.lang or language
    html = unit.text("body_html", shown)
    figure = figure_renderer(plan, figures_in(html), shown, page_language=language)
    return {
        "html": with_notes(with_figures(html, figure), note_renderer(terms_in(html), shown)),
        "sources": [render_inline(source) for source in unit.text("sources", shown).splitlines() if source.strip()],
        "transcript": without_places(unit.text("transcript_html", shown)),
        "media": media_of([unit], language)[unit.pk] or None,
    }
