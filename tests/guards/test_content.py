"""Starter content: the same facts in three languages, complete, and well set."""

import re
from collections import Counter
from decimal import Decimal

import pytest
import yaml

from core.svg import safe_drawing
from tests.guards.content import (
    badly_set,
    blocks,
    differences,
    figures,
    glossary,
    incomplete,
    links,
    modules,
    rows_of,
    said,
    shown,
    strings,
    terms,
    texts_of,
    units,
    words,
)
from tests.guards.house import LANGUAGES, ROOT

# Figures that one language writes in words or otherwise, by unit: {unit: {language: {figures}}}. Each has been read.
ALLOWED = {}
UNITS = [(module, unit) for module in modules() for unit in units(module)]
NAMES = [f"{module.name}/{unit['slug']}" for module, unit in UNITS]
SORTS = ("*.questions.yaml", "bank.yaml", "*.reflections.yaml", "figures.yaml")
VOCABULARIES = sorted(ROOT.glob("*/starter/*.yaml")) + sorted(p for sort in SORTS for p in ROOT.glob(f"*/starter/*/{sort}"))
ASKED = [(module, row) for module in modules() for sort in SORTS[:2] for row in rows_of(module, sort) if "draw" not in row]
FIGURES = [(module, row) for module in modules() for row in rows_of(module, "figures.yaml")]


def test_there_is_content():
    english = [texts_of(module, unit["slug"])["en"] for module, unit in UNITS]

    assert sum(figures(body, "en").total() for _head, body in english) > 100
    assert sum(terms(body).total() for _head, body in english) > 30
    assert sum(links(body + said(head)).total() for head, body in english) > 30
    assert len(modules()) >= 1
    assert len(UNITS) >= 9
    assert len(VOCABULARIES) >= 3


@pytest.mark.parametrize(("module", "unit"), UNITS, ids=NAMES)
def test_unit_says_the_same_in_every_language(module, unit):
    assert not differences(texts_of(module, unit["slug"]), ALLOWED.get(unit["slug"], {}))


@pytest.mark.parametrize("module", modules(), ids=lambda path: path.name)
def test_module_says_the_same_in_every_language(module):
    assert not differences(texts_of(module, "module"), ALLOWED.get(module.name, {}))


@pytest.mark.parametrize(("module", "unit"), UNITS, ids=NAMES)
def test_unit_is_one_sitting(module, unit):
    counts = {language: words(body) for language, (_head, body) in texts_of(module, unit["slug"]).items()}

    if unit["kind"] == "check":
        assert all(0 < count < 300 for count in counts.values()), counts
    else:
        assert all(300 <= count <= 600 for count in counts.values()), counts


@pytest.mark.parametrize(("module", "unit"), UNITS, ids=NAMES)
def test_terms_stand_in_the_glossary_and_are_linked_once(module, unit):
    known = {row["slug"] for row in glossary()}
    for _head, body in texts_of(module, unit["slug"]).values():
        assert set(terms(body)) <= known
        assert not [slug for slug, count in terms(body).items() if count > 1]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("module", "unit"), [*UNITS, *((m, {"slug": "module"}) for m in modules())], ids=[*NAMES, *(m.name for m in modules())]
)
def test_unit_is_well_set(module, unit, language):
    head, body = texts_of(module, unit["slug"])[language]

    assert not badly_set(f"{said(head)}\n{body}", language)


@pytest.mark.parametrize("path", VOCABULARIES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_vocabulary_is_complete_and_well_set(path):
    rows = yaml.safe_load(path.read_text())
    found = [fault for code, text in strings(rows) for fault in badly_set(text, code)]

    assert Counter(code for code, _text in strings(rows)).keys() == set(LANGUAGES)
    assert not incomplete(rows)
    assert not found, "\n".join(found[:40])


def test_glossary_is_complete():
    rows = glossary()
    slugs = [row["slug"] for row in rows]

    assert len(rows) >= 40
    assert len(set(slugs)) == len(slugs)
    assert all(row["term"][code] and row["definition"][code] for row in rows for code in LANGUAGES)
    assert all(len(row["definition"][code]) <= 600 for row in rows for code in LANGUAGES)


@pytest.mark.parametrize(("module", "row"), ASKED, ids=[row["key"] for _module, row in ASKED])
def test_question_has_one_truth(module, row):
    parts = row.get("pairs") or row.get("items") or row.get("choices") or []
    for texts in [row["prompt"], row["explanation"], *(part["text"] for part in parts)]:
        values = [figures(texts[code], code) for code in LANGUAGES]
        allowed = ALLOWED.get(row["key"], {})
        for code, value in zip(LANGUAGES, values, strict=True):
            differing = {format(n, "f") for n in (value - values[0]) + (values[0] - value)} - allowed.get(code, set())
            assert not differing, (texts["en"], code, sorted(differing))
    rights = [bool(choice.get("right")) for choice in row.get("choices", [])]
    assert row["kind"] not in ("single", "multiple") or (any(rights) and len(rights) >= 2)
    assert row["kind"] != "single" or sum(rights) == 1
    assert row["kind"] not in ("matching", "ordering") or len(parts) >= 3


def test_one_key_is_one_question():
    """A question that several modules ask stands in each with the same words."""
    said = {}
    for _module, row in ASKED:
        assert said.setdefault(row["key"], row) == row


@pytest.mark.parametrize("module", modules(), ids=lambda path: path.name)
def test_check_asks_enough_and_draws_from_enough(module):
    rows, drawn = rows_of(module, "*.questions.yaml"), 0
    for row in rows:
        if "draw" in row:
            pool = [one for _module, one in ASKED if row["draw"]["tag"] in one.get("tags", [])]
            assert len(pool) > row["draw"]["count"]
            drawn += row["draw"]["count"] - 1

    assert len(rows) + drawn >= 8


@pytest.mark.parametrize("module", [m for m in modules() if m.name != "technical-refresher"], ids=lambda path: path.name)
def test_module_has_what_a_self_guided_module_has(module):
    kinds = Counter(unit["kind"] for unit in units(module))

    assert kinds["reading"] + kinds["case"] >= 5
    assert kinds["case"] >= 1
    assert kinds["check"] >= 1
    assert rows_of(module, "*.reflections.yaml")
    assert rows_of(module, "figures.yaml")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("module", "row"), FIGURES, ids=[row["key"] for _module, row in FIGURES])
