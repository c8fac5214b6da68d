"""The page of an application: kept as it is typed, with and without script, read-only once it is handed in."""

import datetime as dt
import json

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from clinics import asked
from clinics.models import Application, Extension
from core.models import StoredFile
from tests.factories import (
    ApplicationFactory,
    DelegateFactory,
    DelegationFactory,
    EditionFactory,
    InvitationFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 11, 22, 12, 0, tzinfo=dt.UTC)
MINUTE, DAY = dt.timedelta(minutes=1), dt.timedelta(days=1)
ADDRESS = "/en/clinics/call/apply/"


@pytest.fixture(autouse=True)
def now():
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def edition(db):
    edition = EditionFactory(slug="call", state="call_open", apply_by=NOW + 10 * DAY, zone="Africa/Blantyre")
    DelegationFactory(edition=edition, country="MW")
    return edition


@pytest.fixture
def person(db):
    return UserFactory(email="grace@union.example", country="MW", group="workers", organisation="Congress", zone="Africa/Accra")


@pytest.fixture
def browser(client_of, person):
    return client_of(person)


@pytest.fixture
def complete(edition, person):
    return ApplicationFactory(edition=edition, user=person, state="draft", submitted_at=None)


def page_of(client, address=ADDRESS, status=200) -> str:
    answer = client.get(address)
    assert answer.status_code == status
    return answer.content.decode()


def form_of(page: str, **changes) -> dict:
    """Return what a browser without script would send of a page, with some fields changed."""
    sent = {}
    for name in asked.QUESTIONS:
        sent[f"had{name}"] = page.split(f'name="had{name}" value="')[1].split('"')[0]
        part = page.split(f'id="q{name}" data')[1].split('role="status"')[0]
        if "<textarea" in part:
            sent[f"q{name}"] = part.split("<textarea")[1].split(">\n", 1)[1].split("</textarea>")[0]
        elif "<select" in part:
            sent[f"q{name}"] = part.split(" selected>")[0].rsplit('value="', 1)[1].split('"')[0] if " selected>" in part else ""
        elif 'type="radio"' in part or 'type="checkbox"' in part:
            boxes = [one for one in part.split("<input")[1:] if "checked" in one.split(">")[0]]
            sent[f"q{name}"] = [one.split('value="')[1].split('"')[0] for one in boxes]
        else:
            sent[f"q{name}"] = part.split(f'name="q{name}" value="')[1].split('"')[0]
    return sent | {f"q{name}": value for name, value in changes.items()}


def save(client, name: str, *value: str, client_id="a-1", age=0, address=ADDRESS):
    data = {"position": name, f"q{name}": list(value), "client_id": client_id, "age": age}
    answer = client.post(f"{address}save/", data)
    return answer.status_code, json.loads(answer.content)


def own(person) -> Application:
    return Application.objects.get(user=person)


# What the page shows ------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "fr", "es"])
def test_visitor_signs_in_and_comes_back(visitor, edition, language):
    answer = visitor.get(f"/{language}/clinics/call/apply/")
    assert answer.url == f"/{language}/accounts/login/?next=/{language}/clinics/call/apply/"


def test_page_shows_the_profile_and_writes_nothing(browser, edition, person):
    page = page_of(browser)
    assert 'value="Congress"' in page
    assert '<option value="MW" selected>Malawi' in page
    assert "4 of 9 questions answered." in page
    assert not Application.objects.exists()


def test_page_names_the_deadline_in_both_zones(browser, edition):
    page = page_of(browser)
    assert "2 December 2026, 12:00 (Greenwich Mean Time)" in page
    assert "2 December 2026, 14:00 (Central Africa Time)" in page


def test_deadline_is_told_once_where_the_zones_agree(client_of, edition):
    assert "Where the clinic is held" not in page_of(client_of(UserFactory(zone="Africa/Blantyre")))


def test_page_costs_the_same_however_much_is_written(browser, edition, person):
    def cost() -> int:
        page_of(browser)
        with CaptureQueriesContext(connection) as seen:
            page_of(browser)
        return len(seen)

    empty = cost()
    for name, value in {"motivation": "x", "position": "y", "nominator_name": "z"}.items():
        save(browser, name, value)
    for country in ("KE", "UG", "ZM"):
        DelegationFactory(edition=edition, country=country)
    assert cost() == empty <= 12


