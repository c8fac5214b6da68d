"""Reading: visitors and people, places kept, languages, what is hidden."""

import datetime as dt

import pytest
import time_machine
from django.utils.translation import override

from courses import services
from courses.models import UnitRecord
from courses.services.reading import mark_complete
from tests.factories import CheckFactory, ModuleFactory, UnitFactory

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 11, 22, 12, 0, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)
LANGUAGES = ["en", "fr", "es"]


@pytest.fixture
def module(db):
    return ModuleFactory()


@pytest.fixture
def units(module):
    return [UnitFactory(module=module), UnitFactory(module=module), CheckFactory(module=module)]


@pytest.fixture
def browser(client_of, participant):
    return client_of(participant)


def record(person, unit):
    return UnitRecord.objects.filter(user=person, unit=unit).first()


# Visitors -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_visitor_reads_everything_published(visitor, module, units, language):
    with override(language):
        for page in ("/courses/", module.get_absolute_url()[3:], *(unit.get_absolute_url()[3:] for unit in units)):
            response = visitor.get(f"/{language}{page}")
            assert response.status_code == 200
            assert f'<html lang="{language}">' in response.content.decode()
    page = visitor.get(f"/{language}{units[0].get_absolute_url()[3:]}").content.decode()
    assert f"Text {language}." in page
    assert f"Source, 2024 {language}" in page
    assert UnitRecord.objects.count() == 0


@pytest.mark.parametrize("tail", ["complete/", "place/", "start/", "attempts/1/", "attempts/1/answer/", "attempts/1/submit/"])
def test_visitor_cannot_post(visitor, units, tail):
    response = visitor.post(units[2].get_absolute_url() + tail, {"block": 3, "position": 1})
    assert response.status_code == 302
    assert response["Location"].startswith("/en/accounts/login/?next=")
    assert UnitRecord.objects.count() == 0


def test_visitor_is_led_to_sign_in_by_continue(visitor, module):
    response = visitor.get(module.get_absolute_url() + "continue/")
    assert response["Location"] == f"/en/accounts/login/?next={module.get_absolute_url()}continue/"


# Hidden -------------------------------------------------------------------------------------------


def test_draft_is_for_staff(client_of, visitor, participant, staff):
    unit = UnitFactory(module=ModuleFactory(state="draft"))
    for page in (unit.get_absolute_url(), unit.module.get_absolute_url()):
        assert visitor.get(page).status_code == 404
        assert client_of(participant).get(page).status_code == 404
        response = client_of(staff).get(page)
        assert response.status_code == 200
        assert b"Draft: only the programme team sees this page." in response.content
    title = unit.module.title_en.encode()
    assert title not in visitor.get("/en/courses/").content
    assert title not in client_of(participant).get("/en/courses/").content
    assert title in client_of(staff).get("/en/courses/").content


def test_draft_takes_no_posts(browser):
    check = CheckFactory(module=ModuleFactory(state="draft"))
    for tail in ("complete/", "place/", "start/"):
        assert browser.post(check.get_absolute_url() + tail, {"block": 1}).status_code == 404


def test_module_for_members(visitor, browser):
    unit = UnitFactory(module=ModuleFactory(audience="member"))
    assert visitor.get(unit.get_absolute_url())["Location"].endswith(f"?next={unit.get_absolute_url()}")
    assert browser.get(unit.get_absolute_url()).status_code == 200
    assert unit.module.title_en.encode() not in visitor.get("/en/courses/").content


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "page", ["no-such/", "no-such/continue/", "no-such/unit/", "{module}/no-such/", "{module}/a/b/c/", "É/"]
)
def test_unknown_is_not_found_in_the_readers_language(browser, module, units, language, page):
    response = browser.get(f"/{language}/courses/{page.format(module=module.slug)}")
    assert response.status_code == 404
    assert f'<html lang="{language}">' in response.content.decode()
    assert f'href="/{language}/courses/"' in response.content.decode()


def test_unit_under_another_module_is_not_found(browser, module, units):
    other = UnitFactory()
    assert browser.get(f"{module.get_absolute_url()}{other.slug}/").status_code == 404


# Progress -----------------------------------------------------------------------------------------


def test_reading_is_remembered_seldom(browser, participant, units):
    with time_machine.travel(NOW, tick=False) as now:
        browser.get(units[0].get_absolute_url())
        assert record(participant, units[0]).seen_at == NOW
        now.shift(5 * MINUTE)
        browser.get(units[0].get_absolute_url())
        assert record(participant, units[0]).seen_at == NOW
        now.shift(MINUTE)
        browser.get(units[0].get_absolute_url())
        assert record(participant, units[0]).seen_at == NOW + 6 * MINUTE


