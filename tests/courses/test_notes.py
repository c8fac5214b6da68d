"""Private notes and answers "for my country": kept, the later typed stays, nobody else reads them."""

import datetime as dt

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.translation import override

from core.errors import DomainError
from courses.models import Note
from courses.services import record_reading
from courses.services.notes import LONGEST, reflections_of, save_note, set_bookmark
from tests.factories import ModuleFactory, UnitFactory, texts

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 11, 22, 12, 0, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def unit(db):
    return UnitFactory()


@pytest.fixture
def reflection(unit):
    return unit.reflections.create(key="inff-stage", position=1, **texts("prompt", "Where does your country stand?"))


@pytest.fixture
def browser(client_of, participant):
    return client_of(participant)


def page_of(client, unit, language="en") -> str:
    with override(language):
        return client.get(unit.get_absolute_url()).content.decode()


def had(page: str, position: int) -> str:
    return page.split(f'name="had{position}" value="')[1].split('"')[0]


def own(person, unit) -> str:
    return Note.objects.get(user=person, unit=unit, reflection=None).text


# What the page shows ------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "fr", "es"])
def test_visitor_sees_what_is_asked_and_where_to_sign_in(visitor, unit, reflection, language):
    page = page_of(visitor, unit, language)
    assert f"Where does your country stand? {language}" in page
    assert f"/{language}/accounts/login/?next=/{language}/courses/" in page
    assert "<textarea" not in page
    assert "csrfmiddlewaretoken" not in page


def test_visitor_sees_nothing_where_nothing_is_asked(visitor, unit):
    assert "For my country" not in page_of(visitor, unit)


def test_question_no_longer_asked_is_not_shown(visitor, unit, reflection):
    unit.reflections.update(is_active=False)
    assert "For my country" not in page_of(visitor, unit)


def test_person_finds_her_texts_again(browser, participant, unit, reflection):
    save_note(user=participant, unit=unit, text="Ask <the> ministry")
    save_note(user=participant, unit=unit, reflection=reflection, text="In the second phase")
    page = page_of(browser, unit)
    assert "Ask &lt;the&gt; ministry" in page
    assert "In the second phase" in page
    assert "<details open>" in page


def test_a_persons_texts_cost_one_query(browser, participant, unit, reflection):
    def queries():
        browser.get(unit.get_absolute_url())
        with CaptureQueriesContext(connection) as seen:
            browser.get(unit.get_absolute_url())
        return [query["sql"] for query in seen if "courses_note" in query["sql"] or "courses_bookmark" in query["sql"]]

    assert len(queries()) == 1
    save_note(user=participant, unit=unit, text="one")
    save_note(user=participant, unit=unit, reflection=reflection, text="two")
    for n in range(2):
        more = unit.reflections.create(key=f"more-{n}", **texts("prompt", "More"))
        save_note(user=participant, unit=unit, reflection=more, text="three")
    set_bookmark(user=participant, unit=unit, keep=True)
    assert len(queries()) == 1


def test_notes_are_private(client_of, staff, outsider, participant, unit):
    save_note(user=participant, unit=unit, text="Only for me")
    for other in (staff, outsider):
        client = client_of(other)
        assert "Only for me" not in page_of(client, unit)
        assert "Only for me" not in client.get("/en/courses/mine/").content.decode()
        assert "Only for me" not in client.get("/en/courses/mine/notes.md").content.decode()
    assert client_of(staff).get("/admin/courses/note/").status_code == 404


# Saving, and the order of what arrives --------------------------------------------------------------


def test_saved_again_is_one_row(participant, unit):
    save_note(user=participant, unit=unit, text="first")
    save_note(user=participant, unit=unit, text=" second ")
    assert (Note.objects.count(), own(participant, unit)) == (1, "second")


def test_own_note_and_answers_do_not_mix(participant, unit, reflection):
    save_note(user=participant, unit=unit, text="note")
    save_note(user=participant, unit=unit, reflection=reflection, text="answer")
    assert set(Note.objects.values_list("reflection__key", "text")) == {(None, "note"), ("inff-stage", "answer")}


def test_replay_changes_nothing(participant, unit):
    save_note(user=participant, unit=unit, text="typed", client_id="phone-1")
    assert save_note(user=participant, unit=unit, text="other", client_id="phone-1").text == "typed"


def test_later_typed_stays_whichever_device_arrives_last(participant, unit):
    with time_machine.travel(NOW, tick=False) as now:
        save_note(user=participant, unit=unit, text="laptop, at noon", client_id="laptop-1")
        now.shift(10 * MINUTE)
        late = save_note(user=participant, unit=unit, text="phone, before noon", client_id="phone-1", age=15 * MINUTE)
        assert late.text == "laptop, at noon"
        assert (
            save_note(user=participant, unit=unit, text="phone, after", client_id="phone-2", age=MINUTE).text == "phone, after"
        )