def test_draft_edition_is_hidden(browser, edition):
    edition.state = "draft"
    edition.save()
    assert browser.get(ADDRESS).status_code == 404
    assert browser.post(f"{ADDRESS}save/", {"position": "motivation"}).status_code == 404


def test_draft_is_not_shown_to_whoever_looks_on(client_of, staff, person, complete):
    browser = client_of(staff)
    browser.post(f"/admin/accounts/user/{person.pk}/look/", {"reason": "She cannot find it"})
    page = page_of(browser)
    assert "A draft is not shown to whoever looks on" in page
    assert complete.motivation not in page


# With script --------------------------------------------------------------------------------------


def test_first_answer_begins_the_draft(browser, edition, person):
    status, told = save(browser, "motivation", "To learn from Kenya")
    assert (status, told["saved"], told["kept"], told["shown"]) == (200, "12:00", True, ["To learn from Kenya"])
    draft = own(person)
    assert (draft.motivation, draft.organisation, draft.language) == ("To learn from Kenya", "Congress", "en")
    assert "Saved 12:00" in page_of(browser)


def test_answer_of_a_box_and_of_several(browser, edition, person):
    assert save(browser, "consent", "yes")[1]["had"] == "yes"
    assert save(browser, "languages", "fr", "en")[1] == {"saved": "12:00", "kept": True, "shown": ["en", "fr"], "had": "en|fr"}
    assert save(browser, "languages", client_id="a-2")[1]["saved"] == ""
    assert own(person).languages == []


def test_replay_is_told_what_stands(browser, edition):
    save(browser, "position", "one", client_id="a-1")
    save(browser, "position", "two", client_id="a-2")
    assert save(browser, "position", "one", client_id="a-1")[1] | {"had": ""} == {
        "saved": "12:00", "kept": False, "shown": ["two"], "had": ""}  # fmt: skip


@pytest.mark.parametrize(("name", "value"), [("country", "ZZ"), ("group", "pirates"), ("motivation", "x" * 100_000)])
def test_refused_answer_says_why(browser, edition, name, value):
    status, told = save(browser, name, value)
    assert status == 400
    assert len(told["error"]) > 20


def test_broken_requests_are_refused(browser, edition):
    for data in ({}, {"position": "state", "qstate": "accepted"}, {"position": "motivation", "qmotivation": "a\x00b"},
                 {"position": "motivation", "qmotivation": "a", "age": "x"}):  # fmt: skip
        assert browser.post(f"{ADDRESS}save/", data).status_code == 400
    assert browser.get(f"{ADDRESS}save/").status_code == 405
    assert not Application.objects.exists()


def test_answer_after_the_deadline_is_refused_with_409(browser, complete, now):
    now.shift(10 * DAY)
    status, told = save(browser, "motivation", "Too late")
    assert (status, told["error"]) == (409, "The call closed on 2 December 2026, 12:00 (Greenwich Mean Time).")


# Without script -----------------------------------------------------------------------------------


def test_form_saves_and_shows_it_again(browser, edition, person):
    sent = form_of(page_of(browser), motivation="To learn", languages=["en", "es"], funding="own_time", consent="yes")
    answer = browser.post(ADDRESS, sent, follow=True)
    page = answer.content.decode()
    assert "Your draft is saved. Nothing is handed in yet." in page
    assert form_of(page)["qlanguages"] == ["en", "es"]
    assert (own(person).motivation, own(person).funding, own(person).state) == ("To learn", "own_time", "draft")


def test_old_tab_never_overwrites_another(browser, edition, person):
    old, other = page_of(browser), page_of(browser)
    browser.post(ADDRESS, form_of(other, motivation="From the other tab", position="Economist"))
    browser.post(ADDRESS, form_of(old, expected_use="From the old tab"))
    row = own(person)
    assert (row.motivation, row.expected_use, row.position) == ("From the other tab", "From the old tab", "Economist")


