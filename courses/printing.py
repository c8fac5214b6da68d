"""A whole module on one page, to print or to save: nothing folded, nothing that waits for a click."""

import re
from dataclasses import dataclass

from django.core.cache import caches

from core.pagecache import SECONDS
from core.richtext import figures_in, render_inline, terms_in, with_figures, with_notes, without_ids
from courses.figures import figure_renderer
from courses.media import Media, media_of
from courses.models import Unit
from courses.outline import Outline, UnitLine
from programme.notes import note_renderer

HEADING = re.compile(r"<(/?)h([23])\b")


@dataclass(frozen=True)
class PrintedUnit:
    """One unit with all that a page of paper can hold."""

    line: UnitLine
    html: str
    sources: tuple[str, ...]
    reflections: tuple[tuple[str, str], ...]  # (question, "" or its language)
    media: Media | None


def printed_units(plan: Outline, language: str) -> list[PrintedUnit]:
    """Return the units of a module in order.

    Queries: 0 when kept, else 5 for any number of units, and 2 more for a second language among them.
    """
    key = f"print.{plan.key}"
    found = caches["process"].get(key)
    if found is None:
        found = _printed(plan, language)
        caches["process"].set(key, found, SECONDS)
    return found


def _printed(plan: Outline, language: str) -> list[PrintedUnit]:
    units = Unit.objects.prefetch_related("reflections").in_bulk([line.pk for line in plan.units])
    lines = [line for line in plan.units if line.pk in units]
    texts = {line.pk: units[line.pk].text("body_html", line.lang or language) for line in lines}
    media = media_of(list(units.values()), language)
    filled = _filler(plan, "".join(texts.values()), {line.lang or language for line in lines})
    return [
        _unit(line, units[line.pk], filled(texts[line.pk], line.lang or language), media[line.pk], language) for line in lines
    ]


def _unit(line: UnitLine, unit: Unit, html: str, media: Media, language: str) -> PrintedUnit:
    sources = unit.text("sources", line.lang or language).splitlines()
    asked = [(r, r.reading_language(language)) for r in unit.reflections.all() if r.is_active]
    return PrintedUnit(
        line=line,
        html=HEADING.sub(lambda tag: f"<{tag[1]}h{int(tag[2]) + 1}", without_ids(html)),
        sources=tuple(render_inline(row) for row in sources if row.strip()),
        reflections=tuple((r.text("prompt", code), code if code != language else "") for r, code in asked),
        media=media or None,
    )


def _filler(plan: Outline, text: str, languages: set[str]):
    """Return f(html, its language) -> HTML with figures and notes, each term explained once in the whole module.

    Args: text: of all units together; languages: those they are shown in. Queries: 2 a language.
    """
    terms, keys, told = terms_in(text), figures_in(text), set()
    notes = {code: _once_each(note_renderer(terms, code, folded=False), told) for code in languages}
    figures = {code: figure_renderer(plan, keys, code, printed=True) for code in languages}
    return lambda html, code: with_notes(with_figures(html, figures[code]), notes[code])


def _once_each(notes, told: set[str]):
    """Return f(slugs) like `notes` for the slugs that are not yet in `told`, to which it adds them."""

    def fresh(slugs: list[str]) -> str:
        new = [slug for slug in dict.fromkeys(slugs) if slug not in told]
        told.update(new)
        return notes(new) if new else ""

    return fresh
