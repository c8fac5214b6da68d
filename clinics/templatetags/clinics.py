"""What clinics show on pages of lower floors, and small tags of their own pages."""

from django import template

from clinics.enums import EditionState
from clinics.models import Priorities
from clinics.priorities_sheet import published_lines, published_sides
from core.audiences import PUBLIC
from core.diffs import word_diff

register = template.Library()
MOST_COPIES = 3  # of one country, the newest


@register.inclusion_tag("clinics/_country_priorities.html")
def country_priorities(code: str) -> dict:
    """Show the published priorities of a country that every signing side wants on its public page.

    Queries: 1, and 1 for their translations where they are in another language than the page.
    """
    rows = Priorities.objects.public().filter(delegation__country=code.upper(), delegation__edition__audience=PUBLIC)
    rows = rows.exclude(delegation__edition__state=EditionState.DRAFT).select_related("delegation__edition")
    found = list(rows.order_by("-published_at")[:MOST_COPIES])
    lines = published_lines(*found)
    copies = [
        {"edition": one.delegation.edition, "at": one.published_at, "lines": lines[one.pk], "sides": published_sides(one)}
        for one in found
    ]
    return {"copies": copies}


@register.simple_tag
def differences(before: str, after: str) -> str:
    """Show what changed between two texts, word by word."""
    return word_diff(before, after)


@register.filter
def of(found: dict, key):
    """Return what a dict holds under a key: `shown|of:line.row.pk`."""
    return found.get(key)
