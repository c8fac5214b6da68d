"""What a person finds, in each language, and what never shows."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core import registry
from search import finding
from search.finding import find
from search.sources import Source

pytestmark = pytest.mark.django_db
NOBODY = AnonymousUser()


@pytest.mark.parametrize(
    ("language", "text", "typed"),
    [
        ("es", "La formación de ministerios", "formacion"),
        ("es", "Las formaciones", "formación"),
        ("es", "La inversión pública en España", "inversiones espana"),
        ("fr", "Le financement des emplois", "financements emploi"),
        ("fr", "L’enquête du ministère", "enquetes"),
        ("en", "The ministry of labour", "ministries"),
        ("en", "Financing ministries", "finance ministry"),
    ],
)
def test_accents_dropped_and_endings_changed(shelf, titles, language, text, typed):
    shelf.put(**{language: f"Found | {text}"})
    shelf.put(**{language: "Other | Nothing of the kind"})

    assert titles(NOBODY, typed, language) == ["Found"]


def test_all_words_are_asked_for(shelf, titles):
    shelf.put(en="One | budget")
    shelf.put(en="Two | budget and tax")

    assert titles(NOBODY, "tax budget") == ["Two"]


def test_words_may_stand_in_title_and_text(shelf, titles):
    shelf.put(en="Budget | of taxes")

    assert titles(NOBODY, "tax budget") == ["Budget"]


def test_phrase_keeps_words_together(shelf, titles):
    shelf.put(en="Apart | work that is decent, and social talks of dialogue")
    shelf.put(en="Together | decent works by social dialogues")

    assert titles(NOBODY, '"social dialogue"') == ["Together"]
    assert titles(NOBODY, "“social dialogue” “decent work”") == ["Together"]


def test_no_phrase_across_title_and_text(shelf, titles):
    shelf.put(en="Social | dialogue")

    assert titles(NOBODY, '"social dialogue"') == []
    assert titles(NOBODY, "social dialogue") == ["Social"]


def test_title_counts_more_than_text(shelf, titles):
    shelf.put(en="Elsewhere | the budget and the budget")
    shelf.put(en="Budget | and what follows from it")

    assert titles(NOBODY, "budget") == ["Budget", "Elsewhere"]


def test_the_readers_language_comes_first(shelf, titles):
    shelf.put(en="English | budget budget budget")
    shelf.put(fr="Français | un mot du budget")

    assert titles(NOBODY, "budget", "fr") == ["Français", "English"]
    assert titles(NOBODY, "budget", "en") == ["English", "Français"]


def test_one_object_stands_once_in_the_readers_language(shelf):
    shelf.put(en="Budget", fr="Budget public", es="Presupuesto")

    found = find(user=NOBODY, text="budget", language="fr")

    assert [(r.language, r.url) for r in found.results] == [("fr", found.results[0].url)]
    assert found.total == 1
    assert {n.value: n.count for n in found.languages} == {"fr": 1, "en": 1}


def test_only_one_language(shelf, titles):
    shelf.put(en="Budget", fr="Budget public")

    assert titles(NOBODY, "budget", "fr", only="en") == ["Budget"]
    assert titles(NOBODY, "budget", "fr", only="es") == []
    assert titles(NOBODY, "budget", "fr", only="xx") == ["Budget public"]


@pytest.mark.parametrize(
    ("who", "seen"),
    [
        (None, ["Public"]),
        ("participant", ["Public", "Member"]),
        ("tutor", ["Public", "Member"]),
        ("staff", ["Public", "Member"]),
    ],
)
def test_nobody_finds_what_she_may_not_read(shelf, titles, request, who, seen):
    shelf.put(audience="public", en="Public | secretword here")
    shelf.put(audience="member", en="Member | secretword here")
    shelf.put(audience="hidden", en="Hidden | secretword here")
    user = request.getfixturevalue(who) if who else NOBODY

    assert sorted(titles(user, "secretword")) == sorted(seen)
    assert sorted(titles(user, "secretwo")) == sorted(seen)
    assert find(user=user, text="secretword", language="en").total == len(seen)


def test_a_near_miss_never_tells_a_hidden_word(shelf):
    shelf.put(audience="hidden", en="Merger | confidential")
    found = find(user=NOBODY, text="confidentail", language="en")

    assert (found.near, found.fewer, found.total) == ([], [], 0)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("budjet", "budget"), ("finansing budget", "financing budget"), ("formacoin", "formación"), ("bugdet", "budget")],
)
def test_near_misses_are_offered(shelf, typed, meant):
    shelf.put(en="Budget | financing", es="Presupuesto | La formación")

    found = find(user=NOBODY, text=typed, language="en")

    assert (found.total, [offer.text for offer in found.near]) == (0, [meant])
    assert find(user=NOBODY, text=meant, language="en").total == 1


def test_single_words_are_offered_when_no_text_holds_all(shelf):
    shelf.put(en="One | budget")
    shelf.put(en="Two | pension")

    found = find(user=NOBODY, text="budget pension", language="en")

    assert [(offer.text, offer.count) for offer in found.fewer] == [("budget", 1), ("pension", 1)]


def test_the_last_word_may_be_a_beginning(shelf, titles):
    shelf.put(en="One | the ministries")
    shelf.put(fr="Deux | les financements")

    assert titles(NOBODY, "minist") == ["One"]
    assert titles(NOBODY, "financem") == ["Deux"]
    assert titles(NOBODY, "minist the") == ["One"]


def test_matches_are_marked(shelf):
    shelf.put(es="La formación | Las formaciones de <b>ministros</b>")
    (result,) = find(user=NOBODY, text="formacion", language="es").results

    assert result.title == "La <mark>formación</mark>"
    assert result.excerpt == "Las <mark>formaciones</mark> de &lt;b&gt;ministros&lt;/b&gt;"


def test_beginnings_are_marked(shelf):
    shelf.put(en="The ministries")
    (result,) = find(user=NOBODY, text="minist", language="en").results

    assert result.title == "The <mark>ministries</mark>"


BAD = [
    "", "   ", "!!!", "\"", "\"\"", "«»", "' OR 1=1 --", "AND", "OR", "NOT x", "NEAR(a b)", "a*", "*", "^a",
    "title:a", "a:*", "a & b | !c", "a <-> b", "(((", ")", "{a}", "\\", "%", "_", "💥", "مرحبا بالعالم",
    "你好世界", "Привет", "\u202e", "a\u0301\u0301", "\ufffd", "x" * 10_240, "budget " * 1500,
    '"' + "a " * 5000 + '"', "'" * 5000, "1e5 0x10 1.5 2024-01-01", "a@b.c http://x/y?z", "\t\n\r", "ﬁ ½ ™",
    "İstanbul", "ß", "''''", "k note", "knote", "tenbudget", "enbudget",
]  # fmt: skip


@pytest.mark.parametrize("typed", BAD, ids=range(len(BAD)))
def test_whatever_is_typed_is_answered_calmly(shelf, visitor, typed):
    shelf.put(en="Budget | of ministries", fr="Budget | des ministères")

    found = find(user=NOBODY, text=typed, language="en")
    assert found.total in (0, 1)
    response = visitor.get("/en/search/", {"q": typed})
    assert response.status_code == 200


def test_words_of_the_index_itself_find_nothing(shelf, titles):
    shelf.put(en="Budget | of ministries")

    for typed in ("knote", "tenbudget", "enbudget", "note"):
        assert titles(NOBODY, typed) == []


@pytest.mark.parametrize("typed", ["1e5", "COVID-19", "2024", "5", "C-190"])
def test_numbers_are_words(shelf, titles, typed):
    shelf.put(en="Found | COVID-19 in 2024, 1e5 people, 5 pillars, C-190")
    shelf.put(en="Other | nothing")

    assert titles(NOBODY, typed) == ["Found"]


@pytest.mark.parametrize("typed", ["مرحبا", "你好世界", "Привет"])
def test_other_scripts_are_found(shelf, titles, typed):
    shelf.put(en=f"Found | {typed}")

    assert titles(NOBODY, typed) == ["Found"]


# Many ----------------------------------------------------------------------------------------------
@pytest.fixture
def small_caps(monkeypatch):
    monkeypatch.setattr(finding, "MOST_HITS", 6)
    monkeypatch.setattr(finding, "MOST_IN_FILTER", 4)
    monkeypatch.setattr(finding, "SIZE", 4)


def test_more_than_is_ranked_is_said_not_counted(shelf, small_caps):
    for n in range(9):
        shelf.put(en=f"Number {n} | budget", fr="Un | budget")

    found = find(user=NOBODY, text="budget", language="en")

    assert (found.total, found.is_more, found.pages) == (6, True, 2)
    assert [(n.value, n.count, n.is_more) for n in found.kinds] == [("note", 4, True)]
    assert [(n.value, n.count, n.is_more) for n in found.languages] == [("en", 4, True), ("fr", 4, True)]


def test_a_title_is_not_lost_among_many(shelf, small_caps, titles):
    for n in range(9):
        shelf.put(en=f"Number {n} | budget budget")
    shelf.put(en="Budget | at last")

    assert titles(NOBODY, "budget")[0] == "Budget"


def test_pages(shelf, small_caps, titles):
    for n in range(6):
        shelf.put(en=f"Number {n} | budget")

    first, second = titles(NOBODY, "budget", page=1), titles(NOBODY, "budget", page=2)

    assert (len(first), len(second), set(first) & set(second)) == (4, 2, set())
    assert titles(NOBODY, "budget", page=10**18) == second


MOST_QUERIES = 8 if connection.vendor == "sqlite" else 9  # and what lets PostgreSQL find by its index


def queries(**facts) -> int:
    with CaptureQueriesContext(connection) as seen:
        find(**({"user": NOBODY, "language": "en"} | facts))
    return len(seen)


@pytest.mark.parametrize("text", ["budget", "budjet", "nothing", "budget nothing", "minist"])
def test_queries_do_not_grow_with_results(shelf, text, monkeypatch):
    monkeypatch.setattr(finding, "LITTLE", 0 if text == "budget" else 99)
    shelf.put(en="One | budget ministries", fr="Un | budget")
    one = queries(text=text)
    for _ in range(3):
        shelf.put(en="More | budget ministries", fr="Plus | budget")

    assert queries(text=text) == one <= MOST_QUERIES


def test_queries_do_not_grow_with_kinds(shelf, small_caps):
    for n in range(9):
        shelf.put(en=f"Number {n} | budget")
    one = queries(text="budget")
    shelves = registry.searchables["note"]
    for n in range(12):
        registry.searchables.register(f"kind{n}", Source(label="x", rows=shelves.rows, documents=shelves.documents))

    assert queries(text="budget") == one
