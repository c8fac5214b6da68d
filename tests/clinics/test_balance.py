"""The balance sheet: every figure, its marks, and the list behind each number."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from clinics.services.balance import Where, balance_of, behind
from clinics.services.reviewing import declare_conflict, review_for
from core.models import Event
from tests.factories import (
    ApplicationFactory,
    DelegateFactory,
    DelegationFactory,
    EditionFactory,
    InvitationFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def edition():
    return EditionFactory(state="selection", slug="weighed")


def filled(edition, country="MW"):
    """Return a delegation with one of each."""
    delegation = DelegationFactory(edition=edition, country=country, seats={"workers": 2, "employers": 1})
    soon, place = timezone.now() + timedelta(days=3), {"edition": edition, "country": country}
    DelegateFactory(delegation=delegation, user__sex="female", user__language="fr")
    InvitationFactory(delegation=delegation)
    ApplicationFactory(**place, state="offered", offer_until=soon, user__sex="male")
    ApplicationFactory(**place, state="offered", offer_until=timezone.now() - timedelta(minutes=1))
    ApplicationFactory(**place, decision="offer", user__sex="")
    ApplicationFactory(**place, state="waiting", rank=1, released_at=timezone.now())
    ApplicationFactory(**place, state="draft")
    ApplicationFactory(**place, state="withdrawn")
    return delegation


def test_every_figure_counts_what_it_says(edition):
    filled(edition)

    line = balance_of(edition).line("MW", "workers")

    expected = {"seats": 2, "taken": 1, "held": 1, "invited": 1, "applied": 4, "proposed": 1, "waiting": 1}
    assert dict(line.figures) == expected
    assert dict(line.sexes) == {"female": 1, "male": 1, "unsaid": 1}
    assert dict(line.languages) == {"fr": 1, "en": 2}
    assert (line.coming, line.over, line.free) == (3, 1, 0)


def test_a_side_for_which_nobody_comes_is_named(edition):
    filled(edition)

    part = balance_of(edition).countries[0]

    assert part.empty_sides == ["Government", "Employers"]
    assert part.total.figures["seats"] == 3


def test_a_group_is_tight_when_all_invited_would_not_fit(edition):
    delegation = DelegationFactory(edition=edition, seats={"workers": 1})
    InvitationFactory.create_batch(2, delegation=delegation)

    line = balance_of(edition).line("MW", "workers")

    assert (line.over, line.tight) == (0, True)


def test_applications_of_a_country_without_seats_have_their_line(edition):
    ApplicationFactory(edition=edition, country="ZM", decision="offer")

    assert balance_of(edition).line("ZM", "workers").over == 1


@pytest.mark.parametrize("countries", [("MW",), ("MW", "KE", "ZM")])
def test_the_sheet_costs_four_queries(edition, countries, django_assert_num_queries):
    for country in countries:
        filled(edition, country)

    with django_assert_num_queries(4):
        sheet = balance_of(edition)

    assert sheet.total.figures["taken"] == len(countries)


def test_each_number_is_as_long_as_the_list_behind_it(edition, staff):
    filled(edition)
    line = balance_of(edition).line("MW", "workers")

    for figure in ("taken", "held", "invited", "applied", "proposed", "waiting"):
        assert len(behind(edition, Where(figure, "MW", "workers"), staff)) == line.figures[figure], figure
    for sex, number in line.sexes.items():
        assert len(behind(edition, Where("coming", "MW", "workers", sex=sex), staff)) == number, sex
    for language, number in line.languages.items():
        assert len(behind(edition, Where("coming", "MW", "workers", language=language), staff)) == number, language
    assert sum(row.number for row in behind(edition, Where("seats", "MW"), staff)) == 3


def test_an_application_with_a_conflict_is_counted_and_not_listed(edition, staff):
    application = ApplicationFactory(edition=edition)
    declare_conflict(review=review_for(application, staff), reason="A friend")

    assert balance_of(edition).line("MW", "workers").figures["applied"] == 1
    assert behind(edition, Where("applied"), staff) == []


# Pages --------------------------------------------------------------------------------------------
def test_the_page_links_every_number_and_is_logged_once_a_day(edition, staff, client_of):
    filled(edition)
    client, address = client_of(staff), f"/admin/clinics/edition/{edition.pk}/balance/"

    html = client.get(address).content.decode()
    client.get(address)

    links = set(re.findall(r'href="(/admin/clinics/edition/\d+/behind/[^"]+)"', html))
    assert len(links) > 20
    for link in links:
        assert client.get(link.replace("&amp;", "&")).status_code == 200
    assert Event.objects.filter(act="open balance sheet", actor=staff).count() == 1
    assert "over by 1" in html
    assert "Nobody for:" in html


def test_a_forged_number_is_not_found(edition, staff, client_of):
    client, address = client_of(staff), f"/admin/clinics/edition/{edition.pk}/behind/"

    for query in ("", "?figure=x", "?figure=taken&sex=x", "?figure=taken&group=x", "?figure=taken&country=xx"):
        assert client.get(address + query).status_code == 404, query


def test_an_empty_sheet_says_what_to_do(edition, staff, client_of):
    html = client_of(staff).get(f"/admin/clinics/edition/{edition.pk}/balance/").content.decode()

    assert "Give the countries their seats first" in html


def test_the_page_is_for_those_who_select(edition, client_of):
    plain = UserFactory(is_staff=True)

    assert client_of(plain).get(f"/admin/clinics/edition/{edition.pk}/balance/").status_code == 403


def test_the_page_costs_the_same_for_one_and_three_countries(edition, staff, client_of):
    client, address = client_of(staff), f"/admin/clinics/edition/{edition.pk}/balance/"
    filled(edition)
    client.get(address)
    one = counted(client, address)
    filled(edition, "KE")
    filled(edition, "ZM")

    assert counted(client, address) == one


def counted(client, address) -> int:
    """Return how many queries a page needs."""
    with CaptureQueriesContext(connection) as seen:
        client.get(address)
    return len(seen)
