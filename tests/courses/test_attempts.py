"""Attempts: one at a time, nothing lost, nothing overwritten, handed in once."""

import datetime as dt
import json

import pytest
import time_machine
from django.utils import timezone
from django.utils.translation import gettext, override

from core.errors import DomainError
from courses import services, versions
from courses.models import Answer, Attempt, Question, UnitRecord
from tests.factories import CheckFactory, UnitFactory, asked

NOW = dt.datetime(2026, 11, 22, 12, 0, tzinfo=dt.UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture
def check(db):
    return CheckFactory()


@pytest.fixture
def attempt(check, participant):
    return services.start_attempt(user=participant, unit=check)


@pytest.fixture
def browser(client_of, participant):
    return client_of(participant)


def url(attempt, tail="", language="en"):
    with override(language):
        return attempt.get_absolute_url() + tail


def answer(attempt, position) -> Answer:
    return attempt.answers.select_related("version").get(position=position)


def keys(attempt, position) -> list[str]:
    return [choice["key"] for choice in answer(attempt, position).version.content["choices"]]


def right(attempt) -> dict:
    """Return the form fields of all right answers."""
    one, many = keys(attempt, 1), keys(attempt, 2)
    return {"q1": [one[0]], "q2": many[:2], "q3": ["true"], "q4": ["2.5"], "q5": ["Diálogo social"]}


def whole_form(attempt, had=None, **fields) -> dict:
    """Return the form as a page sends it that was opened before anything was answered."""
    return {f"had{n}": "" for n in range(1, 6)} | fields | (had or {})


def save(attempt, position, *raw, **more):
    return services.save_answer(attempt=attempt, answer=answer(attempt, position), raw=list(raw), language="en", **more)


# Starting -----------------------------------------------------------------------------------------


def test_start_opens_one_attempt_with_every_question(attempt, check, participant):
    assert [a.version.question for a in attempt.answers.all()] == list(asked(check))
    assert [a.position for a in attempt.answers.all()] == [1, 2, 3, 4, 5]
    assert services.start_attempt(user=participant, unit=check) == attempt
    assert Attempt.objects.count() == 1


def test_start_asks_only_active_frozen_questions(check, participant):
    one, two, three, four, five = asked(check)
    Question.objects.filter(pk=two.pk).update(is_active=False)
    Question.objects.filter(pk=four.pk).update(version=None)
    attempt = services.start_attempt(user=participant, unit=check)
    assert [a.version.question for a in attempt.answers.all()] == [one, three, five]
    assert [a.position for a in attempt.answers.all()] == [1, 2, 3]


def test_start_refuses_an_empty_check(participant):
    with pytest.raises(DomainError) as refusal:
        services.start_attempt(user=participant, unit=CheckFactory(questions=0))
    assert refusal.value.code == "empty"


def test_start_stops_at_the_limit(check, participant, outsider, browser):
    for _ in range(2):
        services.submit_attempt(attempt=services.start_attempt(user=participant, unit=check))
    with pytest.raises(DomainError) as refusal:
        services.start_attempt(user=participant, unit=check)
    assert refusal.value.code == "limit"
    response = browser.post(check.get_absolute_url() + "start/", follow=True)
    assert response.redirect_chain == [(check.get_absolute_url(), 302)]
    assert gettext("You have used all your attempts at this check.") in response.content.decode()
    assert Attempt.objects.count() == 2
    assert services.start_attempt(user=outsider, unit=check).number == 1


def test_no_limit_means_any(participant):
    check = CheckFactory(max_attempts=None)
    for n in range(1, 5):
        attempt = services.start_attempt(user=participant, unit=check)
        assert attempt.number == n
        services.submit_attempt(attempt=attempt)


@pytest.mark.django_db(transaction=True)
def test_start_from_two_tabs_makes_one_attempt(check, participant, at_once):
    first, second = at_once(*[lambda: services.start_attempt(user=participant, unit=check)] * 2)
    assert first == second
    assert Attempt.objects.count() == 1
    assert Answer.objects.count() == 5


@pytest.mark.django_db(transaction=True)
def test_last_attempt_from_two_tabs_stays_within_the_limit(participant, at_once):
    check = CheckFactory(max_attempts=1)

    def start_and_submit():
        return services.submit_attempt(attempt=services.start_attempt(user=participant, unit=check)).number

    results = at_once(start_and_submit, start_and_submit)
    assert Attempt.objects.count() == 1
    assert 1 in results


# Saving one answer --------------------------------------------------------------------------------


def test_saved_answer_stays(attempt):
    save(attempt, 4, "2.5")
    kept = answer(attempt, 4)
    assert (kept.value, kept.saved_at is not None, kept.is_right) == ("2.5", True, None)


def test_replay_changes_nothing(attempt):
    first = save(attempt, 4, "2.5", client_id="phone-1")
    again = save(attempt, 4, "9", client_id="phone-1")
    assert (again.value, again.saved_at) == ("2.5", first.saved_at)
    assert save(attempt, 4, "9", client_id="phone-2").value == "9"


def test_of_one_browser_the_later_count_stays_whatever_the_line_does(attempt):
    """Saving 2 overtook saving 1, whose age was measured while it waited: 1 must not win."""
    save(attempt, 4, "2", client_id="phone-2", age=dt.timedelta(minutes=5))
    assert save(attempt, 4, "1", client_id="phone-1").value == "2"
    assert save(attempt, 4, "10", client_id="phone-10", age=dt.timedelta(hours=5)).value == "10"


@pytest.mark.parametrize("mark", ["-", "x", "-1", "a-²", "a-b-1", "²-²", "é" * 40])
def test_any_mark_of_a_browser_saves(browser, attempt, mark):
    for value in ("1", "2"):
        response = browser.post(url(attempt, "answer/"), {"position": 5, "q5": value, "client_id": mark})
        assert response.status_code == 200


def test_older_typed_never_overwrites_newer(attempt):
    with time_machine.travel(timezone.now() + dt.timedelta(hours=1), tick=False):
        save(attempt, 5, "on the laptop", client_id="laptop", age=dt.timedelta(minutes=1))
        late = save(attempt, 5, "on the phone, before", client_id="phone", age=dt.timedelta(minutes=2))
        assert (late.value, late.client_id) == ("on the laptop", "laptop")
        assert answer(attempt, 5).value == "on the laptop"
        assert save(attempt, 5, "on the phone, after", client_id="phone2", age=dt.timedelta(0)).value == "on the phone, after"


def test_a_wrong_clock_counts_from_the_start_of_the_attempt(attempt):
    save(attempt, 5, "first", age=dt.timedelta(days=4000))
    assert answer(attempt, 5).answered_at == attempt.started_at
    save(attempt, 5, "from the future", age=-dt.timedelta(days=1))
    assert answer(attempt, 5).answered_at <= timezone.now()


def test_answer_can_be_taken_back(attempt):
    save(attempt, 5, "words")
    save(attempt, 5, "")
    assert answer(attempt, 5).value is None
    assert Answer.objects.filter(pk=answer(attempt, 5).pk, value__isnull=True).exists()


def test_answer_save_says_when(browser, attempt):
    response = browser.post(url(attempt, "answer/"), {"position": 4, "q4": "2,5", "client_id": "c1"})
    said = response.json()
    assert (response.status_code, said["kept"], said["shown"]) == (200, True, ["2.5"])
    assert said["saved"]
    french = browser.post(url(attempt, "answer/", "fr"), {"position": 4, "q4": "2,5", "client_id": "c2"}).json()
    assert french["shown"] == ["2,5"]
    assert "h" in french["saved"]
    assert answer(attempt, 4).value == "2.5"


def test_answer_save_from_an_older_device_shows_what_is_kept(browser, attempt):
    save(attempt, 5, "newer", client_id="b")
    said = browser.post(url(attempt, "answer/"), {"position": 5, "q5": "older", "client_id": "a", "age": 10**9}).json()
    assert (said["kept"], said["shown"]) == (False, ["newer"])


@pytest.mark.parametrize("language", ["en", "fr", "es"])
def test_forged_choice_is_refused_with_a_message(browser, attempt, language):
    other = keys(attempt, 2)[0]  # a choice, but of another question
    response = browser.post(url(attempt, "answer/", language), {"position": 1, "q1": other})
    with override(language):
        assert (response.status_code, response.json()) == (400, {"error": gettext("This is not one of the choices.")})
    assert answer(attempt, 1).value is None


def test_bad_number_is_refused_with_a_message(browser, attempt):
    response = browser.post(url(attempt, "answer/"), {"position": 4, "q4": "two"})
    assert (response.status_code, response.json()["error"]) == (400, gettext("Please write a number, in digits."))


@pytest.mark.parametrize("position", ["0", "6", "999999999999999999", ""])
def test_forged_position_is_not_found(browser, attempt, position):
    assert browser.post(url(attempt, "answer/"), {"position": position, "q6": "x"}).status_code == 404


@pytest.mark.parametrize(
    "fields", [{"position": "x"}, {"position": "-1"}, {"position": "9" * 40}, {"position": "4", "age": "-5"}]
)
def test_nonsense_is_a_bad_request(browser, attempt, fields):
    assert browser.post(url(attempt, "answer/"), fields).status_code == 400


def test_another_persons_attempt_is_not_found(client_of, attempt, outsider, staff):
    for person in (outsider, staff):
        browser = client_of(person)
        assert browser.get(url(attempt)).status_code == 404
        for tail in ("", "answer/", "submit/"):
            assert browser.post(url(attempt, tail), {"position": 4, "q4": "1", "had4": ""}).status_code == 404
    assert answer(attempt, 4).value is None
    assert Attempt.objects.get().is_open


def test_another_persons_number_leads_to_ones_own_attempt(client_of, attempt, outsider, check):
    """Both are number 1 of the same check: each sees her own."""
    save(attempt, 5, "my secret")
    services.start_attempt(user=outsider, unit=check)
    assert "my secret" not in client_of(outsider).get(url(attempt)).content.decode()


def test_closed_attempt_takes_no_answer(browser, attempt):
    services.submit_attempt(attempt=attempt)
    with pytest.raises(DomainError) as refusal:
        save(attempt, 4, "2.5")
    assert refusal.value.code == "closed"
    response = browser.post(url(attempt, "answer/"), {"position": 4, "q4": "2.5"})
    assert response.status_code == 409
    assert response.json()["error"]
    assert answer(attempt, 4).value is None


@pytest.mark.django_db(transaction=True)
def test_two_saves_at_once_keep_both(attempt, at_once):
    results = at_once(lambda: save(attempt, 4, "2.5"), lambda: save(attempt, 5, "words"))
    assert [r.value for r in results] == ["2.5", "words"]
    assert (answer(attempt, 4).value, answer(attempt, 5).value) == ("2.5", "words")


@pytest.mark.django_db(transaction=True)
def test_save_and_submit_at_once_never_disagree(attempt, at_once):
    """Either the answer came first and is marked, or it came second and is refused."""
    saved, _done = at_once(lambda: save(attempt, 4, "2.5"), lambda: services.submit_attempt(attempt=attempt))
    kept = answer(attempt, 4)
    if isinstance(saved, DomainError):
        assert (saved.code, kept.value, kept.is_right) == ("closed", None, False)
    else:
        assert (kept.value, kept.is_right) == ("2.5", True)


# The whole form -----------------------------------------------------------------------------------


def test_whole_form_saves_without_script(browser, attempt):
    response = browser.post(url(attempt), whole_form(attempt, **right(attempt), save="all"))
    assert (response.status_code, response["Location"]) == (302, f"{url(attempt)}#hand-in")
    assert [a.value is not None for a in attempt.answers.all()] == [True] * 5
    assert Attempt.objects.get().is_open


def test_one_button_leads_back_to_its_question(browser, attempt):
    assert browser.post(url(attempt), whole_form(attempt, q4="2.5", save="4"))["Location"].endswith("#q4")


def test_old_page_overwrites_nothing(browser, attempt):
    """Tab A was opened first; tab B answered 4 and 5; A saves 4 as it stood there, empty, and answers 3."""
    save(attempt, 4, "2.5")
    save(attempt, 5, "from tab B")
    browser.post(url(attempt), whole_form(attempt, q3="true", q4="", q5=""))
    assert [answer(attempt, n).value for n in (3, 4, 5)] == [True, "2.5", "from tab B"]


def test_page_of_another_language_changes_nothing_it_shows(browser, attempt):
    save(attempt, 4, "2.5")
    page = browser.get(url(attempt, language="fr")).content.decode()
    assert 'name="had4" value="2,5"' in page
    stamp = answer(attempt, 4).saved_at
    browser.post(url(attempt, language="fr"), whole_form(attempt, had={"had4": "2,5"}, q4="2,5"))
    assert answer(attempt, 4).saved_at == stamp


def test_unticking_all_is_a_change(browser, attempt):
    one, two, _three = keys(attempt, 2)
    save(attempt, 2, one, two)
    browser.post(url(attempt), whole_form(attempt, had={"had2": "|".join(sorted([one, two]))}))
    assert answer(attempt, 2).value is None


def test_form_without_marks_changes_nothing(browser, attempt):
    save(attempt, 5, "kept")
    browser.post(url(attempt), {"q5": "forged"})
    assert answer(attempt, 5).value == "kept"


def test_what_cannot_be_saved_comes_back_as_typed(browser, attempt):
    response = browser.post(url(attempt), whole_form(attempt, q4="about two", q5="words"))
    page = response.content.decode()
    assert response.status_code == 400
    assert 'value="about two"' in page
    assert gettext("Please write a number, in digits.") in page
    assert 'aria-invalid="true"' in page
    assert (answer(attempt, 4).value, answer(attempt, 5).value) == (None, "words")


def test_sheet_shows_nothing_of_the_key(browser, attempt):
    page = browser.get(url(attempt)).content.decode()
    for word in ("Because en", "Why 1 en", "2.5"):
        assert word not in page
    assert "Choice 1 en" in page
    assert "checked" not in page


def test_answers_come_back_on_any_device(browser, attempt):
    for position, raw in right(attempt).items():
        save(attempt, int(position[1:]), *raw)
    page = browser.get(url(attempt, language="es")).content.decode()
    assert page.count("checked") == 4
    assert 'value="2,5"' in page
    assert 'value="Diálogo social"' in page


# Handing in ---------------------------------------------------------------------------------------


def test_submit_saves_what_the_form_carries_and_passes(browser, attempt, check, participant):
    response = browser.post(url(attempt, "submit/"), whole_form(attempt, **right(attempt)), follow=True)
    page = response.content.decode()
    attempt.refresh_from_db()
    assert (attempt.score, attempt.passed, attempt.is_open) == (100, True, False)
    assert UnitRecord.objects.get(user=participant, unit=check).completed_at
    assert "100&nbsp;%" in page
    assert "Because en" in page


def test_submit_below_the_mark_does_not_complete(browser, attempt, check, participant):
    browser.post(url(attempt, "submit/"), whole_form(attempt, q3="true", q4="2.5"))
    attempt.refresh_from_db()
    assert (attempt.score, attempt.passed) == (40, False)
    assert not UnitRecord.objects.filter(user=participant, unit=check, completed_at__isnull=False).exists()


def test_submit_just_at_the_mark_passes(attempt):
    for position in (3, 4, 5):
        save(attempt, position, *right(attempt)[f"q{position}"])
    assert services.submit_attempt(attempt=attempt).passed


def test_submit_twice_is_the_first_result(browser, attempt):
    browser.post(url(attempt, "submit/"), whole_form(attempt, q3="true"))
    first = Attempt.objects.get()
    response = browser.post(url(attempt, "submit/"), whole_form(attempt, **right(attempt)))
    assert response["Location"] == url(attempt)
    again = Attempt.objects.get()
    assert (again.score, again.submitted_at) == (first.score, first.submitted_at) == (20, first.submitted_at)


@pytest.mark.django_db(transaction=True)
def test_submit_twice_at_once_is_one_result(attempt, at_once):
    first, second = at_once(*[lambda: services.submit_attempt(attempt=attempt)] * 2)
    assert first.submitted_at == second.submitted_at


def test_submit_with_a_bad_answer_hands_nothing_in(browser, attempt):
    response = browser.post(url(attempt, "submit/"), whole_form(attempt, q4="two", q5="words"))
    assert response.status_code == 400
    assert Attempt.objects.get().is_open
    assert answer(attempt, 5).value == "words"
    assert 'value="two"' in response.content.decode()


def test_result_shows_what_was_asked_then(browser, attempt, check):
    """Editors change the text and the key afterwards: this attempt keeps what its person saw."""
    save(attempt, 3, "true")
    question = asked(check).get(items__position=3)
    old = question.prompt_en
    question.prompt_en, question.right_is_true = "Another question", False
    question.save()
    versions.freeze(question)
    services.submit_attempt(attempt=attempt)
    page = browser.get(url(attempt)).content.decode()
    assert old in page
    assert "Another question" not in page
    assert answer(attempt, 3).is_right is True
    new = services.start_attempt(user=attempt.user, unit=check)
    assert "Another question" in browser.get(url(new)).content.decode()


def test_unknown_attempt_is_not_found(browser, check):
    for number in ("1", "0", "9" * 18, "9" * 30):
        assert browser.get(f"{check.get_absolute_url()}attempts/{number}/").status_code == 404


def test_a_reading_has_no_attempts(browser, participant):
    unit = UnitFactory()
    response = browser.post(unit.get_absolute_url() + "start/")
    assert response["Location"] == unit.get_absolute_url()
    assert not Attempt.objects.exists()


def test_acts_are_posts(browser, attempt, check):
    assert browser.get(url(attempt, "submit/")).status_code == 405
    assert browser.get(url(attempt, "answer/")).status_code == 405
    assert browser.get(check.get_absolute_url() + "start/").status_code == 405
    assert Attempt.objects.get().is_open


def test_values_are_json(attempt):
    for position, raw in right(attempt).items():
        save(attempt, int(position[1:]), *raw)
    assert json.dumps([a.value for a in attempt.answers.all()])
