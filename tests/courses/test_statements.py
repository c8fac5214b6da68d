"""Statements of completion: issued once to who completed, verified by anybody with the number, withdrawn with a reason."""

import datetime as dt
import re
from types import SimpleNamespace

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core import jobs, pdf
from core.errors import DomainError
from core.models import Event, Job
from courses import documents
from courses.models import Statement
from courses.services import complete_unit
from courses.services.statements import (
    issue_statement,
    new_number,
    read_number,
    reissue_statement,
    withdraw_statement,
)
from tests.factories import ModuleFactory, UnitFactory
from tests.pdf_reading import alternatives_of, assert_accessible, reader_of, tags_of, text_of

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 11, 22, 22, 30, tzinfo=dt.UTC)


@pytest.fixture
def module(db):
    module = ModuleFactory(slug="full")
    UnitFactory(module=module, slug="one", minutes=100)
    UnitFactory(module=module, slug="two", minutes=50)
    UnitFactory(module=module, slug="more", minutes=500, is_optional=True)
    return module


def complete(user, module):
    for unit in module.units.filter(is_optional=False):
        complete_unit(user=user, unit=unit)


@pytest.fixture
def statement(participant, module):
    with time_machine.travel(NOW, tick=False):
        complete(participant, module)
        return issue_statement(user=participant, module=module)


# Issuing ------------------------------------------------------------------------------------------
def test_statement_says_name_titles_minutes_and_day_as_of_then(participant, module, statement):
    assert statement.name == "Demo Participant"
    assert statement.titles == {"en": "Title full en", "fr": "Title full fr", "es": "Title full es"}
    assert (statement.minutes, statement.score) == (150, None)
    assert statement.completed_on == dt.date(2026, 11, 23)  # in Blantyre
    participant.name = "Another Name"
    participant.save()
    module.title_en = "Another title"
    module.save()
    statement.refresh_from_db()
    assert (statement.name, statement.title("en")) == ("Demo Participant", "Title full en")


def test_number_cannot_be_guessed_or_misread():
    numbers = {new_number() for _n in range(200)}
    assert len(numbers) == 200
    assert all(re.fullmatch(r"FDW(-[0-9A-HJKMNP-TV-Z]{4}){4}", number) for number in numbers)


def test_issuing_is_safe_to_repeat_and_logged_once(participant, module, statement):
    assert issue_statement(user=participant, module=module) == statement
    event = Event.objects.about(statement).get()
    assert (event.act, event.actor) == ("issue statement", participant)


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_issue_one(participant, module, at_once):
    complete(participant, module)
    first, second = at_once(*[lambda: issue_statement(user=participant, module=module)] * 2)
    assert first == second
    assert Statement.objects.count() == Event.objects.filter(act="issue statement").count() == 1


def test_refused_until_the_module_is_complete(participant, module):
    complete_unit(user=participant, unit=module.units.get(slug="one"))
    with pytest.raises(DomainError) as refused:
        issue_statement(user=participant, module=module)
    assert refused.value.code == "incomplete"
    assert not Statement.objects.exists()
    assert not Event.objects.exists()


def test_refused_without_a_name(participant, module):
    complete(participant, module)
    participant.name = "  "
    with pytest.raises(DomainError) as refused:
        issue_statement(user=participant, module=module)
    assert refused.value.code == "name"


def test_what_was_withdrawn_is_not_had_again_by_a_click(participant, staff, module, statement):
    withdraw_statement(statement=statement, actor=staff, reason="Answers copied")
    with pytest.raises(DomainError) as refused:
        issue_statement(user=participant, module=module)
    assert refused.value.code == "withdrawn"


# Withdrawing and issuing anew -----------------------------------------------------------------------
def test_withdrawing_needs_a_reason_and_happens_once(staff, statement):
    with pytest.raises(DomainError, match="reason"):
        withdraw_statement(statement=statement, actor=staff, reason=" \x07 ")
    withdraw_statement(statement=statement, actor=staff, reason="Issued by mistake")
    with pytest.raises(DomainError) as refused:
        withdraw_statement(statement=statement, actor=staff, reason="Again")
    assert refused.value.code == "withdrawn"
    assert statement.withdrawn_because == "Issued by mistake"
    assert Event.objects.about(statement).filter(act="withdraw statement").get().reason == "Issued by mistake"