def test_complete_goes_on_to_the_next(browser, participant, module, units):
    response = browser.post(units[0].get_absolute_url() + "complete/")
    assert response["Location"] == units[1].get_absolute_url()
    first = record(participant, units[0]).completed_at
    assert first
    browser.post(units[0].get_absolute_url() + "complete/")
    assert record(participant, units[0]).completed_at == first


def test_last_reading_goes_back_to_the_module(browser):
    unit = UnitFactory()
    assert browser.post(unit.get_absolute_url() + "complete/")["Location"] == unit.module.get_absolute_url()
    assert "You have completed this module." in browser.get(unit.module.get_absolute_url()).content.decode()


def test_a_check_is_not_completed_by_a_button(browser, participant, units):
    response = browser.post(units[2].get_absolute_url() + "complete/", follow=True)
    assert "A knowledge check is done when you pass it." in response.content.decode()
    assert not record(participant, units[2]).completed_at


def test_continue_goes_to_the_last_unit_at_its_block(browser, participant, module, units):
    go_on = module.get_absolute_url() + "continue/"
    assert browser.get(go_on)["Location"] == units[0].get_absolute_url()
    with time_machine.travel(NOW, tick=False) as now:
        browser.get(units[0].get_absolute_url())
        now.shift(MINUTE)
        browser.get(units[1].get_absolute_url())
        now.shift(MINUTE)
        assert browser.get(go_on)["Location"] == units[1].get_absolute_url()
        assert browser.post(units[0].get_absolute_url() + "place/", {"block": 2}).status_code == 204
        assert browser.get(go_on)["Location"] == units[0].get_absolute_url() + "#b2"
        now.shift(MINUTE)
        browser.post(units[0].get_absolute_url() + "complete/")
        assert browser.get(go_on)["Location"] == units[1].get_absolute_url()


def test_continue_when_all_is_done_goes_to_the_module(browser, participant, module, units):
    for unit in units[:2]:
        services.complete_unit(user=participant, unit=unit)
    mark_complete(participant, units[2])
    assert browser.get(module.get_absolute_url() + "continue/")["Location"] == module.get_absolute_url()


@pytest.mark.parametrize("block", ["", "-1", "1.5", "x", "9" * 40, "²"])
def test_place_refuses_nonsense(browser, participant, units, block):
    browser.get(units[0].get_absolute_url())
    response = browser.post(units[0].get_absolute_url() + "place/", {"block": block})
    assert response.status_code == 400
    assert record(participant, units[0]).block == 0


def test_place_is_bounded_and_ones_own(browser, participant, outsider, units):
    services.record_reading(user=outsider, unit_id=units[0].pk, record=None)
    browser.get(units[0].get_absolute_url())
    browser.post(units[0].get_absolute_url() + "place/", {"block": 9 * 10**17})
    assert record(participant, units[0]).block == 9999
    assert record(outsider, units[0]).block == 0


def test_place_without_having_opened_writes_nothing(browser, participant, units):
    assert browser.post(units[0].get_absolute_url() + "place/", {"block": 3}).status_code == 204
    assert record(participant, units[0]) is None


@pytest.mark.django_db(transaction=True)
def test_opening_twice_at_once_makes_one_record(participant, at_once):
    unit = UnitFactory()
    at_once(*[lambda: services.record_reading(user=participant, unit_id=unit.pk, record=None)] * 2)
    assert UnitRecord.objects.count() == 1


def test_progress_is_shown(browser, participant, module, units):
    services.complete_unit(user=participant, unit=units[0])
    assert "1 of 3 done" in browser.get("/en/courses/").content.decode()
    page = browser.get(module.get_absolute_url()).content.decode()
    assert "1 of 3 done" in page
    assert page.count('class="is-done"') >= 1


def test_home_offers_the_next_step(browser, participant, module, units):
    assert module.get_absolute_url() in browser.get("/en/").content.decode()
    services.record_reading(user=participant, unit_id=units[0].pk, record=None)
    assert f"{module.get_absolute_url()}continue/" in browser.get("/en/").content.decode()


# Languages ----------------------------------------------------------------------------------------


def test_language_switch_keeps_page_and_query(visitor, browser, units):
    path = units[0].get_absolute_url()
    for reader in (visitor, browser):
        page = reader.get(f"{path}?a=1&b=%C3%A9").content.decode()
        for code in ("fr", "es"):
            assert f'<a href="/{code}{path[3:]}?a=1&amp;b=%C3%A9" lang="{code}"' in page


def test_next_and_previous(visitor, units):
    page = visitor.get(units[1].get_absolute_url()).content.decode()
    assert f'href="{units[0].get_absolute_url()}"' in page
    assert f'class="next" href="{units[2].get_absolute_url()}"' in page
    assert 'class="next"' not in visitor.get(units[2].get_absolute_url()).content.decode()