def test_of_one_browser_the_later_count_stays(participant, unit):
    save_note(user=participant, unit=unit, text="two", client_id="p-2", age=5 * MINUTE)
    assert save_note(user=participant, unit=unit, text="one", client_id="p-1").text == "two"


def test_clock_from_the_future_is_now(participant, unit):
    assert save_note(user=participant, unit=unit, text="x", age=-dt.timedelta(days=9)).typed_at <= timezone.now()


def test_empty_text_deletes_and_an_older_message_does_not_bring_it_back(browser, participant, unit):
    save_note(user=participant, unit=unit, text="secret", client_id="p-1")
    save_note(user=participant, unit=unit, text="  ", client_id="p-3")
    save_note(user=participant, unit=unit, text="secret once more", client_id="p-2")
    assert not Note.objects.exclude(text="").exists()
    assert "secret" not in page_of(browser, unit)
    assert "Nothing here yet" in browser.get("/en/courses/mine/").content.decode()


def test_too_long_is_refused(participant, unit):
    save_note(user=participant, unit=unit, text="x" * LONGEST)
    with pytest.raises(DomainError) as refusal:
        save_note(user=participant, unit=unit, text="y" * (LONGEST + 1))
    assert refusal.value.code == "long"
    assert str(LONGEST) in str(refusal.value)
    assert own(participant, unit).startswith("x")


@pytest.mark.django_db(transaction=True)
def test_two_tabs_at_once_make_one_row(participant, unit, at_once):
    acts = [lambda n=n: save_note(user=participant, unit=unit, text=f"tab {n}", client_id=f"tab{n}-1").pk for n in range(3)]
    assert len(set(at_once(*acts))) == 1
    assert Note.objects.count() == 1


# By the page's script -----------------------------------------------------------------------------


def test_script_saves_one_text(browser, participant, unit, reflection):
    place = reflection.pk
    url = unit.get_absolute_url() + "note/"
    said = browser.post(url, {"position": place, f"q{place}": "In phase 2", "client_id": "a-1", "age": 0}).json()
    assert (said["kept"], said["shown"]) == (True, ["In phase 2"])
    assert said["saved"]
    assert said["had"] == had(page_of(browser, unit), place)
    assert Note.objects.get(reflection=reflection).text == "In phase 2"


def test_script_of_an_older_device_is_told_what_stands(browser, participant, unit):
    save_note(user=participant, unit=unit, text="newer", client_id="b-1")
    said = browser.post(
        unit.get_absolute_url() + "note/", {"position": 0, "q0": "older", "client_id": "a-1", "age": 60_000}
    ).json()
    assert (said["kept"], said["shown"]) == (False, ["newer"])


def test_script_is_told_why(browser, unit):
    response = browser.post(unit.get_absolute_url() + "note/", {"position": 0, "q0": "x" * 5001})
    assert response.status_code == 400
    assert "5000" in response.json()["error"]


@pytest.mark.parametrize("position", ["", "x", "-1", "99999", "9" * 30, "²"])
def test_nonsense_position_is_refused(browser, unit, reflection, position):
    response = browser.post(unit.get_absolute_url() + "note/", {"position": position, "q99999": "x"})
    assert response.status_code == 400
    assert Note.objects.count() == 0


def test_reflection_of_another_unit_is_refused(browser, unit):
    other = UnitFactory().reflections.create(key="elsewhere", **texts("prompt", "Elsewhere"))
    response = browser.post(unit.get_absolute_url() + "note/", {"position": other.pk, f"q{other.pk}": "x"})
    assert response.status_code == 400
    assert Note.objects.count() == 0


def test_text_typed_while_the_unit_was_retired_is_kept(browser, participant, outsider, client_of, unit):
    record_reading(user=participant, unit_id=unit.pk, record=None)
    type(unit).objects.filter(pk=unit.pk).update(retired_at=timezone.now())
    type(unit.module).objects.filter(pk=unit.module_id).update(state="retired")
    url = unit.get_absolute_url() + "note/"
    assert browser.post(url, {"position": 0, "q0": "not lost", "client_id": "a-1"}).status_code == 200
    page = browser.get("/en/courses/mine/").content.decode()
    assert "not lost" in page
    assert f'href="{unit.get_absolute_url()}"' not in page
    assert client_of(outsider).post(url, {"position": 0, "q0": "x"}).status_code == 404


# By the button, without script ----------------------------------------------------------------------


