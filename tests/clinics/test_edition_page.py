"""The public pages of clinics: what a visitor, a participant and staff read, and what it costs."""

import json
import re
from datetime import date, datetime, timedelta

import pytest
import time_machine
from django.core.cache import caches
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from clinics.services.planning import make_plan
from core.changes import content_changed
from tests.factories import (
    ActivityFactory,
    BlockFactory,
    CountryFactory,
    DelegateFactory,
    DelegationFactory,
    EditionFactory,
    ModuleFactory,
    SessionFactory,
    TeamMemberFactory,
    UserFactory,
    WeekFactory,
)

pytestmark = pytest.mark.django_db
DATA = re.compile(r'<script type="application/ld\+json">(.*?)</script>', re.DOTALL)


def page(client, edition, language="en", query="") -> str:
    response = client.get(f"/{language}/clinics/{edition.slug}/{query}")
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def listed(client, language="en") -> str:
    response = client.get(f"/{language}/clinics/")
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def call(**fields):
    """Return an edition whose call is open until the end of 10 January 2027 in Malawi."""
    zoned = datetime.fromisoformat("2027-01-10T23:59:00+02:00")
    return EditionFactory(**({"state": "call_open", "apply_by": zoned} | fields))


@pytest.fixture(autouse=True)
def in_december():
    with time_machine.travel("2026-12-01T08:00:00Z", tick=True):
        yield


# One edition --------------------------------------------------------------------------------------
def test_page_says_when_in_the_editions_zone_and_in_utc(visitor, staff):
    edition = make_plan(edition=call(), actor=staff)

    html = page(visitor, edition)

    assert "Monday 1 February 2027 to Friday 19 February 2027" in html
    assert "(Central Africa Time)" in html
    assert "Tuesday 2 February 2027, 14:00–15:30</time> Central Africa Time (12:00–13:30 UTC)" in html
    assert "Apply until 10 January 2027, 23:59 (Central Africa Time)." in html
    assert "That is 10 January 2027, 21:59 (" in html
    assert "about 6 hours a week" in html
    assert html.count("UTC)") == 4


def test_times_of_a_zone_that_is_utc_are_said_once(visitor, staff):
    edition = make_plan(
        edition=call(zone="Africa/Accra", apply_by=datetime.fromisoformat("2027-01-10T23:59:00+00:00")), actor=staff
    )

    html = page(visitor, edition)

    assert "14:00–15:30</time> Greenwich Mean Time</p>" in html
    assert "UTC" not in html


def test_session_after_a_clock_change_keeps_its_hour(visitor, staff):
    edition = make_plan(edition=call(zone="Europe/Zurich", starts_on=date(2027, 3, 22)), actor=staff)

    html = page(visitor, edition)

    assert "14:00–15:30</time> Central European Standard Time (13:00–14:30 UTC)" in html
    assert "14:00–15:30</time> Central European Summer Time (12:00–13:30 UTC)" in html


def test_participant_reads_her_own_time_where_it_differs(client_of, participant_es, participant, staff):
    edition = make_plan(edition=call(), actor=staff)

    assert "In your zone:" in page(client_of(UserFactory(zone="America/Mexico_City")), edition)
    assert "In your zone:" not in page(client_of(participant), edition)  # she lives in Malawi


def test_page_tells_languages_cost_equipment_certificate_and_seats(visitor):
    edition = call(interpretation=["fr"], languages=["en", "es"], capacity=9)
    DelegationFactory(edition=edition, country="MW", seats={"labour": 2, "finance": 1, "workers": 1})
    CountryFactory(code="MW")

    html = page(visitor, edition)

    assert "English, Spanish" in html
    assert "Live sessions are interpreted into: French" in html
    for words in ("No fee en.", "A phone en.", "Three webinars en.", "9 seats in all", "What happens en."):
        assert words in html
    assert "4 seats · Government 3 · Workers 1" in html
    assert 'href="/en/countries/mw/"' in html


def test_weeks_show_blocks_and_what_else_they_hold(visitor):
    week = WeekFactory(edition=call())
    SessionFactory(block=BlockFactory(edition=week.edition))
    ActivityFactory(week=week, kind="priorities")

    html = page(visitor, week.edition)

    assert "Week title 1 en" in html
    assert "Block 1: Block title 1 en" in html
    assert "Country priorities" in html
    assert html.count("<b>Webinar en</b>") == 1


def test_webinar_of_a_block_over_two_weeks_stands_once(visitor):
    edition = call()
    for number in (1, 2):
        WeekFactory(edition=edition, number=number)
    SessionFactory(block=BlockFactory(edition=edition, ends_on=date(2027, 2, 12)))

    html = page(visitor, edition)

    assert html.count("<b>Webinar en</b>") == 1
    assert html.count("<li>Block 1: Block title 1 en</li>") == 2


