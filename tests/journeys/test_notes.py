"""She writes about her country while the line is cut; it is kept, sent when the line is back, and waits on her other device."""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import PASSWORD, sign_in

UNIT = "/fr/courses/technical-refresher/why-financing/"
ASK = """
from courses.models import Unit
from core.pagecache import forget_pages
unit = Unit.objects.get(slug="why-financing", module__slug="technical-refresher")
facts = {f"prompt_{code}": f"Qui décide du budget ? ({code})" for code in ("en", "fr", "es")}
unit.reflections.update_or_create(key="who-decides", defaults=facts)
forget_pages()
"""
KEPT = "Object.keys(localStorage).filter(k => k.startsWith('fdw.answers')).length"


@pytest.fixture(scope="module", autouse=True)
def question(portal):
    """Let the unit ask about the reader's country."""
    portal.manage("shell", "-v0", "-c", ASK)


def answer(page):
    return page.get_by_label("Qui décide du budget ?")


def test_a_reflection_written_while_the_line_is_cut_is_there_on_another_device(device):
    page = device()
    sign_in(page, "participant-fr", following=UNIT)
    page.goto(UNIT)
    answer(page).press_sequentially("Le Parlement")
    part = page.locator(".question", has=answer(page))
    expect(part.locator("[role=status]")).to_have_class("kept")

    page.context.set_offline(True)
    answer(page).press_sequentially(" et le ministère des Finances")
    expect(part.locator("[role=status]")).to_have_class("waiting")
    page.locator("details:has(#q0) summary").click()
    page.locator("#q0-1").press_sequentially("Demander au syndicat")
    expect(page.locator("#q0 [role=status]")).to_have_class("waiting")
    page.context.set_offline(False)
    page.reload()
    expect(part.locator("[role=status]")).to_have_class("kept")
    expect(page.locator("#q0 [role=status]")).to_have_class("kept")
    expect(answer(page)).to_have_value("Le Parlement et le ministère des Finances")
    assert page.evaluate(KEPT) == 0

    other = device(width=1280)
    sign_in(other, "participant-fr")
    other.goto(UNIT)
    expect(answer(other)).to_have_value("Le Parlement et le ministère des Finances")
    expect(other.locator("#q0-1")).to_have_value("Demander au syndicat")
    answer(other).fill("Le Parlement seul")
    expect(other.locator(".question", has=answer(other)).locator("[role=status]")).to_have_class("kept")

    page.goto("/fr/courses/mine/")
    expect(page.locator("main")).to_contain_text("Le Parlement seul")
    expect(page.locator("main")).to_contain_text("Demander au syndicat")


def test_leaving_the_page_at_once_loses_nothing(device):
    page = device()
    sign_in(page, "participant-es", following=UNIT)
    page.goto(UNIT)
    answer(page).press_sequentially("Escrito y enviado")
    page.locator('.bar a[hreflang="es"]').click()
    page.wait_for_url(re.compile("/es/"))
    expect(answer(page)).to_have_value("Escrito y enviado")
    page.goto("/fr/courses/mine/")
    expect(page.locator("main")).to_contain_text("Escrito y enviado")


def test_signing_out_names_the_note_that_could_not_be_sent(device):
    page = device()
    sign_in(page, "tutor", following=UNIT)
    page.goto(UNIT)
    leave = page.context.new_page()
    leave.goto("/fr/accounts/logout/")
    page.context.set_offline(True)
    answer(page).press_sequentially("Personne ne le lit")
    expect(page.locator(".question .waiting")).to_have_count(1)
    leave.locator("form[data-signout] [type=submit]").click()
    expect(leave.locator(".alert-warning")).to_be_visible()
    title = page.title().split(" – ")[0]
    expect(leave.locator(".alert-warning")).to_contain_text(title)
    page.context.set_offline(False)
    leave.reload()
    with leave.expect_navigation():
        leave.locator("form[data-signout] [type=submit]").click()
    assert leave.evaluate(KEPT) == 0


def test_a_shared_computer_keeps_no_note(device):
    page = device()
    page.goto("/fr/accounts/login/")
    page.fill("[name=login]", "participant@demo.example")
    page.fill("[name=password]", PASSWORD)
    page.check("[name=shared]")
    with page.expect_navigation():
        page.press("[name=password]", "Enter")
    page.goto(UNIT)
    page.context.set_offline(True)
    answer(page).press_sequentially("Pas ici")
    expect(page.locator(".question .waiting")).to_have_count(1)
    assert page.evaluate(KEPT) == 0
    page.context.set_offline(False)


def test_without_script_the_buttons_do_it(device):
    page = device(java_script_enabled=False)
    sign_in(page, "participant", following=UNIT)
    page.goto(UNIT)
    answer(page).fill("Écrit sans script")
    page.locator("form.own-notes button").click()
    expect(answer(page)).to_have_value("Écrit sans script")
    page.locator("form.mark button").click()
    expect(page.locator("form.mark .kept")).to_be_visible()
    page.locator("form.clear button[value=no]").click()
    page.locator("[name=remark]").fill("Le deuxième paragraphe")
    page.locator("form.clear button[value=no]").click()
    expect(page.locator("[name=remark]")).to_have_value("Le deuxième paragraphe")
    page.locator("form.clear button[value=yes]").click()
    expect(page.locator("[name=remark]")).to_have_count(0)
