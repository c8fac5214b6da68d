"""axe on every public page, a person's main pages and the administration's, light and dark, narrow and wide: no finding."""

import os

from benchmarks.audit import tools
from benchmarks.audit.portal import Page, Portal
from benchmarks.audit.verdicts import Verdict
from benchmarks.harness import table

THEMES = ("light", "dark")
WIDTHS = (360, 1280)
SHOWN = 20


def prepare() -> None:
    """Raises: Failure naming what is missing."""
    tools.chromium()


def run(portal: Portal) -> list[Verdict]:
    os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    from playwright.sync_api import sync_playwright

    shelves = {
        "public pages": (None, lambda _page: [*portal.listed(), *portal.open_forms()]),
        "main pages of a participant": ("participant", lambda _page: portal.own_pages()),
        "pages of the administration": ("staff", lambda page: admin_pages(portal, page)),
    }
    verdicts, rows = [], []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=tools.chromium(), args=["--no-sandbox", "--disable-gpu"])
        for name, (who, pages_of) in shelves.items():
            page = browser.new_context().new_page()
            if who:
                portal.sign_in(page, who)
            pages = pages_of(page)
            found = [finding for one in pages for finding in look(portal, page, one)]
            rows += map(list, found)
            verdicts.append(
                Verdict(f"axe: findings on {len(pages)} {name}, light and dark, 360 and 1280 px", len(found), "<= 0")
            )
            page.context.close()
        browser.close()
    print("axe")
    table(rows[:SHOWN], ["page", "theme", "width", "rule", "place"])
    return verdicts


def look(portal: Portal, page, where: Page) -> list[tuple]:
    """Return (path, theme, width, rule, first place) of every finding on a page."""
    from axe_playwright_python.sync_playwright import Axe

    answer, found = page.goto(portal.url + where.path), []
    if answer.status != 200:
        return [(where.path, "", 0, f"answered {answer.status}", "")]
    for theme in THEMES:
        page.emulate_media(color_scheme=theme)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 740})
            result = Axe().run(page).response
            if not result["passes"]:
                found.append((where.path, theme, width, "axe examined nothing", ""))
            found += [(where.path, theme, width, one["id"], one["nodes"][0]["target"][0]) for one in result["violations"]]
    return found


def admin_pages(portal: Portal, page) -> list[Page]:
    """Return the administration's first page, every list that it links, and the first row of each; as staff see them."""
    page.goto(f"{portal.url}/admin/")
    links = "links => [...new Set(links.map(link => new URL(link.href).pathname))]"
    lists = [path for path in page.eval_on_selector_all("main a[href], #content a[href]", links) if path.count("/") == 4]
    rows = []
    for path in lists:
        page.goto(portal.url + path)
        rows += page.eval_on_selector_all("#result_list tbody th a[href], #result_list tbody td a[href]", links)[:1]
    return [Page(path, "admin") for path in ["/admin/", *lists, *dict.fromkeys(rows)]]
