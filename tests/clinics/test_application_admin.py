"""Applications for staff: the list, one to read with its letter and log, more time for one person."""

import datetime as dt

import pytest
import time_machine
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinics.models import Extension, Review
from core.models import Event
from tests.factories import ApplicationFactory, EditionFactory, UserFactory
from tests.guards.cast import stored

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 11, 22, 12, 0, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def now():
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def edition(db):
    return EditionFactory(slug="call", state="call_open", apply_by=NOW + 10 * DAY, zone="Africa/Blantyre")


@pytest.fixture
def desk(client_of, staff):
    return client_of(staff)


@pytest.fixture
def selector(db):
    """A member of staff who selects and is no superuser."""
    person = UserFactory(name="Sam Selector", is_staff=True)
    person.user_permissions.add(Permission.objects.get(codename="select_edition"))
    return person


def address(edition, name="applications") -> str:
    return reverse(f"admin:clinics_edition_{name}", args=[edition.pk])


def page_of(client, url) -> str:
    answer = client.get(url)
    assert answer.status_code == 200
    return answer.content.decode()


# The list -----------------------------------------------------------------------------------------


def test_list_shows_what_was_handed_in_and_drafts_by_name_alone(desk, edition):
    ApplicationFactory(edition=edition, user=UserFactory(name="Grace Banda"))
    ApplicationFactory(edition=edition, user=UserFactory(name="Draft Person"), state="draft", organisation="Secret Union")
    ApplicationFactory(user=UserFactory(name="Of Another Edition"))
    page = page_of(desk, address(edition))
    assert "Grace Banda" in page
    assert "Draft Person" not in page
    assert "Of Another Edition" not in page
    drafts = page_of(desk, address(edition) + "?state=draft")
    assert "Draft Person" in drafts
    assert "Secret Union" not in drafts
    assert "?application=" not in drafts
    assert "Draft Person" not in page_of(desk, address(edition) + "?state=draft&country=MW")


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("country=KE", ["Kenyan"]),
        ("group=finance", ["Treasurer"]),
        ("language=fr", ["Francophone"]),
        ("state=waiting", ["Waiting"]),
        ("q=trea", ["Treasurer"]),
        ("q=nobody", []),
    ],
)
def test_list_is_narrowed(desk, edition, query, shown):
    facts = {"Kenyan": {"country": "KE"}, "Treasurer": {"group": "finance"}, "Francophone": {"language": "fr"},
             "Waiting": {"state": "waiting"}}  # fmt: skip
    for name, own in facts.items():
        ApplicationFactory(edition=edition, user=UserFactory(name=f"{name} Person"), **own)
    page = page_of(desk, f"{address(edition)}?{query}")
    assert [name for name in facts if f"{name} Person" in page] == shown


def test_unknown_filters_are_404_and_odd_pages_lead_somewhere(desk, edition):
    for query in ("country=ZZZ", "group=pirates", "state=gone", "language=de"):
        assert desk.get(f"{address(edition)}?{query}").status_code == 404
    assert desk.get(f"{address(edition)}?page=999").status_code == 200


def test_list_costs_the_same_with_one_and_three(desk, edition):
    def cost() -> int:
        with CaptureQueriesContext(connection) as seen:
            page_of(desk, address(edition))
        return len(seen)

    ApplicationFactory(edition=edition)
    cost()
    one = cost()
    for country in ("KE", "UG"):
        row = ApplicationFactory(edition=edition, country=country)
        Extension.objects.create(edition=edition, user=row.user, until=NOW + 12 * DAY, reason="Ill")
    assert cost() == one <= 16


def test_list_is_for_those_who_select(client_of, selector, outsider, edition):
    other = UserFactory(is_staff=True)
    for name in ("applications", "application", "application_letter", "extension"):
        assert client_of(other).get(address(edition, name)).status_code == 403
        assert client_of(outsider).get(address(edition, name)).status_code == 302
    assert client_of(selector).get(address(edition)).status_code == 200


# One application ----------------------------------------------------------------------------------


