"""What people type: words and phrases, never operators."""

import pytest

from search.query import MOST_CHARACTERS, MOST_WORDS, parse


def words(text):
    return [" ".join(part.words) for part in parse(text).parts]


@pytest.mark.parametrize(
    ("typed", "parts"),
    [
        ("Decent Work", ["decent", "work"]),
        ('"decent work" budget', ["decent work", "budget"]),
        ("« travail décent » emploi", ["travail decent", "emploi"]),
        ("“diálogo social”", ["dialogo social"]),
        ('"decent', ["decent"]),
        ("the financing of work", ["financing", "work"]),
        ("la", ["la"]),
        ('"la ley"', ["la ley"]),
        ("budget BUDGET budget", ["budget"]),
        ("budget AND (work OR NOT law*) NEAR/3 -tax ^col:x", ["budget", "work", "not", "law", "near", "3", "tax", "col", "x"]),
        ("' ; DROP TABLE x --", ["drop", "table", "x"]),
        ("%_\\ & | ! <-> :*", []),
        ("", []),
    ],
)
def test_parts(typed, parts):
    assert words(typed) == parts


def test_ten_kilobytes_are_cut_and_said():
    query = parse("budget " * 1500)
    assert (query.was_cut, len(query.text) <= MOST_CHARACTERS, words(query.text)) == (True, True, ["budget"])


def test_many_words_are_cut_and_said():
    query = parse(" ".join(f"w{n}" for n in range(MOST_WORDS + 5)))
    assert (query.was_cut, len(query.words)) == (True, MOST_WORDS)


def test_a_long_phrase_is_cut():
    query = parse('"' + " ".join(f"w{n}" for n in range(MOST_WORDS + 5)) + '"')
    assert (query.was_cut, [len(part.words) for part in query.parts]) == (True, [MOST_WORDS])


def test_a_query_that_fits_is_not_cut():
    assert not parse("decent work").was_cut
    assert not parse("  decent  work  ").was_cut


def test_another_spelling_keeps_what_else_was_typed():
    assert parse('the "finansing of" work!').with_words({"finansing": "financing"}).text == 'the "financing of" work!'
