"""What only the pages of courses show."""

from django import template
from django.utils.safestring import mark_safe

register = template.Library()
NOW, DONE, LEFT = '<li class="is-now"></li>', '<li class="is-done"></li>', "<li></li>"


@register.simple_tag
def unit_pieces(units, here) -> str:
    """Return one piece a unit: where the reader is, what is done. Args: units: Steps; here: the Step that is shown."""
    return mark_safe("".join(NOW if one.pk == here.pk else DONE if one.is_done else LEFT for one in units))  # noqa: S308
