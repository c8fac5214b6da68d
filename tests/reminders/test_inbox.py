import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from reminders.enums import Channel, State
from reminders.models import Letter
from reminders.services import mark_read
from reminders.templatetags.letters import unread_count
from tests.factories import LetterFactory

pytestmark = pytest.mark.django_db


def put(person, n=1, **fields):
    facts = {
        "channel": Channel.INBOX,
        "state": State.SENT,
        "sent_at": timezone.now(),
        "language": "en",
        "text": "Words",
    } | fields
    return LetterFactory.create_batch(n, recipient=person, subject="Subject", **facts)


def test_inbox_is_empty(client_of, participant):
    response = client_of(participant).get("/en/reminders/")
    assert response.status_code == 200
    assert b"Nothing here yet" in response.content


def test_inbox_shows_own_sent_letters_newest_first(client_of, participant, outsider):
    (older,), (newer,) = put(participant), put(participant)
    put(outsider)
    put(participant, channel=Channel.MAIL)
    put(participant, state=State.PLANNED)
    response = client_of(participant).get("/en/reminders/")
    assert [letter.pk for letter in response.context["page"].rows] == [newer.pk, older.pk]


def test_inbox_pages(client_of, participant):
    letters = put(participant, 27)
    browser = client_of(participant)
    first = browser.get("/en/reminders/")
    assert len(first.context["page"].rows) == 25
    older = f"?before={first.context['page'].older}"
    assert older in first.content.decode()
    rest = browser.get(f"/en/reminders/{older}")
    assert [letter.pk for letter in rest.context["page"].rows] == [letters[1].pk, letters[0].pk]
    assert rest.context["page"].older is None


@pytest.mark.parametrize(("count", "badge"), [(0, ""), (1, "1"), (99, "99"), (100, "99+"), (150, "99+")])
def test_badge(participant, count, badge, django_assert_num_queries):
    Letter.objects.bulk_create(
        LetterFactory.build(recipient=participant, channel=Channel.INBOX, state=State.SENT) for _ in range(count)
    )
    with django_assert_num_queries(1):
        assert unread_count(participant) == badge


def test_badge_stands_on_the_page(client_of, participant):
    put(participant, 2)
    assert '<b class="care">&nbsp;2</b>' in client_of(participant).get("/en/courses/").content.decode()


def test_opening_marks_read_once(client_of, participant):
    (letter,) = put(participant)
    browser = client_of(participant)
    assert browser.get(f"/en/reminders/{letter.pk}/").status_code == 200
    letter.refresh_from_db()
    first = letter.read_at
    assert first
    mark_read(letter)
    letter.refresh_from_db()
    assert letter.read_at == first
    assert unread_count(participant) == ""


def test_letter_text_is_escaped_and_its_links_are_links(client_of, participant):
    (letter,) = put(participant, text="<script>x</script>\nGo: http://localhost:8000/en/courses/", url="/en/courses/")
    page = client_of(participant).get(f"/en/reminders/{letter.pk}/").content.decode()
    assert "&lt;script&gt;" in page
    assert '<a href="http://localhost:8000/en/courses/"' in page
    assert '<a class="btn btn-primary" href="/en/courses/">' in page


@pytest.mark.parametrize("person", ["outsider", "staff"])
def test_another_persons_letter_is_not_found(request, client_of, participant, person):
    (letter,) = put(participant)
    browser = client_of(request.getfixturevalue(person))
    assert browser.get(f"/en/reminders/{letter.pk}/").status_code == 404
    letter.refresh_from_db()
    assert letter.read_at is None


def test_a_letter_not_yet_told_is_not_found(client_of, participant):
    (planned,), (mailed,) = put(participant, state=State.PLANNED), put(participant, channel=Channel.MAIL)
    for letter in (planned, mailed):
        assert client_of(participant).get(f"/en/reminders/{letter.pk}/").status_code == 404


def test_huge_number_is_not_found(client_of, participant):
    assert client_of(participant).get("/en/reminders/" + "9" * 18 + "/").status_code == 404
    assert client_of(participant).get("/en/reminders/" + "9" * 40 + "/").status_code == 404


def test_inbox_asks_visitors_to_sign_in(visitor):
    response = visitor.get("/fr/reminders/?before=5")
    assert response.status_code == 302
    assert response["Location"].startswith("/fr/accounts/login/?next=/fr/reminders/")


def test_inbox_queries_do_not_grow(client_of, participant):

    browser = client_of(participant)
    counts = []
    for more in (1, 2):
        put(participant, more)
        browser.get("/en/reminders/")
        with CaptureQueriesContext(connection) as queries:
            browser.get("/en/reminders/")
        counts.append(len(queries))
    assert counts[0] == counts[1]
