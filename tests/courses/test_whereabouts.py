"""Who is where in a module, who has not started, and the tables that tutors and staff take along."""

import csv
import io

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from core.models import Event
from core.tables import plain, sheet_response
from courses import services
from courses.enums import Completion
from tests.factories import CheckFactory, ModuleFactory, UnitFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def module(db):
    module = ModuleFactory(slug="money")
    UnitFactory(module=module, slug="one", position=1)
    UnitFactory(module=module, slug="extra", position=2, is_optional=True)
    CheckFactory(module=module, slug="check", position=3, questions=1, pass_mark=1)
    return module


def pass_check(user, module):
    check = module.units.get(slug="check")
    attempt = services.start_attempt(user=user, unit=check)
    answer = attempt.answers.select_related("version").get()
    right = next(choice["key"] for choice in answer.version.content["choices"] if choice["right"])
    services.save_answer(attempt=attempt, answer=answer, raw=[right], language="en")
    services.submit_attempt(attempt=attempt)


@pytest.fixture
def people(module, participant, participant_fr, outsider, staff):
    """One has not started, one is under way, one has completed; staff tried it out too."""
    for person in (participant_fr, outsider, staff):
        services.record_reading(user=person, unit_id=module.units.get(slug="one").pk, record=None)
    services.complete_unit(user=outsider, unit=module.units.get(slug="one"))
    pass_check(outsider, module)
    return {"not_started": participant, "under_way": participant_fr, "completed": outsider}


def page_of(client_of, staff, query=""):
    return client_of(staff).get(reverse("courses:module_people", args=["money"]) + query)


def test_each_person_stands_where_she_stands_and_staff_do_not_count(client_of, staff, people):
    page = page_of(client_of, staff)

    assert {row.pk: row.where for row in page.context["page"].rows} == {person.pk: where for where, person in people.items()}
    assert (page.context["count"].not_started, page.context["count"].under_way, page.context["count"].completed) == (1, 1, 1)
    done = next(row for row in page.context["page"].rows if row.where == "completed")
    assert (done.done, done.needed, done.score) == (2, 2, 100)


@pytest.mark.parametrize("where", ["not_started", "under_way", "completed"])
def test_people_are_narrowed_by_state(client_of, staff, people, where):
    rows = page_of(client_of, staff, f"?where={where}").context["page"].rows

    assert [row.pk for row in rows] == [people[where].pk]


def test_people_are_narrowed_by_country(client_of, staff, people):
    assert [row.country for row in page_of(client_of, staff, "?country=MW").context["page"].rows] == ["MW"]


def test_odd_filter_is_a_400_with_its_message(client_of, staff, people):
    page = page_of(client_of, staff, "?where=nowhere")

    assert page.status_code == 400
    assert "where" in page.context["filter"].form.errors


def test_passing_the_checks_completes_where_that_is_the_rule(client_of, staff, module, participant):
    module.completion = Completion.CHECKS
    module.save()
    pass_check(participant, module)

    row = page_of(client_of, staff).context["page"].rows[0]
    assert (row.where, row.done, row.needed) == ("completed", 1, 1)


def test_only_who_may_see_progress_looks_and_it_is_logged_once_a_day(client_of, staff, participant, tutor, people):
    for person in (participant, tutor):
        assert client_of(person).get(reverse("courses:module_people", args=["money"])).status_code == 403
    page_of(client_of, staff)
    page_of(client_of, staff)

    assert Event.objects.filter(act="look at people", actor=staff).count() == 1


def test_queries_do_not_grow_with_people(client_of, staff, module):
    browser, counts = client_of(staff), []
    for more in (1, 2):
        for _n in range(more):
            services.record_reading(user=UserFactory(), unit_id=module.units.get(slug="one").pk, record=None)
        browser.get(reverse("courses:module_people", args=["money"]))
        with CaptureQueriesContext(connection) as seen:
            browser.get(reverse("courses:module_people", args=["money"]))
        counts.append(len(seen))

    assert counts[0] == counts[1] <= 14


def test_pages_of_25_lead_on(client_of, staff, module):
    UserFactory.create_batch(27)
    first = page_of(client_of, staff)
    rest = page_of(client_of, staff, f"?before={first.context['page'].older}")

    assert (len(first.context["page"].rows), len(rest.context["page"].rows)) == (25, 2)


# Tables -------------------------------------------------------------------------------------------
def test_people_as_csv_and_xlsx_with_the_filter_and_it_is_logged(client_of, staff, people):
    participant = people["not_started"]
    participant.name = "=HYPERLINK(1)"
    participant.save()
    browser = client_of(staff)
    text = browser.get(reverse("courses:module_people_sheet", args=["money", "csv"]) + "?where=not_started").content.decode()
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))
    assert [row[:2] for row in rows] == [["Name", "E-mail address"], ["'=HYPERLINK(1)", participant.email]]

    data = browser.get(reverse("courses:module_people_sheet", args=["money", "xlsx"])).content
    assert load_workbook(io.BytesIO(data)).active.max_row == 4
    assert Event.objects.filter(act="export people", actor=staff).count() == 2


def test_answers_as_csv_and_xlsx(client_of, staff, people):
    browser = client_of(staff)
    text = browser.get(reverse("courses:module_answers_sheet", args=["money", "csv"])).content.decode()
    data = browser.get(reverse("courses:module_answers_sheet", args=["money", "xlsx"])).content

    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))
    assert len(rows) == load_workbook(io.BytesIO(data)).active.max_row > 2
    assert rows[0][:2] == ["Check", "Key"]


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1"])
def test_formulas_are_neutralised(cell):
    assert plain(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", [-1, 3, "a=b", "Kigali"])
def test_numbers_and_words_stay(cell):
    assert plain(cell) == cell


def test_csv_opens_in_excel_as_utf8():
    response = sheet_response(headers=["Où"], rows=[["Sécurité"]], name="x", form="csv")

    assert response.content.decode().startswith("\ufeffOù")
    assert response["Content-Disposition"] == 'attachment; filename="x.csv"'
