"""What was renamed or taken out: readers are led on, and nothing that anybody did is lost."""

import pytest
from django.db.models import Sum

from core.pagecache import forget_pages
from courses.models import Answer, Attempt, OldAddress, UnitRecord
from courses.services import complete_unit, record_reading, start_attempt, submit_attempt
from courses.services.retiring import retire_module, retire_unit
from tests.factories import CheckFactory, ModuleFactory, UnitFactory, UserFactory

pytestmark = pytest.mark.django_db
LANGUAGES = ["en", "fr", "es"]


@pytest.fixture
def module(db):
    return ModuleFactory(slug="money")


@pytest.fixture
def units(module):
    return [UnitFactory(module=module, slug=slug, position=n) for n, slug in enumerate(("first", "second", "third"))]


@pytest.fixture
def check(module):
    return CheckFactory(module=module, slug="check", position=9)


def retire(unit, **facts):
    retire_unit(unit=unit, actor=None, **facts)
    unit.refresh_from_db()
    forget_pages()


def retire_all(module, **facts):
    retire_module(module=module, actor=None, reason="a newer one", **facts)
    module.refresh_from_db()
    forget_pages()


# Renamed ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tail", ["", "first/", "first/?q=1", "print/"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_renamed_module_is_found_at_its_old_address_for_good(visitor, module, units, language, tail):
    OldAddress.objects.create(path="cash", module=module)
    response = visitor.get(f"/{language}/courses/cash/{tail}")
    assert response.status_code == 301
    assert response["Location"] == f"/{language}/courses/money/{tail}"


def test_a_renamed_unit_is_found_at_its_old_address(visitor, module, units):
    OldAddress.objects.create(path="money/start", module=module, unit=units[0])
    response = visitor.get("/fr/courses/money/start/?a=b")
    assert (response.status_code, response["Location"]) == (301, "/fr/courses/money/first/?a=b")


def test_both_renamed(visitor, module, units):
    OldAddress.objects.create(path="cash", module=module)
    OldAddress.objects.create(path="cash/start", module=module, unit=units[0])
    response = visitor.get("/en/courses/cash/start/", follow=True)
    assert [step[1] for step in response.redirect_chain] == [301, 301]
    assert response.status_code == 200
    assert "Text en." in response.content.decode()


def test_what_is_hidden_stays_hidden_at_its_old_address(visitor, client_of, participant, units, module):
    OldAddress.objects.create(path="cash", module=module)
    module.state = "draft"
    module.save()
    for reader in (visitor, client_of(participant)):
        assert reader.get("/en/courses/cash/", follow=True).status_code == 404


def test_a_page_opened_before_the_renaming_still_saves(client_of, participant, module, check, units):
    browser = client_of(participant)
    attempt = start_attempt(user=participant, unit=check)
    OldAddress.objects.create(path="cash", module=module)
    OldAddress.objects.create(path="money/test", module=module, unit=check)
    for path in ("cash/check", "money/test"):
        response = browser.post(
            f"/en/courses/{path}/attempts/1/answer/", {"position": 4, "q4": "2.5", "client_id": f"{path}-1"}
        )
        assert response.status_code == 200
        assert response.json()["saved"]
    assert attempt.answers.get(position=4).value == "2.5"
    assert browser.post("/en/courses/cash/first/complete/").status_code == 302
    assert UnitRecord.objects.filter(user=participant, unit=units[0], completed_at__isnull=False).exists()


# A unit taken out ---------------------------------------------------------------------------------


def test_a_retired_unit_leads_to_its_successor_and_says_why(visitor, units):
    retire(units[0], successor=units[2])
    response = visitor.get("/en/courses/money/first/", follow=True)
    assert response.redirect_chain == [("/en/courses/money/third/", 302)]
    assert "was taken out on" in response.content.decode()
    assert "Go on here." in response.content.decode()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_retired_unit_without_a_successor_is_gone_and_shows_the_way_on(visitor, units, language):
    retire(units[1])
    response = visitor.get(f"/{language}/courses/money/second/")
    html = response.content.decode()
    assert response.status_code == 410
    assert f'<html lang="{language}">' in html
    assert f'href="/{language}/courses/money/third/"' in html
    assert f'href="/{language}/courses/money/"' in html
    assert f"Title second {language}" in html


