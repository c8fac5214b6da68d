"""Glossary notes for texts that link terms."""

from django.template.loader import render_to_string

from core.translations import LANGUAGES
from programme.models import GlossaryTerm


def note_renderer(slugs: list[str], language: str):
    """Return f(slug) -> HTML of the note in a language, "" for unknown slugs. Queries: 1 (0 without slugs)."""
    terms = {t.slug: t for t in GlossaryTerm.objects.filter(slug__in=slugs)} if slugs else {}

    def note(slug: str) -> str:
        if slug not in terms:
            return ""
        term = terms[slug]
        shown = term.reading_language(language)
        others = [(code, term.text("term", code)) for code in LANGUAGES if code != shown and term.text("term", code)]
        context = {
            "slug": slug,
            "term": term.text("term", shown),
            "definition": term.text("definition", shown),
            "lang": shown if shown != language else "",
            "others": others,
        }
        return render_to_string("programme/_note.html", context)

    return note