def test_what_is_refused_comes_back_beside_its_reason(browser, edition, person):
    typed = "x" * 3001
    answer = browser.post(ADDRESS, form_of(page_of(browser), motivation=typed, nominator_email="boss", position="Economist"))
    page = answer.content.decode()
    assert answer.status_code == 400
    assert typed in page
    assert "At most 3000 characters fit here; these are 3001." in page
    assert 'value="boss"' in page
    assert '<a href="#qmotivation">' in page
    assert own(person).position == "Economist"


def test_handing_in_names_what_is_missing(browser, edition, person):
    answer = browser.post(f"{ADDRESS}hand-in/", form_of(page_of(browser), motivation="To learn"))
    page = answer.content.decode()
    assert answer.status_code == 400
    assert page.count("This answer is missing.") == 2 * 4  # in the summary, and beside each
    assert (own(person).state, own(person).motivation) == ("draft", "To learn")


def test_handing_in_keeps_what_the_form_carries_and_shows_it(browser, complete, person):
    answer = browser.post(f"{ADDRESS}hand-in/", form_of(page_of(browser), motivation="My last word <b>"), follow=True)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "My last word &lt;b&gt;" in page
    assert "<textarea" not in page
    assert own(person).state == "submitted"


def test_double_click_shows_what_was_handed_in(browser, complete):
    sent = form_of(page_of(browser), motivation="My last word")
    assert browser.post(f"{ADDRESS}hand-in/", sent).status_code == 302
    assert browser.post(f"{ADDRESS}hand-in/", sent).status_code == 302


def test_other_tab_after_handing_in_gets_its_text_back(browser, complete, person):
    old = page_of(browser)
    browser.post(f"{ADDRESS}hand-in/", form_of(old))
    answer = browser.post(ADDRESS, form_of(old, motivation="One more thought"))
    assert answer.status_code == 409
    assert "One more thought" in answer.content.decode()
    assert own(person).motivation == complete.motivation


# Late, seated, invited ----------------------------------------------------------------------------


def test_late_page_says_since_when_and_keeps_the_draft_readable(browser, complete, now):
    now.shift(11 * DAY)
    page = page_of(browser)
    assert "The call closed on 2 December 2026, 12:00 (Greenwich Mean Time)." in page
    assert complete.motivation in page
    assert "<textarea" not in page


def test_text_typed_before_and_sent_after_the_deadline_comes_back(browser, complete, person, now):
    sent = form_of(page_of(browser), motivation="Typed in time, sent late")
    now.shift(10 * DAY)
    for address in (ADDRESS, f"{ADDRESS}hand-in/"):
        answer = browser.post(address, sent)
        assert answer.status_code == 409
        assert "Typed in time, sent late" in answer.content.decode()
    assert (own(person).state, own(person).motivation) == ("draft", complete.motivation)


def test_first_text_sent_after_the_deadline_comes_back_too(browser, edition, now):
    sent = form_of(page_of(browser), motivation="Typed in time, sent late")
    now.shift(10 * DAY)
    answer = browser.post(ADDRESS, sent)
    assert answer.status_code == 409
    assert "Typed in time, sent late" in answer.content.decode()
    assert not Application.objects.exists()


def test_more_time_opens_the_page_again(browser, complete, person, now):
    now.shift(11 * DAY)
    Extension.objects.create(edition=complete.edition, user=person, until=NOW + 12 * DAY, reason="No line")
    assert "Hand in by 4 December 2026, 12:00 (Greenwich Mean Time)." in page_of(browser)


def test_whoever_has_a_seat_is_led_there(browser, edition, person):
    DelegateFactory(delegation=edition.delegations.get(), user=person)
    page = page_of(browser)
    assert "You have a seat in this edition, in the delegation of Malawi." in page
    assert "/en/clinics/call/home/" in page
    assert "<textarea" not in page


def test_whoever_is_invited_is_led_to_the_invitation(browser, edition, person):
    invitation = InvitationFactory(delegation=edition.delegations.get(), email=person.email)
    page = page_of(browser)
    assert invitation.get_absolute_url() in page
    assert save(browser, "motivation", "All the same")[0] == 409


def test_edition_without_open_call_says_so(browser, edition):
    edition.is_open_call = False
    edition.save()
    assert "people come by invitation" in page_of(browser)