def test_issued_anew_keeps_all_but_name_and_number(staff, participant, module, statement):
    fresh = reissue_statement(statement=statement, actor=staff, name=" Demo\n Participant-Banda ", reason="Name misspelt")
    statement.refresh_from_db()
    assert fresh.name == "Demo Participant-Banda"
    assert fresh.number != statement.number
    assert (fresh.completed_on, fresh.titles, fresh.minutes) == (statement.completed_on, statement.titles, statement.minutes)
    assert statement.withdrawn_because == "Name misspelt"
    assert issue_statement(user=participant, module=module) == fresh
    with pytest.raises(DomainError) as refused:
        reissue_statement(statement=statement, actor=staff, name="Third", reason="x")
    assert refused.value.code == "standing"


@pytest.mark.parametrize("name", ["", "  ", "x" * 201])
def test_new_name_must_be_one(staff, statement, name):
    with pytest.raises((DomainError, ValidationError)):
        reissue_statement(statement=statement, actor=staff, name=name, reason="x")
    assert Statement.objects.get().withdrawn_at is None


# Numbers as people type them ------------------------------------------------------------------------
@pytest.mark.parametrize(
    "typed",
    ["FDW-10K3-9QXR-2TBN-4HWD", "fdw-10k3-9qxr-2tbn-4hwd", "FDW 10K3 9QXR 2TBN 4HWD", "10K39QXR2TBN4HWD",
     " FDW10K39QXR2TBN4HWD ", "FDW-lOk3-9QXR-2TBN-4HWD", "fdw-Io k3.9qxr_2tbn–4hwd", "FDW‑IOK3‑9QXR‑2TBN‑4HWD"],
)  # fmt: skip
def test_number_is_read_as_it_is_typed(typed):
    assert read_number(typed) == "FDW-10K3-9QXR-2TBN-4HWD"


@pytest.mark.parametrize(
    "typed", ["", "FDW", "FDW-10K3", "FDW-10K3-9QXR-2TBN-4HWU", "FDW-10K3-9QXR-2TBN-4HWDX", "<script>", "١" * 16]
)
def test_what_is_no_number_is_none(typed):
    assert read_number(typed) == ""


# Verifying ------------------------------------------------------------------------------------------
def page_of(client, statement, language="en") -> str:
    response = client.get(f"/{language}/courses/verify/{statement.number}/")
    assert response.status_code == 200
    return response.content.decode()


def test_anybody_with_the_number_verifies(visitor, statement):
    found = visitor.get(reverse("courses:statement_verify"), {"number": statement.number.lower().replace("-", " ")})
    assert found["Location"] == statement.get_absolute_url()
    page = page_of(visitor, statement, "fr")
    assert "Demo Participant" in page
    assert "Title full fr" in page
    assert "2 h 30 min" in page.replace("\u00a0", " ")  # French keeps numbers and their units together
    assert "23 novembre 2026" in page


def test_page_tells_nothing_but_the_name(visitor, participant, statement):
    page = page_of(visitor, statement)
    for private in (participant.email, "Blantyre", "Malawi"):
        assert private not in page


def test_withdrawn_statement_says_so_with_day_and_reason(visitor, staff, statement):
    assert "This statement is valid" in page_of(visitor, statement)
    withdraw_statement(statement=statement, actor=staff, reason="Answers copied")
    page = page_of(visitor, statement)
    assert "This statement is valid" not in page
    assert "Answers copied" in page


def test_page_is_neither_indexed_nor_kept(visitor, statement):
    response = visitor.get(statement.get_absolute_url())
    assert 'name="robots" content="noindex"' in response.content.decode()
    assert "no-store" in response["Cache-Control"]
    assert not response.cookies
    statement.delete()
    assert visitor.get(statement.get_absolute_url()).status_code == 404


