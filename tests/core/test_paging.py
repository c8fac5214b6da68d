import pytest
from django.core.exceptions import BadRequest

from core.paging import LARGEST, keyset, number
from programme.models import Theme
from tests.factories import ThemeFactory


@pytest.mark.parametrize(("text", "value"), [(None, None), ("", None), ("0", 0), ("12", 12), (str(LARGEST), LARGEST)])
def test_number(text, value):
    assert number(text) == value


@pytest.mark.parametrize(
    "text", ["-1", "1.5", "abc", "²", "١", "1e3", " 1", "1_0", "9" * 19, "9" * 5000, str(LARGEST + 1), "0x1"]
)
def test_number_refuses(text):
    with pytest.raises(BadRequest):
        number(text)


@pytest.mark.django_db
def test_keyset_walks_through_all_rows_once(django_assert_num_queries):
    themes = [ThemeFactory().pk for _ in range(5)]
    seen, before = [], None
    rows = Theme.objects.order_by("-pk")
    while True:
        with django_assert_num_queries(1):
            page = keyset(rows, before, size=2)
        assert page.first == (before is None)
        seen += [theme.pk for theme in page.rows]
        if page.older is None:
            break
        before = str(page.older)
    assert seen == themes[::-1]


@pytest.mark.django_db
def test_keyset_full_last_page_has_no_older():
    ThemeFactory.create_batch(2)
    assert keyset(Theme.objects.order_by("-pk"), None, size=2).older is None


@pytest.mark.django_db
@pytest.mark.parametrize("before", ["x", "-1", "9" * 30, "1%00"])
def test_bad_before_is_a_bad_request(client_of, participant, before):
    assert client_of(participant).get(f"/en/reminders/?before={before}").status_code == 400
