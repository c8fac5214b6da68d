"""Menus are data: their order, their language, where one is, and what is hidden."""

import re

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from core import registry
from core.pagecache import forget_pages
from core.starter import read_rows
from programme.enums import Menu
from programme.loaders import FOLDER
from programme.loaders.menus import load_menus
from programme.models import MenuItem
from tests.factories import MenuItemFactory, PageFactory, texts

pytestmark = pytest.mark.django_db


def menus_of(html: str) -> tuple[str, str]:
    """Return (main menu, foot) of a page."""
    return re.search(r'<nav class="nav".*?</nav>', html, re.DOTALL)[0], re.search(r"<footer.*?</footer>", html, re.DOTALL)[0]


def test_without_menus_the_modules_and_the_glossary_are_found(visitor):
    main, foot = menus_of(visitor.get("/fr/glossary/").text)
    assert '<a href="/fr/courses/">' in main
    assert '<a href="/fr/glossary/" aria-current="page">' in main
    assert '<a href="/fr/accounts/privacy/">' in foot


@pytest.mark.parametrize("language", ["en", "fr", "es"])
def test_lines_stand_in_order_and_in_the_readers_language(visitor, language):
    page = PageFactory(slug="introduction")
    MenuItemFactory(position=2)
    MenuItemFactory(position=1, route="", page=page, **texts("label", "About"))
    MenuItemFactory(menu=Menu.LEGAL, route="accounts:privacy", **texts("label", "Data"))
    main, foot = menus_of(visitor.get(f"/{language}/").text)
    assert main.index(f'<a href="/{language}/about/introduction/">About {language}</a>') < main.index(f"Words {language}")
    assert f'<a href="/{language}/accounts/privacy/">Data {language}</a>' in foot
    assert "courses" not in main


def test_the_page_one_is_on_is_marked_and_what_stands_below_it_too(visitor, participant, client_of):
    MenuItemFactory(route="programme:faq")
    MenuItemFactory(route="programme:glossary")
    assert '<a href="/en/faq/" aria-current="page">' in menus_of(visitor.get("/en/faq/").text)[0]
    below = menus_of(client_of(participant).get("/en/accounts/profile/").text)[0]
    assert "aria-current" not in below
    MenuItemFactory(route="programme:page_list")
    PageFactory(slug="outcomes")
    forget_pages()
    assert '<a href="/en/about/" aria-current="true">' in menus_of(visitor.get("/en/about/outcomes/").text)[0]


def test_line_to_a_draft_is_hidden_and_to_a_members_page_from_visitors(visitor, client_of, participant, staff):
    MenuItemFactory(route="", page=PageFactory(slug="draft", state="draft"), **texts("label", "Hidden"))
    MenuItemFactory(route="", page=PageFactory(slug="inside", audience="member"), **texts("label", "Inside"))
    main = menus_of(visitor.get("/en/glossary/").text)[0]
    assert "Hidden" not in main
    assert "Inside" not in main
    assert "Inside en" in menus_of(client_of(participant).get("/en/glossary/").text)[0]
    assert "Hidden" not in menus_of(client_of(staff).get("/en/glossary/").text)[0]


def test_label_that_is_missing_falls_back_and_is_marked(visitor):
    MenuItemFactory(label_fr="")
    assert '<a href="/fr/glossary/" lang="en">Words en</a>' in menus_of(visitor.get("/fr/").text)[0]


def test_label_is_escaped(visitor):
    MenuItemFactory(label_en="<b>x</b>")
    assert "&lt;b&gt;x&lt;/b&gt;" in menus_of(visitor.get("/en/").text)[0]


def test_route_that_is_no_more_is_hidden(visitor):
    row = MenuItemFactory()
    MenuItem.objects.filter(pk=row.pk).update(route="gone:page")
    assert "Words" not in visitor.get("/en/").text


def test_warm_page_of_a_person_pays_nothing_for_the_menus(client_of, participant, django_assert_num_queries):
    browser = client_of(participant)
    browser.get("/en/accounts/privacy/")
    MenuItemFactory(route="", page=PageFactory())
    forget_pages()
    browser.get("/en/accounts/privacy/")
    with django_assert_num_queries(3):
        browser.get("/en/accounts/privacy/")


def test_error_page_asks_nothing(visitor, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert visitor.get("/en/nowhere/at/all/").status_code == 404


@pytest.mark.parametrize("both", [{}, {"route": "programme:glossary", "page": True}, {"route": "admin:index"}])
def test_line_leads_to_one_known_place(both):
    page = PageFactory() if both.get("page") else None
    with pytest.raises(ValidationError):
        MenuItem(menu="main", **texts("label", "X"), **(both | {"page": page})).full_clean()


def test_every_route_that_may_stand_in_a_menu_is_there():
    assert len(registry.routes.names()) > 8
    assert all(reverse(name) for name in registry.routes.names())


def test_starter_menus_load_once_and_lead_to_what_is_there():
    rows = read_rows(FOLDER, "menu.yaml")
    for row in rows:
        if "page" in row:
            PageFactory._meta.model.objects.filter(slug=row["page"]).exists() or PageFactory(slug=row["page"])
    assert load_menus() == len(rows)
    assert load_menus() == 0
    MenuItem.objects.filter(menu=Menu.FOOTER).delete()
    assert load_menus() == 0
    assert 2 <= MenuItem.objects.filter(menu=Menu.MAIN).count() <= 6
    named = {row["slug"] for row in read_rows(FOLDER, "pages/pages.yaml")}
    assert {row["page"] for row in rows if "page" in row} <= named
