"""A clinic from the copy of an edition to its priorities: invited, applied, waited, moved up, signed; on a phone, in French."""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import enter, main, wait_for

LIST = """name,email,country,group,language,organisation
Awa Diop,awa@union.example,RW,labour,fr,Ministère
Nobody Known,nobody-at-all,MW,workers,en,Union
Luz Ndong,luz@union.example,MW,workers,es,Unión
"""
MOTIVATION = "We negotiate the minimum wage and want to know what pays for it."
NEEDED = {2: "Two in three work informally.", 5: "A third is financed.", 11: "How Zambia taxes sugar."}
USE = "A brief for the budget committee before June."


def letter_to(portal, address: str, pattern: str):
    """Return the match of a pattern in the newest letter to an address, once such a letter came."""

    def found():
        texts = [letter.get_body(("plain",)).get_content() for letter in portal.letters(address)]
        return next((match for text in reversed(texts) if (match := re.search(pattern, text))), None)

    return wait_for(found, 60, lambda: f"no letter to {address} with {pattern}")


def fits(page) -> bool:
    """Say whether nothing is wider than the screen."""
    return page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


# The main road ------------------------------------------------------------------------------------
def test_staff_duplicates_an_edition_and_invites_by_a_list_of_which_one_row_is_broken(device, portal, clinics):
    page, visitor = enter(device(width=1280), clinics, "staff"), device()
    page.goto(f"/admin/clinics/edition/{clinics['copied']['pk']}/duplicate/")
    page.fill("[name=slug]", "journey-copy")
    page.locator("form.narrow [type=submit]").click()
    dates = page.locator(".desk-table tbody tr:not(.group)")
    expect(dates.first).to_be_visible()
    assert dates.count() >= 15  # edition, deadline, weeks, blocks, activities, webinars
    assert visitor.request.get("/en/clinics/journey-copy/").status == 404
    page.locator(".submit-row input.default").click()
    page.wait_for_url(re.compile("/change/"))
    own = page.url.partition("change/")[0]
    assert visitor.request.get("/en/clinics/journey-copy/").status == 404  # a draft

    page.goto(own + "standing/")
    page.locator("[name=onwards]").click()
    expect(page.locator(".messagelist .success")).to_be_visible()
    assert visitor.request.get("/en/clinics/journey-copy/").status == 200

    page.goto(own + "invitations/")
    page.set_input_files("[name=csv]", {"name": "people.csv", "mimeType": "text/csv", "buffer": LIST.encode()})
    page.locator("form[action$='/invitation_list/'] [type=submit]").click()
    fault = page.locator(".desk-table tbody tr")
    expect(fault).to_have_count(1)
    expect(fault.locator("td").first).to_have_text("3")
    expect(fault.locator("td").last).not_to_be_empty()
    assert not portal.letters("awa@union.example")
    page.locator("form:has([name=only_good]) [type=submit]").click()
    expect(page.locator(".messagelist .success")).to_contain_text("2")
    assert letter_to(portal, "awa@union.example", r"/(\w\w)/clinics/invitations/\S{20,}")[1] == "fr"
    assert letter_to(portal, "luz@union.example", r"/(\w\w)/clinics/invitations/\S{20,}")[1] == "es"
    assert not portal.letters("nobody-at-all")


@pytest.mark.parametrize(("handle", "script"), [("josiane", True), ("clarisse", False)])
def test_a_trade_unionist_takes_her_seat_on_a_phone_in_french_without_an_account(device, portal, clinics, handle, script):
    link = letter_to(portal, f"{handle}@union.example", r"https?://[^/\s]+(/fr/clinics/invitations/\S+)")[1]
    page = device(java_script_enabled=script)
    page.goto(link)
    expect(page.locator("html")).to_have_attribute("lang", "fr")
    expect(main(page)).to_contain_text(clinics["invited"]["title"])
    page.fill("[name=position]", "Secrétaire générale")
    page.check("[name=consent]")
    page.locator("form:has([name=consent]) button[type=submit]").click()
    home = page.locator(f"a.btn-primary[href='/fr/clinics/{clinics['invited']['slug']}/home/']")
    expect(home).to_be_visible()
    if not script:
        home.click()
        expect(page.locator("h1")).to_contain_text(clinics["invited"]["title"])
        return
    assert fits(page)
    page.locator("form[action$='/letter/'] button").click()
    made = page.locator("a[href^='/files/']")
    expect(made).to_be_visible(timeout=40_000)
    answer = page.request.get(made.get_attribute("href"))
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.body().startswith(b"%PDF-")
    page.goto(home_of(clinics["invited"], "fr"))
    expect(page.locator("ol.todo li").first).to_be_visible()
    assert fits(page)


def home_of(edition: dict, language: str) -> str:
    return f"/{language}/clinics/{edition['slug']}/home/"


