"""Matching and ordering: frozen without giving the answer away, placed by keyboard alone, marked, shown with what belongs."""

import html
import re

import pytest
from django.utils.translation import gettext, override
from hypothesis import given
from hypothesis import strategies as st

from core.errors import DomainError
from courses import services, versions
from courses.enums import QuestionKind
from courses.models import Answer, Attempt
from courses.sheets import placing_note
from tests.factories import CheckFactory, add_question

pytestmark = pytest.mark.django_db
KINDS = [QuestionKind.MATCHING, QuestionKind.ORDERING]


@pytest.fixture(params=KINDS)
def kind(request):
    return request.param


@pytest.fixture
def attempt(kind, participant):
    """An attempt at a check with one question of four pairs or items."""
    check = CheckFactory(questions=0)
    add_question(check, kind, {}, [False] * 4, 1)
    return services.start_attempt(user=participant, unit=check)


@pytest.fixture
def browser(client_of, participant):
    return client_of(participant)


def kept(attempt) -> Answer:
    return attempt.answers.select_related("version").get()


def right(attempt) -> list[str]:
    content = kept(attempt).version.content
    return [f"{choice['key']}:{versions.place_of(content, choice)}" for choice in content["choices"]]


def url(attempt, tail="", language="en"):
    with override(language):
        return attempt.get_absolute_url() + tail


def page(browser, attempt, language="en") -> str:
    return html.unescape(browser.get(url(attempt, language=language)).content.decode())


def place(browser, attempt, values, had="", tail=""):
    return browser.post(url(attempt, tail), {"had1": had, "q1": values, "save": "1"})


# The sheet ----------------------------------------------------------------------------------------
def test_each_line_is_a_labelled_select_inside_the_prompts_fieldset(browser, attempt, kind):
    shown = page(browser, attempt)
    labels = re.findall(r'<label for="(q1-\d)">(Choice \d en)</label><select class="form-select" name="q1" id="(q1-\d)"', shown)
    assert [label for _for, label, _id in labels] == [
        choice["label"]["en"] for choice in kept(attempt).version.content["choices"]
    ]
    assert all(named == chosen for named, _label, chosen in labels)
    assert re.search(r"<fieldset[^>]*><legend>Prompt .* en</legend>", shown)
    assert shown.count('<option value="">') == 4
    assert shown.count("<option") == 4 + 16
    assert "selected" not in shown
    assert "Why" not in shown


def test_all_placed_without_script_is_kept_and_comes_back_in_any_language(browser, attempt):
    response = place(browser, attempt, right(attempt))
    assert response["Location"] == url(attempt) + "#q1"
    for language in ("en", "fr", "es"):
        shown = page(browser, attempt, language)
        assert re.findall(r'value="([^"]+)" selected', shown) == right(attempt)
    assert f'name="had1" value="{"|".join(sorted(right(attempt)))}"' in shown


def test_partly_placed_is_kept_named_and_counted_as_open(browser, attempt):
    place(browser, attempt, [*right(attempt)[:3], ""])
    shown = page(browser, attempt)
    assert len(kept(attempt).value) == 3
    assert "3 of 4 placed." in shown
    assert "1 question has no answer yet." in shown
    place(browser, attempt, right(attempt), had="|".join(sorted(right(attempt)[:3])))
    shown = page(browser, attempt)
    assert "placed." not in shown
    assert "0 questions have no answer yet." in shown


def test_a_place_used_twice_is_kept_and_said_kindly(browser, attempt, kind):
    values = right(attempt)
    values[1] = values[1].split(":")[0] + ":" + values[0].split(":")[1]
    assert place(browser, attempt, values).status_code == 302
    said = "Two lines have the same match." if kind == QuestionKind.MATCHING else "Two items have the same place."
    assert said in page(browser, attempt)
    with override("fr"):
        assert gettext(said) in page(browser, attempt, "fr")
    assert len(kept(attempt).value) == 4


def test_script_is_told_what_the_page_would_say(browser, attempt):
    data = {"position": 1, "q1": right(attempt)[:2], "client_id": "a-1"}
    said = browser.post(url(attempt, "answer/"), data).json()
    assert said["note"] == "2 of 4 placed."
    assert sorted(said["shown"]) == sorted(right(attempt)[:2])
    assert browser.post(url(attempt, "answer/"), data | {"client_id": "a-2", "q1": right(attempt)}).json()["note"] == ""


def test_all_taken_back_is_no_answer(browser, attempt):
    place(browser, attempt, right(attempt))
    place(browser, attempt, ["", "", "", ""], had="|".join(sorted(right(attempt))))
    assert kept(attempt).value is None


def test_old_page_overwrites_no_place(browser, attempt):
    place(browser, attempt, right(attempt))
    place(browser, attempt, ["", "", "", ""], had="")
    assert len(kept(attempt).value) == 4


@pytest.mark.parametrize("forged", ["9:1", "x", ":", "1:", ":m1", "0:m9", "a:b:c", "²:1"])
def test_forged_place_is_refused_and_nothing_is_changed(browser, attempt, forged):
    place(browser, attempt, right(attempt))
    response = browser.post(url(attempt, "answer/"), {"position": 1, "q1": forged})
    assert (response.status_code, response.json()["error"]) == (400, "This is not one of the choices.")
    response = place(browser, attempt, [forged], had="")
    assert response.status_code == 400
    assert len(kept(attempt).value) == 4


