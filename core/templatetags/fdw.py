"""Template tags that every page may use (built in)."""

from django import template
from django.utils.safestring import mark_safe

from core import time
from core.middleware import person_mark

register = template.Library()

register.filter("day", time.day)
register.filter("short_day", time.short_day)
register.filter("clock", time.clock)
register.filter("moment", time.moment)
register.filter("person_mark", person_mark)


@register.filter
def in_language(obj, field: str) -> str:
    """Return a translated field in the language that the page shows: `unit|in_language:"title"`."""
    return obj.text(field, _shown(obj))


@register.filter
def foreign(obj) -> str:
    """Return the `lang` to mark an object's texts with, "" when they are in the page's language."""
    shown = _shown(obj)
    return "" if shown == time.language() else shown


def _shown(obj) -> str:
    """Return the language in which a page shows an object's texts, asked once for each object.

    It stays in `obj.shown_in` ({page's language: shown language}); a view that leaves long texts out fills it itself.
    """
    known, here = obj.__dict__.setdefault("shown_in", {}), time.language()
    if here not in known:
        known[here] = obj.reading_language()
    return known[here]


@register.filter
def trusted_html(html: str) -> str:
    """Mark HTML that core.richtext has sanitised."""
    return mark_safe(html)  # noqa: S308  only for RenderedField and with_notes


@register.filter
def pieces(done: int, total: int) -> list[str]:
    """Return one state a piece of progress: `done|pieces:total`."""
    return ["is-done" if n < done else "is-now" if n == done else "" for n in range(total)]