def test_the_last_unit_taken_out_leads_to_the_module(visitor, units):
    retire(units[2])
    html = visitor.get("/en/courses/money/third/").content.decode()
    assert "Go on with" not in html
    assert '<a class="btn btn-primary" href="/en/courses/money/"' in html


def test_done_on_a_page_opened_before_goes_on_and_is_kept(client_of, participant, units):
    browser = client_of(participant)
    browser.get("/en/courses/money/first/")
    retire(units[0])
    response = browser.post("/en/courses/money/first/complete/")
    assert (response.status_code, response["Location"]) == (302, "/en/courses/money/second/")
    assert UnitRecord.objects.get(user=participant, unit=units[0]).completed_at
    assert browser.post("/en/courses/money/first/place/", {"block": 2}).status_code == 204


def test_nobody_begins_a_retired_unit(client_of, outsider, units, check):
    retire(units[0])
    retire(check)
    browser = client_of(outsider)
    assert browser.post("/en/courses/money/first/complete/").status_code == 404
    assert browser.post("/en/courses/money/check/start/").status_code == 404
    assert not UnitRecord.objects.exists()


def test_going_on_never_leads_to_a_retired_unit(client_of, participant, units):
    retire(units[1])
    response = client_of(participant).post("/en/courses/money/first/complete/")
    assert response["Location"] == "/en/courses/money/third/"


# An attempt at a check that was taken out ---------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_open_attempt_is_answered_and_handed_in_after_its_check_was_taken_out(
    client_of, participant, units, check, language
):
    browser = client_of(participant)
    attempt = start_attempt(user=participant, unit=check)
    retire(check, successor=units[0])
    url = f"/{language}/courses/money/check/attempts/1/"
    html = browser.get(url).content.decode()
    assert f"Title check {language}" in html
    saved = browser.post(f"{url}answer/", {"position": 3, "q3": "true", "client_id": "a-1"})
    assert saved.json()["saved"]
    handed_in = browser.post(f"{url}submit/", {"q4": "2.5", "had4": ""}, follow=True)
    assert handed_in.status_code == 200
    attempt.refresh_from_db()
    assert (attempt.state, attempt.score) == ("submitted", 40)
    assert f"/{language}/courses/money/check/start/" not in handed_in.content.decode()


def test_the_address_of_the_check_leads_her_to_her_attempt(client_of, participant, units, check):
    start_attempt(user=participant, unit=check)
    retire(check, successor=units[0])
    response = client_of(participant).get("/en/courses/money/check/")
    assert response.status_code == 410
    assert 'href="/en/courses/money/check/attempts/1/"' in response.content.decode()


def test_no_new_attempt_begins_at_a_retired_check(client_of, participant, units, check):
    submit_attempt(attempt=start_attempt(user=participant, unit=check))
    retire(check)
    response = client_of(participant).post("/en/courses/money/check/start/", follow=True)
    assert "This check was taken out" in response.content.decode()
    assert Attempt.objects.count() == 1