def test_one_line_placed_twice_is_refused(attempt):
    first = right(attempt)[0]
    other = first.split(":")[0] + ":" + right(attempt)[1].split(":")[1]
    with pytest.raises(DomainError) as refusal:
        versions.parse(kept(attempt).version.content, [first, other], "en")
    assert refusal.value.code == "choice"


# The result ---------------------------------------------------------------------------------------
def test_result_shows_what_was_put_where_what_belongs_and_why(browser, attempt, kind):
    values = right(attempt)
    one, two = values[0].split(":"), values[1].split(":")
    values[0], values[1] = f"{one[0]}:{two[1]}", f"{two[0]}:{one[1]}"
    place(browser, attempt, values[:3])
    response = place(browser, attempt, values[:3], had="|".join(sorted(values[:3])), tail="submit/")
    assert response["Location"] == url(attempt)
    shown = page(browser, attempt)
    assert shown.count('<li class="wrong">') == 3
    assert shown.count('<li class="answer">') == 1
    assert ("Belongs to it:" if kind == QuestionKind.MATCHING else "Its place:") in shown
    assert "not placed" in shown
    assert "Why 1 en" in shown
    assert "Because en" in shown
    assert Attempt.objects.get().score == 0


def test_result_of_ordering_stands_in_the_right_order(browser, participant):
    check = CheckFactory(questions=0)
    add_question(check, QuestionKind.ORDERING, {}, [False] * 4, 1)
    attempt = services.start_attempt(user=participant, unit=check)
    place(browser, attempt, right(attempt), tail="submit/")
    assert re.findall(r'class="answer">(Choice \d en)', page(browser, attempt)) == [f"Choice {n} en" for n in range(1, 5)]
    assert Attempt.objects.get().score == 100


def test_changed_pairs_never_change_a_past_result(browser, attempt):
    place(browser, attempt, right(attempt))
    question = kept(attempt).version.question
    first, second = question.choices.all()[:2]
    for choice, n in ((first, 7), (second, 8)):
        choice.label_en, choice.position = f"New {n}", n
        choice.save()
    versions.freeze(type(question).objects.get(pk=question.pk))
    services.submit_attempt(attempt=attempt)
    assert Attempt.objects.get().score == 100
    assert "New 7" not in page(browser, attempt)


# Freezing and marking -----------------------------------------------------------------------------
@pytest.mark.parametrize("count", range(3, 9))
def test_frozen_order_never_is_the_right_one_and_always_the_same(kind, count):
    check = CheckFactory(questions=0)
    for n in range(6):
        question = add_question(check, kind, {}, [False] * count, n)
        content = question.version.content
        asked = [choice["key"] for choice in content["choices"]]
        if kind == QuestionKind.MATCHING:
            asked = [next(c["key"] for c in content["choices"] if c["match"] == half["key"]) for half in content["matches"]]
        assert asked != [str(choice.pk) for choice in question.choices.all()]
        assert versions.content_of(question) == content


@pytest.mark.parametrize("count", [0, 2, 9])
def test_too_few_or_too_many_cannot_be_asked(kind, count):
    with pytest.raises(DomainError) as refusal:
        add_question(CheckFactory(questions=0), kind, {}, [False] * count, 1)
    assert refusal.value.code == "fault"


@pytest.mark.parametrize("language", ["en", "fr", "es"])
def test_two_that_say_the_same_cannot_be_asked(kind, language):
    question = add_question(CheckFactory(questions=0), kind, {}, [False] * 3, 1)
    field = "match" if kind == QuestionKind.MATCHING else "label"
    question.choices.update(**{f"{field}_{language}": "Thé"})
    question.choices.filter(position=2).update(**{f"{field}_{language}": "THE "})
    with pytest.raises(DomainError) as refusal:
        versions.freeze(type(question).objects.get(pk=question.pk))
    assert str(refusal.value) == "Two of them say the same."


def made(kind: str, count: int) -> dict:
    """Return frozen content with `count` lines; line n belongs to place n."""
    matching = kind == "matching"
    place = "match" if matching else "place"
    choices = [{"key": str(40 + n), place: f"m{n}" if matching else n} for n in range(1, count + 1)]
    return {"kind": kind, "choices": choices} | (
        {"matches": [{"key": f"m{n}"} for n in range(1, count + 1)]} if matching else {}
    )


@given(st.data(), st.sampled_from(["matching", "ordering"]), st.integers(3, 8))
def test_what_was_placed_is_stored_and_marked(data, kind, count):
    """Whatever the order of the fields and however many are left empty: kept as placed, right only when all are right."""
    content = made(kind, count)
    put = data.draw(st.dictionaries(st.sampled_from([c["key"] for c in content["choices"]]),
                                    st.sampled_from(versions.places_of(content))))  # fmt: skip
    raw = data.draw(st.permutations([f" {key}:{place} " for key, place in put.items()] + ["", " "]))
    value = versions.parse(content, raw, "fr")
    assert value == (put or None)
    assert versions.is_open(content, value) == (len(put) < count)
    belongs = {c["key"]: versions.place_of(content, c) for c in content["choices"]}
    assert versions.is_right(content, value) is (put == belongs)
    odd = len(put) < count or len(set(put.values())) < len(put)
    assert bool(placing_note(content, value)) == (bool(put) and odd)


@given(st.lists(st.text(max_size=8), min_size=1, max_size=6), st.sampled_from(["matching", "ordering"]))
def test_any_text_is_placed_or_refused(raw, kind):
    content = made(kind, 3)
    try:
        value = versions.parse(content, raw, "en")
    except DomainError:
        return
    assert value is None or set(value.values()) <= set(versions.places_of(content))