def test_one_is_read_with_its_answers_and_its_letter(client_of, selector, edition):
    row = ApplicationFactory(edition=edition, motivation="First\n\nSecond <b>", languages=["en", "fr"])
    row.letter = stored(f"user.{row.user_id}")
    row.save()
    browser = client_of(selector)
    page = page_of(browser, f"{address(edition, 'application')}?application={row.pk}")
    assert "Second &lt;b&gt;" in page
    assert "English, French" in page
    letter = f"{address(edition, 'application_letter')}?application={row.pk}"
    assert letter in page
    assert browser.get(letter).status_code == 200


def test_opening_is_logged_once_a_day_and_person(client_of, selector, staff, edition, now):
    row = ApplicationFactory(edition=edition)
    url = f"{address(edition, 'application')}?application={row.pk}"
    for person in (selector, selector, staff):
        page_of(client_of(person), url)
    opened = Event.objects.about(row).filter(act="open application")
    assert set(opened.values_list("actor", flat=True)) == {selector.pk, staff.pk}
    assert opened.count() == 2
    now.shift(DAY)
    page_of(client_of(selector), url)
    assert opened.count() == 3


def test_what_nobody_may_read_is_404(client_of, selector, edition):
    browser = client_of(selector)
    draft = ApplicationFactory(edition=edition, state="draft", submitted_at=None)
    own = ApplicationFactory(edition=edition, user=selector)
    elsewhere = ApplicationFactory()
    known = ApplicationFactory(edition=edition)
    Review.objects.create(application=known, reviewer=selector, state="conflict", conflict="My cousin")
    for row in (draft, own, elsewhere, known):
        for name in ("application", "application_letter"):
            assert browser.get(f"{address(edition, name)}?application={row.pk}").status_code == 404
    assert browser.get(f"{address(edition, 'application')}?application=99999").status_code == 404
    assert browser.get(f"{address(edition, 'application')}?application=x").status_code == 400
    assert browser.get(address(edition, "application")).status_code == 404
    assert not Event.objects.filter(act="open application").exists()


# More time ----------------------------------------------------------------------------------------


def sent(**changes) -> dict:
    return {"email": "grace@union.example", "day": "2026-12-05", "clock": "23:59", "reason": "No line"} | changes


def test_more_time_is_given_on_the_editions_clock(desk, staff, edition):
    person = UserFactory(name="Grace Banda", email="grace@union.example")
    answer = desk.post(address(edition, "extension"), sent(email="GRACE@union.example"), follow=True)
    extension = Extension.objects.get()
    assert (extension.user, extension.made_by) == (person, staff)
    assert extension.until == dt.datetime(2026, 12, 5, 21, 59, tzinfo=dt.UTC)
    page = answer.content.decode()
    assert "Grace Banda may hand in until" in page
    assert "More time was given to" in page


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"email": "nobody@union.example"}, "No account has this address."),
        ({"email": "no address"}, "Enter a valid email address."),
        ({"day": "2026-11-01"}, "This moment is over already."),
        ({"day": "2026-11-25"}, "Everybody may apply until"),
        ({"day": "2031-01-01"}, "The edition is over by then."),
        ({"day": "yesterday"}, "Enter a valid date."),
        ({"clock": "25:00"}, "Enter a valid time."),
        ({"reason": ""}, "This field is required."),
    ],
)
def test_refused_form_comes_back_with_its_reason(desk, edition, changes, reason):
    UserFactory(email="grace@union.example")
    answer = desk.post(address(edition, "extension"), sent(**changes))
    assert answer.status_code == 400
    assert reason in answer.content.decode()
    assert not Extension.objects.exists()


def test_more_time_is_not_given_for_what_was_handed_in(desk, edition):
    ApplicationFactory(edition=edition, user=UserFactory(email="grace@union.example"))
    answer = desk.post(address(edition, "extension"), sent())
    assert "This person has handed in already" in answer.content.decode()


def test_more_time_is_five_clicks_from_the_first_page(desk, edition):
    """The list of editions, the edition, its applications, more time, send."""
    change = reverse("admin:clinics_edition_change", args=[edition.pk])
    assert change in page_of(desk, reverse("admin:clinics_edition_changelist"))
    assert address(edition) in page_of(desk, change)
    assert address(edition, "extension") in page_of(desk, address(edition))
