"""The page: a form without token, calm when there is nothing, the same for visitors and people."""

import pytest

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("language", ["en", "fr", "es"])
def test_empty_page_says_how_to_look(visitor, language):
    page = visitor.get(f"/{language}/search/").content.decode()
    assert 'role="search"' in page
    assert "csrfmiddlewaretoken" not in page
    assert f"/{language}/courses/" in page


def test_results_stand_in_groups_of_languages(shelf, visitor):
    shelf.put(en="English budget")
    shelf.put(fr="Budget français | mot")
    page = visitor.get("/fr/search/", {"q": "budgets"}).content.decode()
    assert page.index("<mark>Budget</mark> français") < page.index("English <mark>budget</mark>")
    assert 'lang="en"' in page


def test_nothing_found_says_what_to_try(shelf, visitor):
    response = visitor.get("/en/search/", {"q": "absent"})
    assert response.status_code == 200
    assert "Nothing found." in response.content.decode()
    assert "What to try next" in response.content.decode()


def test_what_was_typed_is_shown_as_text(shelf, visitor):
    page = visitor.get("/en/search/", {"q": '<script>alert(1)</script>"'}).content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;&quot;" in page


def test_a_text_cannot_put_html_into_the_page(shelf, visitor):
    shelf.put(en="<img src=x onerror=alert(1)> budget | <script>alert(2)</script> budget")
    page = visitor.get("/en/search/", {"q": "script alert budget img"}).content.decode()
    assert "<mark>budget</mark>" in page
    assert "<img src=x" not in page
    assert "<script>alert" not in page
    assert "<<mark>" not in page


def test_too_long_is_said(shelf, visitor):
    page = visitor.get("/en/search/", {"q": "budget " * 1500}).content.decode()
    assert "only its beginning was looked for" in page


@pytest.mark.parametrize("query", ["q=%00", "q=a%00b"])
def test_nul_is_refused(visitor, query):
    assert visitor.get(f"/en/search/?{query}").status_code == 400


@pytest.mark.parametrize("query", ["q=a&page=x", "q=a&page=-1", "q=a&page=1e3", f"q=a&page={'9' * 30}"])
def test_odd_page_is_refused(visitor, query):
    assert visitor.get(f"/en/search/?{query}").status_code == 400


@pytest.mark.parametrize("query", ["q=budget&kind=nothing", "q=budget&in=xx", "q=budget&q=x", "q=%ED%A0%80", "q=%FF", "q=%"])
def test_odd_query_is_answered(shelf, visitor, query):
    shelf.put(en="Budget")
    assert visitor.get(f"/en/search/?{query}").status_code == 200


def test_switching_language_keeps_the_query(visitor):
    assert "/fr/search/?q=budget" in visitor.get("/en/search/", {"q": "budget"}).content.decode()


def test_nothing_is_kept_for_visitors(shelf, visitor):
    shelf.put(en="Budget")
    assert "ETag" not in visitor.get("/en/search/", {"q": "budget"})


def test_post_is_refused(visitor):
    assert visitor.post("/en/search/", {"q": "x"}).status_code == 405


def test_links_to_kinds_keep_the_rest(shelf, visitor):
    shelf.put(en="Budget", fr="Budget", es="Budget")
    page = visitor.get("/en/search/", {"q": "budget"}).content.decode()
    assert "?q=budget&amp;in=fr" in page
    assert "Look in everything" in visitor.get("/en/search/", {"q": "budget", "in": "fr"}).content.decode()
