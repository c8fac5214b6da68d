"""Earlier versions: who changed what, and taking one back."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.errors import DomainError
from core.models import Event
from courses.models import Choice, Module, Question, Unit
from courses.services import history, publish_module
from tests.courses.test_editing import full_module
from tests.factories import CheckFactory, ModuleFactory, QuestionFactory, UnitFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client_of, staff):
    return client_of(staff)


@pytest.fixture
def unit(db):
    return UnitFactory(module=ModuleFactory(slug="money"), slug="cost")


def change(unit: Unit, **fields) -> Unit:
    for name, value in fields.items():
        setattr(unit, name, value)
    unit.save()
    return unit


def test_versions_list_who_and_when_and_lead_to_the_words_that_changed(desk, unit):
    from tests.admin_desk import form_data

    url = f"/admin/courses/unit/{unit.pk}/change/"
    desk.post(url, form_data(desk.get(url)) | {"body_en": "Text en.\n\nMuch more en."})
    page = desk.get(f"/admin/courses/unit/{unit.pk}/history/", follow=True)
    newest = page.context["lines"][0]
    assert newest["who"] == "Demo Staff"
    assert len(page.context["lines"]) == 2
    version = desk.get(newest["url"])
    (difference,) = version.context["differences"]
    assert (difference.label, difference.language) == ("text", "en")
    assert "<del>More</del><ins>Much more</ins> en." in version.text


def test_what_changed_since_a_version(desk, unit):
    first = unit.history.first()
    change(unit, title_fr="Deux")
    change(unit, title_fr="Trois", minutes=9)
    page = desk.get(f"/admin/courses/module/version/unit/{first.history_id}/", {"with": "now"})
    labels = {(one.label, one.language) for one in page.context["differences"]}
    assert labels == {("title", "fr"), ("minutes", "")}


def test_restoring_writes_a_new_version_and_keeps_address_place_and_state(desk, unit, staff):
    old = unit.history.first()
    change(unit, body_en="Broken", title_fr="", slug="price", position=9, minutes=30)
    answer = desk.post(f"/admin/courses/module/version/unit/{old.history_id}/restore/")
    assert answer.status_code == 302
    unit.refresh_from_db()
    assert (unit.body_en, unit.title_fr, unit.minutes) == ("Text en.\n\nMore en.", "Title cost fr", 8)
    assert (unit.slug, unit.position) == ("price", 9)
    assert "More en" in unit.body_html_en
    assert unit.stale() == []
    newest = unit.history.first()
    assert (unit.history.count(), newest.history_change_reason, newest.history_user) == (3, "restored", staff)
    assert Event.objects.about(unit).get().act == "restore"


def test_restoring_brings_the_marks_of_its_translations_back(unit, staff):
    change(unit, body_en="Newer")
    stale = unit.history.first()
    unit.mark_translated("fr", "es")
    change(unit, body_fr="Plus neuf")
    history.restore(record=stale, actor=staff)
    unit.refresh_from_db()
    assert unit.stale() == ["fr", "es"]


def test_restoring_a_published_question_freezes_it_for_new_attempts(staff):
    module = ModuleFactory(state="draft")
    check = CheckFactory(module=module)
    publish_module(module=module, actor=staff)
    question = Question.objects.filter(items__unit=check, kind="single").get()
    old, key = question.history.first(), question.key
    question.prompt_en, question.key = "Other?", "another-key"
    question.save()
    history.restore(record=old, actor=staff)
    question.refresh_from_db()
    assert question.key == "another-key" != key
    assert question.version.content["prompt"]["en"] == f"Prompt {key} en"


def test_a_choice_a_figure_a_reflection_and_a_module_are_restored_too(staff):
    module = full_module()
    choice = Choice.objects.filter(question__items__unit__module=module).first()
    rows = {
        module: "title_fr",
        module.figures.get(): "description_es",
        module.units.first().reflections.get(): "prompt_en",
        choice: "label_fr",
    }
    for row, field in rows.items():
        old, words = row.history.first(), getattr(row, field)
        setattr(row, field, "Spoilt")
        row.save()
        history.restore(record=old, actor=staff)
        row.refresh_from_db()
        assert getattr(row, field) == words


def test_state_and_times_are_not_taken_back(staff):
    module = ModuleFactory(state="draft")
    old = module.history.first()
    Module.objects.filter(pk=module.pk).update(state="published")
    history.restore(record=old, actor=staff)
    assert Module.objects.get().state == "published"


def test_a_version_whose_theme_is_gone_keeps_the_present_one(staff):
    module = ModuleFactory()
    old = module.history.first()
    gone = module.theme
    module.theme = ModuleFactory().theme
    module.save()
    gone.delete()
    history.restore(record=old, actor=staff)
    module.refresh_from_db()
    assert module.theme_id != gone.pk


def test_what_cannot_be_restored_says_why(desk, unit, staff):
    old = unit.history.first()
    unit_pk = unit.pk
    unit.delete()
    with pytest.raises(DomainError) as refusal:
        history.restore(record=old, actor=staff)
    assert refusal.value.code == "gone"
    page = desk.post(f"/admin/courses/module/version/unit/{old.history_id}/restore/", follow=True)
    assert "It was deleted" in page.text
    assert desk.get(f"/admin/courses/module/versions/unit/{unit_pk}/").status_code == 200
    medium = full_module("other").units.first().media.get()
    with pytest.raises(DomainError) as refusal:
        history.restore(record=medium.history.first(), actor=staff)
    assert refusal.value.code == "kept"


def test_restoring_needs_a_post_and_the_permission(client_of, desk, outsider, unit):
    change(unit, title_en="New")
    url = f"/admin/courses/module/version/unit/{unit.history.last().history_id}/restore/"
    assert desk.get(url).status_code == 405
    outsider.is_staff = True
    outsider.save()
    assert client_of(outsider).post(url).status_code == 403
    assert client_of(outsider).get(f"/admin/courses/module/versions/unit/{unit.pk}/").status_code == 403
    assert desk.get("/admin/courses/module/versions/letter/1/").status_code == 404
    assert desk.get("/admin/courses/module/versions/unit/99999/").status_code == 404
    assert desk.get("/admin/courses/module/version/unit/99999/").status_code == 404


def test_the_timeline_has_all_parts_newest_first_in_pages(desk, staff):
    module = full_module()
    page = desk.get(f"/admin/courses/module/{module.pk}/timeline/")
    names, lines = set(), 0
    while True:
        moments = [line["record"].history_date for line in page.context["lines"]]
        assert moments == sorted(moments, reverse=True)
        names |= {str(line["kind"]) for line in page.context["lines"]}
        lines += len(moments)
        if not page.context["older"]:
            break
        page = desk.get(f"/admin/courses/module/{module.pk}/timeline/", {"before": page.context["older"]})
    assert names == {"module", "unit", "figure", "reflection", "film, sound or file", "question", "choice"}
    assert lines == sum(model.history.count() for model in history.KEPT.values())
    assert desk.get(f"/admin/courses/module/{module.pk}/timeline/", {"before": "yesterday"}).status_code == 404


def test_a_list_of_versions_costs_the_same_for_one_and_three(desk, unit):
    def cost():
        with CaptureQueriesContext(connection) as queries:
            assert desk.get(f"/admin/courses/module/versions/unit/{unit.pk}/").status_code == 200
        return len(queries)

    cost()
    before = cost()
    change(unit, title_en="Two")
    change(unit, title_en="Three")
    assert cost() == before


def test_restoring_a_module_does_not_make_its_starter_files_load_over_it(staff):
    """What it was loaded from is no text of a version: else the next start would undo what was just restored."""
    module = ModuleFactory(slug="money")
    Module.objects.filter(pk=module.pk).update(loaded_digest="d" * 32)

    history.restore(record=module.history.first(), actor=staff)

    module.refresh_from_db()
    assert module.loaded_digest == "d" * 32


def test_restoring_a_text_does_not_ask_a_question_again_that_was_switched_off(staff):
    question = QuestionFactory(key="levy")
    question.is_active = False
    question.save()

    restored = history.restore(record=question.history.last(), actor=staff)

    assert not restored.is_active
