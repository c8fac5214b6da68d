"""Markdown: rendered and sanitised once, on saving, and kept beside its source.

Each block carries an id (`b1`, `b2` …), equal across languages, so that a reader who switches language or
device keeps her place. A link `[words](term:slug)` becomes a glossary term; its note follows the block. A paragraph
that is nothing but `![](figure:key)` becomes the place of a figure, which the page fills. A link to an address of the
portal is written without language, `[words](/countries/mw/)`, and leads to the page in the language of the text.
"""

import re

import nh3
from django.conf import settings
from django.db import models
from markdown_it import MarkdownIt
from markdown_it.token import Token
from modeltranslation.utils import build_localized_fieldname

RENDERER = 3  # raise when the output changes, then run `manage.py rerender`
MARK = f"<!--{RENDERER}-->"
TERM = re.compile(r'<div data-terms="([a-z0-9 -]*)"></div>')
BLOCK = re.compile(r' id="b\d+"')
WITHOUT_LANGUAGE = re.compile(rf"/(?!/|admin/|files/|static/|(?:{'|'.join(dict(settings.LANGUAGES))})/)")
HEADING = re.compile(r'<h2 id="(b\d+)">(.*?)</h2>', re.DOTALL)
TAG = re.compile(r"<[^>]*>")
FIGURE = re.compile(r'<div data-figure="([a-z0-9-]+)"(?: id="(b\d+)")?></div>')

_markdown = MarkdownIt("commonmark", {"html": False, "linkify": True}).enable(["table", "linkify"])
_markdown.validateLink = lambda url: re.match(r"(https?:|mailto:|term:|figure:|/|#)", url.strip(), re.I) is not None

_tags = {
    "p", "br", "h2", "h3", "h4", "ul", "ol", "li", "blockquote", "strong", "em", "code", "pre", "hr", "a",
    "table", "thead", "tbody", "tr", "th", "td", "div",
}  # fmt: skip
_attributes = {
    "*": {"id"},
    "a": {"href", "class"},
    "div": {"data-terms", "data-figure", "class", "tabindex"},
    "th": {"scope"},
    "ol": {"start"},
}


def render(source: str, language: str = "") -> str:
    """Return sanitised HTML of a Markdown source, headed by the renderer's mark; "" for an empty source.

    Args: language: that of the text; links to the portal's own addresses get it in front.
    """
    if not source.strip():
        return ""
    tokens = _numbered(parse(source))
    if language:
        _lead_to_language(tokens, language)
    html = _markdown.renderer.render(tokens, _markdown.options, {})
    return MARK + nh3.clean(
        html, tags=_tags, attributes=_attributes, url_schemes={"http", "https", "mailto"}, link_rel="noopener"
    )


def parse(source: str) -> list[Token]:
    """Return the tokens of a Markdown source, figures in their places: for what is not HTML, such as a PDF."""
    return _figures_placed(_markdown.parse(source))


def render_inline(source: str) -> str:
    """Return sanitised HTML of one line: emphasis, code and links, no blocks."""
    return nh3.clean(
        _markdown.renderInline(source), tags={"strong", "em", "code", "a"}, attributes={"a": {"href"}}, link_rel="noopener"
    )


def _figures_placed(tokens: list[Token]) -> list[Token]:
    """Replace each paragraph that holds nothing but a figure by the figure's place."""
    out = []
    for token in tokens:
        key = _figure_of(token) if token.type == "inline" and out[-1].type == "paragraph_open" else ""
        if key:
            out[-1] = Token("figure_open", "div", 1, attrs={"data-figure": key}, block=True, level=out[-1].level)
        elif token.type == "paragraph_close" and out[-1].type == "figure_open":
            out.append(Token("figure_close", "div", -1, block=True, level=token.level))
        else:
            out.append(token)
    return out


def _figure_of(inline: Token) -> str:
    """Return the key of the figure that is all a paragraph holds, else ""."""
    images = [child for child in inline.children or [] if child.type == "image"]
    if len(inline.children or []) != 1 or not images or not str(images[0].attrGet("src")).startswith("figure:"):
        return ""
    return re.sub(r"[^a-z0-9-]", "", str(images[0].attrGet("src"))[7:].lower())


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


def _lead_to_language(tokens: list[Token], language: str) -> None:
    """Put the language in front of addresses of the portal that are written without one."""
    for link in (child for token in tokens for child in token.children or [] if child.type == "link_open"):
        href = str(link.attrGet("href"))
        if WITHOUT_LANGUAGE.match(href):
            link.attrSet("href", f"/{language}{href}")


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


def headings_in(html: str) -> list[tuple[str, str]]:
    """Return (id, words) of the main headings of a rendered text, in order; the words are safe text without tags."""
    return [(place, TAG.sub("", words)) for place, words in HEADING.findall(html)]


def figures_in(html: str) -> list[str]:
    """Return the keys of the figures that a rendered text shows, in order."""
    return [key for key, _block in FIGURE.findall(html)]


def with_figures(html: str, figure) -> str:
    """Return rendered HTML with its figures in their places.

    Args: figure: f(key, the block's id) -> safe HTML, "" when none is known.
    """
    return FIGURE.sub(lambda found: figure(found[1], found[2] or ""), html)


def without_places(html: str) -> str:
    """Return rendered HTML without the ids of its blocks and the places of notes and figures: a second text on a page."""
    return BLOCK.sub("", FIGURE.sub("", TERM.sub("", html.removeprefix(MARK))))


def without_ids(html: str) -> str:
    """Return rendered HTML without the ids of its blocks, for a page that holds several texts."""
    return BLOCK.sub("", html)


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
        html = render(getattr(instance, source) or "", language or "")
        if language:  # the untranslated attribute is modeltranslation's descriptor: leave it alone
            setattr(instance, self.attname, html)
        return html
