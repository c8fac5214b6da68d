"""Questions and answers, and "was this helpful?"."""

import re

import pytest
from django.test import Client

from core.errors import DomainError
from core.models import Once
from programme.loaders.faq import load_faq
from programme.models import FaqEntry, FaqTopic, FaqVote, GlossaryTerm
from programme.services.faq import MOST, vote
from programme.views.faq import FLOOD
from tests.factories import FaqEntryFactory, FaqTopicFactory, texts
from tests.programme.test_pages import cold

pytestmark = pytest.mark.django_db
PATH = "/en/faq/who-may-come/"


@pytest.fixture
def entry():
    return FaqEntryFactory(slug="who-may-come")


def form_of(client, path=PATH) -> dict:
    html = client.get(path).text
    return {"once": re.search(r'name="once" value="([^"]+)"', html)[1], "remark": ""}


@pytest.mark.parametrize("language", ["en", "fr", "es"])
def test_answers_stand_by_topic_and_each_can_be_linked(visitor, language):
    second, first = FaqTopicFactory(code="later", position=9), FaqTopicFactory(code="first", position=1)
    FaqEntryFactory(slug="b", topic=second)
    FaqEntryFactory(slug="a", topic=first)
    html = visitor.get(f"/{language}/faq/").text
    assert html.index('id="first"') < html.index('id="a"') < html.index('id="later"') < html.index('id="b"')
    assert f"Question a {language}?" in html
    assert f"This is the answer to the question, in {language}." in html
    assert f'href="/{language}/faq/a/"' in html
    assert "<details" not in html


def test_draft_is_for_staff_alone(visitor, client_of, staff, entry):
    FaqEntry.objects.update(state="draft")
    assert visitor.get(PATH).status_code == 404
    assert visitor.post(PATH, {"once": "12345678", "helpful": "yes"}).status_code == 404
    assert "who-may-come" not in visitor.get("/en/faq/").text
    assert client_of(staff).get(PATH).status_code == 200
    assert "who-may-come" in client_of(staff).get("/en/faq/").text


def test_fallback_is_marked(visitor):
    FaqEntryFactory(slug="a", answer_fr="", fallback_languages=["fr"])
    assert '<h1 lang="en">Question a en?</h1>' in visitor.get("/fr/faq/a/").text
    assert '<h3 lang="en">Question a en?</h3>' in visitor.get("/fr/faq/").text


def test_term_is_noted_once_on_the_page_of_all_answers(visitor):
    GlossaryTerm.objects.create(slug="levy", **texts("term", "Levy"), **texts("definition", "A tax"))
    for slug in "abc":
        FaqEntryFactory(slug=slug, answer_en="A [levy](term:levy).")
    html = visitor.get("/en/faq/").text
    assert html.count('href="#g-levy"') == 3
    assert html.count('id="g-levy"') == 1
    assert 'id="b1"' not in html


def test_all_answers_come_from_the_page_cache(visitor, entry, django_assert_num_queries):
    first = visitor.get("/en/faq/")
    assert not first.cookies
    with django_assert_num_queries(0):
        assert visitor.get("/en/faq/", headers={"if-none-match": first["ETag"]}).status_code == 304


@pytest.mark.parametrize("path", ["/en/faq/", PATH])
def test_answers_cost_the_same_at_one_and_three(visitor, entry, path):
    one = cold(visitor, path)
    FaqEntryFactory(topic=entry.topic)
    FaqEntryFactory(slug="other")
    assert cold(visitor, path) == one <= 5


# Was this helpful? --------------------------------------------------------------------------------
def test_visitor_says_not_yet_with_a_remark_and_is_thanked(visitor, entry):
    data = form_of(visitor) | {"helpful": "no", "remark": "  Which year?\r\nAnd where? "}
    page = visitor.post(PATH, data, follow=True)
    assert page.redirect_chain == [(PATH, 302)]
    assert "Thank you." in page.text
    said = FaqVote.objects.get()
    assert (said.entry, said.helpful, said.language) == (entry, False, "en")
    assert said.remark == "Which year?\nAnd where?"


def test_form_holds_against_forgery_and_works_with_the_token(entry):
    browser = Client(enforce_csrf_checks=True)
    data = form_of(browser) | {"helpful": "yes"}
    assert browser.post(PATH, data).status_code == 302
    assert FaqVote.objects.count() == 0  # what was typed waits for a fresh token
    assert browser.post(PATH, data | {"csrfmiddlewaretoken": browser.cookies["csrftoken"].value}).status_code == 302
    assert FaqVote.objects.count() == 1


