"""Financing mechanisms: a matrix of whose money by where from, and a small page each."""

import re

import pytest

from core.changes import content_changed
from core.starter import ContentFaults, Folder
from programme.enums import Origin, Sector
from programme.loaders.vocabularies import load_goals, load_mechanisms
from programme.models import GlossaryTerm, Mechanism
from search.models import SearchDoc
from tests.factories import GoalFactory, MechanismFactory, texts
from tests.programme.test_countries import original
from tests.programme.test_pages import cold

pytestmark = pytest.mark.django_db


def term(slug="levy") -> GlossaryTerm:
    return GlossaryTerm.objects.create(slug=slug, **texts("term", "Levy"), **texts("definition", "A tax"))


@pytest.mark.parametrize("language", ["en", "fr", "es"])
def test_page_says_what_it_is_how_it_works_and_what_to_mind(visitor, language):
    mechanism = MechanismFactory(
        code="levy", term=term(), **texts("sources", "[ILO](https://www.ilo.org), 2024"), body_en="A [levy](term:levy)."
    )
    mechanism.goals.add(GoalFactory(code="8"))
    html = visitor.get(f"/{language}/mechanisms/levy/").text
    assert f"<h1>Name levy {language}</h1>" in html
    assert f"In short, what this way of financing is {language}" in html
    assert re.search(rf'<div class="alert alert-warning"><h2>[^<]+</h2><p>Ask who pays {language}</p>', html)
    assert f'<a href="/{language}/vocabularies/#goal-8">8. Decent work {language}</a>' in html
    assert f'<a href="/{language}/glossary/#g-levy">Levy {language}</a>' in html
    assert '<a href="https://www.ilo.org" rel="noopener">ILO</a>' in html
    if language == "en":
        assert html.index('href="#g-levy"') < html.index('id="g-levy"')


def test_page_without_text_sources_goals_and_term_stands(visitor):
    MechanismFactory(code="levy", body_en="", body_fr="", body_es="")
    html = visitor.get("/en/mechanisms/levy/").text
    assert 'class="reading"' not in html
    assert 'class="facts"' not in html


def test_fallback_is_marked(visitor):
    MechanismFactory(code="levy", definition_fr="")
    html = visitor.get("/fr/mechanisms/levy/").text
    assert '<h1 lang="en">Name levy en</h1>' in html
    assert '<div class="reading" lang="en">' in html
    assert html.count(original("fr")) == 1
    assert '<li lang="en"><a class="go" href="/fr/mechanisms/levy/">' in visitor.get("/fr/mechanisms/").text


def test_long_text_that_is_missing_falls_back_alone(visitor):
    MechanismFactory(code="levy", body_fr="")
    html = visitor.get("/fr/mechanisms/levy/").text
    assert "<h1>Name levy fr</h1>" in html
    assert '<div class="reading" lang="en">' in html
    assert html.count(original("fr")) == 1


def test_matrix_has_every_cell_and_each_mechanism_once(visitor):
    MechanismFactory(code="levy")
    MechanismFactory(code="aid", origin="international")
    MechanismFactory(code="gifts", sector="private", origin="both")
    response = visitor.get("/en/mechanisms/")
    matrix = {(s.value, o.value): [m.code for m in rows] for s, cells in response.context["matrix"] for o, rows in cells}
    assert len(matrix) == len(Sector) * len(Origin)
    assert {cell: codes for cell, codes in matrix.items() if codes} == {
        ("public", "domestic"): ["levy"],
        ("public", "international"): ["aid"],
        ("private", "both"): ["gifts"],
    }
    assert response.text.count("None described here.") == len(matrix) - 3
    for code in ("levy", "aid", "gifts"):
        assert response.text.count(f'href="/en/mechanisms/{code}/"') == 1


def test_neighbours_are_of_the_same_cell(visitor):
    MechanismFactory(code="levy")
    MechanismFactory(code="tax")
    MechanismFactory(code="aid", origin="international")
    below = visitor.get("/en/mechanisms/levy/").text.partition('id="others"')[2].partition("</main>")[0]
    assert "Name tax en" in below
    assert "Name aid" not in below
    assert "Name levy" not in below


@pytest.mark.parametrize("path", ["/fr/mechanisms/", "/fr/mechanisms/levy/"])
def test_pages_cost_the_same_at_one_and_three(visitor, client_of, participant, path):
    mechanism = MechanismFactory(code="levy", term=term())
    mechanism.goals.add(GoalFactory())
    one = cold(visitor, path), cold(client_of(participant), path)
    for _n in range(2):
        MechanismFactory(term=mechanism.term)
        mechanism.goals.add(GoalFactory())
    assert (cold(visitor, path), cold(client_of(participant), path)) == one
    assert one[0] <= 8


@pytest.mark.parametrize("code", ["gold", "%00", "..", "é", "x" * 10_000])
def test_odd_codes_are_answered_calmly(visitor, code):
    MechanismFactory(code="levy")
    assert visitor.get(f"/en/mechanisms/{code}/").status_code in (400, 404)


def test_mechanism_is_found_where_it_stands_whole():
    content_changed(MechanismFactory(code="levy", caution_es=""))
    rows = SearchDoc.objects.filter(kind="mechanism")
    assert sorted(rows.values_list("language", "title")) == [("en", "Name levy en"), ("fr", "Name levy fr")]


# Starter content ----------------------------------------------------------------------------------
def test_starter_mechanisms_stand_whole(vocabularies):
    load_goals()
    assert load_mechanisms() >= 15
    assert load_mechanisms() == 0
    found = Mechanism.objects.prefetch_related("goals")
    assert not [
        row.code for row in found if any(row.missing(code) or not row.text("body", code) for code in ("en", "fr", "es"))
    ]
    assert not [row.code for row in found if row.stale() or not row.goals.all()]


ROW = """- code: levy
  sector: public
  origin: domestic
  name: {en: "A", fr: "B", es: "C"}
  definition: {en: "A", fr: "B", es: "C"}
  caution: {en: "A", fr: "B", es: "C"}
  goals: ["8"]
"""


def test_goals_follow_the_file(tmp_path):
    for code in ("8", "17"):
        GoalFactory(code=code)
    for goals, changed in ((["8"], 1), (["8"], 0), (["17", "8"], 1)):
        (tmp_path / "mechanisms.yaml").write_text(ROW.replace('["8"]', str(goals)))
        assert load_mechanisms(Folder(tmp_path)) == changed
    assert [goal.code for goal in Mechanism.objects.get().goals.order_by("code")] == ["17", "8"]


@pytest.mark.parametrize(("wrong", "line"), [(("public", "secret"), 2), (('["8"]', '["8", "99"]'), 7), (("caution:", "x:"), 6)])
def test_fault_is_named_with_its_line(tmp_path, wrong, line):
    GoalFactory(code="8")
    (tmp_path / "mechanisms.yaml").write_text(ROW.replace(*wrong))
    with pytest.raises(ContentFaults) as refusal:
        load_mechanisms(Folder(tmp_path))
    assert f"mechanisms.yaml:{line}: " in str(refusal.value)
    assert not Mechanism.objects.exists()