def test_team_is_named_without_addresses_and_only_who_leads(visitor):
    edition = call()
    TeamMemberFactory(edition=edition, user__name="Ama Mensah", role="manager", organisation="ITC-ILO")
    TeamMemberFactory(edition=edition, user__name="Ivo Terp", role="interpreter")
    TeamMemberFactory(edition=edition, user=None, email="guest@bank.example", role="facilitator", name="")
    nameless = TeamMemberFactory(edition=edition, user__email="nameless@ilo.example").user
    type(nameless).objects.filter(pk=nameless.pk).update(name="")

    html = page(visitor, edition)

    assert "Ama Mensah" in html
    assert "Activity manager · ITC-ILO" in html
    for hidden in ("Ivo Terp", "guest@bank", "nameless@"):
        assert hidden not in html


# How to come --------------------------------------------------------------------------------------
WAYS = {
    "open": (call, {}, "The call is open."),
    "invited": (call, {"is_open_call": False}, "By invitation only."),
    "late": (call, {"apply_by": datetime.fromisoformat("2026-11-20T10:00:00+00:00")}, "The call is closed."),
    "selection": (call, {"state": "selection"}, "The call is closed."),
    "over": (call, {"state": "closed"}, "This clinic is over."),
}


@pytest.mark.parametrize("way", WAYS)
def test_page_says_how_to_come_and_offers_apply_only_while_it_is_possible(visitor, way):
    make, fields, words = WAYS[way]
    edition = make(**fields)

    html = page(visitor, edition)

    assert words in html
    assert (f'href="/en/clinics/{edition.slug}/apply/"' in html) == (way == "open")


def test_who_takes_part_goes_to_the_clinic_instead(client_of, participant, outsider):
    delegate = DelegateFactory(user=participant, delegation=DelegationFactory(edition=call()))
    inside = f'href="/en/clinics/{delegate.edition.slug}/home/"'

    assert inside in page(client_of(participant), delegate.edition)
    assert inside not in page(client_of(outsider), delegate.edition)


def test_visitors_page_is_kept_and_holds_no_token(visitor):
    edition = call()
    first = visitor.get(f"/en/clinics/{edition.slug}/")

    assert first.has_header("ETag")
    assert "csrfmiddlewaretoken" not in first.content.decode()
    with CaptureQueriesContext(connection) as seen:
        again = visitor.get(f"/en/clinics/{edition.slug}/", headers={"if-none-match": first["ETag"]})
    assert (again.status_code, len(seen)) == (304, 0)


def test_kept_page_follows_a_change(visitor, django_capture_on_commit_callbacks):
    edition = call()
    page(visitor, edition)
    edition.title_en = "Another name"
    edition.save()
    with django_capture_on_commit_callbacks(execute=True):
        content_changed(edition)

    assert "Another name" in page(visitor, edition)


def test_draft_is_for_staff_alone(visitor, client_of, participant, staff):
    edition = call(state="draft")

    for client in (visitor, client_of(participant)):
        assert client.get(f"/en/clinics/{edition.slug}/").status_code == 404
    assert "Draft" in page(client_of(staff), edition)
    preview = client_of(staff).get(f"/en/clinics/{edition.slug}/?preview=1")
    assert preview["X-Frame-Options"] == "SAMEORIGIN"


def test_missing_language_shows_the_source_marked_as_such(visitor):
    edition = call(title_es="", fallback_languages=["es"])

    html = page(visitor, edition, "es")

    assert f'<h1 lang="en">Clinic {edition.slug} en</h1>' in html
    assert "original" in html


def test_page_describes_an_event_to_machines(visitor, staff):
    edition = make_plan(edition=call(languages=["en", "fr"]), actor=staff)

    (data,) = map(json.loads, DATA.findall(page(visitor, edition)))
    event, crumbs = data["@graph"]

    assert event["@type"] == "EducationEvent"
    assert (event["startDate"], event["endDate"]) == ("2027-02-01", "2027-02-19")
    assert event["eventAttendanceMode"] == "https://schema.org/OnlineEventAttendanceMode"
    assert event["inLanguage"] == ["en", "fr"]
    assert event["organizer"]["name"]
    assert event["offers"]["price"] == 0
    assert event["offers"]["validThrough"].startswith("2027-01-10T")
    assert len(event["subEvent"]) == 4
    assert [step["name"] for step in crumbs["itemListElement"]][0] == "Clinics"


def test_edition_with_a_fee_is_not_called_free(visitor):
    edition = call(is_free=False, is_open_call=False)

    (data,) = map(json.loads, DATA.findall(page(visitor, edition)))

    assert data["@graph"][0]["isAccessibleForFree"] is False
    assert "offers" not in data["@graph"][0]


