import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.text import clean, fold


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Être  prêt", "etre pret"),
        ("DIÁLOGO\u00a0Social", "dialogo social"),
        ("1\u202f234", "1 234"),
        ("e\u0301te\u0301", "ete"),
        ("Straße", "strasse"),
        (" \t\n", ""),
        ("Work™", "worktm"),
    ],
)
def test_fold(text, folded):
    assert fold(text) == folded


@given(st.text())
def test_fold_is_the_same_again_and_without_case(text):
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("  a\tb\nc  ", "a\tb\nc"),
        ("a\r\nb", "a\nb"),
        ("a\x00\x07\x7fb", "ab"),
        ("a\ud800b", "ab"),
        ("e\u0301", "é"),
    ],
)
def test_clean(text, kept):
    assert clean(text) == kept


@given(st.text())
def test_clean_leaves_nothing_a_database_refuses(text):
    kept = clean(text)
    assert not any(unicodedata.category(c) in ("Cc", "Cs") for c in kept if c not in "\n\t")
    kept.encode("utf-8")


def test_an_apostrophe_is_an_apostrophe_however_it_is_typed():
    assert fold("L’additionnalité") == fold("l'additionnalité") == "l'additionnalite"