def test_figure_is_safe_small_and_says_what_its_words_say(module, row, language):
    svg = (module / "figures" / f"{row['key']}.{language}.svg").read_text()
    drawn = " ".join(re.sub(r"<[^>]+>", " ", re.sub(r"<style.*?</style>", "", svg, flags=re.DOTALL)).split())

    safe_drawing(svg)
    assert len(svg.encode()) <= 6 * 1024
    assert 'viewBox="0 0 360 ' in svg
    assert "prefers-color-scheme: dark" in svg
    assert (
        figures(drawn, language).keys() <= figures(f"{row['title'][language]} {row['description'][language]}", language).keys()
    )


@pytest.mark.parametrize("module", modules(), ids=lambda path: path.name)
def test_each_figure_is_shown_once_and_each_shown_is_there(module):
    assert shown(module) == Counter(row["key"] for row in rows_of(module, "figures.yaml"))


# Planted faults ----------------------------------------------------------------------------------
def three(**bodies):
    same = {"title": "T", "sources": ["ILO, 2024"]}
    return {code: (same, bodies.get(code, "A [floor](term:floor).\n\nIn 2024, 4 of 10.")) for code in LANGUAGES}


def test_equal_texts_do_not_differ():
    assert not differences(three(), {})


@pytest.mark.parametrize(
    ("other", "fault"),
    [
        ("A [floor](term:floor). In 2024, 4 of 10.", "blocks"),
        ("A [floor](term:roof).\n\nIn 2024, 4 of 10.", "terms"),
        ("A [floor](term:floor).\n\nIn 2023, 4 of 10.", "figures"),
        ("A [floor](term:floor).\n\nIn 2024, 4 of [10](https://a.b).", "links"),
        ("A [floor](term:floor).\n\nIn 2024, 4 of 10, and much more than that, twice and again.", "length"),
    ],
)
def test_planted_difference_is_caught(other, fault):
    found = differences(three(es=other), {})

    assert len(found) == 1
    assert fault in found[0]


def test_allowed_figure_is_not_reported():
    assert not differences(three(es="A [floor](term:floor).\n\nIn 2023, 4 of 10."), {"es": {"2024", "2023"}})


def test_figures_are_compared_as_numbers():
    trillions = Counter([Decimal("2.5E12"), Decimal("4E12"), Decimal("1400").normalize(), Decimal("3.3")])

    assert figures("2.5 to 4 trillion; 1,400; 3.3 per cent", "en") == trillions
    assert figures("2\u202f500 à 4\u202f000 milliards\u202f; 1\u202f400\u202f; 3,3\u00a0%", "fr") == trillions
    assert figures("2,5 a 4 billones; 1400; 3,3\u00a0%", "es") == trillions
    assert figures("[8.3](https://x.org/2030)", "fr") == Counter([Decimal("8.3")])


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Pourquoi ?", "fr"), ("Pourquoi?", "fr"), ("Ainsi : un", "fr"), ("Ainsi: un", "fr"), ("52 %", "fr"), ("52%", "fr"),
        ("« mot »", "fr"), ("«mot»", "fr"), ("l'argent", "fr"), ("4 000", "fr"), ("“mot”", "fr"),
        ("52 %", "es"), ("52%", "es"), ("Por qué?", "es"), ("« palabra »", "es"), ("“palabra”", "es"), ("1.400", "es"),
        ("Why ?", "en"),
    ],
)  # fmt: skip
def test_planted_typography_is_caught(text, language):
    assert badly_set(text, language)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("«\u202fmot\u202f»\u00a0: l’argent\u202f; 52,3\u00a0%, 4\u202f000\u202f? Oui", "fr"),
        ("«palabra»: ¿52,3\u00a0% o 1400, 10\u202f000?", "es"),
        ("Why? 52 per cent: 1,400", "en"),
    ],
)
def test_sound_typography_is_accepted(text, language):
    assert not badly_set(text, language)


def test_missing_language_is_caught():
    assert incomplete([{"prompt": {"en": "A", "fr": "B"}}, {"x": {"en": "A", "fr": "", "es": "C"}}]) == [
        "[0].prompt.es",
        "[1].x.fr",
    ]
    assert blocks("# a\n\n- b\n- c") != blocks("# a\n\nb")
