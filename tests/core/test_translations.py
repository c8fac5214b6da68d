import pytest
from django.utils.translation import override

from courses.models import Module
from tests.factories import ModuleFactory

pytestmark = pytest.mark.django_db


def test_a_complete_module_lacks_nothing():
    module = ModuleFactory()
    assert [module.missing(code) for code in ("en", "fr", "es")] == [[], [], []]
    assert module.stale() == []


def test_missing_names_the_fields():
    module = ModuleFactory()
    module.title_fr, module.summary_fr = "", " \n"
    assert module.missing("fr") == ["title", "summary"]
    assert module.missing("es") == []


def test_text_is_never_another_languages():
    module = ModuleFactory()
    module.title_fr = None
    with override("fr"):
        assert module.text("title", "fr") == ""
        assert not module.title


def test_reading_language_is_the_readers_or_the_source():
    module = ModuleFactory(source_language="es")
    with override("fr"):
        assert module.reading_language() == "fr"
        module.title_fr = ""
        assert module.reading_language() == "es"
    assert module.reading_language("en-gb") == "en"


def test_changed_source_makes_translations_stale_until_marked():
    module = ModuleFactory()
    module.title_en = "Another title"
    assert module.stale() == ["fr", "es"]
    module.mark_translated("fr")
    assert module.stale() == ["es"]
    module.save()
    assert Module.objects.get(pk=module.pk).stale() == ["es"]


def test_changed_translation_leaves_the_others_alone():
    module = ModuleFactory()
    module.title_fr = "Autre titre"
    assert module.stale() == []


def test_missing_translation_is_not_stale():
    module = ModuleFactory()
    module.title_en, module.title_es = "Another title", ""
    assert module.stale() == ["fr"]
