"""Publishing: complete in every language, or with a fallback that every page marks."""

import pytest
from django.utils.translation import gettext, override

from core.errors import DomainError
from core.models import Event
from courses import services
from courses.models import CheckItem, Choice, Module
from tests.factories import CheckFactory, ModuleFactory, QuestionFactory, UnitFactory, asked

pytestmark = pytest.mark.django_db


@pytest.fixture
def module(db):
    module = ModuleFactory(state="draft")
    UnitFactory(module=module)
    CheckFactory(module=module)
    return module


def publish(module, staff=None):
    services.publish_module(module=Module.objects.get(pk=module.pk), actor=staff)
    module.refresh_from_db()


def test_publish_shows_and_logs(module, staff):
    publish(module, staff)
    assert (module.state, module.published_at is not None) == ("published", True)
    (event,) = Event.objects.about(module)
    assert (event.act, event.actor) == ("publish", staff)
    first = module.published_at
    publish(module, staff)
    assert (module.published_at, Event.objects.count()) == (first, 1)


@pytest.mark.parametrize("language", ["en", "fr", "es"])
@pytest.mark.parametrize("part", ["module", "unit", "question", "choice"])
def test_publish_refuses_what_is_incomplete(module, language, part):
    unit, check = module.units.order_by("position")
    obj, field = {
        "module": (module, "summary"),
        "unit": (unit, "body"),
        "question": (asked(check).first(), "explanation"),
        "choice": (Choice.objects.first(), "feedback"),
    }[part]
    type(obj).objects.filter(pk=obj.pk).update(**{f"{field}_{language}": ""})
    with pytest.raises(DomainError) as refusal:
        publish(module)
    assert refusal.value.code == "incomplete"
    assert f"{language.upper()}: " in str(refusal.value)
    module.refresh_from_db()
    assert (module.state, Event.objects.count()) == ("draft", 0)


def test_publish_refuses_a_question_with_a_fault_and_leaves_nothing_half_done(module):
    CheckItem.objects.create(unit=module.units.get(kind="check"), question=QuestionFactory(), position=9)
    with pytest.raises(DomainError) as refusal:
        publish(module)
    assert refusal.value.code == "fault"
    module.refresh_from_db()
    assert (module.state, Event.objects.count()) == ("draft", 0)


def test_publish_again_freezes_the_new_text(module):
    publish(module)
    question = asked(module.units.get(kind="check")).first()
    old = question.version
    question.prompt_en = "New"
    question.save()
    publish(module)
    question.refresh_from_db()
    assert (question.version.number, question.version.content["prompt"]["en"]) == (old.number + 1, "New")


def test_unpublish_hides_and_logs(module, staff, visitor):
    publish(module, staff)
    services.unpublish_module(module=module, actor=staff, reason="an error in it")
    assert visitor.get(module.get_absolute_url()).status_code == 404
    assert Event.objects.about(module).first().reason == "an error in it"


def test_publishing_reaches_visitors_at_once(module, visitor, django_capture_on_commit_callbacks):
    assert module.title_en not in visitor.get("/en/courses/").content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        publish(module)
    assert module.title_en in visitor.get("/en/courses/").content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        services.unpublish_module(module=module, actor=None)
    assert module.title_en not in visitor.get("/en/courses/").content.decode()


# Fallback -----------------------------------------------------------------------------------------

NOTE = "This text is not yet available in your language. You are reading the original."


@pytest.fixture
def partly(module):
    """A module whose reading has no French text and which may show the source there."""
    unit = module.units.get(kind="reading")
    type(unit).objects.filter(pk=unit.pk).update(body_fr="", body_html_fr="", title_fr="")
    module.fallback_languages = ["fr"]
    module.save()
    publish(module)
    return module


def page(client, obj, language="fr"):
    with override(language):
        response = client.get(obj.get_absolute_url())
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize("signed_in", [True, False])
def test_fallback_carries_its_language_and_a_note(partly, visitor, client_of, participant_fr, signed_in):
    unit = partly.units.get(kind="reading")
    shown = page(client_of(participant_fr) if signed_in else visitor, unit)
    with override("fr"):
        assert gettext(NOTE) in shown
    assert '<html lang="fr">' in shown
    assert '<div class="reading" lang="en"' in shown
    assert f"<h1>{unit.title_en}</h1>" in shown
    assert "Text en." in shown


def test_complete_language_carries_neither(partly, visitor):
    unit = partly.units.get(kind="reading")
    shown = page(visitor, unit, "es")
    assert 'lang="en"' not in shown.split("<main")[1]
    assert "Text es." in shown


def test_fallback_is_marked_in_lists_too(partly, visitor):
    unit = partly.units.get(kind="reading")
    assert f'lang="en">{unit.title_en}</a>' in page(visitor, partly)


def test_fallback_of_the_module_itself_shows_all_of_its_source(module, visitor):
    Module.objects.filter(pk=module.pk).update(summary_fr="", objectives_fr="", fallback_languages=["fr"])
    publish(module)
    shown = page(visitor, module)
    for words in (module.title_en, "Summary en", "Aim en", "Second en"):
        assert words in shown
    assert module.title_fr not in shown.split("<main")[1]


def test_objectives_are_in_the_language_of_the_title(module, visitor):
    """The title is missing in French, the objectives are not: one text, one language."""
    Module.objects.filter(pk=module.pk).update(title_fr="", fallback_languages=["fr"])
    publish(module)
    shown = page(visitor, module)
    assert "Aim en" in shown
    assert "Aim fr" not in shown


def test_fallback_question_carries_its_language(module, client_of, participant_fr):
    check = module.units.get(kind="check")
    question = asked(check).get(items__position=4)
    type(question).objects.filter(pk=question.pk).update(prompt_fr="")
    Module.objects.filter(pk=module.pk).update(fallback_languages=["fr"])
    publish(module)
    attempt = services.start_attempt(user=participant_fr, unit=check)
    assert f'lang="en">{question.prompt_en}</label>' in page(client_of(participant_fr), attempt)
