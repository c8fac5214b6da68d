"""The menus as readers see them: plain data, kept in each process under the generation of the content."""

from dataclasses import dataclass

from django.core.cache import caches
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from core import registry
from core.audiences import PUBLIC, keys_for
from core.pagecache import SECONDS, generation
from core.translations import LANGUAGES
from programme.enums import Menu, State
from programme.models import MenuItem

MARKS = ("", SafeString(' aria-current="page"'), SafeString(' aria-current="true"'))  # elsewhere, on the page, below it
WANTED = ["menu", "route", "source_language", *(f"label_{code}" for code in LANGUAGES), "page__slug", "page__audience"]


@dataclass(frozen=True)
class Line:
    """One line of a menu: where it leads, who may see it, and its HTML elsewhere, on its page, and below it."""

    url: str
    audience: str
    elsewhere: SafeString
    here: SafeString
    below: SafeString

    def html(self, path: str, nearest: str) -> SafeString:
        """Return the line as the page at `path` shows it. Args: nearest: the URL of the menu's line that fits best."""
        if self.url != nearest:
            return self.elsewhere
        return self.here if self.url == path else self.below


def lines(menu: str, user, language: str, otherwise: tuple[str, ...] = ()) -> list[Line]:
    """Return the lines of a menu that this person sees, in order.

    Args: language: the active one; otherwise: names of routes to show while staff have made no menus at all.
    Queries: 0 when kept, else 1 for all menus; a line that is not for everyone asks for the person's keys.
    """
    key = f"menus.{generation()}.{language}"
    kept = caches["process"].get(key)
    if kept is None:
        kept = _read(language)
        caches["process"].set(key, kept, SECONDS)
    if not kept:
        return [_line(reverse(name), registry.routes[name]) for name in otherwise]
    return [line for line in kept[menu] if line.audience == PUBLIC or line.audience in keys_for(user)]


def nearest(found: list[Line], path: str) -> str:
    """Return the URL of the line that a path belongs to: the same, or the longest that it stands below; "" for none. Pure."""
    return max((line.url for line in found if path.startswith(line.url)), key=len, default="")


def _read(language: str) -> dict[str, list[Line]]:
    """Return {menu: lines}, without those that lead to a draft or to a route that is no more; {} without any. Queries: 1."""
    rows = list(MenuItem.objects.select_related("page").only(*WANTED, "page__state"))
    found = {menu: [] for menu in Menu.values} if rows else {}
    for row in rows:
        if row.page.state == State.PUBLISHED if row.page else row.route in registry.routes:
            found[row.menu].append(_of(row, language))
    return found


def _of(row: MenuItem, language: str) -> Line:
    shown = row.reading_language(language)
    url = row.page.get_absolute_url() if row.page else reverse(row.route)
    lang = "" if shown == language else shown
    return _line(url, row.text("label", shown), lang, row.page.audience if row.page else PUBLIC)


def _line(url: str, label: str, lang: str = "", audience: str = PUBLIC) -> Line:
    spoken = format_html(' lang="{}"', lang) if lang else ""
    html = (format_html('<li><a href="{}"{}{}>{}</a></li>', url, mark, spoken, label) for mark in MARKS)
    return Line(url, audience, *html)