# The open call ------------------------------------------------------------------------------------
def test_an_applicant_waits_moves_up_and_takes_the_last_seat_while_another_tries(device, portal, clinics):
    edition, esther = clinics["called"], enter(device(), clinics, "esther")
    fill_in(esther, edition)
    staff = enter(device(width=1280), clinics, "staff")
    desk = f"/admin/clinics/edition/{edition['pk']}"
    staff.goto(f"{desk}/standing/")
    staff.locator("[name=onwards]").click()
    staff.goto(f"{desk}/decisions/")
    decide(staff, "Brenda Applicant", "offer")
    decide(staff, "Esther Applicant", "wait", "group_full")
    release(staff)

    esther.goto(f"/en/clinics/{edition['slug']}/apply/")
    expect(main(esther).locator("strong")).to_have_text("1 of 1")
    expect(main(esther)).to_contain_text("All seats of your group in this country are taken.")
    brenda = enter(device(), clinics, "brenda")
    brenda.goto(f"/en/clinics/{edition['slug']}/offer/")
    brenda.locator("button[value=decline]").click()
    expect(brenda.locator("button[value=decline]")).to_have_count(0)
    offer = letter_to(portal, "esther@journey.example", r"https?://[^/\s]+(/en/\S+/offer/\?answer=accept)")[1]

    staff.goto(f"{desk}/decisions/")
    decide(staff, "Dora Applicant", "offer")
    release(staff, warned=True)
    dora = enter(device(), clinics, "dora")
    esther.goto(offer)
    dora.goto(f"/en/clinics/{edition['slug']}/offer/")
    for page in (esther, dora):
        page.evaluate("setTimeout(() => document.querySelector('button[value=accept]').click())")
    for page in (esther, dora):
        expect(page.locator(".alert-danger, a.btn-primary[href$='/home/']").first).to_be_visible()
    late = [page for page in (esther, dora) if page.locator(".alert-danger").count()]
    assert len(late) == 1
    expect(late[0].locator(".alert-danger")).to_contain_text("The last seat was taken a moment ago.")
    expect(main(late[0]).locator("strong")).to_have_text("1 of 1")
    (quick,) = {esther, dora} - set(late)
    quick.locator("a.btn-primary[href$='/home/']").click()
    expect(quick.locator("ol.todo li").first).to_be_visible()


def fill_in(page, edition: dict) -> None:
    """Apply as over a bad line: a text survives a reload, another one the cut line; then hand in."""
    page.goto(f"/en/clinics/{edition['slug']}/")
    page.locator("a.btn-primary[href$='/apply/']").click()
    page.locator("[name=qmotivation]").press_sequentially(MOTIVATION)
    expect(page.locator("#qmotivation [role=status]")).to_have_class("kept")
    page.reload()
    expect(page.locator("[name=qmotivation]")).to_have_value(MOTIVATION)
    page.context.set_offline(True)
    page.locator("[name=qexpected_use]").press_sequentially(USE)
    expect(page.locator("#qexpected_use [role=status]")).to_have_class("waiting")
    page.context.set_offline(False)
    expect(page.locator("#qexpected_use [role=status]")).to_have_class("kept")
    page.check("[name=qfunding][value=own_time]")
    page.check("[name=qconsent]")
    page.locator("#hand-in .btn-primary").click()
    expect(page.locator("#standing")).to_be_visible()
    expect(main(page)).to_contain_text(USE)


def decide(page, name: str, decision: str, reason: str = "") -> None:
    page.get_by_label(name, exact=True).check()
    page.select_option("#id_decision", decision)
    page.select_option("#id_reason", reason)
    page.locator(".submit-row .default").click()
    expect(page.locator(".messagelist .success")).to_be_visible()


def release(page, *, warned: bool = False) -> None:
    """Release what is decided, and wait until that is done. Args: warned: whether the preview says that seats lack."""
    page.locator(".object-tools .primary").click()
    if warned:
        expect(page.locator("li.care").first).to_contain_text("Malawi")
    page.locator(".submit-row .default").click()
    expect(page.locator("a.btn-primary[href*='/decisions/']")).to_be_visible(timeout=40_000)


# Country priorities -------------------------------------------------------------------------------
def test_two_sides_sign_priorities_and_the_third_is_published_as_not_represented(device, clinics):
    slug = clinics["written"]["slug"]
    sheet = f"/en/clinics/{slug}/delegations/mw/priorities/"
    gladys, edwin = enter(device(width=1280), clinics, "gladys"), enter(device(), clinics, "edwin")
    gladys.goto(sheet)
    edwin.goto(sheet)
    write(gladys, 1, "Half a million decent jobs by 2030.")
    write(edwin, 1, "A floor of protection for everybody.", told="invalid-feedback")
    edwin.goto(sheet)
    both = edwin.locator("#q1 .alert .note")
    expect(both.first).to_contain_text("Half a million decent jobs")
    expect(both.last).to_contain_text("A floor of protection")
    edwin.locator("#q1 button[formaction*='do=mine']").click()
    expect(both).to_have_count(0)
    expect(edwin.locator("[name=q1]")).to_have_value("A floor of protection for everybody.")
    for position, text in NEEDED.items():
        write(edwin, position, text)
    sign(gladys, sheet)
    assert gladys.request.get(f"/en/clinics/{slug}/priorities/mw/").status == 404  # one side is to come
    sign(edwin, sheet)

    mutinta = enter(device(), clinics, "mutinta")
    assert mutinta.request.get(sheet).status == 404
    mutinta.goto(f"/en/clinics/{slug}/priorities/")
    mutinta.locator("main a[href$='/priorities/mw/']").first.click()
    expect(main(mutinta)).to_contain_text("A floor of protection for everybody.")
    expect(main(mutinta).locator("li", has_text="Workers")).to_contain_text("not represented")
    visitor = device()
    visitor.goto("/en/countries/mw/")
    public = main(visitor).locator("section", has_text="A floor of protection for everybody.")
    expect(public.locator("li", has_text="Workers:")).to_contain_text("not represented")
    expect(public).not_to_contain_text("Gladys")


def write(page, position: int, text: str, told: str = "kept") -> None:
    """Write one field of the priorities, leave it, and read what the page says of it."""
    page.fill(f"[name=q{position}]", text)
    page.locator(f"[name=q{position}]").blur()
    expect(page.locator(f"#q{position} > [role=status]")).to_have_class(told)


def sign(page, sheet: str) -> None:
    page.goto(f"{sheet}sign/")
    page.check("[name=agrees_public]")
    page.locator("form:has([name=agrees_public]) button").click()
    expect(page.locator("[name=agrees_public]")).to_have_count(0)
