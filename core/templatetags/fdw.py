"""Template tags that every page may use (built in)."""

import re
import secrets
from hashlib import blake2b

from django import template
from django.core.cache import caches
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe

from core import time
from core.linked_data import absolute, as_json
from core.middleware import person_mark
from core.pagecache import SECONDS

register = template.Library()

register.filter("day", time.day)
register.filter("short_day", time.short_day)
register.filter("full_day", time.full_day)
register.filter("month", time.month)
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


TOKEN = secrets.token_hex(16)  # stands in a shared block where each reader's own token belongs


@register.simple_tag
def colon() -> str:
    """Return a colon as the active language sets it: in French after a space that does not break."""
    return "\u00a0:" if time.language() == "fr" else ":"


class SharedNode(template.Node):
    """A block that is rendered once and kept; see the tag `shared`."""

    def __init__(self, nodes, keys):
        self.nodes, self.keys = nodes, keys

    def render(self, context):
        told = "\x1f".join(str(part.resolve(context)) for part in self.keys)
        key = f"shared.{blake2b(told.encode(), digest_size=16).hexdigest()}"
        html = caches["process"].get(key)
        if html is None:
            with context.push(csrf_token=TOKEN):
                html = self.nodes.render(context)
            caches["process"].set(key, html, SECONDS)
        return html.replace(TOKEN, str(context.get("csrf_token", ""))) if TOKEN in html else html


@register.tag
def shared(parser, token):
    """Render a block once for all readers of whom its keys say the same: `{% shared "name" module.key done %}…{% endshared %}`.

    It is kept in the process; forms in it get each reader's own token. Everything that the block shows must be in the keys.
    """
    keys = [parser.compile_filter(word) for word in token.split_contents()[1:]]
    nodes = parser.parse(("endshared",))
    parser.delete_first_token()
    return SharedNode(nodes, keys)


def _is_signed_in(context) -> bool:
    user = getattr(context.get("request"), "user", None)
    return bool(user and user.is_authenticated)


@register.simple_tag(takes_context=True)
def linked_data(context, data=None):
    """Write schema.org data as a data block, for visitors: `{% linked_data data %}`, else what the view gave as `linked`.

    Args: data: one or several of core.linked_data; `linked` may be a function that returns them, called for visitors alone.
    """
    data = context.get("linked") if data is None else data
    if not data or _is_signed_in(context):
        return ""
    safe = as_json(data() if callable(data) else data)
    return mark_safe(f'<script type="application/ld+json">{safe}</script>')  # noqa: S308  as_json leaves no < in it


TITLE = re.compile(r"<title>(.*?)</title>", re.DOTALL)
DESCRIPTION = re.compile(r'<meta name="description" content="(.*?)">', re.DOTALL)
LOCALES = {"en": "en_GB", "fr": "fr_FR", "es": "es_ES"}
CARD = "fdw/card.png"


class OpenGraphNode(template.Node):
    """The page's title and description, told again for those who pass a link on; see the tag `open_graph`."""

    def __init__(self, nodes):
        self.nodelist = nodes

    def render(self, context):
        html = self.nodelist.render(context)
        if _is_signed_in(context) or 'content="noindex"' in html:
            return html
        found, language = DESCRIPTION.search(html), context["language"]
        facts = [
            ("og:title", mark_safe(TITLE.search(html)[1].strip())),  # noqa: S308  escaped where it stands first
            ("og:description", mark_safe(found[1]) if found else ""),  # noqa: S308  likewise
            ("og:type", "website"),
            ("og:url", absolute(context["canonical"])),
            ("og:locale", LOCALES[language]),
            *(("og:locale:alternate", locale) for code, locale in LOCALES.items() if code != language),
            ("og:image", absolute(static(CARD))),
            ("og:image:width", "1200"),
            ("og:image:height", "630"),
        ]
        lines = format_html_join("\n", '<meta property="{}" content="{}">', [fact for fact in facts if fact[1]])
        return format_html('{}\n{}\n<meta name="twitter:card" content="summary_large_image">', mark_safe(html), lines)  # noqa: S308


@register.tag
def open_graph(parser, token):
    """Tell title and description in its block again as Open Graph, unless the page is private or not to be indexed.

    `{% open_graph %}<title>…</title><meta name="description" content="…">{% endopen_graph %}`
    """
    nodes = parser.parse(("endopen_graph",))
    parser.delete_first_token()
    return OpenGraphNode(nodes)
