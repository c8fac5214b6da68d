"""Every page that a visitor may open tells machines what it is, and the sitemap lists exactly those worth finding."""

import json
import logging
import re
from html import unescape
from urllib.parse import urlsplit

import pytest
from django.core.cache import cache
from django.test import Client

from tests.guards.house import LANGUAGES
from tests.guards.permissions import TABLE
from tests.guards.walk import address

pytestmark = pytest.mark.django_db

SITE = "http://localhost:8000"
CANONICAL = re.compile(r'<link rel="canonical" href="([^"]*)">')
ALTERNATE = re.compile(r'<link rel="alternate" hreflang="([^"]*)" href="([^"]*)">')
DESCRIPTION = re.compile(r'<meta name="description" content="([^"]*)">')
GRAPH = re.compile(r'<meta property="(og:[^"]*)" content="([^"]*)">')
DATA = re.compile(r'<script type="application/ld\+json">(.*?)</script>', re.DOTALL)
TITLE = re.compile(r"<title>(.*?)</title>", re.DOTALL)
PROMISED = {"home": "Organization", "courses:module_detail": "Course", "courses:unit_detail": "LearningResource",
            "courses:unit_detail check": "LearningResource", "programme:glossary": "DefinedTermSet",
            "programme:page_detail": "Article", "programme:faq": "FAQPage", "programme:faq_entry": "BreadcrumbList",
            "programme:country_list": "BreadcrumbList", "programme:country_detail": "Article",
            "programme:mechanism_list": "DefinedTermSet", "programme:mechanism_detail": "DefinedTerm",
            "clinics:edition_list": "BreadcrumbList", "clinics:edition_detail": "EducationEvent"}  # fmt: skip


@pytest.fixture(autouse=True)
def quiet():
    logging.disable(logging.WARNING)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
def pages(scene) -> dict[tuple[str, str], tuple[str, str]]:
    """Every page that a visitor gets, by line and language: its path and its HTML."""
    found = {}
    for line, expected in TABLE.items():
        if expected.split()[0] != "200":
            continue
        for language in LANGUAGES:
            cache.clear()  # rate limits count in the cache
            path = address(line, scene, language)
            response = Client().get(path)
            if not response.streaming and response["Content-Type"].startswith("text/html"):
                found[line, language] = path, response.content.decode()
    return found


def is_listed(html: str) -> bool:
    return '<meta name="robots" content="noindex">' not in html


def faults(path: str, language: str, html: str) -> list[str]:
    """Return what a page fails to tell, or tells wrongly."""
    found = []
    if CANONICAL.findall(html) != [SITE + path]:
        found.append(f"canonical {CANONICAL.findall(html)}")
    rest = path.removeprefix(f"/{language}/")
    wanted = {code: f"{SITE}/{code}/{rest}" for code in LANGUAGES} | {"x-default": f"{SITE}/{rest}"}
    if dict(ALTERNATE.findall(html)) != wanted or len(ALTERNATE.findall(html)) != len(wanted):
        found.append(f"alternates {ALTERNATE.findall(html)}")
    if html.count("<h1") != 1:
        found.append(f"{html.count('<h1')} first headings")
    if is_listed(html):
        found += unpresentable(path, html)
    for data in DATA.findall(html):
        if json.loads(data)["@context"] != "https://schema.org":
            found.append("data of no known vocabulary")
    return found


def unpresentable(path: str, html: str) -> list[str]:
    """Return what keeps a page from being shown well where somebody passes it on."""
    graph, described = GRAPH.findall(html), DESCRIPTION.findall(html)
    told, found = dict(graph), []
    if len(described) != 1 or len(unescape(described[0])) < 8:
        found.append(f"description {described}")
    elif told.get("og:description") != described[0]:
        found.append("another description in its card")
    if told.get("og:title") != TITLE.findall(html)[0].strip() or told.get("og:url") != SITE + path:
        found.append(f"card {told}")
    if [name for name, _value in graph].count("og:locale:alternate") != len(LANGUAGES) - 1:
        found.append("locales in its card")
    if html.count('<meta name="twitter:card" content="summary_large_image">') != 1:
        found.append("no large card")
    return found


def test_every_page_tells_what_it_is(pages):
    found = [
        f"{line} in {language}: {fault}"
        for (line, language), (path, html) in pages.items()
        for fault in faults(path, language, html)
    ]

    assert len(pages) > 40
    assert not found, "\n".join(found)


def test_pages_carry_the_data_that_is_promised(pages):
    for line, kind in PROMISED.items():
        for language in LANGUAGES:
            (data,) = map(json.loads, DATA.findall(pages[line, language][1]))
            assert kind in {one["@type"] for one in data.get("@graph", [data])}, line


def test_the_sitemap_lists_what_is_worth_finding_and_nothing_else(pages):
    cache.clear()
    listed = set(re.findall(r"<loc>([^<]*)</loc>", Client().get("/sitemap.xml").content.decode()))
    worth = {SITE + path for path, html in pages.values() if is_listed(html)}
    private = {SITE + path for path, html in pages.values() if not is_listed(html)}

    assert len(worth) > 12
    assert not worth - listed
    assert not private & listed
    unknown = listed - worth
    assert all(Client().get(urlsplit(one).path).status_code == 200 for one in unknown)


def test_a_signed_in_person_s_page_is_as_light_as_before(scene, cast):
    client = Client()
    client.force_login(cast["participant"], backend="django.contrib.auth.backends.ModelBackend")

    html = client.get(address("courses:module_detail", scene, "en")).content.decode()

    assert not GRAPH.findall(html)
    assert not DATA.findall(html)
    assert CANONICAL.findall(html)


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("", ""), ("page=2", "?page=2"), ("page=1", ""), ("theme=debt&page=3&utm_source=x", "?page=3"), ("theme=debt", ""),
        ("page=0", ""), ("page=abc", ""), ("page=9999999", ""), ('page=2"><script>', ""), ("mypage=2", ""),
    ],
)  # fmt: skip
def test_the_one_address_of_a_page_keeps_only_its_number(visitor, query, kept):
    html = visitor.get(f"/en/courses/?{query}").content.decode()

    assert CANONICAL.findall(html) == [f"{SITE}/en/courses/{kept}"]
    assert dict(ALTERNATE.findall(html))["fr"] == f"{SITE}/fr/courses/{kept}"


@pytest.mark.parametrize(
    "planted",
    [
        lambda html: html.replace('rel="canonical"', 'rel="other"'),
        lambda html: html.replace('hreflang="x-default"', 'hreflang="fr"'),
        lambda html: html.replace("</main>", "<h1>Another</h1></main>"),
        lambda html: DESCRIPTION.sub("", html),
        lambda html: html.replace('property="og:title" content="', 'property="og:title" content="x'),
    ],
)
def test_missing_word_is_caught(visitor, planted):
    html = visitor.get("/en/").content.decode()

    assert not faults("/en/", "en", html)
    assert len(faults("/en/", "en", planted(html))) == 1
