"""A module as a document to print or to keep on the phone: plain data for `templates/pdf/module.typ`.

Markdown becomes a tree of blocks and inline parts; the template lays it out. No text is ever source of the template.
"""

import hashlib
import json
import re

from django.conf import settings
from django.db.models import Prefetch
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from markdown_it.tree import SyntaxTreeNode

from core.richtext import parse
from core.text import fold
from core.time import day
from courses.enums import MediumKind
from courses.models import Medium, Module, Reflection, Unit
from programme.models import GlossaryTerm

DEEPEST = 3  # level of a heading; units are 1


def document(module: Module, language: str) -> dict:
    """Return a module in a language as the template wants it, without the day on which it is made.

    Queries: 7 for any number of units. Texts that are missing in the language stand in the module's own, and it says so.
    """
    with translation.override(language):
        rows = (
            Unit.objects.standing()
            .filter(module=module)
            .prefetch_related(
                Prefetch("reflections", Reflection.objects.filter(is_active=True)),
                Prefetch("media", Medium.objects.filter(language=language).select_related("file")),
            )
        )
        shown = module.reading_language(language)
        reader = Reader(language, {figure.key: figure for figure in module.figures.all()})
        units = [reader.unit(module, unit) for unit in rows]
        minutes = sum(unit.minutes for unit in rows if not unit.is_optional)
        title = module.text("title", shown)
        return {
            "lang": language,
            "title": title,
            "author": _("Financing Decent Work"),
            "keywords": [str(module.theme)],
            "kind": str(module.get_kind_display()),
            "theme": str(module.theme),
            "summary": module.text("summary", shown),
            "objectives": [line for line in module.text("objectives", shown).splitlines() if line.strip()],
            "note": "" if reader.is_complete and shown == language else in_the_original(),
            "units": units,
            "glossary": glossary(reader.terms, language),
            "labels": labels(minutes),
        }


def in_the_original() -> str:
    """Return what a reader is told whose language lacks some of the texts."""
    return _("Parts of this text are not yet available in your language and stand in the original.")


def labels(minutes: int) -> dict:
    """Return the words that the template itself says, in the active language."""
    return {
        "programme": _("Financing Decent Work"),
        "contents": _("Contents"),
        "objectives": _("Afterwards you can"),
        "reflections": _("For my country"),
        "sources": _("Sources"),
        "transcript": _("What is said in the film"),
        "glossary": _("Glossary"),
        "figure": _("Figure"),
        "minutes": ngettext("about %(n)d minute", "about %(n)d minutes", minutes) % {"n": minutes},
    }


def dated(content: dict) -> dict:
    """Return a document with the day on which it is made."""
    with translation.override(content["lang"]):
        as_of = _("As of %(day)s") % {"day": day(timezone.now())}
    return content | {"labels": content["labels"] | {"as_of": as_of}}