# The letter ---------------------------------------------------------------------------------------


def letter(body=b"%PDF-1.4\n1 0 obj\n", name="letter.pdf"):
    return SimpleUploadedFile(name, body)


def test_letter_is_attached_with_what_was_typed_and_removed(browser, complete, person, django_capture_on_commit_callbacks):
    sent = form_of(page_of(browser), motivation="Kept too")
    answer = browser.post(f"{ADDRESS}letter/", sent | {"letter": letter()})
    assert answer.url == f"{ADDRESS}#letter"
    assert (own(person).letter.name, own(person).motivation) == ("letter.pdf", "Kept too")
    page = page_of(browser)
    assert own(person).letter.get_absolute_url() in page
    with django_capture_on_commit_callbacks(execute=True):
        browser.post(f"{ADDRESS}letter/remove/", form_of(page))
    assert own(person).letter is None
    assert not StoredFile.objects.exists()


def test_letter_of_a_wrong_kind_leaves_the_typed_text(browser, complete, person):
    sent = form_of(page_of(browser), motivation="Kept too")
    answer = browser.post(f"{ADDRESS}letter/", sent | {"letter": letter(b"MZ program")})
    assert answer.status_code == 400
    assert "Please choose a file of one of these kinds: pdf, docx, odt, jpg, png." in answer.content.decode()
    assert own(person).motivation == "Kept too"
    assert browser.post(f"{ADDRESS}letter/", sent).status_code == 400


def test_chosen_letter_comes_along_when_handing_in(browser, complete, person):
    browser.post(f"{ADDRESS}hand-in/", form_of(page_of(browser)) | {"letter": letter()})
    assert (own(person).state, own(person).letter.name) == ("submitted", "letter.pdf")


def test_letter_is_served_to_her_and_hidden_from_others(browser, client_of, outsider, complete):
    browser.post(f"{ADDRESS}letter/", form_of(page_of(browser)) | {"letter": letter()})
    address = StoredFile.objects.get().get_absolute_url()
    assert browser.get(address).status_code == 200
    assert client_of(outsider).get(address).status_code == 404


# My applications, and home ------------------------------------------------------------------------


def test_list_of_nothing_says_what_to_do(browser):
    assert "You have not applied for a clinic yet." in page_of(browser, "/en/clinics/applications/")


def test_list_shows_state_and_next_step_at_one_cost(browser, person, complete):
    def cost() -> int:
        with CaptureQueriesContext(connection) as seen:
            page_of(browser, "/en/clinics/applications/")
        return len(seen)

    cost()
    one = cost()
    for state in ("submitted", "waiting", "not_selected"):
        ApplicationFactory(user=person, state=state)
    ApplicationFactory(user=person, state="offered", offer_until=NOW + DAY)
    ApplicationFactory()
    assert cost() == one
    page = page_of(browser, "/en/clinics/applications/")
    assert page.count('class="row-link"') == 5
    assert "Not handed in. Finish it by 2 December 2026, 12:00 (Greenwich Mean Time)." in page
    assert "A seat is offered to you: answer by 23 November 2026, 12:00 (Greenwich Mean Time)." in page


def test_home_reminds_of_the_draft_and_of_an_offer_first(browser, person, complete, now):
    now.shift(7 * DAY)
    assert "Your application is not handed in: 3 days left." in page_of(browser, "/en/")
    ApplicationFactory(user=person, state="offered", offer_until=timezone.now() + DAY)
    page = page_of(browser, "/en/")
    assert "A seat is offered to you" in page
    assert "not handed in" not in page


def test_home_is_silent_after_the_deadline_and_when_handed_in(browser, complete, now):
    now.shift(10 * DAY)
    assert "not handed in" not in page_of(browser, "/en/")
    now.shift(-5 * DAY)
    Application.objects.update(state="submitted")
    assert "not handed in" not in page_of(browser, "/en/")


def test_letter_of_what_was_handed_in_stays(browser, complete, person):
    complete.state = "submitted"
    complete.save(update_fields=["state"])

    answer = browser.post(f"{ADDRESS}letter/remove/")

    assert answer.status_code == 409