def test_first_view_is_light(visitor, staff):
    edition = make_plan(edition=call(), actor=staff)
    for country in ("MW", "KE", "ZM", "GH", "RW", "UG"):
        DelegationFactory(edition=edition, country=country)

    assert len(visitor.get(f"/fr/clinics/{edition.slug}/").content) < 30_000  # before compression; style.css is 9 KB


def filled(edition, numbers, countries):
    for number, country in zip(numbers, countries, strict=True):
        WeekFactory(edition=edition, number=number)
        block = BlockFactory(edition=edition, number=number)
        block.modules.add(ModuleFactory())
        SessionFactory(block=block)
        DelegationFactory(edition=edition, country=country)
        TeamMemberFactory(edition=edition)


def queries(act) -> int:
    for kept in caches.all(initialized_only=False):
        kept.clear()
    with CaptureQueriesContext(connection) as seen:
        act()
    return len(seen)


@pytest.mark.parametrize("who", ["visitor", "participant"])
def test_page_costs_the_same_with_one_block_and_country_as_with_three(request, client_of, who):
    edition = call()
    client = request.getfixturevalue("visitor") if who == "visitor" else client_of(request.getfixturevalue("participant"))
    filled(edition, [1], ["MW"])
    one = queries(lambda: page(client, edition))
    filled(edition, [2, 3], ["KE", "ZM"])

    assert queries(lambda: page(client, edition)) == one <= 22


# The list -----------------------------------------------------------------------------------------
def test_list_puts_open_calls_first_then_running_then_the_past_by_year(visitor):
    soon = EditionFactory(state="preparation", starts_on=date(2026, 12, 7), title_en="Soon")
    far = call(starts_on=date(2027, 6, 7), title_en="Far but open")
    EditionFactory(state="running", title_en="Now", starts_on=date(2026, 11, 23), sub_region=soon.sub_region)
    EditionFactory(state="closed", title_en="Last year", starts_on=date(2025, 3, 3), sub_region=soon.sub_region)
    EditionFactory(state="follow_up", title_en="This year", starts_on=date(2026, 3, 2), sub_region=soon.sub_region)
    EditionFactory(state="draft", title_en="Not yet", sub_region=soon.sub_region)

    html = listed(visitor)
    places = [html.index(f">{words}<") for words in ("Far but open", "Soon", "Now", "2026", "This year", "2025", "Last year")]

    assert places == sorted(places)
    assert "Not yet" not in html
    assert far.get_absolute_url() in html


def test_empty_list_says_what_to_do(visitor):
    assert "No clinic is announced at the moment." in listed(visitor)


def test_list_marks_what_is_hers_and_drafts_of_staff(client_of, participant, staff):
    DelegateFactory(user=participant)
    EditionFactory(state="draft")

    assert listed(client_of(participant)).count("You take part") == 1
    assert "Draft" in listed(client_of(staff))


def test_list_costs_the_same_for_one_edition_and_for_three(visitor):
    def more(country):
        DelegationFactory(edition=call(), country=country)

    more("MW")
    one = queries(lambda: listed(visitor))
    more("KE")
    more("ZM")

    assert queries(lambda: listed(visitor)) == one <= 8


# Found, mapped, written to --------------------------------------------------------------------------
def test_published_edition_is_found_by_its_countries_and_blocks(visitor):
    edition = call()
    DelegationFactory(edition=edition, country="MW")
    BlockFactory(edition=edition, title_fr="Impôts et redevances")
    content_changed(edition)

    assert edition.get_absolute_url() in visitor.get("/en/search/?q=Malawi").content.decode()
    assert f"/fr/clinics/{edition.slug}/" in visitor.get("/fr/search/?q=redevances").content.decode()


def test_draft_is_not_found(visitor):
    edition = call(state="draft", title_en="Unborn edition")
    content_changed(edition)

    assert edition.slug not in visitor.get("/en/search/?q=unborn").content.decode()


def test_sitemap_lists_published_editions_and_their_list(visitor):
    edition, draft = call(), call(state="draft")

    xml = visitor.get("/sitemap.xml").content.decode()

    assert f"/en/clinics/{edition.slug}/</loc>" in xml
    assert "/en/clinics/</loc>" in xml
    assert draft.slug not in xml


def test_visitor_writes_to_the_team_of_the_clinic(visitor):
    edition, past = call(title_fr="Clinique d’Afrique australe"), call(state="closed")

    html = visitor.get(f"/fr/contact/?to={edition.key}").content.decode()

    assert f'<option value="{edition.key}" selected>Clinique d’Afrique australe</option>' in html
    assert f'value="{past.key}"' not in html
    assert f"/fr/contact/?to={edition.key}" in page(visitor, edition, "fr")


def test_apply_by_in_the_past_does_not_break_the_page(visitor):
    edition = call(apply_by=timezone.now() - timedelta(days=400), state="closed")

    assert "This clinic is over." in page(visitor, edition)
