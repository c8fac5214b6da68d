"""The coded vocabularies: each entry has a place to link to, and a form for machines."""

import pytest
from django.urls import reverse

from programme.loaders.vocabularies import load_goals, load_pillars, load_sub_regions
from programme.models import Goal, Pillar, SubRegion
from programme.views.vocabularies import CODED
from tests.factories import GoalFactory, MechanismFactory, PillarFactory, SubRegionFactory, ThemeFactory, texts
from tests.programme.test_pages import cold

pytestmark = pytest.mark.django_db

PATH = "/fr/vocabularies/"


def make_all() -> None:
    for factory in (GoalFactory, PillarFactory, SubRegionFactory, ThemeFactory):
        factory()


@pytest.mark.parametrize("language", ["en", "fr", "es"])
def test_every_entry_has_its_place(visitor, language):
    rows = GoalFactory(code="8"), PillarFactory(code="rights"), SubRegionFactory(code="west")
    html = visitor.get(f"/{language}/vocabularies/").text
    for row, place in zip(rows, ("goal-8", "pillar-rights", "region-west"), strict=True):
        assert row.get_absolute_url().partition("/vocabularies/")[2] == f"#{place}"
        assert f'<li id="{place}">' in html
    assert f"<b>8. Decent work {language}</b>" in html
    assert f"<li>8.5 Pay {language}</li>" in html
    assert f"Our grouping {language}" in html


def test_fallback_is_marked(visitor):
    PillarFactory(code="rights", description_fr="")
    assert '<li id="pillar-rights" lang="en"><b>Rights en</b>' in visitor.get(PATH).text


def test_empty_vocabularies_say_so(visitor):
    assert visitor.get("/en/vocabularies/").text.count("Nothing stands here yet.") == 4


def test_page_costs_the_same_at_one_and_three(visitor):
    make_all()
    one = cold(visitor, PATH)
    make_all()
    make_all()
    assert cold(visitor, PATH) == one <= 8


def test_machines_get_every_code_in_all_languages(visitor):
    MechanismFactory(code="levy")
    answer = visitor.get("/en/vocabularies/mechanisms.json")
    assert answer["Content-Type"] == "application/json"
    assert answer.json() == {
        "vocabulary": "mechanisms",
        "entries": [
            {
                "code": "levy",
                "sector": "public",
                "origin": "domestic",
                "name": {code: f"Name levy {code}" for code in ("en", "fr", "es")},
                "definition": {code: f"In short, what this way of financing is {code}" for code in ("en", "fr", "es")},
                "caution": {code: f"Ask who pays {code}" for code in ("en", "fr", "es")},
            }
        ],
    }


@pytest.mark.parametrize("name", CODED)
def test_every_vocabulary_is_offered_and_costs_the_same(visitor, vocabularies, name):
    make_all()
    MechanismFactory()
    path = reverse("programme:vocabulary_file", args=[name])
    assert f'<a href="{path}" download>' in visitor.get("/en/vocabularies/").text
    assert all(entry["code"] for entry in visitor.get(path).json()["entries"])
    assert cold(visitor, path) == 1


@pytest.mark.parametrize("name", ["users", "x" * 10_000, "goals%00", "..%2Fgoals"])
def test_odd_names_are_answered_calmly(visitor, name):
    assert visitor.get(f"/en/vocabularies/{name}.json").status_code in (400, 404)


@pytest.mark.parametrize("model", ["goal", "pillar", "subregion", "mechanism"])
def test_staff_edit_each_vocabulary(client_of, staff, model):
    make_all()
    row = {"mechanism": MechanismFactory, "goal": GoalFactory, "pillar": PillarFactory, "subregion": SubRegionFactory}[model]()
    desk = client_of(staff)
    assert row.text("name", "en") in desk.get(reverse(f"admin:programme_{model}_changelist"), {"q": row.code}).text
    page = desk.get(reverse(f"admin:programme_{model}_change", args=[row.pk]))
    data = {field.html_name: field.value() for field in page.context["adminform"].form if field.value() not in (None, "")}
    answer = desk.post(page.request["PATH_INFO"], data | texts("name", "Renamed"))
    assert answer.status_code == 302
    row.refresh_from_db()
    assert row.name_fr == "Renamed fr"


def test_starter_vocabularies_stand_whole():
    assert (load_goals(), load_pillars(), load_sub_regions()) == (17, 4, 3)
    assert (load_goals(), load_pillars(), load_sub_regions()) == (0, 0, 0)
    rows = [*Goal.objects.all(), *Pillar.objects.all(), *SubRegion.objects.all()]
    assert not [row for row in rows if row.stale() or any(row.missing(code) for code in ("en", "fr", "es"))]
    assert [goal.code for goal in Goal.objects.all()] == [str(n) for n in range(1, 18)]
