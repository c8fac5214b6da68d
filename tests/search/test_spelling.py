"""Near misses: words of the index that are spelt alike, the nearest first."""

import pytest

from search.models import Spelling
from search.services import rebuild
from search.spelling import candidates, distance, endings, remember, spelt_like

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("one", "other", "steps"),
    [("budget", "budget", 0), ("budjet", "budget", 1), ("bugdet", "budget", 1), ("budge", "budget", 1),
     ("buddget", "budget", 1), ("finnancng", "financing", 2), ("work", "labour", 3), ("", "ab", 2)],
)  # fmt: skip
def test_distance(one, other, steps):
    assert distance(one, other, 2) == steps


def meant(words, language):
    return spelt_like(candidates(words, ""), words, language)


def test_words_spelt_alike():
    remember([("en", "budget"), ("fr", "budgétaire"), ("en", "financing"), ("en", "labour"), ("es", "formación")])
    found = meant(["budjet", "finansing", "formacoin", "zzzzzz", "x1"], "en")
    assert found == {"budjet": ["budget"], "finansing": ["financing"], "formacoin": ["formación"], "zzzzzz": []}


def test_a_slip_behind_the_seventh_letter_is_found():
    remember([("en", "accountability")])
    assert meant(["accountabilty"], "en")["accountabilty"] == ["accountability"]


def test_the_readers_language_comes_first():
    remember([("en", "decent"), ("fr", "décenz"), ("es", "decenx")])
    assert meant(["decenq"], "fr")["decenq"][0] == "décenz"


def test_remembering_twice_keeps_one():
    assert remember([("en", "budget")]) == 1
    rows = Spelling.objects.count()
    assert (remember([("en", "budget")]), Spelling.objects.count()) == (0, rows)


def test_beginnings_of_words():
    remember([("en", "ministries"), ("en", "ministry"), ("fr", "ministère"), ("en", "minimum")])
    assert endings(candidates([], "minist"), "minist") == {"en": {"ministri"}, "fr": {"minister"}, "es": set()}
    assert not any(endings(candidates([], "min"), "min").values())


def test_rebuilding_drops_words_that_no_text_holds(shelf):
    shelf.put(en="Budget | of ministries")
    remember([("en", "vanished")])
    rebuild()
    assert set(Spelling.objects.values_list("word", flat=True)) == {"budget", "ministries"}


@pytest.mark.parametrize(("words", "most"), [(["budjet"], 1), (["budjet", "finansing", "formacoin"], 1), ([], 0), (["x1"], 0)])
def test_queries_do_not_grow_with_words(words, most, django_assert_num_queries):
    with django_assert_num_queries(most):
        candidates(words, "")