def test_a_unit_removed_while_fifty_people_are_in_it_loses_nothing(client_of, units, check):
    people = [UserFactory() for _ in range(50)]
    for n, person in enumerate(people):
        record_reading(user=person, unit_id=units[0].pk, record=None)
        if n % 2:
            complete_unit(user=person, unit=units[0])
        attempt = start_attempt(user=person, unit=check)
        if n % 5 == 0:
            submit_attempt(attempt=attempt)
    before = (UnitRecord.objects.count(), Attempt.objects.count(), Answer.objects.count())
    scores = Attempt.objects.aggregate(total=Sum("score"))

    retire(units[0], successor=units[1])
    retire(check)

    assert (UnitRecord.objects.count(), Attempt.objects.count(), Answer.objects.count()) == before
    assert Attempt.objects.aggregate(total=Sum("score")) == scores
    for person in people:
        browser = client_of(person)
        assert browser.get("/en/courses/money/").status_code == 200
        assert browser.get("/en/courses/").status_code == 200
        assert browser.get("/en/courses/money/first/", follow=True).status_code == 200
        assert browser.get("/en/courses/money/continue/", follow=True).status_code == 200
        assert browser.get("/en/courses/money/check/").status_code == 410
        assert browser.get("/en/courses/money/check/attempts/1/").status_code == 200
        assert browser.post("/en/courses/money/check/attempts/1/submit/", follow=True).status_code == 200
    assert Attempt.objects.filter(state="submitted").count() == 50


# A module taken out -------------------------------------------------------------------------------


@pytest.mark.parametrize("tail", ["", "first/", "print/"])
def test_a_retired_module_leads_to_what_takes_its_place(visitor, module, units, tail):
    other = UnitFactory(module=ModuleFactory(slug="newer")).module
    retire_all(module, replaced_by=other)
    response = visitor.get(f"/en/courses/money/{tail}", follow=True)
    assert response.redirect_chain == [("/en/courses/newer/", 302)]
    assert "This one takes its place." in response.content.decode()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("tail", ["", "first/"])
def test_a_retired_module_without_a_successor_is_gone_and_leads_to_the_catalogue(visitor, module, units, language, tail):
    retire_all(module)
    response = visitor.get(f"/{language}/courses/money/{tail}")
    html = response.content.decode()
    assert response.status_code == 410
    assert f'<a class="btn btn-primary" href="/{language}/courses/"' in html
    assert f"Title money {language}" in html


def test_who_had_begun_a_retired_module_reads_on(client_of, participant, outsider, module, units):
    record_reading(user=participant, unit_id=units[0].pk, record=None)
    retire_all(module)
    browser = client_of(participant)
    for tail in ("", "first/", "second/", "print/"):
        html = browser.get(f"/en/courses/money/{tail}").content.decode()
        assert "This module is no longer in the catalogue since" in html
    assert browser.post("/en/courses/money/first/complete/")["Location"] == "/en/courses/money/second/"
    assert module.title_en not in browser.get("/en/courses/").content.decode()
    assert client_of(outsider).get("/en/courses/money/first/").status_code == 410


def test_an_attempt_in_a_retired_module_is_handed_in(client_of, participant, module, check):
    start_attempt(user=participant, unit=check)
    retire_all(module)
    browser = client_of(participant)
    assert browser.get("/en/courses/money/check/attempts/1/").status_code == 200
    assert browser.post("/en/courses/money/check/attempts/1/submit/", follow=True).status_code == 200
    assert Attempt.objects.get().state == "submitted"


def test_a_retired_module_of_others_says_nothing_to_those_outside(visitor, client_of, participant, module, units):
    module.audience = "clinic.12"
    module.save()
    retire_all(module)
    assert visitor.get("/en/courses/money/").status_code == 404
    assert client_of(participant).get("/en/courses/money/").status_code == 404


def test_a_chain_of_replacements_is_followed(visitor, module, units):
    second, third = ModuleFactory(slug="second-one"), ModuleFactory(slug="third-one")
    retire_all(module, replaced_by=second)
    retire_all(second, replaced_by=third)
    response = visitor.get("/en/courses/money/", follow=True)
    assert response.redirect_chain[-1] == ("/en/courses/third-one/", 302)


@pytest.mark.parametrize("path", ["no-such", "no-such/first", "money/no-such"])
def test_what_never_was_is_not_found(visitor, module, units, path):
    assert visitor.get(f"/en/courses/{path}/").status_code == 404
