"""A visitor finds her way from home to a country, a document and an answer of her own; search in three languages."""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import sign_in, wait_for

ADDRESS = "ministra@trabajo.example"
QUESTION = "¿Puede participar en una clínica un país que todavía no tiene marco de financiación?"
ANSWER = "Sí, puede. La página de cada clínica dice a quién invita y hasta qué día."


def main(page):
    return page.locator("main")


def open_from_menu(page, label: str) -> None:
    if page.locator(".menu-open").is_visible():
        page.locator(".menu-open").click()
    page.locator("#menu").get_by_role("link", name=label, exact=True).click()


def test_a_visitor_in_spanish_goes_from_home_to_an_answer_of_her_own(device, portal):
    visitor = device()
    visitor.goto("/es/")
    open_from_menu(visitor, "Países")
    main(visitor).get_by_role("link", name="Malawi").first.click()
    expect(visitor.locator("h1")).to_contain_text("Malawi")
    expect(main(visitor)).to_contain_text("2025")
    assert visitor.locator("html").get_attribute("lang") == "es"

    open_from_menu(visitor, "Biblioteca")
    main(visitor).locator("details.facets summary").click()
    main(visitor).locator("details.facets a[href*='country=MW']").click()
    main(visitor).locator("a.row-link").first.click()
    expect(main(visitor)).to_contain_text("Malawi")

    visitor.goto("/es/faq/")
    main(visitor).locator("a[href*='/es/faq/']").first.click()
    visitor.locator("#helpful button").last.click()
    expect(main(visitor)).to_contain_text("Gracias")

    visitor.goto("/es/contact/")
    reference = ask(visitor)
    reader = device(width=1280)
    conversation = answered_by_staff(reader, portal, reference)
    letter = wait_for(lambda: portal.letters(ADDRESS)[1:], 60)[-1]
    text = letter.get_body(("plain",)).get_content()
    assert ANSWER in " ".join(text.split())
    assert letter["In-Reply-To"] or letter["References"]
    visitor.goto(re.search(r"https?://\S+(/es/contact/[0-9a-f-]{36}/)", text)[1])
    expect(main(visitor)).to_contain_text(ANSWER)
    answer_by_mail(portal, letter)
    reader.goto(conversation)
    expect(reader.locator("#content-main")).to_contain_text("Muchas gracias")


def ask(visitor) -> str:
    """Write to the programme as a person would; return the reference."""
    visitor.fill("[name=name]", "Ministra de Trabajo")
    visitor.fill("[name=email]", ADDRESS)
    visitor.fill("[name=subject]", "Participar en una clínica")
    visitor.locator("[name=text]").press_sequentially(
        QUESTION, delay=45
    )  # nobody writes faster than the form takes for a machine
    visitor.locator("main form button[type=submit]").click()
    expect(main(visitor)).to_contain_text("FDW-")
    return re.search(r"FDW-[A-Z0-9-]+", main(visitor).inner_text())[0]


def answered_by_staff(reader, portal, reference: str) -> str:
    """Answer an enquiry from the desk, after a look at the letter; return the address of its page."""
    sign_in(reader, "staff", language="en")
    reader.goto("/admin/")
    reader.locator("a[href*='/admin/programme/enquiry/']").first.click()
    reader.goto(f"/admin/programme/enquiry/?q={reference}")
    reader.locator("#result_list tbody th a").first.click()
    expect(reader.locator("#content-main")).to_contain_text(QUESTION)
    conversation = reader.url
    reader.fill("#text", ANSWER)
    reader.locator("button[value=preview]").click()
    expect(reader.locator("pre")).to_contain_text(ANSWER)
    reader.locator("button[value=send]").click()
    expect(reader.locator("#content-main")).to_contain_text(ANSWER)
    return conversation


def answer_by_mail(portal, letter) -> None:
    """Answer the letter from a mail program: what is quoted below does not come along."""
    import subprocess
    import sys

    from tests.journeys.conftest import ROOT

    quoted = "\n".join(f"> {line}" for line in letter.get_body(("plain",)).get_content().splitlines())
    mail = (
        f"From: Ministra <{ADDRESS}>\nTo: {letter['Reply-To']}\nSubject: Re: {letter['Subject']}\n"
        f"Message-ID: <respuesta-1@trabajo.example>\nIn-Reply-To: {letter['Message-ID']}\n"
        "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n"
        f"Muchas gracias. Así lo haremos.\n\nEl lun, 23 nov 2026 a las 9:12, FDW escribió:\n{quoted}\n"
    )
    subprocess.run(
        [sys.executable, "manage.py", "receive_mail"], cwd=ROOT, env=portal.environment, input=mail.encode(), check=True
    )


@pytest.mark.parametrize(
    ("language", "typed", "found"),
    [
        ("es", "proteccion sociales", "protección social"),
        ("fr", "financements mixtes", "financement mixte"),
        ("en", "blending finances", "blended finance"),
    ],
)
def test_search_finds_what_is_written_otherwise(device, language, typed, found):
    page = device()
    page.goto(f"/{language}/search/")
    page.fill("main [name=q]", typed)
    page.press("main [name=q]", "Enter")
    first = page.locator("main .rows a.row-link").first
    expect(first).to_be_visible()
    assert page.locator("main mark").count() > 0
    assert found in main(page).inner_text().lower()
    first.click()
    assert page.url.startswith(f"{page.url.split('/' + language + '/')[0]}/{language}/")


def test_search_offers_another_spelling_and_stays_calm(device):
    page = device()
    page.goto("/es/search/?q=proteccon+social")
    expect(main(page).locator(".alert-info a").first).to_be_visible()
    page.goto("/es/search/?q=%22%29%28+OR+%2A+%E4%B8%AD%E6%96%87")
    assert page.locator("h1").count() == 1


def test_public_pages_work_without_script(chromium, portal):
    context = chromium.new_context(base_url=portal.url, java_script_enabled=False, viewport={"width": 360, "height": 740})
    page = context.new_page()
    for address in ("/fr/", "/fr/countries/", "/fr/library/", "/fr/faq/", "/fr/mechanisms/", "/fr/about/introduction/"):
        assert page.goto(address).status == 200, address
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, address
    context.close()
