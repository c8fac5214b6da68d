"""A Spanish reader goes through a whole module; an editor changes the French original; a module moves to an empty site."""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import Portal, sign_in
from tests.journeys.right_answers import give, right_answers

SLUG = "integrated-national-financing-frameworks"
MODULE = f"/es/courses/{SLUG}/"
FRENCH = f"""
from courses.models import Module
from core.pagecache import forget_pages
module = Module.objects.get(slug="{SLUG}")
for part in module.parts():
    part.source_language = "fr"
    part.mark_translated("en", "fr", "es")
    part.save()
forget_pages()
"""
EMPTY = """
from clinics.models import Activity
from courses.models import CheckItem, Module, Question
Activity.objects.all().delete()
CheckItem.objects.all().delete()
Module.objects.all().delete()
Question.objects.update(version=None)
for question in Question.objects.all():
    question.versions.all().delete()
    question.delete()
"""


# Learning -----------------------------------------------------------------------------------------
def test_a_spanish_reader_goes_through_a_module_and_her_statement_is_verified(device):
    page = device()
    sign_in(page, "participant-es", language="es", following=MODULE)
    page.goto("/es/courses/?theme=" + SLUG)
    page.locator(".rows a.row-link").click()
    page.locator(".actions .btn-primary").first.click()
    written = read_all(page)
    pass_check(page)

    page.goto("/es/courses/mine/")
    expect(page.locator("main")).to_contain_text(written)
    page.goto(MODULE)
    number = statement(page)

    anybody = device()
    anybody.goto("/es/courses/verify/")
    anybody.fill("[name=number]", number.lower().replace("-", " "))
    anybody.press("[name=number]", "Enter")
    expect(anybody.locator("main")).to_contain_text("Participante de Demostración")
    expect(anybody.locator("main")).to_contain_text("Marcos nacionales de financiación integrados")
    anybody.goto("/es/courses/verify/FDW-0000-0000-0000-0000/")
    expect(anybody.locator("[name=number]")).to_have_attribute("aria-invalid", "true")


def read_all(page) -> str:
    """Read every unit up to the check, answer about one's country on the way; return what was written."""
    written = ""
    while not page.locator(f'form[action$="/{SLUG}/check/start/"]').count():
        assert page.locator("html").get_attribute("lang") == "es"
        if not written and page.locator(".own-notes .question textarea").count():
            written = "El Ministerio de Finanzas lo dirige"
            field = page.locator(".own-notes .question").first
            field.locator("textarea").press_sequentially(written)
            expect(field.locator("[role=status]")).to_have_class("kept")
        with page.expect_navigation():
            page.locator(".read button").click()
    return written


def pass_check(page) -> None:
    answers = right_answers("es", SLUG)
    page.locator(f'form[action$="/{SLUG}/check/start/"] button').click()
    questions = page.locator(".question")
    expect(questions.first).to_be_visible()
    for n in range(questions.count()):
        give(questions.nth(n), answers)
        expect(questions.nth(n).locator("[role=status]")).to_have_class("kept")
    page.locator("button[formaction]").click()
    expect(page.locator(".big")).to_have_text(re.compile(r"100\s%"))


def statement(page) -> str:
    """Get the statement of completion as a PDF; return its number."""
    page.locator('form[action$="/statement/"] button').click()
    page.goto("/es/courses/statements/")
    number = re.search(r"FDW(-[0-9A-Z]{4}){4}", page.locator("main").inner_text())[0]
    page.locator(f'form[action$="{number}/pdf/"] button').click()
    link = page.locator('a[href^="/files/"]')
    expect(link).to_be_visible(timeout=40_000)
    answer = page.request.get(link.get_attribute("href"))
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.body().startswith(b"%PDF-")
    return number


# Editing ------------------------------------------------------------------------------------------
@pytest.fixture
def french_original(portal):
    """Let the module be one that was written in French."""
    portal.manage("shell", "-v0", "-c", FRENCH)


def test_a_changed_french_figure_shows_english_and_spanish_stale_with_the_change_marked(device, french_original):
    page = device(width=1280)
    sign_in(page, "staff", following="/admin/")
    page.goto("/admin/courses/module/?q=" + SLUG)
    page.locator("#result_list tbody th a").first.click()
    module = page.url
    page.get_by_role("link", name=re.compile("Malawi")).first.click()
    body = page.locator("[name=body_fr]")
    before = body.input_value()
    assert "2025" in before
    body.fill(before.replace("2025", "2024", 1))
    page.locator("[name=_save]").click()
    expect(page.locator(".messagelist .success")).to_be_visible()

    for code in ("en", "es"):
        page.goto(module.replace("/change/", f"/translate/{code}/"))
        page.locator("details.leaves summary").click()
        page.locator("details.leaves a", has_text="Malawi").first.click()
        row = page.locator(".text", has=page.locator("ins"))
        expect(row).to_have_count(1)
        expect(row.locator("h2 .care")).to_be_visible()
        assert "2025" in row.locator("del").all_inner_texts()[0]
        assert "2024" in row.locator("ins").all_inner_texts()[0]
    expect(page.locator(".text")).to_have_count(1)  # neither the title nor anything else is stale


# Moving -------------------------------------------------------------------------------------------
@pytest.fixture
def empty_site(tmp_path_factory):
    """Another portal, without modules and questions."""
    other = Portal(tmp_path_factory.mktemp("empty"))
    other.start()
    other.manage("shell", "-v0", "-c", EMPTY)
    other.manage("shell", "-v0", "-c", "from core.pagecache import forget_pages; forget_pages()")
    yield other
    other.stop()


def test_an_exported_zip_imported_on_an_empty_site_gives_the_same_pages(portal, chromium, device, empty_site, tmp_path):
    page = device(width=1280)
    sign_in(page, "staff", following="/admin/")
    page.goto("/admin/courses/module/?q=financing-mechanisms")
    page.locator("#result_list tbody th a").first.click()
    with page.expect_download() as download:
        page.locator('a[href$="/export/"]').click()
    file = tmp_path / "financing-mechanisms.zip"
    download.value.save_as(file)

    context = chromium.new_context(base_url=empty_site.url)
    there = context.new_page()
    sign_in(there, "staff", following="/admin/")
    there.goto("/admin/courses/module/import/")
    there.set_input_files("[name=zip]", file)
    there.locator("[type=submit].default").click()
    expect(there.locator(".desk-table")).to_contain_text("financing-mechanisms")
    there.locator("[type=submit].default").click()
    there.wait_for_url("**/change/")

    visitor = device()
    visitor.goto("/en/courses/financing-mechanisms/")
    links = visitor.locator(".todo a")
    paths = [links.nth(n).get_attribute("href") for n in range(links.count())]
    assert len(paths) >= 8
    for path in [*paths, *(path.replace("/en/", "/fr/") for path in paths[:3])]:
        assert told(context, empty_site.url + path) == told(visitor.context, portal.url + path)
    context.close()


def told(context, url: str) -> str:
    """Return what a visitor is told by a page's main part, and the addresses of its figures."""
    html = context.request.get(url, headers={"Cookie": ""}).text()
    main = html.partition("<main")[2].partition("</main>")[0]
    return re.sub(r"(?:/files/[0-9a-f-]+|\sid=\"[^\"]*\"|localhost(?::|%3A)\d+)", "", main)
