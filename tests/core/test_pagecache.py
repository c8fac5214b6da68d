import gzip

import pytest
import time_machine
from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache
from django.http import HttpResponse
from django.middleware.csrf import get_token
from django.test import Client, RequestFactory

from core.pagecache import GENERATION, MOMENT, VisitorPageCache, for_visitors, forget_pages, generation
from tests.factories import ModuleFactory, UnitFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def unit():
    return UnitFactory()


@pytest.fixture
def pages(unit):
    """The addresses that visitors read from the cache."""
    return ["/en/", "/fr/courses/", unit.module.get_absolute_url(), unit.get_absolute_url(), "/es/glossary/"]


def test_second_visit_asks_the_database_nothing(visitor, pages, django_assert_num_queries):
    for page in pages:
        first = visitor.get(page)
        with django_assert_num_queries(0):
            second = Client().get(page)
        assert (first.status_code, second.status_code) == (200, 200)
        assert second.content == first.content
        assert second["ETag"] == first["ETag"]
        assert second["Content-Type"] == first["Content-Type"]
        assert not first.cookies
        assert "Content-Security-Policy" in second


def test_etag_answers_304_cached_and_not(pages, visitor):
    page = pages[2]
    etag = visitor.get(page)["ETag"]
    forget_pages()
    for _ in range(2):  # made anew, then from the cache
        response = visitor.get(page, headers={"If-None-Match": etag})
        assert (response.status_code, response.content) == (304, b"")
    assert visitor.get(page, headers={"If-None-Match": 'W/"other"'}).status_code == 200


def test_head_has_no_body_and_spoils_nothing(pages, visitor):
    assert visitor.head(pages[0]).content == b""
    assert b"<main" in visitor.get(pages[0]).content
    assert visitor.head(pages[0]).content == b""


def test_query_and_language_are_other_pages(visitor, unit):
    assert visitor.get("/en/courses/?x=1").content != visitor.get("/en/courses/?x=2").content
    assert b'lang="fr"' in visitor.get("/fr/courses/").content
    assert b'<html lang="en"' in visitor.get("/en/courses/").content


def test_forget_pages(visitor):
    assert b"Title later" not in visitor.get("/en/courses/").content
    ModuleFactory(slug="later")
    assert b"Title later" not in visitor.get("/en/courses/").content
    forget_pages()
    assert b"Title later" in visitor.get("/en/courses/").content


def test_a_person_never_gets_a_visitors_page_nor_the_reverse(client_of, participant, visitor, pages):
    person = client_of(participant)
    for page in pages:
        assert b"data-person" in person.get(page).content  # warm neither
        seen = visitor.get(page)
        assert b"data-person" not in seen.content
        mine = person.get(page)
        assert b"data-person" in mine.content
        assert not mine.get("ETag")
        assert "public" not in mine.get("Cache-Control", "")
        assert b"data-person" not in Client().get(page).content


def test_expired_session_is_neither_served_nor_kept(pages):
    browser = Client()
    browser.cookies["sessionid"] = "long-gone"
    Client().get(pages[0])
    assert not browser.get(pages[0]).get("ETag")


def wrapped(view):
    def middle(request):
        request.user = AnonymousUser()
        return view(request)

    return VisitorPageCache(middle)


def test_page_with_a_token_is_not_kept():
    @for_visitors
    def form(request):
        return HttpResponse(get_token(request))

    assert not wrapped(form)(RequestFactory().get("/form/")).get("ETag")


def test_page_with_a_cookie_is_not_kept():
    @for_visitors
    def view(request):
        response = HttpResponse("x")
        response.set_cookie("a", "b")
        return response

    assert not wrapped(view)(RequestFactory().get("/x/")).get("ETag")


def test_page_not_found_is_not_kept(visitor):
    assert visitor.get("/en/courses/later/").status_code == 404
    ModuleFactory(slug="later")
    assert visitor.get("/en/courses/later/").status_code == 200


def test_unmarked_page_is_not_kept(visitor):
    assert not visitor.get("/en/accounts/login/").get("ETag")


def test_a_change_made_by_another_process_is_seen_within_a_moment():
    with time_machine.travel("2026-11-22 10:00", tick=False) as clock:
        before = generation()
        cache.set(GENERATION, "changed elsewhere", None)
        assert generation() == before

        clock.shift(MOMENT + 1)
        assert generation() == "changed elsewhere"


def test_a_change_made_here_is_seen_at_once():
    before = generation()
    forget_pages()
    assert generation() != before


def test_kept_page_is_compressed_once_and_plain_for_who_takes_no_gzip(visitor, settings, db):
    settings.COMPRESS = True
    plain = visitor.get("/en/accounts/privacy/").content
    packed = visitor.get("/en/accounts/privacy/", headers={"Accept-Encoding": "gzip, br"})
    assert packed["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in packed["Vary"]
    assert int(packed["Content-Length"]) == len(packed.content)
    assert gzip.decompress(packed.content) == plain
    again = visitor.get("/en/accounts/privacy/")
    assert not again.has_header("Content-Encoding")
    assert again.content == plain
    known = {"Accept-Encoding": "gzip", "If-None-Match": packed["ETag"]}
    assert visitor.get("/en/accounts/privacy/", headers=known).status_code == 304