def test_double_click_is_one_vote(visitor, entry):
    data = form_of(visitor) | {"helpful": "yes"}
    visitor.post(PATH, data)
    visitor.post(PATH, data)
    assert FaqVote.objects.filter(helpful=True).count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_are_one_vote(entry, at_once):
    def click():
        vote(entry=entry, language="en", helpful=True, browser="b", form="12345678")

    assert at_once(click, click) == [None, None]
    assert FaqVote.objects.count() == 1


def test_same_form_sent_again_changes_what_it_said_and_keeps_the_remark(entry):
    same = {"entry": entry, "language": "en", "browser": "b", "form": "12345678"}
    vote(helpful=False, remark="Which year?", **same)
    vote(helpful=True, **same)
    said = FaqVote.objects.get()
    assert said.helpful
    assert said.remark == "Which year?"


def test_one_browser_is_heard_a_few_times_then_thanked(entry):
    for n in range(MOST):
        vote(entry=entry, language="en", helpful=True, browser="b", form=f"form-{n}")
    with pytest.raises(DomainError) as refusal:
        vote(entry=entry, language="en", helpful=True, browser="b", form="form-last")
    assert refusal.value.code == "many"
    vote(entry=entry, language="en", helpful=True, browser="other", form="form-last")
    assert FaqVote.objects.count() == MOST + 1
    assert Once.objects.count() == MOST + 1


def test_flood_of_one_connection_is_refused_with_the_remark_kept(entry, monkeypatch):
    monkeypatch.setitem(FLOOD, "faq", "2/h/ip")
    for n in range(2):
        assert Client().post(PATH, {"once": f"form-id-{n}", "helpful": "yes", "remark": ""}).status_code == 302

    page = Client().post(PATH, {"once": "form-id-9", "helpful": "no", "remark": "Which year?"})

    assert page.status_code == 429
    assert "Which year?" in page.text
    assert FaqVote.objects.count() == 2


def test_remark_that_is_too_long_comes_back_as_it_was_typed(visitor, entry):
    data = form_of(visitor) | {"helpful": "no", "remark": "é" * 10_000}
    page = visitor.post(PATH, data)
    assert page.status_code == 400
    assert "A remark takes at most 1000 characters; this one has 10000." in page.text
    assert "é" * 10_000 in page.text
    assert data["once"] in page.text
    assert not FaqVote.objects.exists()


@pytest.mark.parametrize(
    "odd",
    [
        {"helpful": "maybe"},
        {"helpful": ""},
        {"once": ""},
        {"once": "short"},
        {"once": "x" * 200},
        {"once": "a b c d e f g"},
        {"remark": "a\x00b"},
        {"remark": "\ud800"},
    ],
)
def test_odd_forms_are_refused(visitor, entry, odd):
    data = {"once": "12345678", "helpful": "yes", "remark": ""} | odd
    if odd.get("remark") == "\ud800":
        body = "once=12345678&helpful=yes&remark=%ED%A0%80"
        answer = visitor.post(PATH, body, content_type="application/x-www-form-urlencoded")
        assert answer.status_code in (302, 400)
        return
    assert visitor.post(PATH, data).status_code == 400
    assert not FaqVote.objects.exists()


def test_vote_names_nobody(client_of, participant, entry):
    client_of(participant).post(PATH, {"once": "12345678", "helpful": "yes"})
    assert FaqVote.objects.get().helpful
    assert participant.email not in str(Once.objects.values())
    assert {field.name for field in FaqVote._meta.fields} == {"id", "entry", "language", "helpful", "remark", "at"}


# Starter content ----------------------------------------------------------------------------------
def test_starter_answers_stand_whole_in_every_language(visitor, vocabularies):
    assert load_faq() > 20
    assert load_faq() == 0
    assert not [row for row in FaqEntry.objects.all() if row.gaps() or row.stale()]
    assert visitor.get("/es/faq/").status_code == 200
    FaqTopic.objects.all()
    FaqEntry.objects.filter(topic__code="the-programme").delete()
    FaqTopic.objects.filter(code="the-programme").delete()
    assert load_faq() == 0
    assert not FaqTopic.objects.filter(code="the-programme").exists()
