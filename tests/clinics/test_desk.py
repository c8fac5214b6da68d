"""The first page: what waits in clinics, and the editions under way with their tasks."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import timezone, translation

from clinics.desk import editions_under_way, waiting
from clinics.models import Review
from tests.factories import (
    ActivityFactory,
    ApplicationFactory,
    DelegateFactory,
    DelegationFactory,
    EditionFactory,
    InvitationFactory,
    UserFactory,
    WeekFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def edition(db):
    return EditionFactory(state="selection", starts_on=timezone.now().date() + timedelta(days=30))


def lines(user) -> dict[str, int]:
    return {str(line.what).partition(" in ")[0]: line.count for line in waiting(user)}


def test_nothing_waits_in_a_quiet_edition(edition, staff):
    assert waiting(staff) == []


def test_each_thing_that_waits_has_its_line_and_leads_to_its_page(edition, staff):
    now = timezone.now()
    Review.objects.create(application=ApplicationFactory(edition=edition), reviewer=staff)
    ApplicationFactory(edition=edition, decision="offer")
    ApplicationFactory(edition=edition, state="offered", offer_until=now + timedelta(hours=3), released_at=now)
    ApplicationFactory(edition=edition, state="offered", offer_until=now + timedelta(days=3), released_at=now)
    delegation = DelegationFactory(edition=edition)
    InvitationFactory(delegation=delegation, expires_at=now + timedelta(days=1))
    InvitationFactory(delegation=delegation, expires_at=now + timedelta(days=9))

    assert lines(staff) == {
        "Applications to review": 1,
        "Decisions not released": 1,
        "Offers that end within a day": 1,
        "Invitations that end within two days": 1,
    }
    assert reverse("admin:clinics_edition_reviews", args=[edition.pk]) == waiting(staff)[0].url


def test_unsigned_priorities_wait_in_the_last_week(staff):
    soon = EditionFactory(starts_on=timezone.now().date() + timedelta(days=4))
    later = EditionFactory(starts_on=timezone.now().date() + timedelta(days=40))
    for edition, days in ((soon, 3), (later, 39)):
        week = WeekFactory(edition=edition, number=0)
        ActivityFactory(week=week, kind="priorities", due_on=timezone.now().date() + timedelta(days=days))
        DelegateFactory(delegation=DelegationFactory(edition=edition))

    (line,) = waiting(staff)

    assert (line.count, str(soon) in line.what) == (1, True)


def test_closed_and_draft_editions_say_nothing(staff):
    for state in ("closed", "draft"):
        ApplicationFactory(edition=EditionFactory(state=state), decision="offer")

    assert waiting(staff) == []


def test_lines_are_for_who_may_do_something_about_them(edition, staff):
    ApplicationFactory(edition=edition, decision="offer")
    InvitationFactory(delegation=DelegationFactory(edition=edition), expires_at=timezone.now() + timedelta(days=1))
    helper = UserFactory(is_staff=True)
    assert waiting(helper) == []

    helper.user_permissions.add(Permission.objects.get(codename="change_edition", content_type__app_label="clinics"))
    helper = type(helper).objects.get(pk=helper.pk)

    assert list(lines(helper)) == ["Invitations that end within two days"]


@pytest.mark.parametrize("count", [1, 3])
def test_the_desk_costs_the_same_for_any_number_of_editions(staff, count, django_assert_num_queries):
    for _ in range(count):
        ApplicationFactory(edition=EditionFactory(state="selection"), decision="offer")

    with django_assert_num_queries(1):
        assert len(waiting(staff)) == count
    with django_assert_num_queries(1):
        assert len(editions_under_way(staff)) == count


def test_the_first_page_leads_to_the_tasks_of_each_edition(client_of, edition, staff):
    page = client_of(staff).get("/admin/").content.decode()

    for name in ("invitations", "balance", "decisions", "delegations", "who_has_not", "announce"):
        assert reverse(f"admin:clinics_edition_{name}", args=[edition.pk]) in page
    assert reverse("admin:clinics_edition_next") in page


def test_the_next_date_is_that_of_the_state(staff):
    with translation.override("en"):
        today = timezone.now().date()
        EditionFactory(slug="a", starts_on=today - timedelta(days=60), state="follow_up")
        EditionFactory(slug="b", starts_on=today - timedelta(days=3), state="running")
        EditionFactory(slug="c", starts_on=today + timedelta(days=30), state="preparation")
        EditionFactory(slug="d", starts_on=today + timedelta(days=60), state="call_open")

        words = [one.when.split()[0] for one in editions_under_way(staff)]

    assert words == ["ended", "until", "begins", "applications"]
