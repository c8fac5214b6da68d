"""Bookmarks: one button, which says what it does."""

import pytest

from courses.models import Bookmark
from courses.services.notes import set_bookmark
from tests.factories import ModuleFactory, UnitFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def unit(db):
    return UnitFactory()


@pytest.fixture
def browser(client_of, participant):
    return client_of(participant)


def test_button_adds_and_removes(browser, participant, unit):
    url = unit.get_absolute_url()
    assert 'value="add"' in browser.get(url).content.decode()
    assert browser.post(url + "bookmark/", {"do": "add"})["Location"] == url
    assert Bookmark.objects.get().user == participant
    assert 'value="remove"' in browser.get(url).content.decode()
    assert "Bookmarked" in browser.get("/en/courses/mine/").content.decode()
    browser.post(url + "bookmark/", {"do": "remove"})
    assert not Bookmark.objects.exists()


@pytest.mark.parametrize("act", ["add", "remove"])
def test_double_click_does_it_once(browser, unit, act):
    for _ in range(2):
        assert browser.post(unit.get_absolute_url() + "bookmark/", {"do": act}).status_code == 302
    assert Bookmark.objects.count() == (act == "add")


@pytest.mark.parametrize("act", ["", "toggle", "ADD"])
def test_unknown_act_is_refused(browser, unit, act):
    assert browser.post(unit.get_absolute_url() + "bookmark/", {"do": act}).status_code == 400
    assert not Bookmark.objects.exists()


def test_a_link_never_acts(browser, unit):
    assert browser.get(unit.get_absolute_url() + "bookmark/?do=add").status_code == 405


def test_draft_cannot_be_bookmarked(browser):
    unit = UnitFactory(module=ModuleFactory(state="draft"))
    assert browser.post(unit.get_absolute_url() + "bookmark/", {"do": "add"}).status_code == 404


def test_bookmarks_are_ones_own(browser, outsider, unit):
    set_bookmark(user=outsider, unit=unit, keep=True)
    assert 'value="add"' in browser.get(unit.get_absolute_url()).content.decode()
    browser.post(unit.get_absolute_url() + "bookmark/", {"do": "remove"})
    assert Bookmark.objects.get().user == outsider


@pytest.mark.django_db(transaction=True)
def test_two_tabs_at_once_make_one_bookmark(participant, unit, at_once):
    at_once(*[lambda: set_bookmark(user=participant, unit=unit, keep=True)] * 3)
    assert Bookmark.objects.count() == 1
