"""The sitemap and robots.txt: what visitors may read, in every language, under the site's own address."""

import xml.etree.ElementTree as ET

import pytest
from django.test import RequestFactory
from django.urls import reverse
from django.utils.translation import override

from core import registry, sitemaps
from courses.models import Module
from tests.factories import ModuleFactory, UnitFactory

pytestmark = pytest.mark.django_db
SPACES = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9", "x": "http://www.w3.org/1999/xhtml"}


def entries(response) -> dict[str, dict]:
    """Return {address: {hreflang: address}} of a sitemap."""
    found = {}
    for url in ET.fromstring(response.content).findall("s:url", SPACES):  # noqa: S314
        links = url.findall("x:link", SPACES)
        found[url.find("s:loc", SPACES).text] = {link.get("hreflang"): link.get("href") for link in links}
    return found


def test_a_module_stands_in_every_language_under_the_site(visitor, settings):
    settings.SITE_URL = "https://fdw.example"
    UnitFactory(module=ModuleFactory(slug="open"), slug="unit")

    found = entries(visitor.get("/sitemap.xml", headers={"host": "localhost"}))

    assert found["https://fdw.example/fr/courses/open/unit/"] == {
        "en": "https://fdw.example/en/courses/open/unit/",
        "fr": "https://fdw.example/fr/courses/open/unit/",
        "es": "https://fdw.example/es/courses/open/unit/",
        "x-default": "https://fdw.example/courses/open/unit/",
    }
    assert all(address.startswith("https://fdw.example/") for address in found)


def test_default_address_leads_to_the_reader_s_language(visitor):
    ModuleFactory(slug="open")

    response = visitor.get("/courses/open/", headers={"accept-language": "es"})

    assert (response.status_code, response["Location"]) == (302, "/es/courses/open/")


@pytest.mark.parametrize("facts", [{"state": "draft"}, {"state": "retired"}, {"audience": "member"}])
def test_what_visitors_may_not_read_is_not_listed(visitor, facts):
    UnitFactory(module=ModuleFactory(slug="closed", **facts), slug="unit")

    assert "closed" not in visitor.get("/sitemap.xml").content.decode()


def test_staff_see_no_more_in_it_than_visitors(client_of, staff):
    ModuleFactory(slug="closed", state="draft")

    assert "closed" not in client_of(staff).get("/sitemap.xml").content.decode()


def test_it_says_when_a_module_changed(visitor):
    changed = ModuleFactory(slug="open").changed_at

    urls = ET.fromstring(visitor.get("/sitemap.xml").content).findall("s:url", SPACES)  # noqa: S314

    days = {url.find("s:loc", SPACES).text: url.findtext("s:lastmod", None, SPACES) for url in urls}
    with override("en"):
        assert days[f"http://localhost:8000{reverse('courses:module_detail', args=['open'])}"] == f"{changed:%Y-%m-%d}"


def test_a_large_portal_gets_an_index_of_files(visitor, monkeypatch):
    ModuleFactory(slug="one")
    ModuleFactory(slug="two")
    monkeypatch.setattr(sitemaps, "LIMIT", 4)
    monkeypatch.setattr(sitemaps.PublicSitemap, "limit", 4)

    index = ET.fromstring(visitor.get("/sitemap.xml").content)  # noqa: S314
    files = [place.text for place in index.findall("s:sitemap/s:loc", SPACES)]

    assert [file for file in files if "sitemap-modules-" in file] == [
        "http://localhost:8000/sitemap-modules-1.xml",
        "http://localhost:8000/sitemap-modules-2.xml",
    ]
    listed = [entries(visitor.get(file.removeprefix("http://localhost:8000"))) for file in files if "-modules-" in file]
    assert [len(one) for one in listed] == [4, 2]
    assert visitor.get("/sitemap-modules-3.xml").status_code == 404
    assert visitor.get("/sitemap-nothing-1.xml").status_code == 404


def test_its_cost_does_not_grow_with_the_content(django_assert_max_num_queries):
    request = RequestFactory().get("/sitemap.xml")
    request.user = sitemaps.VISITOR
    for n in range(3):
        UnitFactory(module=ModuleFactory(slug=f"module-{n}"), slug="unit")
        with django_assert_max_num_queries(len(registry.sitemaps.names())):
            assert sitemaps.sitemap(request).content.count(b"/unit/</loc>") == 3 * (n + 1)


def test_it_is_kept_and_forgotten_like_a_page(visitor, django_assert_num_queries):
    first = visitor.get("/sitemap.xml")

    with django_assert_num_queries(0):
        assert visitor.get("/sitemap.xml", headers={"if-none-match": first["ETag"]}).status_code == 304
    assert first["Content-Type"] == "application/xml"
    assert Module.objects.count() == 0


def test_robots_names_the_sitemap_and_what_is_not_for_it(visitor, settings):
    settings.SITE_URL = "https://fdw.example"

    lines = visitor.get("/robots.txt").content.decode().splitlines()

    assert "Sitemap: https://fdw.example/sitemap.xml" in lines
    for part in ("/admin/", "/*/accounts/", "/*/search/", "/*/jobs/", "/*/typed/"):
        assert f"Disallow: {part}" in lines
