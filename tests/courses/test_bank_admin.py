# ruff: noqa: F811  the fixture `chief` is imported
"""The question bank at the desk: every kind of question, tags, checks and what they ask."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from courses import services
from courses.models import CheckItem, Question, QuestionTag
from tests.admin_desk import chief, form_data, make_check, make_module, make_question, texts  # noqa: F401

pytestmark = pytest.mark.django_db
ADD = "/admin/courses/question/add/"


def url(obj, tail="change/"):
    return f"/admin/courses/{obj._meta.model_name}/{obj.pk}/{tail}"


@pytest.fixture
def check(chief):
    return make_check(make_module())


@pytest.fixture
def question(check):
    return make_question(check)


def rows(count: int, **fields) -> dict:
    """Return the fields of so many rows of choices, their texts told apart by number."""
    found = {"choices-TOTAL_FORMS": count, "choices-INITIAL_FORMS": 0}
    for n in range(count):
        words = texts(label=f"Item {n}", feedback="Said") | texts(**{name: f"{value} {n}" for name, value in fields.items()})
        found |= {f"choices-{n}-{name}": value for name, value in words.items()} | {f"choices-{n}-position": n + 1}
    return found


def about(kind: str, **more) -> dict:
    return {"key": "levy", "kind": kind, "source_language": "en", "is_active": "on", "tolerance": "0",
            **texts(prompt="Which levy?", explanation="So.")} | more  # fmt: skip


def errors(page) -> str:
    formset = page.context["inline_admin_formsets"][0].formset
    return f"{formset.non_form_errors()} {formset.errors}"


# A question of each kind --------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("kind", "shown", "hidden"),
    [
        ("single", "is_right", "match_en"),
        ("matching", "match_en", "is_right"),
        ("ordering", "label_en", "match_en"),
        ("numeric", "tolerance", "choices-0"),
        ("true_false", "right_is_true", "tolerance"),
        ("short", "accepted_fr", "tolerance"),
    ],
)
def test_the_form_shows_what_the_kind_needs(client, chief, kind, shown, hidden):
    page = client.get(f"{ADD}?kind={kind}").text
    assert shown in page
    assert hidden not in page
    assert "?kind=matching" in page or kind == "matching"


@pytest.mark.parametrize(("kind", "fields"), [("matching", {"match": "Half"}), ("ordering", {})])
def test_matching_and_ordering_are_made_and_frozen(client, check, kind, fields):
    services.publish_module(module=ready(check), actor=None)
    answer = client.post(f"{ADD}?kind={kind}&unit={check.pk}", about(kind) | rows(4, **fields))
    assert answer.status_code == 302, errors(answer)
    made = Question.objects.get(key="levy")
    assert made.choices.count() == 4
    assert made.version.content["kind"] == kind


def ready(check):
    make_question(check, "first")
    return check.module


@pytest.mark.parametrize(("kind", "fields"), [("matching", {"match": "Half"}), ("ordering", {})])
def test_matching_and_ordering_that_cannot_be_asked_are_refused(client, chief, kind, fields):
    page = client.post(f"{ADD}?kind={kind}", about(kind) | rows(2, **fields))
    assert "Give three to 8 of them." in errors(page)
    same = rows(3, **fields) | texts() | {f"choices-1-{name}_en": "Twin" for name in ("label", "match")}
    page = client.post(
        f"{ADD}?kind={kind}", about(kind) | same | {f"choices-2-{name}_en": "twin" for name in ("label", "match")}
    )
    assert "Two of them say the same." in errors(page)
    assert "Twin" in page.text
    assert not Question.objects.exists()


def test_two_items_at_one_place_are_refused(client, chief):
    page = client.post(f"{ADD}?kind=ordering", about("ordering") | rows(3) | {"choices-2-position": 2})
    assert "Two items have the same place." in errors(page)


def test_pair_without_its_other_half_is_refused_beside_the_field(client, chief):
    page = client.post(f"{ADD}?kind=matching", about("matching") | rows(3, match="Half") | {"choices-1-match_en": ""})
    assert "match_en" in page.context["inline_admin_formsets"][0].formset.errors[1]


def test_kind_chosen_on_a_page_without_rows_opens_rows(client, chief):
    page = client.post(f"{ADD}?kind=numeric", about("matching"))
    assert "Give three to 8 of them." in errors(page)
    assert "choices-3-match_en" in page.text
    assert "Which levy? en" in page.text


def test_kind_changed_to_a_number_keeps_no_choices(client, question):
    data = form_data(client.get(url(question))) | {"kind": "numeric", "answer": "7", "tolerance": "0"}
    assert client.post(url(question), data).status_code == 302
    assert not question.choices.exists()
    assert question.choices.model.history.filter(history_type="-").count() == 2


@pytest.mark.parametrize("kind", ["", "nonsense", "single"])
def test_odd_kinds_are_answered_kindly(client, chief, kind):
    assert client.get(f"{ADD}?kind={kind}").status_code == 200
    page = client.post(f"{ADD}?kind={kind}", about("nonsense") | rows(2))
    assert "kind" in page.context["adminform"].form.errors


# Tags ---------------------------------------------------------------------------------------------
def test_tags_are_chosen_or_made_by_name(client, question):
    QuestionTag.objects.create(slug="mechanisms")
    page = client.get(url(question))
    assert "mechanisms" in page.text
    client.post(url(question), form_data(page) | {"tag_slugs": "mechanisms, Levies mechanisms"})
    assert sorted(tag.slug for tag in question.tags.all()) == ["levies", "mechanisms"]
    page = client.get(url(question))
    assert page.context["adminform"].form.initial["tag_slugs"] == "levies mechanisms"
    client.post(url(question), form_data(page) | {"tag_slugs": ""})
    assert not question.tags.exists()


@pytest.mark.parametrize("typed", ["no/slash", "é", "x" * 61])
def test_bad_tags_are_refused_beside_the_field(client, question, typed):
    page = client.post(url(question), form_data(client.get(url(question))) | {"tag_slugs": typed})
    assert "tag_slugs" in page.context["adminform"].form.errors
    assert not QuestionTag.objects.exists()


def test_a_tag_that_a_published_check_draws_freezes_the_question_and_warns_when_too_few_are_left(client, check):
    drawn = make_question(make_check(make_module("draft")), "drawn")
    tag = QuestionTag.objects.create(slug="levies")
    drawn.tags.add(tag)
    CheckItem.objects.create(unit=check, tag=tag, count=1, position=1)
    services.publish_module(module=check.module, actor=None)
    more = make_question(make_check(make_module("other")), "more")
    client.post(url(more), form_data(client.get(url(more))) | {"tag_slugs": "levies"})
    more.refresh_from_db()
    assert more.version
    client.post(url(more), form_data(client.get(url(more))) | {"tag_slugs": ""})
    page = client.post(url(drawn), form_data(client.get(url(drawn))) | {"tag_slugs": ""}, follow=True)
    assert any("asks no question" in str(message) for message in page.context["messages"])


# Checks -------------------------------------------------------------------------------------------
def test_question_added_from_a_check_is_asked_last_and_leads_back(client, check, question):
    page = client.get(f"{ADD}?unit={check.pk}")
    assert "Check en" in page.text
    answer = client.post(f"{ADD}?unit={check.pk}&kind=true_false", about("true_false", right_is_true="true"))
    assert answer["Location"] == url(check)
    assert [(item.position, item.question.key) for item in check.items.all()] == [(1, "q"), (2, "levy")]
    again = about("true_false", right_is_true="true", key="other", _addanother="1")
    assert client.post(f"{ADD}?unit={check.pk}&kind=true_false", again)["Location"].endswith(
        f"?unit={check.pk}&kind=true_false"
    )


@pytest.mark.parametrize("unit", ["x", "0", "9" * 30, "²", ""])
def test_question_added_from_nowhere_is_only_in_the_bank(client, chief, unit):
    assert client.get(f"{ADD}?unit={unit}").status_code == 200
    assert client.post(f"{ADD}?unit={unit}&kind=true_false", about("true_false", right_is_true="true")).status_code == 302
    assert not CheckItem.objects.exists()


def test_what_a_check_asks_is_edited_on_its_page(client, check, question):
    tag = QuestionTag.objects.create(slug="levies")
    data = form_data(client.get(url(check))) | {
        "items-TOTAL_FORMS": 2, "items-0-position": 5, "items-1-position": 2, "items-1-tag": tag.pk, "items-1-count": 3,
    }  # fmt: skip
    answer = client.post(url(check), data)
    assert answer.status_code == 302
    assert [str(item) for item in check.items.order_by("position")] == ["levies × 3", "Why? en"]


def test_an_item_is_a_question_or_a_draw_and_a_question_stands_once(client, check, question):
    tag = QuestionTag.objects.create(slug="levies")
    data = form_data(client.get(url(check))) | {"items-TOTAL_FORMS": 2, "items-1-position": 2, "items-1-count": 1}
    page = client.post(url(check), data | {"items-1-tag": tag.pk, "items-1-question": question.pk})
    assert "Choose either a question or a tag to draw from." in page.text
    page = client.post(url(check), data | {"items-1-question": question.pk})
    assert page.status_code == 200
    assert check.items.count() == 1


def test_items_stand_on_checks_only(client, check, question):
    reading = make_check(check.module, "reading")
    type(reading).objects.filter(pk=reading.pk).update(kind="reading", pass_mark=None)
    assert "items-TOTAL_FORMS" in client.get(url(check)).text
    assert "items-TOTAL_FORMS" not in client.get(url(reading)).text


def test_question_added_to_a_published_check_is_asked_from_then_on(client, check, question):
    services.publish_module(module=check.module, actor=None)
    fresh = make_question(make_check(make_module("draft")), "fresh")
    data = form_data(client.get(url(check))) | {"items-TOTAL_FORMS": 2, "items-1-position": 2, "items-1-question": fresh.pk}
    client.post(url(check), data)
    fresh.refresh_from_db()
    assert fresh.version


def test_question_that_cannot_be_asked_is_named_when_a_published_check_takes_it(client, check, question):
    services.publish_module(module=check.module, actor=None)
    broken = make_question(make_check(make_module("draft")), "broken")
    broken.choices.update(is_right=False)
    data = form_data(client.get(url(check))) | {"items-TOTAL_FORMS": 2, "items-1-position": 2, "items-1-question": broken.pk}
    page = client.post(url(check), data, follow=True)
    assert any("Give at least two choices" in str(message) for message in page.context["messages"])


def test_inactive_question_is_shown_as_such(client, check, question):
    Question.objects.update(is_active=False)
    assert "not asked" in client.get(url(check)).text


# The list -----------------------------------------------------------------------------------------
def found(client, query) -> list[str]:
    return [row.key for row in client.get(f"/admin/courses/question/?{query}").context["cl"].result_list]


def test_list_is_filtered_by_module_tag_kind_and_unused(client, check, question):
    tag = QuestionTag.objects.create(slug="levies")
    drawn, unused = (Question.objects.create(key=key, kind="true_false", **texts(prompt=key)) for key in ("drawn", "unused"))
    drawn.tags.add(tag)
    CheckItem.objects.create(unit=check, tag=tag, count=1, position=2)
    other = make_question(make_check(make_module("other")), "elsewhere")
    assert found(client, f"asked_in={check.module.pk}") == ["drawn", "q"]
    assert found(client, f"asked_in={other.items.get().unit.module.pk}") == ["elsewhere"]
    assert found(client, "asked_in=none") == ["unused"]
    assert found(client, f"tags__id__exact={tag.pk}") == ["drawn"]
    assert found(client, "kind__exact=true_false") == ["drawn", "unused"]
    assert found(client, "q=levies") == ["drawn"]
    assert len(found(client, "asked_in=²")) == 4


def test_list_links_to_the_checks_that_ask(client, check, question):
    page = client.get("/admin/courses/question/").text
    assert f'<a href="{url(check)}">money: Check en</a>' in page


def test_copy_opens_the_copy(client, question):
    data = {"action": "copy", "_selected_action": [question.pk]}
    page = client.post("/admin/courses/question/", data)
    copy = Question.objects.get(key="q-copy")
    assert page["Location"] == url(copy)
    assert copy.choices.count() == 2


@pytest.mark.parametrize("path", ["question", "questiontag", "unit"])
def test_lists_cost_the_same_however_often_a_question_is_asked(client, check, path):
    tag = QuestionTag.objects.create(slug="levies")

    def more(n):
        unit = make_check(make_module(f"m{n}"), f"c{n}")
        make_question(unit, f"q{n}").tags.add(tag, QuestionTag.objects.create(slug=f"t{n}"))
        CheckItem.objects.create(unit=unit, tag=tag, count=1, position=9)

    def cost():
        with CaptureQueriesContext(connection) as queries:
            assert client.get(f"/admin/courses/{path}/").status_code == 200
        return len(queries)

    more(1)
    cost()
    one = cost()
    more(2)
    more(3)
    assert cost() == one
