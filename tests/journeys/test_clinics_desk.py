"""The administration of a clinic: each task in at most five clicks from its first page."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import enter, wait_for

MOST_CLICKS = 5
SUBJECTS = {"en": "We meet on Monday", "fr": "Rendez-vous lundi", "es": "Nos vemos el lunes"}


class Desk:
    """A member of staff before the first page of the administration, and how often she has clicked since."""

    def __init__(self, page):
        self.page, self.clicks = page, 0
        page.goto("/admin/")

    def click(self, selector: str) -> None:
        """Click the one thing that a selector names."""
        self.clicks += 1
        self.page.locator(selector).click()

    def open(self, address: str) -> None:
        """Follow the link of the first page that leads to a task of an edition."""
        self.click(f"section[aria-labelledby=editions] a[href='{address}']")

    def sees(self, selector: str):
        """Return what a selector names, once it can be seen."""
        found = self.page.locator(selector)
        expect(found.first).to_be_visible()
        return found


@pytest.fixture
def own(clinics) -> str:
    """The address of the edition that these tasks share."""
    return f"/admin/clinics/edition/{clinics['managed']['pk']}"


@pytest.fixture
def desk(device, clinics):
    found = Desk(enter(device(width=1280), clinics, "staff"))
    yield found
    assert 0 < found.clicks <= MOST_CLICKS


def test_the_next_edition_is_built(desk):
    desk.click("a[href$='/edition/next/']")
    desk.page.fill("[name=slug]", "journey-desk-next")
    desk.click("form.narrow [type=submit]")
    desk.click(".submit-row input.default")
    desk.page.wait_for_url(re.compile("/change/"))
    desk.sees(".messagelist .success")


def test_a_delegate_is_invited(desk, own, portal):
    desk.open(f"{own}/invitations/")
    facts = {"name": "Nora Invited", "email": "nora@union.example"}
    desk.page.select_option("[name=one-group]", "workers")
    desk.page.select_option("[name=one-language]", "es")
    for field, text in facts.items():
        desk.page.fill(f"[name=one-{field}]", text)
    desk.click("form:has([name=one-name]) [type=submit]")
    expect(desk.sees(".messagelist .success")).to_contain_text("Nora Invited")
    wait_for(lambda: portal.letters("nora@union.example"), 60)


def test_the_balance_sheet_is_read(desk, own):
    desk.open(f"{own}/balance/")
    workers = desk.sees(".desk-table tbody tr:has(a[href*='group=workers'])").first
    expect(workers.locator("td.n a").first).to_be_visible()


def test_decisions_are_released(desk, own, portal):
    desk.open(f"{own}/decisions/")
    desk.click(".object-tools .primary")
    assert desk.sees(".desk-table tbody tr").count() >= 2
    desk.click(".submit-row .default")
    expect(desk.page.locator("a.btn-primary[href*='/decisions/']")).to_be_visible(timeout=40_000)
    for person in ("faith", "grace"):
        wait_for(lambda to=f"{person}@journey.example": portal.letters(to), 60)


def test_a_delegate_is_swapped(desk, own, portal):
    desk.open(f"{own}/delegations/")
    desk.click("tr:has-text('Joy Delegate') a[href*='/swap/']")
    desk.page.fill("[name=email]", "kate@journey.example")
    desk.page.fill("[name=reason]", "She was posted abroad.")
    desk.click(".submit-row .default")
    expect(desk.sees(".messagelist .success")).to_contain_text("Kate Successor")
    expect(desk.page.locator("tr:has-text('Joy Delegate')")).to_have_count(0)
    wait_for(lambda: portal.letters("kate@journey.example"), 60)


def test_the_deadline_is_extended_for_one_person(desk, own):
    desk.open(f"{own}/change/")
    desk.click(f".tabs a[href='{own}/applications/']")
    desk.click(f".object-tools a[href='{own}/extension/']")
    day = datetime.now(UTC).date() + timedelta(days=25)  # after the deadline of the call, before week 1
    for field, text in {"email": "hope@journey.example", "day": str(day), "reason": "Her line was cut."}.items():
        desk.page.fill(f"[name={field}]", text)
    desk.click(".submit-row .default")
    desk.sees(".messagelist .success")


def test_who_has_not_answered_begun_and_signed_is_seen(desk, own):
    desk.open(f"{own}/who_has_not/")
    expect(desk.sees("section[aria-labelledby=not_answered]")).to_contain_text("Lena Invited")
    for behind in ("not_started", "not_signed"):
        expect(desk.sees(f"section[aria-labelledby={behind}]")).to_contain_text("Ivy Delegate")


def test_an_audience_is_told(desk, own, portal):
    desk.open(f"{own}/announce/")
    for code, subject in SUBJECTS.items():
        desk.page.fill(f"[name=subject_{code}]", subject)
        desk.page.fill(f"[name=body_{code}]", f"{subject}.")
    desk.click(".submit-row .default")
    desk.click(".tabs a[href*='language=fr']")
    expect(desk.page.locator("p.meta b[lang=fr]")).to_contain_text(SUBJECTS["fr"])
    expect(desk.page.frame_locator("iframe").locator("body")).to_contain_text(SUBJECTS["fr"])
    number = desk.page.locator("[name=number]").get_attribute("value")
    assert number == "2"
    desk.click(".submit-row .default")
    told = desk.sees(".desk-table tbody tr").first
    expect(told.locator("td.n")).to_have_text(number)
    wait_for(lambda: [one for one in portal.letters("ivy@journey.example") if SUBJECTS["fr"] in one["Subject"]], 60)


def test_participants_are_taken_along_as_a_sheet(desk, own):
    desk.open(f"{own}/change/")
    desk.click(f".tabs a[href='{own}/export/']")
    with desk.page.expect_download() as download:
        desk.click("#participants a[href*='form=csv']")
    text = download.value.path().read_text(encoding="utf-8-sig")
    assert re.search(r"^.*Ivy Delegate.*$", text, re.M)