def content_key(content: dict) -> str:
    """Return a short digest of all that a document says: equal for equal content."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:24]


def glossary(slugs: list[str], language: str) -> list[dict]:
    """Return the terms that were used, in alphabetical order. Queries: 1 (0 without slugs)."""
    terms = GlossaryTerm.objects.filter(slug__in=slugs) if slugs else []
    found = []
    for term in terms:
        shown = term.reading_language(language)
        texts = {"term": term.text("term", shown), "definition": term.text("definition", shown)}
        found.append({"slug": term.slug, "lang": shown} | texts)
    return sorted(found, key=lambda term: fold(term["term"]))


class Reader:
    """Reads units in one language and remembers which terms they use.

    Args: figures: {key: Figure} of the module.
    """

    def __init__(self, language: str, figures: dict):
        self.language, self.figures, self.terms, self.is_complete = language, figures, [], True

    def unit(self, module: Module, unit: Unit) -> dict:
        """Return one unit as the template wants it."""
        unit.module, shown = module, unit.reading_language(self.language)
        self.is_complete &= shown == self.language
        facts = [str(unit.get_kind_display()), _("%(minutes)d min") % {"minutes": unit.minutes}]
        if unit.is_optional:
            facts.append(_("optional"))
        return {
            "lang": shown,
            "title": unit.text("title", shown),
            "facts": " · ".join(facts),
            "summary": unit.text("summary", shown),
            "blocks": self.blocks(unit.text("body", shown)),
            "links": links(unit),
            "transcript": self.blocks(unit.text("transcript", shown)),
            "reflections": [part.text("prompt", part.reading_language(self.language)) for part in unit.reflections.all()],
            "sources": [self.line(source) for source in unit.text("sources", shown).splitlines() if source.strip()],
        }

    def blocks(self, source: str) -> list[dict]:
        """Return the tree of a Markdown text: headings from level 2, never skipping one."""
        found, level = [], 1
        for part in self._blocks(SyntaxTreeNode(parse(source))):
            if part["t"] == "h":
                part["level"] = level = min(max(2, part["level"]), level + 1, DEEPEST)
            found.append(part)
        return found

    def line(self, source: str) -> list:
        """Return the inline parts of one line."""
        root = SyntaxTreeNode(parse(source.strip()))
        return [part for node in root.walk() if node.type == "inline" for part in self._inline(node)]

    def _blocks(self, root) -> list[dict]:
        return [part for node in root.children for part in self._block(node)]

    def _block(self, node) -> list[dict]:
        """Return the blocks that one node of the tree becomes; none for what a page would not show either."""
        match node.type:
            case "paragraph":
                return [{"t": "p", "c": self._inlines(node)}]
            case "heading":
                return [{"t": "h", "level": int(node.tag[1]), "c": self._inlines(node)}]
            case "bullet_list":
                return [{"t": "ul", "items": [self._blocks(item) for item in node.children]}]
            case "ordered_list":
                start = int(node.attrs.get("start", 1))
                return [{"t": "ol", "start": start, "items": [self._blocks(item) for item in node.children]}]
            case "blockquote":
                return [{"t": "quote", "c": [part | {"t": "p"} if part["t"] == "h" else part for part in self._blocks(node)]}]
            case "fence" | "code_block":
                return [{"t": "code", "text": node.content}]
            case "hr":
                return [{"t": "hr"}]
            case "table":
                return [self._table(node)]
            case "figure":
                return self._figure(str(node.attrs["data-figure"]))
        return []

    def _table(self, node) -> dict:
        head, *body = node.children
        cells = head.children[0].children
        return {
            "t": "table",
            "align": [str(cell.attrs.get("style", "")).removeprefix("text-align:") or "left" for cell in cells],
            "head": [self._inlines(cell) for cell in cells],
            "rows": [[{"c": self._inlines(cell)} for cell in row.children] for part in body for row in part.children],
        }

    def _figure(self, key: str) -> list[dict]:
        figure = self.figures.get(key)
        if figure is None:
            return []
        shown = figure.reading_language(self.language)
        return [{"t": "figure"} | {field: figure.text(field, shown) for field in ("title", "description", "svg")}]

    def _inlines(self, node) -> list:
        return [part for child in node.children for part in self._inline(child)]

    def _inline(self, node) -> list:
        """Return the inline parts that one node becomes: strings, and dicts for what is marked."""
        match node.type:
            case "inline":
                return self._inlines(node)
            case "text":
                return [node.content]
            case "softbreak":
                return [" "]
            case "hardbreak":
                return [{"t": "br"}]
            case "strong" | "em":
                return [{"t": node.type, "c": self._inlines(node)}]
            case "code_inline":
                return [{"t": "code", "text": node.content}]
            case "link":
                return self._link(str(node.attrs.get("href", "")), self._inlines(node))
            case "image":
                return [node.content] if node.content else []
        return []

    def _link(self, url: str, words: list) -> list:
        if url.startswith("term:"):
            slug = re.sub(r"[^a-z0-9-]", "", url[5:])
            self.terms += [] if slug in self.terms else [slug]
            return [{"t": "term", "slug": slug, "c": words}]
        if url.startswith("/"):
            url = settings.SITE_URL + url
        return [{"t": "link", "url": url, "c": words}] if re.match(r"(https?|mailto):", url, re.I) else words


def links(unit: Unit) -> list[dict]:
    """Return what of a unit a paper cannot hold, as links to the portal: its check, film and files."""
    address = settings.SITE_URL + unit.get_absolute_url()
    kinds = {medium.kind for medium in unit.media.all()}
    found = []
    if unit.is_check:
        found.append({"url": address, "text": _("Answer this check on the portal")})
    if MediumKind.VIDEO in kinds or MediumKind.AUDIO in kinds:
        found.append({"url": address, "text": _("See the film on the portal")})
    if MediumKind.FILE in kinds:
        found.append({"url": address, "text": _("Download the file from the portal")})
    return found
