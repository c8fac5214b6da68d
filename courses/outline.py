"""A module as its readers see it in one language: plain data, the same for all of them.

Each process keeps it under the version of the content, which comes with the module's row: a change of the module, of
any of its units or of the glossary is seen at once, and nobody has to remember to clear anything.
"""

from dataclasses import dataclass
from datetime import datetime

from django.core.cache import caches

from core.richtext import render_inline, terms_in, with_notes
from courses.models import Module, Unit, UnitRecord
from programme.notes import note_renderer

DAY = 24 * 3600


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
    """A module's own texts and its units in order."""

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

    record: UnitRecord | None = None

    @property
    def is_done(self) -> bool:
        return bool(self.record and self.record.completed_at)


def outline(module: Module, language: str) -> Outline:
    """Return a module's outline. Queries: 0 when kept, else 2. The module comes from `with_version`."""
    return _kept(f"outline.{version(module)}.{language}", lambda: _outline(module, language))


def reading(module: Module, line: UnitLine, language: str) -> dict:
    """Return a unit's text: {"html": with its glossary notes, "sources": [html]}. Queries: 0 when kept, else 2."""
    return _kept(f"reading.{line.pk}.{version(module)}.{language}", lambda: _reading(line, language))


def steps(plan: Outline, user) -> list[Step]:
    """Return the units with this person's records. Queries: 1 (0 for visitors)."""
    records = {}
    if user.is_authenticated:
        rows = UnitRecord.objects.filter(user=user, unit__in=[line.pk for line in plan.units])
        records = {record.unit_id: record for record in rows}
    return [Step(**line.__dict__, record=records.get(line.pk)) for line in plan.units]


def next_step(found: list[Step]) -> Step | None:
    """Return where to go on: the unit last seen if it is not done, else the first that is not done."""
    seen = [step for step in found if step.record and not step.is_done]
    if seen:
        return max(seen, key=lambda step: step.record.seen_at)
    return next((step for step in found if not step.is_done), None)


def version(module: Module) -> str:
    """Return the version of all that an outline or a reading shows, from the row of `with_version`."""
    moments = (module.changed_at, module.units_changed_at, module.glossary_changed_at)
    return f"{module.pk}.{module.unit_count}." + ".".join(_stamp(moment) for moment in moments)


def _stamp(moment: datetime | None) -> str:
    return f"{moment.timestamp():.6f}" if moment else "0"


def _kept(key: str, make):
    found = caches["process"].get(key)
    if found is None:
        found = make()
        caches["process"].set(key, found, DAY)
    return found


def _outline(module: Module, language: str) -> Outline:
    shown = module.reading_language(language)
    return Outline(
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
