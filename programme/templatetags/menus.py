"""The menus, on every page."""

from django import template
from django.contrib.auth.models import AnonymousUser
from django.utils.safestring import mark_safe

from core.time import language
from programme import menus

register = template.Library()


@register.simple_tag(takes_context=True)
def menu(context, name: str, *otherwise: str) -> str:
    """Return the lines of a menu, the page's own marked: `{% menu "main" "app:route" %}`.

    Args: otherwise: names of routes to show while staff have made no menus at all.
    """
    request = context.get("request")
    path, user = (request.path, request.user) if request else ("", AnonymousUser())
    found = menus.lines(name, user, language(), otherwise)
    nearest = menus.nearest(found, path)
    return mark_safe("".join(line.html(path, nearest) for line in found))  # noqa: S308  each line is escaped
