"""The programme's own starter texts: the same facts in three languages, well set, and links that lead somewhere."""

import re
from collections import Counter

import pytest
import yaml
from django.urls import Resolver404, resolve

from tests.guards.content import LINK, badly_set, differences, figures, glossary, incomplete, said, split, strings, terms
from tests.guards.house import LANGUAGES, ROOT

STARTER = ROOT / "programme" / "starter"
FILES = sorted([*STARTER.glob("*.yaml"), *STARTER.glob("countries/*.yaml")])
BODIES = ("body", "answer", "text")  # long texts in Markdown; all other texts are lines
OURS = re.compile(r"/(?!/)")
# Figures that one language writes in words or otherwise, by text: {text: {language: {figures}}}. Each has been read.
ALLOWED: dict[str, dict[str, set[str]]] = {}


def texts_of(value, name: str):
    """Yield (name, {language: (lines, long text)}) of everything in a YAML tree that stands in the three languages."""
    if isinstance(value, list):
        for n, inner in enumerate(value):
            yield from texts_of(inner, f"{name}/{called(inner, n)}")
    elif isinstance(value, dict):
        spoken = {key: inner for key, inner in value.items() if isinstance(inner, dict) and set(inner) & set(LANGUAGES)}
        if spoken:
            yield name, {language: in_one(spoken, language) for language in LANGUAGES}
        for key, inner in value.items():
            if key not in spoken:
                yield from texts_of(inner, f"{name}/{key}" if isinstance(inner, list) and "entries" not in key else name)


def called(row, n: int) -> str:
    """Return what a row is called by, its number when it has no name."""
    names = (row.get(key) for key in ("code", "slug")) if isinstance(row, dict) else ()
    return next((str(name) for name in names if name), str(n))


def in_one(spoken: dict, language: str) -> tuple[dict, str]:
    """Return the lines and the long text of a row in one language."""
    lines = {key: value.get(language) for key, value in spoken.items() if key not in BODIES}
    return lines, next((spoken[key].get(language) or "" for key in BODIES if key in spoken), "").strip()


def pages() -> list[tuple[str, dict]]:
    """Return the pages that stand as Markdown, each with its front matter."""
    slugs = sorted({path.name.split(".")[0] for path in STARTER.glob("pages/*.md")})
    return [(f"pages/{slug}", {code: split(STARTER / f"pages/{slug}.{code}.md") for code in LANGUAGES}) for slug in slugs]


def whole(text: tuple[dict, str]) -> str:
    """Return all words of a text, lines and long text."""
    return f"{said(text[0])}\n{text[1]}"


def local_links(text: str) -> Counter:
    """Return the addresses of the portal that a text leads to, without language."""
    return Counter(target for _words, target in LINK.findall(text) if OURS.match(target))


def leads_nowhere(target: str, known: dict[str, set[str]]) -> bool:
    """Say whether no page answers at an address, or it names a row that no starter file holds."""
    try:
        found = resolve(f"/en{target.partition('#')[0]}")
    except Resolver404:
        return True
    rows = known.get(found.view_name)
    return rows is not None and next(iter(found.kwargs.values())) not in rows


TREES = {path.relative_to(STARTER).with_suffix("").as_posix(): yaml.safe_load(path.read_text()) for path in FILES}
TEXTS = [*pages(), *(text for name, tree in TREES.items() for text in texts_of(tree, name))]
NAMES = [name for name, _texts in TEXTS]
SORTS = sorted({name.split("/")[0] for name in NAMES})
KNOWN = {
    "programme:page_detail": {row["slug"] for row in yaml.safe_load((STARTER / "pages/pages.yaml").read_text())},
    "programme:country_detail": {path.stem for path in STARTER.glob("countries/*.yaml")},
    "programme:mechanism_detail": {row["code"] for row in TREES["mechanisms"]},
    "programme:faq_entry": {entry["slug"] for topic in TREES["faq"] for entry in topic["entries"]},
    "programme:resource_detail": {row["slug"] for row in TREES["library"]},
    "courses:module_detail": {path.parent.name for path in ROOT.glob("courses/starter/*/module.yaml")},
}


def of_sort(sort: str) -> list[tuple[str, dict]]:
    return [(name, texts) for name, texts in TEXTS if name.split("/")[0] == sort]


def test_there_are_texts():
    assert len(NAMES) > 150
    assert len(set(NAMES)) == len(NAMES)
    assert {*SORTS} >= {"pages", "faq", "mechanisms", "countries", "library", "partners", "canned"}
    assert sum(figures(whole(texts["en"]), "en").total() for _name, texts in TEXTS) > 300
    assert sum(terms(texts["en"][1]).total() for _name, texts in TEXTS) > 100
    assert sum(local_links(texts["en"][1]).total() for _name, texts in TEXTS) > 10


@pytest.mark.parametrize("sort", SORTS)
def test_texts_say_the_same_in_every_language(sort):
    found = [f"{name}: {fault}" for name, texts in of_sort(sort) for fault in differences(texts, ALLOWED.get(name, {}))]
    for name, texts in of_sort(sort):
        if len({frozenset(local_links(whole(text)).items()) for text in texts.values()}) > 1:
            found.append(f"{name}: other links within the portal")

    assert not found, "\n".join(found)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_file_is_complete(path):
    assert not incomplete(TREES[path.relative_to(STARTER).with_suffix("").as_posix()])


@pytest.mark.parametrize("sort", SORTS)
def test_texts_are_well_set(sort):
    found = [
        f"{name} in {code}: {fault}"
        for name, texts in of_sort(sort)
        for code, text in texts.items()
        for fault in badly_set(whole(text), code)
    ]

    assert not found, "\n".join(found)


def test_terms_stand_in_the_glossary_and_are_linked_once():
    known = {row["slug"] for row in glossary()}
    found = [(name, code, terms(body)) for name, texts in TEXTS for code, (_lines, body) in texts.items()]

    assert not [(name, code, set(linked) - known) for name, code, linked in found if set(linked) - known]
    assert not [(name, code, slug) for name, code, linked in found for slug, times in linked.items() if times > 1]
    assert {row["term"] for row in TREES["mechanisms"] if row["term"]} <= known


def test_links_within_the_portal_lead_somewhere():
    found = [(name, target) for name, texts in TEXTS for text in texts.values() for target in local_links(whole(text))]

    assert not [one for one in found if leads_nowhere(one[1], KNOWN)]


def test_codes_that_rows_name_are_there():
    goals, regions = ({row["code"] for row in TREES[name]} for name in ("goals", "subregions"))
    files = [tree for name, tree in TREES.items() if name.startswith("countries/")]

    assert not [row["code"] for row in TREES["mechanisms"] if not set(row["goals"]) <= goals]
    assert {tree["sub_region"] for tree in files} <= regions


def test_address_that_leads_nowhere_is_caught():
    assert not leads_nowhere("/countries/mw/", KNOWN)
    assert all(
        leads_nowhere(target, KNOWN) for target in ("/countries/xx/", "/nothing/", "/mechanisms/gold/", "/about/none/#b1")
    )


def test_texts_of_a_tree_are_found_wherever_they_stand():
    three = {"en": "A", "fr": "B", "es": "C"}
    tree = [{"code": "a", "name": three, "entries": [{"slug": "b", "question": three, "answer": three}]}]
    found = dict(texts_of(tree, "faq"))

    assert list(found) == ["faq/a", "faq/a/b"]
    assert found["faq/a/b"]["fr"] == ({"question": "B"}, "B")
    assert list(strings(tree)) == [(code, text) for _n in range(3) for code, text in three.items()]
