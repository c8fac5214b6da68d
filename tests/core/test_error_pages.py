"""Every error answers in the reader's language, without a query."""

import pytest
from django.core.exceptions import PermissionDenied
from django.db import OperationalError

from fdw_portal import views

pytestmark = pytest.mark.django_db


def fail(error):
    raise error


@pytest.mark.parametrize("language", ["en", "fr", "es"])
@pytest.mark.parametrize(
    ("error", "status"),
    [(PermissionDenied(), 403), (OperationalError("server closed the connection"), 503), (RuntimeError("broken"), 500)],
)
def test_an_error_in_a_view_answers_in_the_readers_language(client, monkeypatch, error, status, language):
    client.raise_request_exception = False
    monkeypatch.setattr(views, "progress", lambda *args: fail(error))

    response = client.get(f"/{language}/")

    page = response.content.decode()
    assert response.status_code == status
    assert f'<html lang="{language}">' in page
    assert str(status) in page
    assert response.headers.get("Retry-After") == ("60" if status == 503 else None)


@pytest.mark.parametrize("status", [400, 403, 404, 429, 500, 503])
def test_each_error_page_says_it_in_three_ways(rf, status, django_assert_num_queries):
    pages = set()
    for language in ("en", "fr", "es"):
        with django_assert_num_queries(0):
            response = views.error_page(rf.get(f"/{language}/x/"), status)
        page = response.content.decode()
        pages.add(page[page.index("<h1>") : page.index("</h1>")])
        assert response.status_code == status
    assert len(pages) == 3
