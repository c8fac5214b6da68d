"""The figures of a module as a page shows them: a picture that loads late, its caption, and its words."""

import hashlib
import re

from django.template.loader import render_to_string
from django.urls import reverse

from courses.models import Figure

VIEW_BOX = re.compile(r"viewBox\s*=\s*[\"']\s*[-\d.]+[\s,]+[-\d.]+[\s,]+([\d.]+)[\s,]+([\d.]+)\s*[\"']")
USUAL = (360, 240)


def figure_renderer(module, keys: list[str], language: str, *, page_language: str = "", printed: bool = False):
    """Return f(key, block's id) -> HTML of a figure in a language, "" when the module has none under this key.

    Args: module: anything with `pk` and `slug`; language: of the text around it; page_language: of the page, if another;
    printed: the words stand open and the picture does not wait. Queries: 1 (0 without keys).
    """
    found = {figure.key: figure for figure in Figure.objects.filter(module=module.pk, key__in=keys)} if keys else {}

    def html(key: str, block: str) -> str:
        if key not in found:
            return ""
        facts = _facts(found[key], module.slug, language)
        return render_to_string(
            "courses/_figure.html",
            facts | {"block": block, "printed": printed, "page_language": page_language if page_language != language else ""},
        )

    return html


def _facts(figure: Figure, module_slug: str, language: str) -> dict:
    shown = figure.reading_language(language)
    drawing = figure.text("svg", shown)
    width, height = size_of(drawing)
    return {
        "url": f"{reverse('courses:figure', args=[module_slug, figure.key, shown])}?v={mark_of(drawing)}",
        "width": width,
        "height": height,
        "title": figure.text("title", shown),
        "paragraphs": [text.strip() for text in re.split(r"\n\s*\n", figure.text("description", shown)) if text.strip()],
        "lang": shown if shown != language else "",
    }


def size_of(drawing: str) -> tuple[int, int]:
    """Return width and height of an SVG from its viewBox, so that the page does not jump when it arrives. Pure."""
    found = VIEW_BOX.search(drawing)
    width, height = (round(float(number)) for number in found.groups()) if found else USUAL
    return (width, height) if width and height else USUAL


def mark_of(drawing: str) -> str:
    """Return a short hash of a drawing: its address changes with it, so that browsers may keep it for good. Pure."""
    return hashlib.sha256(drawing.encode()).hexdigest()[:10]
