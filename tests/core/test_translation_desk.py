# ruff: noqa: F811  the fixture `chief` is imported
"""One desk for every text that lacks a translation or follows an older original."""

import pytest
from django.core.cache import caches

from core.pagecache import forget_pages
from core.translating import gaps
from courses.enums import ModuleState
from programme.models import GlossaryTerm
from tests.admin_desk import chief, make_module, texts  # noqa: F401
from tests.factories import UnitFactory

pytestmark = pytest.mark.django_db


def term(slug: str = "levy", **changed) -> GlossaryTerm:
    made = GlossaryTerm(slug=slug, **(texts(term="Levy", definition="A tax") | changed))
    made.mark_translated("fr", "es")
    made.save()
    return made


def test_complete_text_does_not_wait(client, chief):
    term()
    assert gaps() == []
    assert "Nothing waits here." in client.get("/admin/translations/").text


def test_missing_and_older_translations_lead_to_their_fields(client, chief):
    made = term(definition_es="")
    made.term_en = "Earmarked levy"
    made.save()
    page = client.get("/admin/translations/").text
    assert f"/admin/programme/glossaryterm/{made.pk}/change/#id_definition_es" in page
    assert f"/admin/programme/glossaryterm/{made.pk}/change/#id_term_fr" in page


def test_text_of_a_module_leads_to_the_page_beside_its_original(client, chief):
    module = make_module()
    unit = UnitFactory(module=module, **texts(title="Unit", summary="S", body="B"))
    unit.mark_translated("fr", "es")
    unit.title_en = "Unit, mended"
    unit.save()
    module.mark_translated("fr", "es")
    module.save()
    address = f"/admin/courses/module/{module.pk}/translate/fr/?unit={unit.pk}#unit.{unit.pk}.title"
    assert address in client.get("/admin/translations/?language=fr").text.replace("&amp;", "&")
    assert f'id="unit.{unit.pk}.title"' in client.get(address.partition("#")[0]).text


def test_retired_module_needs_no_translator(chief):
    make_module(title_fr="", state=ModuleState.RETIRED)
    assert "modules" not in {gap.kind for gap in gaps()}


def test_desk_is_narrowed_by_links_that_say_how_many(client, chief):
    term("levy", definition_es="")
    made = term("bond")
    made.term_en = "Green bond"
    made.save()
    page = client.get("/admin/translations/?state=stale&language=fr")
    assert [gap.name for gap in page.context["page"]] == ["Green bond"]
    counts = {
        str(row["label"]): {str(link["label"]): link["count"] for link in row["links"]} for row in page.context["filters"]
    }
    assert counts["Why"] == {"All": 1, "missing": 0, "older than its source": 1}
    assert counts["Language"]["Español"] == 1


def test_desk_tells_how_many_wait_and_learns_of_a_change(client, chief):
    waiting = lambda: {str(line.what): line.count for line in client.get("/admin/").context["waiting"]}  # noqa: E731
    assert waiting()["Texts that lack a translation"] == 0
    term(definition_es="")
    forget_pages()
    assert waiting()["Texts that lack a translation"] == 1


def test_cost_does_not_grow_with_texts(django_assert_num_queries, django_assert_max_num_queries):
    term("one", definition_es="")
    with django_assert_max_num_queries(40) as first:
        gaps()
    caches["process"].clear()
    term("two", definition_es="")
    term("three", definition_es="")
    with django_assert_num_queries(len(first)):
        assert len(gaps()) == 3


def test_nobody_but_staff_sees_the_desk(client, participant):
    client.force_login(participant)
    assert client.get("/admin/translations/").status_code in (302, 403)
