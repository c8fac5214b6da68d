import pytest

from core.text import fold
from programme.models import GlossaryTerm
from programme.notes import note_renderer

pytestmark = pytest.mark.django_db


def term(slug, **changes):
    facts = {f"{field}_{code}": f"{field} {slug} {code}" for field in ("term", "definition") for code in ("en", "fr", "es")}
    obj = GlossaryTerm(slug=slug, **(facts | changes))
    obj.full_clean()
    obj.save()
    return obj


@pytest.mark.parametrize("language", ["en", "fr", "es"])
def test_glossary_is_sorted_as_its_readers_fold(visitor, refresher, language):
    response = visitor.get(f"/{language}/glossary/")
    names = [t.text("term", language) for t in response.context["terms"]]
    assert len(names) == GlossaryTerm.objects.count() > 40
    assert names == sorted(names, key=fold)
    assert 'id="g-decent-work"' in response.content.decode()


def test_glossary_fallback_is_marked(visitor):
    term("gap", term_fr="")
    page = visitor.get("/fr/glossary/").content.decode()
    assert '<div id="g-gap" lang="en">' in page
    assert "definition gap en" in page
    assert "definition gap fr" not in page


def test_glossary_without_terms(visitor):
    assert "No terms yet." in visitor.get("/en/glossary/").content.decode()


def test_notes_in_the_readers_language(django_assert_num_queries):
    term("gap")
    with django_assert_num_queries(1):
        notes = note_renderer(["gap", "unknown"], "fr")
    with django_assert_num_queries(0):
        html = notes(["gap", "unknown"])
        assert notes(["unknown"]) == ""
    assert 'id="g-gap"><p><b>term gap fr</b>' in html
    assert '<span lang="en">term gap en</span>' in html
    assert "definition gap fr" in html


def test_note_in_another_language_is_marked():
    term("gap", definition_fr="")
    html = note_renderer(["gap"], "fr")(["gap"])
    assert 'id="g-gap" lang="en"' in html
    assert "definition gap en" in html


def test_notes_escape(django_assert_num_queries):
    term("gap", definition_en="<script>x</script>")
    assert "<script" not in note_renderer(["gap"], "en")(["gap"])
    with django_assert_num_queries(0):
        assert note_renderer([], "en")([]) == ""


def test_note_stands_after_the_block_of_its_term(visitor, refresher):
    page = visitor.get("/fr/courses/technical-refresher/why-financing/").content.decode()
    assert page.index('href="#g-decent-work"') < page.index('id="g-decent-work"') < page.index('id="b2"')
