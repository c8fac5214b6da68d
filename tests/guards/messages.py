"""The texts of the interface: what code and templates ask for, and what a catalogue answers."""

import ast
import re
from collections import Counter
from typing import NamedTuple

import polib
from django.utils.translation import templatize

from tests.guards.house import ROOT, product_files, relative, template_files


class Message(NamedTuple):
    context: str
    text: str
    plural: str


PLACES = {  # function -> places of (context, text, plural) among its arguments
    "_": (None, 0, None), "gettext": (None, 0, None), "gettext_noop": (None, 0, None), "gettext_lazy": (None, 0, None),
    "ngettext": (None, 0, 1), "ngettext_lazy": (None, 0, 1), "pgettext": (0, 1, None), "pgettext_lazy": (0, 1, None),
    "npgettext": (0, 1, 2), "npgettext_lazy": (0, 1, 2),
}  # fmt: skip
LITERAL = r"""u?("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')"""
CALL = re.compile(rf"\b(_|n?p?gettext)\(\s*{LITERAL}(?:\s*,\s*{LITERAL})?(?:\s*,\s*{LITERAL})?")
PLACEHOLDER = re.compile(r"%%s|%\(\w+\)[sd]|%[sd]|\{\w*\}")
UNTRIMMED = re.compile(r"{%-?\s*blocktranslate(?![^%]*\btrimmed\b)[^%]*%}")
OLD_TAG = re.compile(r"{%\s*(?:end)?(?:trans|blocktrans)\b|{%\s*load[^%]*\bi18n\b")


def _message(name: str, words: list) -> Message:
    return Message(*("" if place is None else words[place] for place in PLACES[name]))


def of_python(source: str) -> list[Message]:
    """Return the messages of Python code. Raises ValueError where a text is not written out."""
    found = []
    for node in ast.walk(ast.parse(source)):
        name = getattr(node.func, "id", getattr(node.func, "attr", "")) if isinstance(node, ast.Call) else ""
        if name in PLACES:
            needed = max(place for place in PLACES[name] if place is not None) + 1
            words = [getattr(argument, "value", None) for argument in node.args[:needed]]
            if not all(isinstance(word, str) for word in words):
                raise ValueError(f"line {node.lineno}: a text that is not written out")
            found.append(_message(name, words))
    return found


def of_template(source: str) -> list[Message]:
    """Return the messages of a template, by Django's own translation of it into code."""
    found = []
    for name, *words in CALL.findall(templatize(source)):
        found.append(_message(name, [ast.literal_eval(word) for word in words if word]))
    return found


def asked_for() -> set[Message]:
    """Return every message of the product."""
    python = [message for path in product_files() for message in of_python(path.read_text())]
    return {*python, *(message for path in template_files() for message in of_template(path.read_text()))}


def catalogue(language: str) -> polib.POFile:
    path = ROOT / "locale" / language / "LC_MESSAGES" / "django.po"
    return polib.pofile(str(path)) if path.exists() else polib.POFile()


def placeholders(text: str) -> Counter:
    return Counter(PLACEHOLDER.findall(text))


def badly_set(text: str, language: str) -> bool:
    """Say whether a text breaks its language's typography: ordinary spaces where none may break the line."""
    text = re.sub(r"%\(\w+\)[sd]|%[sd]|\{\w*\}", "X", text.replace("%%", "%").replace("&nbsp;", "\u00a0"))
    marks = {"fr": r" [:;!?%»]|« |\w'\w|[«][^\u202f]|[^\u202f]»|\w[;!?](?!\w)", "es": r" %|\d%|« | »"}.get(language)
    return bool(marks and re.search(marks, text))


def faults(po: polib.POFile, asked: set[Message], language: str) -> list[str]:
    """Return what is wrong with a catalogue: texts missing, superfluous, fuzzy, empty, or with other placeholders."""
    entries = {Message(e.msgctxt or "", e.msgid, e.msgid_plural): e for e in po if not e.obsolete}
    known = {(m.context, m.text) for m in entries}
    found = [f"missing: {m.text!r}" for m in sorted(asked) if m not in entries and (m.context, m.text) not in known]
    found += [f"plural missing: {m.text!r}" for m in sorted(asked) if m.plural and m not in entries]
    wanted = {(m.context, m.text) for m in asked}
    found += [f"superfluous: {m.text!r}" for m in entries if (m.context, m.text) not in wanted]
    plurals = re.search(r"nplurals=(\d)", po.metadata.get("Plural-Forms", ""))
    if entries and not plurals:
        found.append("no Plural-Forms in the head")
    for message, entry in entries.items():
        if entry.fuzzy:
            found.append(f"fuzzy: {message.text!r}")
        forms = list(entry.msgstr_plural.values()) if message.plural else [entry.msgstr]
        if message.plural and plurals and len(forms) != int(plurals[1]):
            found.append(f"plural forms: {message.text!r}")
        if not all(form.strip() for form in forms):
            found.append(f"untranslated: {message.text!r}")
            continue
        for number, form in enumerate(forms):
            original = placeholders(message.plural or message.text)
            same = placeholders(form) == original
            if not same and not (message.plural and number == 0 and placeholders(form) <= original):
                found.append(f"placeholders: {message.text!r} → {form!r}")
            if badly_set(form, language):
                found.append(f"typography: {form!r}")
    return found


def bad_tags(source: str, *, letter: bool) -> list[str]:
    """Return tags of the old kind, and blocks whose line breaks would become part of the text (letters may)."""
    found = OLD_TAG.findall(source)
    return found if letter else found + UNTRIMMED.findall(source)


def bad_templates() -> list[str]:
    return [
        f"{relative(path)}: {tag}"
        for path in template_files()
        for tag in bad_tags(path.read_text(), letter=path.suffix == ".txt")
    ]
