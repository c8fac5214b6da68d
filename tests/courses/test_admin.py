# ruff: noqa: F811  the fixture `chief` is imported
import pytest
from django.core.cache import cache

from core.models import Event
from core.pagecache import GENERATION
from courses.models import Question, QuestionVersion
from courses.services import publish_module
from tests.admin_desk import (  # noqa: F401
    chief,
    form_data,
    make_check,
    make_module,
    make_question,
    person,
)

pytestmark = pytest.mark.django_db


def url(obj, tail="change/"):
    return f"/admin/courses/{obj._meta.model_name}/{obj.pk}/{tail}"


def test_publishing_refused_names_what_is_missing(client, chief):
    module = make_module(summary_es="")
    page = client.post(url(module, "publish/"), follow=True)
    said = str(next(iter(page.context["messages"])))
    assert "ES" in said
    assert "summary" in said
    module.refresh_from_db()
    assert module.state == "draft"


def test_publish_and_back_to_draft_by_button_and_by_list(client, chief, django_capture_on_commit_callbacks):
    module = make_module()
    make_question(make_check(module))
    assert client.get(url(module, "publish/")).status_code == 405
    client.post(url(module, "publish/"))
    module.refresh_from_db()
    assert module.state == "published"
    client.post("/admin/courses/module/", {"action": "back_to_draft", "_selected_action": [module.pk]})
    module.refresh_from_db()
    assert module.state == "draft"
    assert list(Event.objects.about(module).values_list("act", flat=True)) == ["unpublish", "publish"]


def test_an_empty_module_and_a_silent_check_are_not_published(client, chief):
    module = make_module()
    assert "at least one unit" in client.post(url(module, "publish/"), follow=True).content.decode()
    make_check(module)
    assert "asks no question" in client.post(url(module, "publish/"), follow=True).content.decode()
    module.refresh_from_db()
    assert module.state == "draft"


def test_publishing_needs_the_permission(client, db):
    client.force_login(person("helper@example.org", is_staff=True))
    assert client.post(url(make_module(), "publish/")).status_code == 403


def test_module_page_says_what_is_missing_where_with_links_and_previews(client, chief):
    module = make_module()
    unit = make_check(module, body_fr="")
    question = make_question(unit)
    question.choices.filter(position=2).update(feedback_es="")
    page = client.get(url(module)).text
    assert url(unit) in page
    assert url(question) in page
    assert "feedback" in page
    for code in ("en", "fr", "es"):
        assert f'href="/{code}/courses/money/"' in page
    assert f"/admin/courses/unit/add/?module={module.pk}" in page
    assert "1 missing" in client.get("/admin/courses/module/").text


def test_unit_page_lists_questions_and_previews(client, chief):
    unit = make_check(make_module())
    question = make_question(unit)
    page = client.get(url(unit)).text
    assert url(question) in page
    assert 'href="/fr/courses/money/check/"' in page
    assert f"/admin/courses/question/add/?unit={unit.pk}" in page


def test_question_without_a_right_answer_is_refused(client, chief):
    question = make_question(make_check(make_module()))
    data = form_data(client.get(url(question)))
    data.pop("choices-0-is_right")
    page = client.post(url(question), data)
    assert "Give at least two choices, one of them right." in page.text
    assert question.choices.filter(is_right=True).count() == 1
    page = client.post(url(question), data | {"choices-0-is_right": "on", "choices-1-is_right": "on"})
    assert "Exactly one choice must be right." in page.text


@pytest.mark.parametrize(("kind", "field"), [("true_false", "right_is_true"), ("numeric", "answer"), ("short", "accepted_en")])
def test_other_kinds_without_a_right_answer_are_refused_beside_the_field(client, chief, kind, field):
    question = make_question(make_check(make_module()))
    page = client.post(url(question), form_data(client.get(url(question))) | {"kind": kind})
    assert field in page.context["adminform"].form.errors
    assert Question.objects.get().kind == "single"


def test_saving_a_published_question_freezes_it_and_renews_pages(client, chief, django_capture_on_commit_callbacks):
    module = make_module()
    question = make_question(make_check(module))
    publish_module(module=module, actor=chief)
    before = cache.get(GENERATION)
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(url(question), form_data(client.get(url(question))) | {"prompt_en": "Why so?"})
    assert answer.status_code == 302
    question.refresh_from_db()
    assert QuestionVersion.objects.count() == 2
    assert question.version.content["prompt"]["en"] == "Why so?"
    assert cache.get(GENERATION) != before
    assert question.stale() == ["fr", "es"]


def test_saving_a_draft_question_freezes_nothing(client, chief):
    question = make_question(make_check(make_module()))
    client.post(url(question), form_data(client.get(url(question))) | {"prompt_en": "Why so?"})
    assert not QuestionVersion.objects.exists()


def test_published_part_that_loses_a_language_is_saved_with_a_warning(client, chief):
    module = make_module()
    unit = make_check(module)
    make_question(unit)
    publish_module(module=module, actor=chief)
    page = client.post(url(unit), form_data(client.get(url(unit))) | {"body_fr": ""}, follow=True)
    assert any("readers miss texts in: FR" in str(m) for m in page.context["messages"])


def test_choice_edited_in_french_is_up_to_date(client, chief):
    question = make_question(make_check(make_module()))
    first = question.choices.get(position=1)
    data = form_data(client.get(url(question)))
    client.post(url(question), data | {"choices-0-label_en": "New", "choices-0-label_fr": "Nouveau"})
    first.refresh_from_db()
    assert first.stale() == ["es"]


def test_check_that_people_attempted_stays_a_check(client, chief):
    module = make_module()
    unit = make_check(module)
    unit.attempts.create(user=chief, number=1)
    page = client.post(url(unit), form_data(client.get(url(unit))) | {"kind": "reading", "pass_mark": ""})
    assert "kind" in page.context["adminform"].form.errors


def test_check_needs_a_pass_mark(client, chief):
    unit = make_check(make_module())
    page = client.post(url(unit), form_data(client.get(url(unit))) | {"pass_mark": ""})
    assert "A knowledge check has a pass mark" in page.text


def test_attempted_unit_is_protected(client, chief):
    unit = make_check(make_module())
    unit.attempts.create(user=chief, number=1)
    page = client.post(url(unit, "delete/"), {"post": "yes"})
    assert page.status_code == 200
    assert page.context["protected"]