@pytest.mark.parametrize("typed", ["FDW-0000-0000-0000-0000", "nonsense", "'; DROP TABLE", "x" * 5000, "é"])
def test_no_such_statement(visitor, statement, typed):
    asked = visitor.get(reverse("courses:statement_verify"), {"number": typed})
    assert asked.status_code == 404
    assert "No such statement" in asked.content.decode()
    assert visitor.get(reverse("courses:statement_detail", args=["FDW-0000-0000-0000-0000"])).status_code == 404
    assert visitor.get("/en/courses/verify/x/").status_code == 404


def test_other_spelling_in_the_address_leads_to_the_page(visitor, statement):
    response = visitor.get(f"/en/courses/verify/{statement.number.lower()}/")
    assert response["Location"] == statement.get_absolute_url()


def test_guessing_is_slowed_down(visitor, statement):
    answers = [visitor.get(reverse("courses:statement_detail", args=[new_number()])).status_code for _n in range(61)]
    assert answers == [404] * 60 + [429]
    assert visitor.get(statement.get_absolute_url()).status_code == 429
    assert visitor.get(statement.get_absolute_url(), REMOTE_ADDR="10.1.2.3").status_code == 200


# The learner's pages --------------------------------------------------------------------------------
def test_learner_gets_it_from_the_page_of_the_module(client_of, participant, module):
    browser, page = client_of(participant), reverse("courses:module_detail", args=["full"])
    issue = reverse("courses:statement_issue", args=["full"])
    assert issue not in browser.get(page).content.decode()
    early = browser.post(issue, follow=True)
    assert "when you have completed the module" in early.content.decode()
    complete(participant, module)
    assert issue in browser.get(page).content.decode()
    assert browser.post(issue)["Location"] == Job.objects.get().get_absolute_url()
    assert browser.post(issue)["Location"] == Job.objects.get().get_absolute_url()


def test_own_statements_are_listed_and_nobody_elses(client_of, participant, outsider, staff, statement):
    url = reverse("courses:statement_list")
    assert statement.number in client_of(participant).get(url).content.decode()
    assert statement.number not in client_of(outsider).get(url).content.decode()
    pdf = reverse("courses:statement_pdf", args=[statement.number])
    assert client_of(outsider).post(pdf).status_code == 404
    withdraw_statement(statement=statement, actor=staff, reason="Issued by mistake")
    page = client_of(participant).get(url).content.decode()
    assert "Issued by mistake" in page
    assert pdf not in page
    assert "was withdrawn" in client_of(participant).post(pdf, follow=True).content.decode()
    assert not Job.objects.exists()


def test_list_costs_the_same_for_one_and_three(client_of, participant, statement):
    browser, costs = client_of(participant), []
    browser.get("/en/courses/")  # fills what is kept, such as the menus
    for n in (0, 1, 2):
        if n:
            module = ModuleFactory()
            UnitFactory(module=module)
            complete(participant, module)
            issue_statement(user=participant, module=module)
        with CaptureQueriesContext(connection) as seen:
            browser.get(reverse("courses:statement_list"))
        costs.append(len(seen))
    assert costs[0] == costs[2]


# The PDF --------------------------------------------------------------------------------------------
def pdf_of(user, statement, language) -> bytes:
    job = documents.ask_statement_pdf(user=user, statement=statement, language=language)
    assert jobs.perform(job.pk), Job.objects.get(pk=job.pk).error
    return Job.objects.get(pk=job.pk).file.file.open().read()


@pytest.mark.parametrize("language", ["en", "fr", "es"])
def test_pdf_is_accessible_and_says_what_the_page_says(participant, statement, language, settings):
    settings.SITE_URL = "https://fdw.example"
    made = pdf_of(participant, statement, language)
    assert_accessible(made, lang=language, title=reader_of(made).metadata.title)
    plain = " ".join(text_of(made).split())
    for words in ("Demo Participant", f"Title full {language}", statement.number, "2026", "2 h 30 min"):
        assert words in plain
    assert f"https://fdw.example/{language}/courses/verify/{statement.number}/" in plain.replace("/ ", "/")
    assert plain.index("Demo Participant") < plain.index("Title full") < plain.index(statement.number)
    assert tags_of(made).count("H1") == 1
    assert any(statement.number in text for text in alternatives_of(made))