def test_button_saves_what_was_changed(browser, participant, unit, reflection):
    page, place = page_of(browser, unit), reflection.pk
    form = {"had0": had(page, 0), "q0": "line one\r\nline two", f"had{place}": had(page, place), f"q{place}": "", "save": "all"}
    response = browser.post(unit.get_absolute_url() + "note/", form)
    assert response["Location"] == unit.get_absolute_url() + "#notes"
    assert own(participant, unit) == "line one\nline two"
    assert Note.objects.count() == 1


def test_an_old_page_never_overwrites_another_tab(browser, participant, unit, reflection):
    page, place = page_of(browser, unit), reflection.pk
    save_note(user=participant, unit=unit, text="from another tab")
    form = {"had0": had(page, 0), "q0": "", f"had{place}": had(page, place), f"q{place}": "answer"}
    browser.post(unit.get_absolute_url() + "note/", form)
    assert own(participant, unit) == "from another tab"
    assert Note.objects.get(reflection=reflection).text == "answer"


def test_too_long_comes_back_with_what_was_typed(browser, participant, unit, reflection):
    page, place = page_of(browser, unit), reflection.pk
    form = {"had0": had(page, 0), "q0": "y" * 5001, f"had{place}": had(page, place), f"q{place}": "short"}
    response = browser.post(unit.get_absolute_url() + "note/", form)
    again = response.content.decode()
    assert response.status_code == 400
    assert "y" * 5001 in again
    assert "A note takes at most 5000 characters; this one has 5001." in again
    assert had(again, 0) == had(page, 0)  # sent again it is still a change
    assert Note.objects.get().text == "short"


def test_button_after_the_session_expired_loses_nothing(client, unit):
    response = client.post(unit.get_absolute_url() + "note/", {"had0": "x", "q0": "long thought"})
    assert "/accounts/login/" in response["Location"]
    assert ["q0", "long thought"] in client.session["typed"]["fields"]


def test_draft_takes_no_notes(browser):
    unit = UnitFactory(module=ModuleFactory(state="draft"))
    assert browser.post(unit.get_absolute_url() + "note/", {"position": 0, "q0": "x"}).status_code == 404


# My notes -------------------------------------------------------------------------------------------


def test_my_notes_show_the_newest_module_first(browser, participant):
    first, second = UnitFactory(), UnitFactory()
    with time_machine.travel(NOW, tick=False) as now:
        save_note(user=participant, unit=first, text="older")
        now.shift(MINUTE)
        save_note(user=participant, unit=second, text="newer")
    page = browser.get("/en/courses/mine/").content.decode()
    assert page.index("newer") < page.index("older")
    assert f'href="{first.get_absolute_url()}"' in page


def test_my_notes_are_paged_by_module(browser, participant):
    for n in range(6):
        save_note(user=participant, unit=UnitFactory(), text=f"note {n}")
    page = browser.get("/en/courses/mine/").content.decode()
    assert page.count('class="entry') == 5
    assert 'href="?page=2"' in page
    assert browser.get("/en/courses/mine/?page=2").content.decode().count('class="entry') == 1
    assert browser.get("/en/courses/mine/?page=99").status_code == 200
    assert browser.get("/en/courses/mine/?page=x").status_code == 400


def test_empty_page_says_what_to_do(browser):
    page = browser.get("/en/courses/mine/").content.decode()
    assert "Nothing here yet" in page
    assert 'href="/en/courses/"' in page


def test_notes_as_text(browser, participant, unit, reflection):
    save_note(user=participant, unit=unit, text="Ask & answer <b>")
    save_note(user=participant, unit=unit, reflection=reflection, text="En deuxième phase")
    set_bookmark(user=participant, unit=unit, keep=True)
    response = browser.get("/fr/courses/mine/notes.md")
    text = response.content.decode()
    assert response["Content-Type"] == "text/markdown; charset=utf-8"
    assert "attachment" in response["Content-Disposition"]
    assert "Ask & answer <b>" in text
    assert "> Where does your country stand? fr" in text
    assert f"## Title {unit.module.slug} fr" in text


def test_reflections_of_gives_a_clinic_what_was_answered(participant, outsider, unit, reflection, django_assert_num_queries):
    other = UnitFactory()
    second = other.reflections.create(key="budget", **texts("prompt", "Who decides the budget?"))
    save_note(user=participant, unit=unit, reflection=reflection, text="Phase 2")
    save_note(user=participant, unit=unit, text="my own note")
    save_note(user=participant, unit=other, reflection=second, text="The treasury")
    save_note(user=outsider, unit=unit, reflection=reflection, text="somebody else's")
    with override("es"), django_assert_num_queries(1):
        assert reflections_of(participant, [unit.module, other.module]) == [
            ("inff-stage", "Where does your country stand? es", "Phase 2"),
            ("budget", "Who decides the budget? es", "The treasury"),
        ]
    assert reflections_of(participant, [other.module_id]) == [("budget", "Who decides the budget? en", "The treasury")]
