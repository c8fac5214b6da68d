"""Translating beside the original: what is stale, what changed since, and nothing lost on the way."""

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.diffs import word_diff
from core.pagecache import GENERATION
from core.translations import LANGUAGES, mark
from courses.models import Module, Question, Unit
from courses.services import publish_module
from tests.factories import CheckFactory, ModuleFactory, UnitFactory

pytestmark = pytest.mark.django_db
FRENCH = "Le coût est de 14 % du PIB.\n\nLa suite."


@pytest.fixture
def desk(client_of, staff):
    return client_of(staff)


@pytest.fixture
def unit(db):
    """A unit written in French, translated in full."""
    module = ModuleFactory(slug="money", source_language="fr")
    bodies = {
        "body_fr": FRENCH,
        "body_en": "The cost is 14% of GDP.\n\nMore.",
        "body_es": "El coste es el 14 % del PIB.\n\nMás.",
    }
    return UnitFactory(module=module, slug="cost", position=1, source_language="fr", **bodies)


def address(unit: Unit, language: str, **query) -> str:
    tail = "&".join(f"{name}={value}" for name, value in query.items())
    return f"/admin/courses/module/{unit.module_id}/translate/{language}/?unit={unit.pk}" + (f"&{tail}" if tail else "")


def change_original(desk, unit: Unit, old="14 %", new="17 %") -> None:
    from tests.admin_desk import form_data

    url = f"/admin/courses/unit/{unit.pk}/change/"
    data = form_data(desk.get(url))
    assert desk.post(url, data | {"body_fr": data["body_fr"].replace(old, new).replace("\n", "\r\n")}).status_code == 302
    unit.refresh_from_db()


def sent(page) -> dict:
    """Return what a browser would send back from the page."""
    data = {}
    for row in page.context["rows"]:
        data |= {f"text:{row.line.key}": row.typed, f"seen:{row.line.key}": row.line.seen}
    return data


def key(part, field: str) -> str:
    return f"{part._meta.model_name}.{part.pk}.{field}"


def test_a_figure_changed_in_the_french_original_makes_english_and_spanish_stale_with_the_words_marked(desk, unit):
    change_original(desk, unit)
    assert unit.stale() == ["en", "es"]
    for language in ("en", "es"):
        page = desk.get(address(unit, language))
        (row,) = page.context["rows"]
        assert (row.line.field, row.line.state, row.line.language) == ("body", "stale", language)
        assert "<del>14</del><ins>17</ins>" in page.text
        assert "older than its source" in page.text
    assert {leaf["label"]: leaf["waiting"] for leaf in page.context["links"]["leaves"]} == {
        "Title money fr": 0,
        "Title cost fr": 1,
    }


def test_the_difference_is_taken_from_the_original_that_was_translated_not_from_the_last_one(desk, unit):
    change_original(desk, unit)
    change_original(desk, unit, "La suite", "La fin")
    change_original(desk, unit, "17 %", "18 %")
    page = desk.get(address(unit, "en"))
    assert "<del>14</del><ins>18</ins>" in page.text
    assert "<del>suite</del><ins>fin</ins>" in page.text


def test_saving_marks_exactly_what_was_saved_or_confirmed(desk, unit):
    unit.title_fr, unit.summary_fr, unit.sources_fr = "Neuf", "Court neuf", "OIT, 2025"
    unit.save()
    page = desk.get(address(unit, "en"))
    assert [row.line.field for row in page.context["rows"]] == ["title", "summary", "sources"]
    data = sent(page) | {f"text:{key(unit, 'title')}": "New", f"right:{key(unit, 'summary')}": "on"}
    assert desk.post(address(unit, "en"), data).status_code == 302
    unit.refresh_from_db()
    assert (unit.title_en, unit.stale_fields("en")) == ("New", ["sources"])
    assert unit.stale_fields("es") == ["sources", "summary", "title"]
    assert unit.history.first().history_user.email == "staff@demo.example"


