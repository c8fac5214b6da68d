"""A block that is rendered once for all readers of whom its keys say the same."""

from django.middleware.csrf import get_token
from django.template import engines
from django.test import RequestFactory

SOURCE = '{% shared "form" mark %}<form>{% csrf_token %}{{ shown }}</form>{% endshared %}'


def rendered(mark, shown):
    request = RequestFactory().get("/")
    return engines["django"].from_string(SOURCE).render({"mark": mark, "shown": shown}, request), get_token(request)


def test_equal_keys_share_what_was_rendered_first():
    assert "first" in rendered("a", "first")[0]
    assert "first" in rendered("a", "second")[0]
    assert "second" in rendered("b", "second")[0]


def test_each_reader_gets_a_token_of_her_own():
    pages = [rendered("c", "x") for _reader in range(2)]

    assert pages[0][0] != pages[1][0]
    for page, _token in pages:
        assert page.count("csrfmiddlewaretoken") == 1
        assert 'value=""' not in page
