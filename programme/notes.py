"""Glossary notes for texts that link terms."""

from django.template.loader import render_to_string

from core.richtext import terms_in, with_notes, without_ids
from core.translations import LANGUAGES
from programme.models import GlossaryTerm


def note_renderer(slugs: list[str], language: str, *, folded: bool = True):
    """Return f(slugs) -> HTML of their notes in a language, "" when none is known; many fold away unless `folded` is False.

    Queries: 1 (0 without slugs).
    """
    terms = {t.slug: t for t in GlossaryTerm.objects.filter(slug__in=slugs)} if slugs else {}

    def notes(wanted: list[str]) -> str:
        found = [_facts(terms[slug], language) for slug in wanted if slug in terms]
        return render_to_string("programme/_notes.html", {"notes": found, "folded": folded and len(found) > 2}) if found else ""

    return notes


def notes_once(texts: list[str], language: str) -> list[str]:
    """Return rendered texts of one page: the note of a term stands once, in the text that first uses it. Queries: 1."""
    render_notes, told = note_renderer([slug for html in texts for slug in terms_in(html)], language), set()

    def notes(slugs: list[str]) -> str:
        fresh = [slug for slug in slugs if slug not in told]
        told.update(fresh)
        return render_notes(fresh)

    return [without_ids(with_notes(html, notes)) for html in texts]


def _facts(term: GlossaryTerm, language: str) -> dict:
    shown = term.reading_language(language)
    others = [(code, term.text("term", code)) for code in LANGUAGES if code != shown and term.text("term", code)]
    return {
        "slug": term.slug,
        "term": term.text("term", shown),
        "definition": term.text("definition", shown),
        "lang": shown if shown != language else "",
        "others": others,
    }
