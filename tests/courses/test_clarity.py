"""“Was this clear?”: one answer for each person and unit, read by staff without the name."""

import datetime as dt

import pytest
import time_machine

from core import registry
from courses.models import Clarity
from courses.services.clarity import LONGEST, say_clear
from tests.factories import UnitFactory, UserFactory

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 11, 22, 12, 0, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


@pytest.fixture
def unit(db):
    return UnitFactory()


@pytest.fixture
def browser(client_of, participant):
    return client_of(participant)


def say(person, unit, is_clear=False, remark="What is a levy?"):
    return say_clear(user=person, unit=unit, language="en", is_clear=is_clear, remark=remark)


def desk_lines(staff) -> list[tuple[str, int]]:
    return [(str(line.what), line.count) for line in registry.desk["unclear"](staff)]


def test_person_says_and_changes_her_mind(browser, participant, unit):
    url = unit.get_absolute_url()
    assert 'name="remark"' not in browser.get(url).content.decode()
    assert browser.post(url + "clear/", {"clear": "no"})["Location"] == url + "#clear"
    assert 'name="remark"' in browser.get(url).content.decode()
    browser.post(url.replace("/en/", "/fr/") + "clear/", {"clear": "no", "remark": " Qu’est-ce qu’un prélèvement ? "})
    said = Clarity.objects.get(user=participant)
    assert (said.is_clear, said.language, said.remark) == (False, "fr", "Qu’est-ce qu’un prélèvement ?")
    assert "Qu’est-ce" in browser.get(url).content.decode()
    browser.post(url + "clear/", {"clear": "yes", "remark": "x"})
    said.refresh_from_db()
    assert (said.is_clear, said.remark) == (True, "")
    assert Clarity.objects.count() == 1


def test_not_yet_again_keeps_the_remark(browser, participant, unit):
    say(participant, unit)
    browser.post(unit.get_absolute_url() + "clear/", {"clear": "no"})
    assert Clarity.objects.get().remark == "What is a levy?"


def test_too_long_comes_back_with_what_was_typed(browser, unit):
    response = browser.post(unit.get_absolute_url() + "clear/", {"clear": "no", "remark": "y" * (LONGEST + 1)})
    assert response.status_code == 400
    assert "y" * (LONGEST + 1) in response.content.decode()
    assert "at most 1000 characters" in response.content.decode()
    assert Clarity.objects.count() == 0


@pytest.mark.parametrize("answer", ["", "maybe", "True"])
def test_unknown_answer_is_refused(browser, unit, answer):
    assert browser.post(unit.get_absolute_url() + "clear/", {"clear": answer}).status_code == 400


def test_reader_is_told_who_reads_it(browser, visitor, unit):
    assert "without your name" in browser.get(unit.get_absolute_url()).content.decode()
    assert 'id="clear"' not in visitor.get(unit.get_absolute_url()).content.decode()


def test_staff_read_it_without_the_name(client_of, staff, participant, unit, settings):
    settings.STAFF_SECOND_FACTOR = False
    said = say(participant, unit)
    desk = client_of(staff)
    listed = desk.get("/admin/courses/clarity/").content.decode()
    shown = desk.get(f"/admin/courses/clarity/{said.pk}/change/").content.decode()
    for page in (listed, shown):
        assert "What is a levy?" in page
        assert participant.name not in page
        assert participant.email not in page
    assert desk.get("/admin/courses/clarity/add/").status_code == 403
    assert desk.post(f"/admin/courses/clarity/{said.pk}/delete/", {"post": "yes"}).status_code == 403


def test_desk_counts_unclear_remarks_of_thirty_days(staff, participant, unit, django_assert_num_queries):
    with time_machine.travel(NOW - 31 * DAY, tick=False):
        say(UserFactory(), unit)
    with time_machine.travel(NOW, tick=False):
        assert desk_lines(staff) == []
        say(participant, unit)
        say(UserFactory(), unit, remark="")
        say(UserFactory(), unit, is_clear=True)
        other = UnitFactory()
        say(participant, other)
        say(UserFactory(), other)
        with django_assert_num_queries(1):
            lines = desk_lines(staff)
        assert sorted(count for _what, count in lines) == [1, 2]
        assert any(unit.module.title_en in what for what, _count in lines)


def test_desk_line_leads_to_what_it_counts(client_of, staff, participant, unit, settings):
    settings.STAFF_SECOND_FACTOR = False
    say(participant, unit)
    say(participant, UnitFactory(), remark="Elsewhere")
    line = next(line for line in registry.desk["unclear"](staff) if unit.module.title_en in str(line.what))
    page = client_of(staff).get(line.url).content.decode()
    assert "What is a levy?" in page
    assert "Elsewhere" not in page
