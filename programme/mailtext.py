"""A Markdown text as the body of a letter: plain text that keeps its addresses, and HTML that leads to the portal."""

import re

from core.linked_data import absolute
from core.richtext import WITHOUT_LANGUAGE, parse, without_places

TERM = re.compile(r'<a href="#g-[^"]*"[^>]*>(.*?)</a>', re.DOTALL)
HREF = re.compile(r'<a href="(/[^"]*)"')
LINK = re.compile(r"<a (?=href=)")
STYLED = '<a class="link" style="color:#1F3FA6" '
BREAKS = {"softbreak": " ", "hardbreak": "\n"}


def letter_html(html: str) -> str:
    """Return a rendered text without glossary notes and ids, its links absolute and in the colour of letters. Pure."""
    html = TERM.sub(r"\1", without_places(html))
    return LINK.sub(STYLED, HREF.sub(lambda found: f'<a href="{absolute(found[1])}"', html))


def letter_text(source: str, language: str) -> str:
    """Return a Markdown text as plain text: blocks apart, points dashed, each link followed by its address. Pure.

    Args: language: of the text; goes in front of the portal's own addresses.
    """
    blocks, marks = [], []
    for token in parse(source):
        if token.type in ("bullet_list_open", "ordered_list_open"):
            marks.append(int(token.attrGet("start") or 1) if token.type.startswith("ordered") else 0)
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            marks.pop()
        elif token.type == "list_item_open":
            number = marks[-1]
            blocks.append(f"{number}. " if number else "– ")
            marks[-1] += bool(number)
        elif token.type in ("inline", "code_block", "fence"):
            words = _words(token, language)
            if blocks and blocks[-1] in ("– ", f"{marks[-1] - 1 if marks else 0}. "):
                blocks[-1] += words
            else:
                blocks.append(words)
    return "\n\n".join(block.strip() for block in blocks if block.strip())


def _words(token, language: str) -> str:
    if not token.children:
        return token.content.strip()
    said, ends = [], []
    for child in token.children:
        if child.type == "link_open":
            ends.append(_address(str(child.attrGet("href")), language))
        elif child.type == "link_close":
            end = ends.pop()
            said.append(f" ({end})" if end and not "".join(said).endswith(end) else "")
        elif child.type != "image":
            said.append(BREAKS.get(child.type, child.content))
    return "".join(said).strip()


def _address(href: str, language: str) -> str:
    """Return where a link leads, "" for a glossary term: its note stands on the page alone."""
    if href.startswith(("term:", "#")):
        return ""
    return absolute(f"/{language}{href}" if WITHOUT_LANGUAGE.match(href) else href)
