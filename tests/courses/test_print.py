"""A module on one page to print, and what pages weigh."""

import gzip
import re

import pytest
from django.contrib.staticfiles import finders
from django.core.cache import caches
from django.db import connection
from django.test.utils import CaptureQueriesContext

from courses.models import Reflection, Unit
from programme.models import GlossaryTerm
from tests.factories import CheckFactory, FigureFactory, FilmFactory, ModuleFactory, UnitFactory, texts

pytestmark = pytest.mark.django_db
BUDGET = 40 * 1024
WORDS = [
    "financing",
    "decent",
    "work",
    "needs",
    "revenue",
    "debt",
    "dialogue",
    "and",
    "a",
    "floor",
    "that",
    "no",
    "budget",
    "cut",
    "reaches",
    "before",
    "it",
    "is",
    "voted",
    "on",
]


def paragraph(n: int, words: int = 100) -> str:
    """Return a paragraph of different words each time: repeated text would compress to nothing."""
    return " ".join(f"{WORDS[(n * 7 + k * 3) % len(WORDS)]}{(n * 31 + k * 17) % 97}" for k in range(words)) + "."


def long_text(n: int) -> str:
    parts = [paragraph(n * 10 + k) for k in range(5)]
    return "\n\n".join([parts[0], "## Who pays?", *parts[1:3], f"![](figure:figure-of-{n % 6})", *parts[3:]])


def module_of(units: int) -> object:
    module = ModuleFactory(slug=f"module-of-{units}")
    for n in range(6):
        FigureFactory(module=module, key=f"figure-of-{n}")
    for n in range(units - 2):
        UnitFactory(module=module, body_en=long_text(n), is_optional=n == 1)
    FilmFactory(module=module)
    CheckFactory(module=module)
    return module


def weight(*parts: bytes) -> int:
    """Return the bytes on the wire, compressed as the portal compresses."""
    return sum(len(gzip.compress(part, 6)) for part in parts)


def static(name: str) -> bytes:
    with open(finders.find(f"fdw/{name}"), "rb") as body:
        return body.read()


def page(reader, module, tail="print/", language="en"):
    response = reader.get(f"/{language}/courses/{module.slug}/{tail}")
    assert response.status_code == 200
    return response.content.decode()


@pytest.fixture
def module(db):
    module = ModuleFactory(slug="money")
    FigureFactory(module=module, key="four-blocks")
    GlossaryTerm.objects.create(slug="floor", **texts("term", "Floor"), **texts("definition", "What nobody falls below."))
    body = "A [floor](term:floor).\n\n## Heading\n\n![](figure:four-blocks)"
    first = UnitFactory(module=module, slug="first", body_en=body, body_fr=body, body_es=body)
    UnitFactory(module=module, slug="second", body_en=body, is_optional=True)
    Reflection.objects.create(unit=first, key="ours", **texts("prompt", "Who pays in your country?"))
    Reflection.objects.create(unit=first, key="old", is_active=False, **texts("prompt", "No longer asked"))
    CheckFactory(module=module, slug="check")
    FilmFactory(module=module, slug="film")
    return module


def test_all_units_stand_on_one_page_in_order(visitor, module):
    html = page(visitor, module)
    assert re.findall(r'<article class="sheet-unit" id="([^"]+)"', html) == ["first", "second", "check", "film"]
    assert re.findall(r'<li><a href="#([^"]+)"', html) == ["first", "second", "check", "film"]
    for words in ("Aim en", "Source, 2024 en", "First en.", "Four blocks en", "What nobody falls below. en"):
        assert words in html
    assert html.count('<span class="tag">Optional</span>') == 1


def test_nothing_is_folded_and_no_picture_waits(visitor, module):
    main = page(visitor, module).split("<main")[1].split("</main>")[0]
    assert "<details" not in main
    assert 'loading="lazy"' not in main


def test_the_page_is_in_order_for_a_machine_too(visitor, module):
    html = page(visitor, module)
    found = re.findall(r' id="([^"]+)"', html)
    assert len(found) == len(set(found))
    assert html.count("<h1") == 1
    assert "<h3>Heading</h3>" in html  # below the unit's own heading
    assert html.count("What nobody falls below. en") == 1  # a term is explained once


def test_reflections_have_lines_and_checks_are_one_line(visitor, module):
    html = page(visitor, module)
    assert html.count('class="lines"') == 1
    assert "Who pays in your country? en" in html
    assert "No longer asked" not in html
    assert "A knowledge check of 5 questions waits for you at" in html
    assert "Prompt" not in html


@pytest.mark.parametrize("language", ["en", "fr", "es"])
def test_each_language_prints_its_own(visitor, module, language):
    html = page(visitor, module, language=language)
    assert f"Four blocks {language}" in html
    assert f"Who pays in your country? {language}" in html


def test_a_text_in_another_language_is_marked(visitor, module):
    Unit.objects.filter(slug="second").update(body_fr="", body_html_fr="")
    html = page(visitor, module, language="fr")
    part = html.split('id="second"')[1].split("</article>")[0]
    assert '<div class="prose" lang="en">' in part
    assert "Four blocks en" in part


def test_visitors_get_it_from_the_page_cache(visitor, module):
    page(visitor, module)
    with CaptureQueriesContext(connection) as found:
        page(visitor, module)
    assert len(found) == 0


def test_queries_do_not_grow_with_units(client_of, participant):
    browser, counts = client_of(participant), []
    for units in (3, 5):
        module = module_of(units)
        page(browser, module)
        caches["process"].clear()
        with CaptureQueriesContext(connection) as found:
            page(browser, module)
        counts.append(len(found))
    assert counts[0] == counts[1] <= 14


def test_a_draft_prints_for_staff_only(visitor, client_of, participant, staff):
    draft = UnitFactory(module=ModuleFactory(state="draft")).module
    assert visitor.get(f"/en/courses/{draft.slug}/print/").status_code == 404
    assert client_of(participant).get(f"/en/courses/{draft.slug}/print/").status_code == 404
    assert "Draft: only the programme team" in page(client_of(staff), draft)


def test_the_module_leads_to_it(visitor, module):
    assert 'href="/en/courses/money/print/"' in page(visitor, module, "")


# Weight -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["visitor", "participant"])
def test_a_module_of_thirty_units_with_media_opens_within_the_budget(request, client_of, who):
    reader = request.getfixturevalue(who)
    reader = reader if who == "visitor" else client_of(reader)
    module = module_of(30)
    film = module.units.get(kind="video")
    always = [static(name) for name in ("style.css", "portal.js", "answers.js", "mark.svg", "band.svg")]
    for tail in ("", f"{module.units.first().slug}/", f"{film.slug}/", f"{film.slug}/film/"):
        html = page(reader, module, tail)
        pictures = [reader.get(url.replace("&amp;", "&")).content for url in re.findall(r'<img src="(/en/[^"]+)"', html)]
        assert weight(html.encode(), *always, *pictures) <= BUDGET, tail


def test_a_module_of_six_units_prints_within_the_budget(visitor):
    html = page(visitor, module_of(6))
    pictures = [visitor.get(url).content for url in re.findall(r'<img src="(/en/[^"]+)"', html)]
    assert len(pictures) == 4
    sheets = [static(name) for name in ("style.css", "print.css", "portal.js", "mark.svg", "band.svg")]
    assert weight(html.encode(), *sheets, *pictures) <= BUDGET
