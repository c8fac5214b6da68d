"""Markdown: rendered and sanitised once, on saving, and kept beside its source.

Each block carries an id (`b1`, `b2` …), equal across languages, so that a reader who switches language or
device keeps her place. A link `[words](term:slug)` becomes a glossary term; its note follows the block.
"""

import re

import nh3
from django.db import models
from markdown_it import MarkdownIt
from markdown_it.token import Token
from modeltranslation.utils import build_localized_fieldname

RENDERER = 1  # raise when the output changes, then run `manage.py rerender`
MARK = f"<!--{RENDERER}-->"
TERM = re.compile(r'<div data-terms="([a-z0-9 -]*)"></div>')

_markdown = MarkdownIt("commonmark", {"html": False, "linkify": True}).enable(["table", "linkify"])
_markdown.validateLink = lambda url: re.match(r"(https?:|mailto:|term:|/|#)", url.strip(), re.I) is not None

_tags = {
    "p", "br", "h2", "h3", "h4", "ul", "ol", "li", "blockquote", "strong", "em", "code", "pre", "hr", "a",
    "table", "thead", "tbody", "tr", "th", "td", "div",
}  # fmt: skip
_attributes = {
    "*": {"id"},
    "a": {"href", "class"},
    "div": {"data-terms", "class", "tabindex"},
    "th": {"scope"},
    "ol": {"start"},
}


def render(source: str) -> str:
    """Return sanitised HTML of a Markdown source, headed by the renderer's mark; "" for an empty source."""
    if not source.strip():
        return ""
    tokens = _markdown.parse(source)
    html = _markdown.renderer.render(_numbered(tokens), _markdown.options, {})
    return MARK + nh3.clean(
        html, tags=_tags, attributes=_attributes, url_schemes={"http", "https", "mailto"}, link_rel="noopener"
    )


def render_inline(source: str) -> str:
    """Return sanitised HTML of one line: emphasis, code and links, no blocks."""
    return nh3.clean(
        _markdown.renderInline(source), tags={"strong", "em", "code", "a"}, attributes={"a": {"href"}}, link_rel="noopener"
    )


def _numbered(tokens: list[Token]) -> list[Token]:
    """Give each outer block an id, wrap tables so that they scroll, and mark where notes of terms belong."""
    out, block, terms = [], 0, []
    for token in tokens:
        if token.level == 0 and token.nesting >= 0:
            block += 1
            token.attrSet("id", f"b{block}")
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(4, max(2, int(token.tag[1])))}"
        if token.type == "table_open":
            out.append(_html('<div class="scroll" tabindex="0">'))
        if token.type == "th_open":
            token.attrSet("scope", "col")
        if token.type == "inline":
            terms += _linked_terms(token)
        out.append(token)
        if token.type == "table_close":
            out.append(_html("</div>"))
        if token.level == 0 and token.nesting <= 0 and terms:
            out.append(_html(f'<div data-terms="{" ".join(terms)}"></div>'))
            terms = []
    return out


def _linked_terms(inline: Token) -> list[str]:
    found = []
    for child in inline.children or []:
        href = child.attrGet("href") if child.type == "link_open" else None
        if href and href.startswith("term:"):
            slug = re.sub(r"[^a-z0-9-]", "", href[5:])
            child.attrSet("href", f"#g-{slug}")
            child.attrSet("class", "term")
            found.append(slug)
    return found


def _html(content: str) -> Token:
    return Token("html_block", "", 0, content=content)


def terms_in(html: str) -> list[str]:
    """Return the slugs of glossary terms that a rendered text links, in order."""
    return [slug for found in TERM.findall(html) for slug in found.split()]


def with_notes(html: str, notes) -> str:
    """Return rendered HTML with the notes of its terms after the block that links them.

    Args: notes: f(slugs) -> safe HTML, "" when none is known.
    """
    return TERM.sub(lambda found: notes(found[1].split()), html.removeprefix(MARK))


class RenderedField(models.TextField):
    """Keeps the sanitised HTML of a Markdown field beside it, made in `pre_save`.

    Args: source: name of the Markdown field. Register both for translation: `body_html_fr` follows `body_fr`.
    """

    def __init__(self, *args, source: str = "", **kwargs):
        self.source = source
        super().__init__(*args, **({"blank": True, "default": "", "editable": False} | kwargs))

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, kwargs | {"source": self.source}

    def pre_save(self, instance, add):
        language = getattr(self, "language", None)
        source = build_localized_fieldname(self.source, language) if language else self.source
        html = render(getattr(instance, source) or "")
        if language:  # the untranslated attribute is modeltranslation's descriptor: leave it alone
            setattr(instance, self.attname, html)
        return html
