"""Announcing in the administration: write, look at each language, see the exact number, send once."""

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from clinics.models import Announcement
from reminders.models import Letter
from tests.factories import AnnouncementFactory, DelegateFactory, DelegationFactory, EditionFactory, UserFactory

pytestmark = pytest.mark.django_db
TEXTS = {f"{field}_{code}": f"{field} {code}" for field in ("subject", "body") for code in ("en", "fr", "es")}


@pytest.fixture
def edition(db):
    return EditionFactory(state="running")


@pytest.fixture
def malawi(edition):
    return DelegationFactory(edition=edition)


@pytest.fixture
def desk(client_of, staff):
    return client_of(staff)


def address(edition, name="announce", row=None, **query) -> str:
    found = reverse(f"admin:clinics_edition_{name}", args=[edition.pk])
    query = ({"row": row.pk} if row else {}) | query
    return f"{found}?{'&'.join(f'{key}={value}' for key, value in query.items())}"


def test_writing_saves_a_draft_and_leads_to_the_letter(desk, edition):
    sent = {"to": "participants", "source_language": "en", **TEXTS}

    response = desk.post(address(edition), sent)

    row = Announcement.objects.get()
    assert response.url == address(edition, "announcement", row)
    assert (row.edition, row.subject_fr, row.sent_at) == (edition, "subject fr", None)
    assert not row.stale()  # all three were written together
    assert not Letter.objects.exists()


def test_the_source_language_and_the_delegation_are_asked_for(desk, edition):
    response = desk.post(address(edition), {"to": "delegation", "source_language": "fr", "subject_en": "Only English"})

    page = response.content.decode()
    assert response.status_code == 400
    assert "Choose the delegation." in page
    assert page.count("Write this in the source language first.") == 2
    assert "Only English" in page
    assert not Announcement.objects.exists()


def test_a_delegation_of_another_edition_is_refused(desk, edition):
    other = DelegationFactory(country="KE")

    response = desk.post(address(edition), {"to": "delegation", "delegation": other.pk, "source_language": "en", **TEXTS})

    assert response.status_code == 400


def test_the_audience_is_chosen_by_whoever_leads_here(desk, edition):
    assert 'value="not_signed" selected' in desk.get(address(edition, to="not_signed")).content.decode()
    assert 'value="participants" selected' in desk.get(address(edition, to="nonsense")).content.decode()


def test_the_page_shows_the_letter_in_each_language_and_the_exact_number(desk, edition, malawi):
    for language in ("fr", "fr", "en"):
        DelegateFactory(delegation=malawi, user=UserFactory(language=language))
    row = AnnouncementFactory(edition=edition)

    page = desk.get(address(edition, "announcement", row, language="fr")).content.decode()
    frame = desk.get(address(edition, "announcement_letter", row, language="fr", preview=1))

    assert "Send to 3 people" in page
    assert "français: 2" in page.lower()
    assert "News fr" in page
    assert "We meet on Monday fr." in frame.content.decode()
    assert frame["X-Frame-Options"] == "SAMEORIGIN"


def test_sending_tells_exactly_those_and_the_list_remembers(desk, edition, malawi, staff):
    DelegateFactory(delegation=malawi)
    row = AnnouncementFactory(edition=edition)

    response = desk.post(address(edition, "announcement", row), {"number": 1}, follow=True)

    page = response.content.decode()
    assert "goes to 1 person" in page
    assert staff.name in page
    assert Letter.objects.filter(channel="mail").count() == 1


def test_a_second_press_and_a_changed_number_send_nothing_more(desk, edition, malawi):
    DelegateFactory(delegation=malawi)
    row, other = AnnouncementFactory(edition=edition), AnnouncementFactory(edition=edition)
    desk.post(address(edition, "announcement", row), {"number": 1})

    assert desk.post(address(edition, "announcement", row), {"number": 1}).status_code == 409
    DelegateFactory(delegation=malawi)
    assert desk.post(address(edition, "announcement", other), {"number": 1}).status_code == 409
    assert Letter.objects.filter(channel="mail").count() == 1


def test_what_was_sent_is_not_changed_any_more(desk, edition, malawi):
    DelegateFactory(delegation=malawi)
    row = AnnouncementFactory(edition=edition)
    desk.post(address(edition, "announcement", row), {"number": 1})

    assert desk.get(address(edition, row=row)).status_code == 404
    assert desk.get(address(edition, "announcement", row)).status_code == 200


def test_a_draft_edition_writes_and_does_not_send(desk):
    edition = EditionFactory(state="draft")
    DelegateFactory(delegation=DelegationFactory(edition=edition))
    row = AnnouncementFactory(edition=edition)

    assert "Send to" not in desk.get(address(edition, "announcement", row)).content.decode()
    assert desk.post(address(edition, "announcement", row), {"number": 1}).status_code == 409


def test_discarding_leaves_no_draft(desk, edition):
    row = AnnouncementFactory(edition=edition)

    desk.post(address(edition, "announcement", row), {"act": "discard"})

    assert not Announcement.objects.exists()


def test_announcements_of_another_edition_are_hidden(desk, edition):
    row = AnnouncementFactory(edition=EditionFactory())

    assert desk.get(address(edition, "announcement", row)).status_code == 404
    assert desk.get(address(edition, "announcement", row, language="fr")).status_code == 404
    assert desk.get(address(edition, row=row)).status_code == 404


def test_who_may_not_change_editions_may_not_announce(client_of, edition):
    helper = UserFactory(is_staff=True)
    helper.user_permissions.add(Permission.objects.get(codename="view_edition", content_type__app_label="clinics"))

    assert client_of(helper).get(address(edition)).status_code == 403


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same_for_any_number(desk, edition, malawi, staff, count, django_assert_num_queries):
    for _ in range(count):
        AnnouncementFactory(edition=edition, delegation=malawi, to="delegation", sent_by=staff)
    desk.get(address(edition))

    with django_assert_num_queries(5):
        desk.get(address(edition))
