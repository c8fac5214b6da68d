"""The catalogue: by theme, time and language; what helps to know before."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from courses.services.reading import mark_complete
from tests.factories import ModuleFactory, ThemeFactory, UnitFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def themes(db):
    return [ThemeFactory(code="frameworks", words="Frameworks"), ThemeFactory(code="law", words="Law")]


@pytest.fixture
def modules(themes):
    """Three modules: 20 minutes on frameworks, 50 on frameworks in English alone, 100 on law."""
    short, long = ModuleFactory(slug="short", theme=themes[0]), ModuleFactory(slug="long", theme=themes[1])
    english = ModuleFactory(slug="english", theme=themes[0], fallback_languages=["fr", "es"])
    UnitFactory(module=short, minutes=20)
    UnitFactory(module=english, minutes=50, body_fr="", body_es="")
    UnitFactory(module=long, minutes=100)
    UnitFactory(module=long, minutes=60, is_optional=True)
    return [short, english, long]


def shown(client, query="", language="en") -> set[str]:
    page = client.get(f"/{language}/courses/{query}").content.decode()
    return {slug for slug in ("short", "english", "long") if f'class="row-link" href="/{language}/courses/{slug}/"' in page}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"short", "english", "long"}),
        ("?theme=frameworks", {"short", "english"}),
        ("?minutes=30", {"short"}),
        ("?minutes=60", {"short", "english"}),
        ("?minutes=120", {"short", "english", "long"}),
        ("?language=fr", {"short", "long"}),
        ("?language=en", {"short", "english", "long"}),
        ("?theme=frameworks&minutes=60&language=es", {"short"}),
        ("?theme=law&minutes=30", set()),
        ("?theme=&minutes=&language=", {"short", "english", "long"}),
        ("?theme=law&theme=frameworks", {"short", "english"}),
        ("?nonsense=1", {"short", "english", "long"}),
    ],
)
@pytest.mark.parametrize("language", ["en", "fr", "es"])
def test_filter_finds(visitor, modules, query, found, language):
    assert visitor.get(f"/{language}/courses/{query}").status_code == 200
    assert shown(visitor, query, language) == found


@pytest.mark.parametrize("query", ["?theme=gone", "?minutes=45", "?minutes=x", "?language=de", "?theme=" + "x" * 3000])
def test_bad_value_is_named_and_the_rest_still_works(visitor, modules, query):
    response = visitor.get("/en/courses/" + query)
    assert response.status_code == 400
    assert "invalid-feedback" in response.content.decode()
    assert shown(visitor, query) == {"short", "english", "long"}
    assert shown(visitor, query + "&theme=law" * ("theme" not in query)) == (
        {"long"} if "theme" not in query else {"short", "english", "long"}
    )


def test_nothing_fits_says_what_to_do(visitor, modules):
    page = visitor.get("/en/courses/?theme=law&minutes=30").content.decode()
    assert "No module fits." in page
    assert "0 of 3" in page
    assert "Show all modules" in page


def test_counts_are_shown(visitor, modules):
    page = visitor.get("/en/courses/?minutes=60").content.decode()
    assert "2 of 3" in page
    assert "Frameworks en (2)" in page
    assert '<option value="60" selected>' in page


def test_language_switch_keeps_the_query(visitor, modules):
    page = visitor.get("/en/courses/?theme=law&minutes=120").content.decode()
    assert 'href="/fr/courses/?theme=law&amp;minutes=120"' in page


def test_each_query_is_its_own_cached_page(visitor, modules):
    one, other = visitor.get("/en/courses/?minutes=30"), visitor.get("/en/courses/?minutes=60")
    assert one["ETag"] != other["ETag"]
    assert visitor.get("/en/courses/?minutes=30").content == one.content
    assert b"csrfmiddlewaretoken" not in one.content


def test_hidden_modules_count_nowhere(visitor, modules):
    modules[2].state = "draft"
    modules[2].save()
    page = visitor.get("/en/courses/?minutes=120").content.decode()
    assert "2 of 2" in page
    assert "Law en" not in page
    assert visitor.get("/en/courses/?theme=law").status_code == 400


def test_languages_in_which_all_can_be_read_are_named(visitor, modules):
    rows = visitor.get("/en/courses/").content.decode().split("row-link")
    english = next(row for row in rows if "Title english en" in row)
    assert '<span lang="en">English</span>' in english
    assert "Français" not in english


def test_state_for_me(client_of, participant, modules):
    mark_complete(participant, modules[0].units.get())
    mark_complete(participant, modules[2].units.get(is_optional=True))
    rows = client_of(participant).get("/en/courses/").content.decode().split("</li>")
    states = {slug: next(row for row in rows if f"Title {slug} en" in row) for slug in ("short", "english", "long")}
    assert "Completed" in states["short"]
    assert "Begun" in states["long"]
    assert not {"Begun", "Completed"} & set(states["english"].split())


def test_filtered_catalogue_costs_the_same_with_more_modules(client_of, participant, modules):
    browser = client_of(participant)

    def queries() -> int:
        browser.get("/en/courses/?minutes=60")
        with CaptureQueriesContext(connection) as seen:
            browser.get("/en/courses/?minutes=60")
        return len(seen)

    one = queries()
    for _ in range(3):
        UnitFactory(module=ModuleFactory(theme=modules[0].theme))
    assert queries() == one


# Prerequisites --------------------------------------------------------------------------------------


def test_prerequisites_say_how_far_and_why_and_never_bar_the_way(client_of, participant, visitor, modules):
    short, english, long = modules
    long.prerequisites.set([short, english])
    mark_complete(participant, short.units.get())
    page = client_of(participant).get(long.get_absolute_url()).content.decode()
    before = page.split('id="before"')[1].split("</section>")[0]
    assert "Completed" in before.split("Title english en")[0]
    assert "Not begun" in before.split("Title english en")[1]
    assert "There you learn to:" in before
    assert "Aim en" in before
    assert "You may begin here all the same." in before
    assert client_of(participant).get(long.units.first().get_absolute_url()).status_code == 200
    assert "Not begun" not in visitor.get(long.get_absolute_url()).content.decode()


def test_hidden_prerequisite_is_not_named(visitor, modules):
    draft = ModuleFactory(slug="hidden", state="draft")
    modules[2].prerequisites.set([draft])
    assert "hidden" not in visitor.get(modules[2].get_absolute_url()).content.decode()
