# ruff: noqa: F811  the fixture `chief` is imported
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.models import Event
from core.services import record_event
from programme.models import GlossaryTerm
from reminders.models import Letter
from tests.admin_desk import (  # noqa: F401
    chief,
    form_data,
    make_check,
    make_module,
    make_question,
    person,
    texts,
)

pytestmark = pytest.mark.django_db


def test_desk_shows_what_waits_and_the_records(client, chief):
    make_module()
    page = client.get("/admin/")
    assert (1, "Modules in draft") in [(line.count, str(line.what)) for line in page.context["waiting"]]
    assert "Who waits" in page.text
    assert "Modules in draft" in page.text
    rows = {m["object_name"]: m["rows"] for app in page.context["app_list"] for m in app["models"]}
    assert rows["Module"] == "1"
    assert rows["User"] == "1"
    assert "<script" not in page.text
    assert "style=" not in page.text


def test_desk_shows_recent_acts(client, chief):
    page = client.get("/admin/courses/module/add/")
    theme = make_module("other").theme
    data = form_data(page) | texts(title="New", summary="S", objectives="O") | {"slug": "new", "theme": theme.pk}
    assert client.post("/admin/courses/module/add/", data).status_code == 302
    assert "New en" in client.get("/admin/").text


def test_desk_speaks_the_chosen_language(client, chief):
    client.post("/language/", {"language": "fr", "next": "/admin/"})
    assert '<html lang="fr"' in client.get("/admin/").text


def test_visitor_is_led_to_sign_in_and_participant_is_refused(client, db):
    assert "/accounts/login/" in client.get("/admin/", follow=True).redirect_chain[-1][0]
    client.force_login(person("learner@example.org"))
    assert client.get("/admin/", follow=True).status_code == 403


def test_one_app_has_its_page(client, chief):
    assert client.get("/admin/courses/").status_code == 200


def test_events_are_read_only_and_found_by_object(client, chief):
    other = person("other@example.org")
    event = record_event(actor=chief, act="publish", obj=chief)
    record_event(actor=chief, act="unpublish", obj=other)
    page = client.get("/admin/core/event/", {"q": f"accounts.user:{chief.pk}"})
    assert list(page.context["cl"].result_list) == [event]
    assert list(client.get("/admin/core/event/", {"act": "publish"}).context["cl"].result_list) == [event]
    assert client.get(f"/admin/core/event/{event.pk}/change/").status_code == 200
    assert client.post(f"/admin/core/event/{event.pk}/change/", {"act": "x"}).status_code == 403
    assert client.get("/admin/core/event/add/").status_code == 403
    assert client.post(f"/admin/core/event/{event.pk}/delete/", {"post": "yes"}).status_code == 403


def test_term_edited_in_french_is_up_to_date_and_spanish_stays_old(client, chief):
    term = GlossaryTerm(slug="levy", **texts(term="Levy", definition="A tax"))
    term.mark_translated("fr", "es")
    term.save()
    url = reverse("admin:programme_glossaryterm_change", args=[term.pk])
    client.post(url, form_data(client.get(url)) | {"definition_en": "An earmarked tax"})
    term.refresh_from_db()
    assert term.stale() == ["fr", "es"]
    client.post(url, form_data(client.get(url)) | {"definition_fr": "Une taxe affectée"})
    term.refresh_from_db()
    assert term.stale() == ["es"]
    data = {"action": "confirm_translations", "_selected_action": [term.pk]}
    client.post("/admin/programme/glossaryterm/", data)
    term.refresh_from_db()
    assert term.stale() == []


def test_source_text_is_asked_for_and_others_may_follow(client, chief):
    data = {"slug": "levy", "source_language": "fr", "term_fr": "Taxe"}
    page = client.post("/admin/programme/glossaryterm/add/", data)
    assert list(page.context["adminform"].form.errors) == ["definition_fr"]
    assert client.post("/admin/programme/glossaryterm/add/", data | {"definition_fr": "Une taxe"}).status_code == 302
    assert GlossaryTerm.objects.get().missing("en") == ["term", "definition"]


LISTS = [
    "courses/module",
    "courses/unit",
    "courses/question",
    "courses/questiontag",
    "accounts/user",
    "core/event",
    "reminders/letter",
    "programme/glossaryterm",
]


@pytest.mark.parametrize("path", LISTS)
def test_lists_cost_the_same_at_one_and_three_rows(client, chief, path):
    def more(n):
        make_question(make_check(make_module(f"m{n}"), f"c{n}"), f"q{n}")
        reader = person(f"p{n}@example.org", country="MW")
        record_event(actor=reader, act=f"act {n}", obj=reader)
        Letter.objects.create(kind="accounts.welcome", recipient=reader, channel="mail", occurrence=str(n))
        GlossaryTerm.objects.create(slug=f"t{n}", **texts(term="T", definition="D"))

    def cost():
        with CaptureQueriesContext(connection) as queries:
            assert client.get(f"/admin/{path}/").status_code == 200
        return len(queries)

    more(1)
    cost()  # warms content types
    one = cost()
    more(2)
    more(3)
    assert cost() == one
    assert Event.objects.exists()


ODD = ["accounts/user/99999999999999999999999/change/", "courses/unit/add/?module=x", "courses/unit/add/?module=99"]


@pytest.mark.parametrize("path", ODD)
def test_odd_addresses_are_answered_kindly(client, chief, path):
    assert client.get(f"/admin/{path}", follow=True).status_code == 200
