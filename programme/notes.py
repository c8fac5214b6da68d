"""Glossary notes for texts that link terms."""

from django.template.loader import render_to_string

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
