"""Words as the index compares them: without accents, without endings, each language its own way."""

import pytest

from search.words import SMALL, fold_word, spots, stem, stems

ALIKE = [
    ("en", "ministries ministry"),
    ("en", "financing finances financed"),
    ("en", "women's women’s women"),
    ("en", "policy policies POLICIES"),
    ("fr", "financement financements FINANCEMENT"),
    ("fr", "enquête enquêtes enquete"),
    ("fr", "emploi emplois l’emploi d'emplois"),
    ("fr", "loi lois"),
    ("fr", "décent décente décentes decents"),
    ("fr", "œuvre oeuvres ŒUVRE"),
    ("es", "formación formaciones formacion"),
    ("es", "inversión inversiones inversion"),
    ("es", "financiero financiera financieros financieras"),
    ("es", "España espana ESPAÑA"),
    ("es", "gestión GESTION gestiones"),
]


@pytest.mark.parametrize(("language", "words"), ALIKE)
def test_endings_and_accents_do_not_matter(language, words):
    assert len(set(stems(words, language).split())) == 1


def test_decomposed_accents_are_one_word():
    assert stems("e\u0301tat état", "fr") == "fretat fretat"


def test_the_n_with_tilde_is_an_n():
    assert stem(fold_word("año"), "es") == stem(fold_word("ano"), "es")


def test_each_stem_carries_its_language():
    assert stems("budget", "en") != stems("budget", "fr")


@pytest.mark.parametrize("text", ["", " ", "!?", "—", "🙂", "___", "'’'", "\u0301\u0301"])
def test_text_without_words(text):
    assert stems(text, "en") == ""


@pytest.mark.parametrize(("text", "count"), [("العَرَبِيَّة", 1), ("中文 学习", 2), ("Україна", 1), ("COVID-19", 2), ("a_b", 2)])
def test_other_scripts_are_words(text, count):
    assert len(stems(text, "en").split()) == count


def test_spots_say_where_a_word_stands():
    text = "L’été, COÛTS"
    assert [text[spot.start : spot.end] for spot in spots(text)] == ["été", "COÛTS"]
    assert [spot.folded for spot in spots(text)] == ["ete", "couts"]


def test_stems_hold_letters_and_digits_alone():
    found = stems("“Quoted” 'single' a-b c/d 1,5 % ½ x² ﬁn ™ OR NOT * : & | ! <-> \\ \"", "en")
    assert all(one.isalnum() for one in found.split())


def test_a_word_without_end_is_cut():
    assert len(fold_word("a" * 10_000)) == 40


def test_small_words_are_folded():
    assert {fold_word(word) for word in SMALL} == SMALL
