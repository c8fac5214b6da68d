"""What people type, what is stored of it, and whether it is right."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import DomainError
from courses import versions
from courses.enums import QuestionKind
from courses.models import QuestionVersion
from tests.factories import FIVE, CheckFactory, QuestionFactory, add_question, asked

NUMERIC = {"kind": "numeric", "answer": "2.5", "tolerance": "0.1"}
SHORT = {"kind": "short", "accepted": ["dialogue social", "dialogo social", "social dialogue"]}
TRUE_FALSE = {"kind": "true_false", "answer": False}
CHOICES = [{"key": "1", "right": True}, {"key": "2", "right": True}, {"key": "3", "right": False}]
SINGLE = {"kind": "single", "choices": [{"key": "1", "right": True}, {"key": "2", "right": False}]}
MULTIPLE = {"kind": "multiple", "choices": CHOICES}


@pytest.mark.parametrize(
    ("typed", "language", "stored"),
    [
        ("1400", "en", "1400"),
        ("1,400", "en", "1400"),
        ("1,400.5", "en", "1400.5"),
        ("1,234,567", "en", "1234567"),
        ("3.3", "en", "3.3"),
        ("3,3", "en", "3.3"),
        ("1 400", "fr", "1400"),
        ("1\u00a0400", "fr", "1400"),
        ("1\u202f400,25", "fr", "1400.25"),
        ("3,3", "fr", "3.3"),
        ("3,300", "fr", "3.3"),
        ("1.400", "es", "1400"),
        ("1.234.567,89", "es", "1234567.89"),
        ("0.125", "es", "0.125"),
        ("3.3", "es", "3.3"),
        ("1’400", "fr", "1400"),
        ("52,3 %", "fr", "52.3"),
        ("52.3%", "en", "52.3"),
        ("-5", "en", "-5"),
        ("+5", "en", "5"),
        ("2015.0", "en", "2015"),
        ("0", "fr", "0"),
        ("100", "en", "100"),
        (" 7 ", "en", "7"),
    ],
)
def test_number(typed, language, stored):
    assert versions.number(typed, language) == stored


@pytest.mark.parametrize("language", ["en", "fr", "es"])
@pytest.mark.parametrize(
    "typed",
    [
        "abc",
        "NaN",
        "sNaN",
        "Infinity",
        "-inf",
        "1e400",
        "1e18",
        "1e-30",
        "0e999999999",
        "9" * 25,
        "1.2.3,4,5",
        "--1",
        "%",
        "1-2",
        "²",
    ],
)
def test_number_refuses(typed, language):
    with pytest.raises(DomainError) as refusal:
        versions.number(typed, language)
    assert refusal.value.code == "number"


@given(st.text(max_size=40), st.sampled_from(["en", "fr", "es"]))
def test_number_is_plain_or_refused(text, language):
    try:
        stored = versions.number(text, language)
    except DomainError:
        return
    assert Decimal(stored).is_finite()
    assert "e" not in stored.lower()
    assert len(stored) < 50


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=2, allow_nan=False), st.sampled_from(["en", "fr", "es"]))
def test_number_as_each_language_writes_it(value, language):
    thousands, point = {"en": (",", "."), "fr": ("\u202f", ","), "es": (".", ",")}[language]
    written = f"{value:,.2f}".translate({ord(","): thousands, ord("."): point})
    assert Decimal(versions.number(written, language)) == value


@pytest.mark.parametrize(
    ("content", "raw", "stored"),
    [
        (SINGLE, ["1"], "1"),
        (MULTIPLE, ["3", "1"], ["1", "3"]),
        (TRUE_FALSE, ["false"], False),
        (NUMERIC, ["2.5"], "2.5"),
        (SHORT, ["  Dialogue  Social\x00 "], "Dialogue  Social"),
        (SINGLE, [], None),
        (MULTIPLE, [""], None),
        (TRUE_FALSE, [" "], None),
        (NUMERIC, [""], None),
        (SHORT, ["\u00a0"], None),
        (SHORT, ["\x01"], None),
    ],
)
def test_parse(content, raw, stored):
    assert versions.parse(content, raw, "en") == stored


@pytest.mark.parametrize(
    ("content", "raw", "code"),
    [
        (SINGLE, ["9"], "choice"),
        (SINGLE, ["1", "2"], "choice"),
        (MULTIPLE, ["1", "9"], "choice"),
        (TRUE_FALSE, ["maybe"], "choice"),
        (TRUE_FALSE, ["True"], "choice"),
        (NUMERIC, ["two"], "number"),
        (SHORT, ["x" * 301], "long"),
        (SHORT, ["a", "b"], "long"),
    ],
)
def test_parse_refuses(content, raw, code):
    with pytest.raises(DomainError) as refusal:
        versions.parse(content, raw, "en")
    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("content", "value", "right"),
    [
        (SINGLE, "1", True),
        (SINGLE, "2", False),
        (SINGLE, None, False),
        (MULTIPLE, ["1", "2"], True),
        (MULTIPLE, ["2", "1"], True),
        (MULTIPLE, ["1"], False),
        (MULTIPLE, ["1", "2", "3"], False),
        (MULTIPLE, None, False),
        (TRUE_FALSE, False, True),
        (TRUE_FALSE, True, False),
        (TRUE_FALSE, None, False),
        (NUMERIC, "2.5", True),
        (NUMERIC, "2.6", True),
        (NUMERIC, "2.4", True),
        (NUMERIC, "2.61", False),
        (NUMERIC, "-2.5", False),
        (NUMERIC, None, False),
        (SHORT, "DIÁLOGO social.", True),
        (SHORT, "Dialogue  Social ", True),
        (SHORT, "dialogo social", True),
        (SHORT, "dialogue", False),
        (SHORT, None, False),
    ],
)
def test_is_right(content, value, right):
    assert versions.is_right(content, value) is right


# Freezing -----------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_freeze_keeps_equal_content_and_numbers_changes():
    check = CheckFactory(questions=1)
    question = asked(check).get()
    first = question.version
    assert versions.freeze(question) == first
    question.prompt_fr = "Autrement"
    question.save()
    second = versions.freeze(question)
    assert (first.number, second.number) == (1, 2)
    assert second.content["prompt"]["fr"] == "Autrement"
    assert QuestionVersion.objects.get(pk=first.pk).content["prompt"]["fr"] != "Autrement"
    question.prompt_fr = first.content["prompt"]["fr"]
    question.save()
    assert versions.freeze(question) == first
    question.refresh_from_db()
    assert question.version == first


@pytest.mark.django_db
def test_freeze_holds_all_languages_and_the_key():
    check = CheckFactory()
    kinds = {q.kind: q.version.content for q in asked(check)}
    assert list(kinds) == [kind for kind, _facts, _choices in FIVE]
    assert set(kinds["single"]["choices"][0]["label"]) == {"en", "fr", "es"}
    assert [c["right"] for c in kinds["multiple"]["choices"]] == [True, True, False]
    assert kinds["true_false"]["answer"] is True
    assert (kinds["numeric"]["answer"], kinds["numeric"]["tolerance"]) == ("2.5", "0.1")
    assert kinds["short"]["accepted"] == ["dialogo social", "dialogue social", "social dialogue"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "facts", "choices"),
    [
        (QuestionKind.SINGLE, {}, []),
        (QuestionKind.SINGLE, {}, [True]),
        (QuestionKind.SINGLE, {}, [True, True]),
        (QuestionKind.SINGLE, {}, [False, False]),
        (QuestionKind.MULTIPLE, {}, [False, False]),
        (QuestionKind.TRUE_FALSE, {}, []),
        (QuestionKind.NUMERIC, {}, []),
        (QuestionKind.SHORT, {}, []),
    ],
)
def test_freeze_refuses_a_question_that_cannot_be_asked(kind, facts, choices):
    check = CheckFactory(questions=0)
    with pytest.raises(DomainError) as refusal:
        add_question(check, kind, facts, choices, 1)
    assert refusal.value.code == "fault"
    assert not QuestionVersion.objects.exists()
    assert QuestionFactory._meta.model.objects.get().version is None