def test_saving_untouched_texts_confirms_nothing(desk, unit):
    change_original(desk, unit)
    page = desk.get(address(unit, "en"))
    data = {name: value.replace("\n", "\r\n") for name, value in sent(page).items()}  # as browsers send line ends
    versions = unit.history.count()
    desk.post(address(unit, "en"), data)
    unit.refresh_from_db()
    assert unit.stale() == ["en", "es"]
    assert unit.history.count() == versions


def test_somebody_else_saved_meanwhile_is_told_and_both_texts_are_kept(desk, unit):
    change_original(desk, unit)
    page = desk.get(address(unit, "en"))
    Unit.objects.get(pk=unit.pk)
    other = Unit.objects.get(pk=unit.pk)
    other.body_en = "Somebody else's 17%."
    other.mark_translated("en", fields=["body"])
    other.save()
    mine = sent(page) | {f"text:{key(unit, 'body')}": "My 17%."}
    refused = desk.post(address(unit, "en"), mine)
    assert refused.status_code == 400
    assert "My 17%." in refused.text
    assert "Somebody else&#x27;s 17%." in refused.text
    assert Unit.objects.get(pk=unit.pk).body_en == "Somebody else's 17%."
    again = desk.post(address(unit, "en"), sent(refused))
    assert again.status_code == 302
    assert Unit.objects.get(pk=unit.pk).body_en == "My 17%."


def test_an_original_that_changed_while_one_wrote_is_shown_before_the_text_counts_as_following_it(desk, unit):
    change_original(desk, unit)
    page = desk.get(address(unit, "en"))
    change_original(desk, unit, "17 %", "19 %")
    refused = desk.post(address(unit, "en"), sent(page) | {f"text:{key(unit, 'body')}": "The cost is 17%."})
    assert refused.status_code == 400
    assert "The original changed while you wrote." in refused.text
    assert "<ins>19</ins>" in refused.text
    assert "The cost is 17%." in refused.text
    assert "en" in Unit.objects.get(pk=unit.pk).stale()


def test_one_text_that_is_too_long_saves_none_and_loses_none(desk, unit):
    unit.title_fr, unit.summary_fr = "Neuf", "Court neuf"
    unit.save()
    data = sent(desk.get(address(unit, "es")))
    data |= {f"text:{key(unit, 'title')}": "T" * 161, f"text:{key(unit, 'summary')}": "Corto"}
    page = desk.post(address(unit, "es"), data)
    assert page.status_code == 400
    assert "T" * 161 in page.text
    assert "Corto" in page.text
    assert Unit.objects.get(pk=unit.pk).summary_es == "Short es"


def test_an_empty_text_that_is_needed_cannot_be_confirmed_and_one_that_may_be_empty_can(desk, unit):
    unit.body_es, unit.summary_es = "", ""
    unit.source_hashes = {}
    unit.save()
    page = desk.get(address(unit, "es"))
    states = {row.line.field: (row.line.state, row.may_confirm) for row in page.context["rows"]}
    assert states["body"] == ("missing", False)
    assert states["summary"] == ("missing", True)
    data = sent(page) | {f"right:{key(unit, 'body')}": "on"}
    assert "There is no text yet that could be right." in desk.post(address(unit, "es"), data).text
    assert desk.post(address(unit, "es"), sent(page) | {f"right:{key(unit, 'summary')}": "on"}).status_code == 302
    assert "summary" not in [row.line.field for row in desk.get(address(unit, "es")).context["rows"]]


def test_a_drawing_in_a_translation_is_checked_as_in_the_original(desk, unit):
    from tests.courses.test_editing import SVG, full_module

    module = full_module("drawn")
    figure = module.figures.get()
    url = f"/admin/courses/module/{module.pk}/translate/fr/?show=all"
    data = sent(desk.get(url)) | {f"text:{key(figure, 'svg')}": SVG.format("x").replace("<text>", '<text onclick="x()">')}
    page = desk.post(url, data)
    assert page.status_code == 400
    assert "A drawing must not use onclick like this." in page.text


