"""Starter content, read as files: the same facts in three languages, each in its own typography (docs/content.md)."""

import re
from collections import Counter
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import yaml
from markdown_it import MarkdownIt

from tests.guards.house import LANGUAGES, ROOT

NNBSP, NBSP = "\u202f", "\u00a0"
markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
LINK = re.compile(r"\[([^\]]*)\]\(([^)\s]+)\)")
ADDRESS = re.compile(r"https?://[^\s)\]]+")
LANGUAGE_IN_ADDRESS = re.compile(r"lang--\w\w|(?<=/)(?:en|fr|es)(?=/)|(?<=[_-])(?:en|fr|es)(?=\.|$)", re.IGNORECASE)


# Figures -----------------------------------------------------------------------------------------
NUMBER = {
    "en": r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?",
    "fr": rf"\d{{1,3}}(?:[{NNBSP}{NBSP} ]\d{{3}})+(?:,\d+)?|\d+(?:[.,]\d+)?",
    "es": rf"\d{{1,3}}(?:[{NNBSP}{NBSP}]\d{{3}})+(?:,\d+)?|\d+(?:[.,]\d+)?",
}
SCALE = {  # longest first; an English trillion is a Spanish billón and 1000 French milliards
    "en": [("trillion", 12), ("billion", 9), ("million", 6)],
    "fr": [("billion", 12), ("milliard", 9), ("million", 6)],
    "es": [("billones", 12), ("billón", 12), ("miles de millones", 9), ("mil millones", 9), ("millones", 6), ("millón", 6)],
}
BETWEEN = r"(?:\s*[–-]\s*|\s(?:to|and|or|à|et|ou|a|y|o)\s)"  # "2.5 to 4 trillion": both are trillions


def figures(text: str, language: str) -> Counter:
    """Return the figures of a text as plain numbers, however the language writes them."""
    text = ADDRESS.sub("", LINK.sub(r"\1", text))
    found = list(re.finditer(NUMBER[language], text))
    values = [_value(match[0], language) for match in found]
    scales = [_scale(text[match.end() :], language) for match in found]
    for left, right in pairwise(range(len(found))):
        if not scales[left] and re.fullmatch(BETWEEN, text[found[left].end() : found[right].start()]):
            scales[left] = scales[right]
    return Counter((value * 10**scale).normalize() for value, scale in zip(values, scales, strict=True))


def _value(digits: str, language: str) -> Decimal:
    digits = re.sub(rf"[{NNBSP}{NBSP} ]", "", digits)
    return Decimal(digits.replace(",", "") if language == "en" else digits.replace(",", "."))


def _scale(rest: str, language: str) -> int:
    rest = rest.lstrip(f" {NNBSP}{NBSP}\n").replace(NBSP, " ")
    return next((power for word, power in SCALE[language] if rest.startswith(word)), 0)


# Structure ---------------------------------------------------------------------------------------
def blocks(body: str) -> list[str]:
    """Return the blocks of a text in order: paragraphs, headings, items, rows, cells."""
    return [f"{token.type} {token.tag}" for token in markdown.parse(body) if token.nesting >= 0 and token.type != "inline"]


def terms(body: str) -> Counter:
    return Counter(target[5:] for _words, target in LINK.findall(body) if target.startswith("term:"))


def links(text: str) -> Counter:
    """Return the addresses of a text; the mark of a language within an address does not count."""
    return Counter(LANGUAGE_IN_ADDRESS.sub("xx", address.rstrip(".,;")) for address in ADDRESS.findall(text))


def words(body: str) -> int:
    """Return how many words a reader reads."""
    plain = re.sub(r"[#|*_>-]+", " ", LINK.sub(r"\1", body))
    return len([word for word in plain.split() if re.search(r"\w", word)])


# Typography --------------------------------------------------------------------------------------
RULES = {
    "fr": [
        (r" [:;!?%»]", "ordinary space before a mark"),
        (r"[^\s\u202f\u00a0:;!?.…«(][;!?](?!\w)", "no narrow space before ; ! ?"),
        (rf"[^\s{NBSP}\d:](?<!https):(?![/\d:])", "no space before :"),
        (rf"[{NBSP}\w][;!?](?!\w)|{NNBSP}:", "the wrong space before a mark"),
        (rf"«(?!{NNBSP})|(?<!{NNBSP})»", "guillemets without narrow spaces"),
        (r"\d[%]|\d \d{3}(?!\d)", "no space in a figure"),
        (r"\w'\w", "straight apostrophe"),
        (r"[“”]", "English quotation marks"),
    ],
    "es": [
        (r" %|\d%", "no no-break space before %"),
        (r"[«]\s|\s»", "space inside guillemets"),
        (r" [:;!?]", "space before a mark"),
        (r"[“”]", "English quotation marks"),
        (rf"(?<!\d)\d[{NNBSP}{NBSP}]\d{{3}}(?!\d)(?![{NNBSP}{NBSP}]\d)", "four digits parted"),
        (r"\d \d{3}(?!\d)|\d\.\d{3}(?!\d)", "thousands not parted by U+202F"),
        (r"\w'\w", "straight apostrophe"),
    ],
    "en": [(rf"\s[:;!?]|\d{NNBSP}\d", "space before a mark or in a figure")],
}