@pytest.mark.parametrize(
    "name", ["Ọlá Ńkẹ́ Œuvré ’Àìná", "محمد", "Юлия", "A" * 30 + " " + "de la Très Longue " * 9, "<b>&#x27; #panic()"]
)
def test_any_name_fits_on_one_page(participant, statement, name):
    statement.name = name.strip()[:200]
    statement.titles = {"en": "W" * 30 + " of a very long title that goes on" * 4}
    content = documents.statement_document(statement, "en")
    assert len(reader_of(pdf.render("statement", content)).pages) == 1


def test_score_stands_where_there_is_one(statement):
    words = str(documents.statement_document(statement, "en")["facts"])
    assert "%" not in words
    statement.score = 88
    assert "88 %" in str(documents.statement_document(statement, "en")["facts"])


def test_pdf_asked_before_and_made_after_the_withdrawal_is_refused(participant, staff, statement):
    job = documents.ask_statement_pdf(user=participant, statement=statement, language="en")
    withdraw_statement(statement=statement, actor=staff, reason="Issued by mistake")
    assert not jobs.perform(job.pk)
    assert Job.objects.get().result["refused"] == "This statement was withdrawn."
    assert Job.objects.get().file is None


# The administration -----------------------------------------------------------------------------------
def act(name: str, statement) -> str:
    return reverse(f"admin:courses_statement_{name}", args=[statement.pk])


def test_staff_withdraw_with_a_reason(client_of, staff, visitor, statement):
    browser = client_of(staff)
    assert act("withdraw", statement) in browser.get(act("change", statement)).content.decode()
    assert browser.get(act("withdraw", statement)).status_code == 200
    assert browser.post(act("withdraw", statement), {"reason": " "}).status_code == 400
    assert browser.post(act("withdraw", statement), {"reason": "Answers copied"}).status_code == 302
    assert "Answers copied" in page_of(visitor, statement)
    assert act("withdraw", statement) not in browser.get(act("change", statement)).content.decode()


def test_staff_issue_anew_with_a_corrected_name(client_of, staff, visitor, statement):
    browser = client_of(staff)
    assert 'value="Demo Participant"' in browser.get(act("reissue", statement)).content.decode()
    assert browser.post(act("reissue", statement), {"name": "", "reason": "x"}).status_code == 400
    browser.post(act("reissue", statement), {"name": "Demo Banda", "reason": "Name misspelt"})
    fresh = Statement.objects.get(withdrawn_at=None)
    assert "Demo Banda" in page_of(visitor, fresh)
    listed = browser.get(reverse("admin:courses_statement_changelist"), {"state": "valid"}).content.decode()
    assert fresh.number in listed
    assert statement.number not in listed
    again = browser.post(act("reissue", statement), {"name": "Third", "reason": "x"})
    assert again.status_code == 400


def test_statements_are_neither_added_nor_deleted_nor_in_hands_without_the_right(client_of, staff, tutor, statement):
    assert client_of(staff).get(reverse("admin:courses_statement_add")).status_code == 403
    assert client_of(staff).get(act("delete", statement)).status_code == 403
    tutor.is_staff = True
    tutor.save()
    assert client_of(tutor).get(act("withdraw", statement)).status_code == 403
    assert client_of(tutor).post(act("withdraw", statement), {"reason": "x"}).status_code == 403
    assert client_of(staff).get(reverse("admin:courses_statement_withdraw", args=[10**17])).status_code == 404


def test_address_leads_with_a_code_to_the_page():
    number = "FDW-10K3-9QXR-2TBN-4HWD"
    assert documents.verify_url(SimpleNamespace(number=number), "fr").endswith(f"/fr/courses/verify/{number}/")
    assert "<svg" in documents.qr("https://fdw.example/")
