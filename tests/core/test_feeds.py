"""Feeds: Atom, in the page's language, under the site's own address, kept for visitors."""

import xml.etree.ElementTree as ET

import pytest
from django.conf.urls.i18n import i18n_patterns
from django.template import Context, Template
from django.urls import include, path

from core.feeds import PublicFeed, feed_view
from courses.models import Module
from fdw_portal.urls import urlpatterns as portal
from tests.factories import ModuleFactory

pytestmark = pytest.mark.django_db
ATOM = {"a": "http://www.w3.org/2005/Atom"}


class NewModules(PublicFeed):
    address, page = "new:feed", "courses:module_list"
    title = "New <modules>"

    def items(self):
        return Module.objects.filter(state="published").order_by("-pk")[: self.most]

    def item_title(self, item):
        return item.title

    def item_updateddate(self, item):
        return item.changed_at


app = ([path("new.atom", feed_view(NewModules), name="feed")], "new")
urlpatterns = [*portal, *i18n_patterns(path("", include(app)))]


@pytest.fixture(autouse=True)
def with_a_feed(settings):
    settings.ROOT_URLCONF = __name__
    settings.SITE_URL = "https://fdw.example"
    return ModuleFactory(slug="open", title_fr="Financer & payer")


def test_a_feed_speaks_the_page_s_language_under_the_site(visitor):
    response = visitor.get("/fr/new.atom", headers={"host": "localhost"})
    feed = ET.fromstring(response.content)  # noqa: S314

    assert response["Content-Type"].startswith("application/atom+xml")
    assert feed.get("{http://www.w3.org/XML/1998/namespace}lang") == "fr"
    assert feed.findtext("a:entry/a:title", None, ATOM) == "Financer & payer"
    assert feed.find("a:entry/a:link", ATOM).get("href") == "https://fdw.example/fr/courses/open/"
    places = {link.get("rel"): link.get("href") for link in feed.findall("a:link", ATOM)}
    assert places == {"alternate": "https://fdw.example/fr/courses/", "self": "https://fdw.example/fr/new.atom"}


def test_a_feed_is_kept_for_visitors(visitor, django_assert_num_queries):
    visitor.get("/en/new.atom")

    with django_assert_num_queries(0):
        assert visitor.get("/en/new.atom").status_code == 200


def test_a_feed_only_reads(visitor):
    assert visitor.post("/en/new.atom").status_code == 405


def test_a_page_announces_it():
    template = Template('{% include "components/feed.html" with url="/en/new.atom" %}')

    assert template.render(Context({"site_url": "https://fdw.example", "title": "A <b>"})).strip() == (
        '<link rel="alternate" type="application/atom+xml" title="A &lt;b&gt;" href="https://fdw.example/en/new.atom">'
    )