def badly_set(text: str, language: str) -> list[str]:
    """Return where a text breaks its language's typography."""
    text = re.sub(r"!\[\]\(figure:[^)]*\)", "", text)
    text = ADDRESS.sub("", LINK.sub(lambda link: link[1] if link[2].startswith("term:") else "x", text))  # titles are quoted
    text = re.sub(r"`[^`]*`|^\|?[\s:|-]+\|$", "", text, flags=re.MULTILINE)
    found = []
    for pattern, fault in RULES[language]:
        found += [f"{fault}: …{text[max(0, m.start() - 20) : m.end() + 10]!r}" for m in re.finditer(pattern, text)]
    if language == "es":
        found += [f"no opening {a}" for a, b in (("¿", "?"), ("¡", "!")) if text.count(a) != text.count(b)]
    return found


# Files -------------------------------------------------------------------------------------------
def split(path: Path) -> tuple[dict, str]:
    head, _mark, body = path.read_text().removeprefix("---\n").partition("\n---")
    return yaml.safe_load(head), body.strip()


def modules() -> list[Path]:
    return sorted(path.parent for path in ROOT.glob("*/starter/*/module.yaml"))


def units(module: Path) -> list[dict]:
    return yaml.safe_load((module / "module.yaml").read_text())["units"]


def rows_of(module: Path, pattern: str) -> list[dict]:
    """Return the rows of a module's YAML files of one sort: "*.questions.yaml", "bank.yaml", "figures.yaml"."""
    return [row for path in sorted(module.glob(pattern)) for row in yaml.safe_load(path.read_text())]


def shown(module: Path) -> Counter:
    """Return how often the English texts of a module show each figure."""
    found = Counter()
    for path in module.glob("*.en.md"):
        found.update(re.findall(r"^!\[\]\(figure:([^)]+)\)$", path.read_text(), flags=re.MULTILINE))
    return found


def texts_of(module: Path, slug: str) -> dict[str, tuple[dict, str]]:
    return {language: split(module / f"{slug}.{language}.md") for language in LANGUAGES}


def glossary() -> list[dict]:
    return yaml.safe_load((ROOT / "programme/starter/glossary.yaml").read_text())


def said(head: dict) -> str:
    """Return all words of a front matter as one text."""
    lines = [value for value in head.values() if isinstance(value, str)]
    return "\n".join(lines + [line for value in head.values() if isinstance(value, list) for line in value])


def strings(value, language: str | None = None):
    """Yield (language, text) of everything in a YAML tree that stands under en, fr or es."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from strings(inner, key if key in LANGUAGES else language)
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner, language)
    elif isinstance(value, str) and language:
        yield language, value


def incomplete(value, path: str = "") -> list[str]:
    """Return where a YAML tree speaks some of the languages but not all, or says nothing in one."""
    if isinstance(value, list):
        return [fault for n, inner in enumerate(value) for fault in incomplete(inner, f"{path}[{n}]")]
    if not isinstance(value, dict):
        return []
    if set(value) & set(LANGUAGES):
        empty = "abbreviation" in path
        return [f"{path}.{code}" for code in LANGUAGES if code not in value or not (value[code] or empty)]
    return [fault for key, inner in value.items() for fault in incomplete(inner, f"{path}.{key}")]


# What differs ------------------------------------------------------------------------------------
def differences(texts: dict[str, tuple[dict, str]], allowed: dict[str, set]) -> list[str]:
    """Return where the languages of one text differ: blocks, terms, figures, links, length.

    Args: allowed: {language: figures that only that language, or only English beside it, writes}.
    """
    (head, body), found = texts["en"], []
    for language in LANGUAGES[1:]:
        other_head, other = texts[language]
        if blocks(other) != blocks(body):
            found.append(f"{language}: other blocks")
        if terms(other) != terms(body):
            found.append(f"{language}: other terms {sorted((terms(other) - terms(body)) + (terms(body) - terms(other)))}")
        for name, ours, theirs in (("text", body, other), ("head", said(head), said(other_head))):
            mine, its = figures(ours, "en"), figures(theirs, language)
            differing = {format(n, "f") for n in (mine - its) + (its - mine)} - allowed.get(language, set())
            if differing:
                found.append(f"{language}: other figures in the {name}: {sorted(differing)}")
        if links(other + said(other_head)) != links(body + said(head)):
            a, b = links(body + said(head)), links(other + said(other_head))
            found.append(f"{language}: other links {sorted((a - b) + (b - a))}")
        if {key: len(v) for key, v in other_head.items() if isinstance(v, list)} != {
            key: len(v) for key, v in head.items() if isinstance(v, list)
        }:
            found.append(f"{language}: lists of other lengths")
        if body and not 0.55 <= len(other) / len(body) <= 1.45:
            found.append(f"{language}: {len(other) / len(body):.0%} of the English length")
    return found
