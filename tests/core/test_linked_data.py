"""What search engines are told: sound JSON, safe within the page, absolute whatever host was asked."""

import json
import re
from datetime import UTC, date, datetime

import pytest
from django.contrib.auth.models import AnonymousUser
from django.template import Context, Template
from django.test import RequestFactory

from core import linked_data

BLOCK = re.compile(r'<script type="application/ld\+json">(.*?)</script>', re.DOTALL)


def shown(data, user=None, **context) -> str:
    request = RequestFactory().get("/en/")
    request.user = user or AnonymousUser()
    return Template("{% linked_data data %}").render(Context({"request": request, "data": data, **context}))


def read(html: str) -> dict:
    (found,) = BLOCK.findall(html)
    return json.loads(found)


@pytest.mark.parametrize("title", ["</script><script>alert(1)</script>", "<!-- a", "R&D \u2028 B", 'He said "no" \\'])
def test_no_title_closes_the_data_block(title):
    html = shown(linked_data.article(headline=title, path="/en/a/", language="en"))

    inside = html.removeprefix('<script type="application/ld+json">').removesuffix("</script>")
    assert not re.search(r"[<>&]", inside)
    assert read(html)["headline"] == title


def test_several_things_are_one_graph():
    crumbs = linked_data.breadcrumbs(("Learn", "/en/courses/"), ("Refresher", "/en/courses/refresher/"))

    found = read(shown([crumbs, linked_data.faq_page(path="/en/faq/", language="en", questions=[("Who?", "You")])]))

    assert found["@context"] == "https://schema.org"
    assert [one["@type"] for one in found["@graph"]] == ["BreadcrumbList", "FAQPage"]
    assert [item["position"] for item in found["@graph"][0]["itemListElement"]] == [1, 2]
    assert found["@graph"][1]["mainEntity"][0]["acceptedAnswer"]["text"] == "You"


def test_addresses_stand_under_the_site(settings):
    settings.SITE_URL = "https://fdw.example"

    found = linked_data.article(headline="A", path="/en/a/", language="en", image="/static/a.png")

    assert (found["url"], found["image"]) == ("https://fdw.example/en/a/", "https://fdw.example/static/a.png")
    assert linked_data.absolute("https://elsewhere.example/") == "https://elsewhere.example/"


def test_what_is_not_known_is_not_told():
    found = linked_data.article(headline="A", path="/en/a/", language="en", modified=datetime(2026, 11, 2, tzinfo=UTC))

    assert "image" not in found
    assert "datePublished" not in found
    assert found["dateModified"] == "2026-11-02T00:00:00+00:00"


def test_course_tells_time_and_price():
    found = linked_data.course(
        name="A", description="B", path="/en/a/", language="en", minutes=95, languages=["en", "fr"], teaches=("C",)
    )

    assert found["timeRequired"] == "PT95M"
    assert found["hasCourseInstance"]["courseWorkload"] == "PT95M"
    assert found["hasCourseInstance"]["inLanguage"] == ["en", "fr"]
    assert found["isAccessibleForFree"] is True
    assert found["offers"]["price"] == 0


def test_event_is_online_unless_it_has_a_place():
    facts = {"name": "A", "path": "/en/a/", "begins": date(2026, 11, 2)}

    online, there = linked_data.event(**facts), linked_data.event(**facts, place="Turin", country="IT", is_cancelled=True)

    assert online["location"]["@type"] == "VirtualLocation"
    assert online["eventAttendanceMode"].endswith("/OnlineEventAttendanceMode")
    assert there["location"]["address"]["addressCountry"] == "IT"
    assert there["eventStatus"].endswith("/EventCancelled")


def test_a_signed_in_person_gets_no_data_block(participant):
    def costly():
        raise AssertionError("asked for nobody")

    request = RequestFactory().get("/en/")
    request.user = participant
    assert Template("{% linked_data %}").render(Context({"request": request, "linked": costly})) == ""
    assert shown({"@type": "Thing"}, user=participant) == ""
    assert shown({"@type": "Thing"}) != ""


def test_the_view_s_data_is_written_without_an_argument():
    request = RequestFactory().get("/en/")
    request.user = AnonymousUser()
    context = {"request": request, "linked": lambda: linked_data.organization(description="A", logo="/static/mark.svg")}

    found = read(Template("{% linked_data %}").render(Context(context)))

    assert found["@type"] == "Organization"
    assert [parent["name"] for parent in found["parentOrganization"]] == list(linked_data.PARENTS)