def test_a_question_translated_in_a_published_module_is_frozen_anew_and_pages_are_renewed(
    desk, staff, django_capture_on_commit_callbacks
):
    module = ModuleFactory(state="draft")
    UnitFactory(module=module, position=1)
    check = CheckFactory(module=module, position=2)
    publish_module(module=module, actor=staff)
    question = Question.objects.filter(items__unit=check).first()
    url = address(check, "fr", show="all")
    data = sent(desk.get(url)) | {f"text:{key(question, 'prompt')}": "Pourquoi donc ?"}
    before = cache.get(GENERATION)
    with django_capture_on_commit_callbacks(execute=True):
        desk.post(url, data)
    question.refresh_from_db()
    assert question.version.content["prompt"]["fr"] == "Pourquoi donc ?"
    assert cache.get(GENERATION) != before


def test_all_parts_stand_on_the_page_of_their_unit_and_figures_on_the_modules(desk):
    from tests.courses.test_editing import full_module

    module = full_module()
    pages = {}
    for unit in (None, *module.units.all()):
        page = desk.get(f"/admin/courses/module/{module.pk}/translate/fr/", {"show": "all", "unit": unit.pk if unit else ""})
        pages[unit.slug if unit else ""] = {row.line.part._meta.model_name for row in page.context["rows"]}
    assert pages == {"": {"module", "figure"}, "first": {"unit", "reflection"}, "check": {"unit", "question", "choice"}}


def test_odd_addresses_and_marks_are_refused(desk, unit):
    assert desk.get(f"/admin/courses/module/{unit.module_id}/translate/xx/").status_code == 404
    assert desk.get(f"/admin/courses/module/{unit.module_id}/translate/en/?unit=999999").status_code == 404
    assert desk.get(f"/admin/courses/module/{unit.module_id}/translate/en/?unit=x").status_code == 400
    assert desk.get(address(unit, "en", page=9)).status_code == 404
    assert desk.post(address(unit, "en"), {f"seen:{key(unit, 'body')}": "x"}).status_code == 400


def test_translating_needs_the_permission_to_change(client_of, outsider, unit):
    outsider.is_staff = True
    outsider.save()
    assert client_of(outsider).get(address(unit, "en")).status_code == 403


def test_a_page_costs_the_same_with_one_stale_text_and_three(desk, unit):
    def cost():
        with CaptureQueriesContext(connection) as queries:
            assert desk.get(address(unit, "en")).status_code == 200
        return len(queries)

    change_original(desk, unit)
    cost()
    before = cost()
    unit.title_fr, unit.sources_fr = "Neuf", "OIT, 2025"
    unit.save()
    for n in range(2):
        UnitFactory(module=unit.module, position=5 + n)
    assert cost() == before


def test_differences_are_escaped_and_leave_out_what_stands():
    assert word_diff("a <b> 1", "a <b> 2") == "a &lt;b&gt; <del>1</del><ins>2</ins>"
    assert word_diff("one\ntwo\nthree", "one\nTWO\nthree", whole=False) == "…\n<del>two</del><ins>TWO</ins>\n…\n"
    assert word_diff("", "new") == "<ins>new</ins>"
    assert word_diff("same", "same") == "same"
    assert "<del>" in word_diff("w " * 9000, "v " * 9000)


def test_a_hundred_changed_lines_take_no_time():
    old, new = "\n".join(f"line {n} stands" for n in range(2000)), "\n".join(f"line {n} changed" for n in range(2000))
    assert word_diff(old, new).count("<del>") >= 1


def test_marks_are_of_the_stored_text():
    module = ModuleFactory()
    assert module.source_hashes["fr"]["title"] == mark(module.title_en)
    assert Module.objects.get().stale() == []
    assert LANGUAGES == ["en", "fr", "es"]
