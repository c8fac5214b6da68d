"""Sheets to take along: the same numbers as the pages, no formulas, every export in the log."""

import io

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse
from openpyxl import load_workbook

from clinics.models import PriorityText, Review, ReviewScore
from clinics.services.balance import balance_of
from clinics.services.exporting import SHEETS, Asked, number_of, take_along
from core.models import Event
from tests.factories import (
    ApplicationFactory,
    CriterionFactory,
    DelegateFactory,
    DelegationFactory,
    EditionFactory,
    InvitationFactory,
    PrioritiesFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def edition(db):
    return EditionFactory(state="selection")


@pytest.fixture
def desk(client_of, staff):
    return client_of(staff)


def cells(name, edition, user, **asked) -> list[list]:
    facts = {"sheet": SHEETS[name], "name": name, "edition": edition, "form": "csv"}
    return take_along(asked=Asked(**asked), user=user, **facts)


def test_participants_are_those_who_take_part_unless_asked_otherwise(edition, staff):
    malawi, kenya = DelegationFactory(edition=edition), DelegationFactory(edition=edition, country="KE")
    DelegateFactory(delegation=malawi, user=UserFactory(name="Here"))
    DelegateFactory(delegation=malawi, user=UserFactory(name="Gone"), state="replaced", leave_reason="New post")
    DelegateFactory(delegation=kenya, user=None, group="employers")

    assert [row[0] for row in cells("participants", edition, staff)] == ["Erased person", "Here"]
    assert [row[0] for row in cells("participants", edition, staff, state="replaced")] == ["Gone"]
    assert [row[2] for row in cells("participants", edition, staff, country="MW", group="workers")] == ["Malawi"]


def test_applications_come_with_scores_and_honour_conflicts_and_blindness(edition, staff):
    criterion = CriterionFactory(edition=edition)
    judged, declared, mine = (ApplicationFactory(edition=edition, user=UserFactory(name=n)) for n in ("A", "B", "C"))
    ApplicationFactory(edition=edition, state="draft")
    for application in (judged, mine):
        other = Review.objects.create(application=application, reviewer=UserFactory(is_staff=True), state="done")
        ReviewScore.objects.create(review=other, criterion=criterion, points=4)
    Review.objects.create(application=declared, reviewer=staff, state="conflict")
    Review.objects.create(application=mine, reviewer=staff)  # not saved yet: no peeping

    scores = {row[0]: row[14] for row in cells("applications", edition, staff)}

    assert scores == {"A": 80.0, "C": ""}


def test_the_balance_and_the_page_say_the_same(edition, staff):
    DelegateFactory(delegation=DelegationFactory(edition=edition), user=UserFactory(sex="female"))
    ApplicationFactory(edition=edition)

    rows = cells("balance", edition, staff)

    total = balance_of(edition).total
    assert sum(row[2] for row in rows) == total.figures["seats"]
    assert sum(row[3] for row in rows) == total.figures["taken"] == 1
    assert sum(row[6] for row in rows) == total.figures["applied"] == 1
    assert len(SHEETS["balance"].headers) == len(rows[0])


def test_priorities_come_as_words(edition, staff):
    priorities = PrioritiesFactory(delegation=DelegationFactory(edition=edition))
    PriorityText.objects.create(priorities=priorities, field="deficit", text="Informality", language="en")
    PriorityText.objects.create(priorities=priorities, field="inff_stage", text="strategy", language="en")
    PriorityText.objects.create(priorities=priorities, field="obstacle", text="", language="en")

    assert [row[2] for row in cells("priorities", edition, staff)] == ["Informality", "Financing strategy"]


@pytest.mark.parametrize("name", list(SHEETS))
def test_every_sheet_has_a_header_for_each_cell_and_its_own_number(edition, staff, name):
    delegation = DelegationFactory(edition=edition)
    DelegateFactory(delegation=delegation)
    InvitationFactory(delegation=delegation)
    ApplicationFactory(edition=edition)
    PriorityText.objects.create(priorities=PrioritiesFactory(delegation=delegation), field="deficit", text="x", language="en")

    rows = cells(name, edition, staff)

    assert rows
    assert all(len(row) == len(SHEETS[name].headers) for row in rows)
    assert number_of(SHEETS[name], edition, Asked(), staff) == len(rows)


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(("name", "most"), [("participants", 2), ("invitations", 2), ("applications", 4), ("priorities", 2)])
def test_sheets_cost_the_same_for_any_number(edition, staff, name, most, count, django_assert_num_queries):
    delegation = DelegationFactory(edition=edition)
    priorities = PrioritiesFactory(delegation=delegation)
    for field in ["deficit", "obstacle", "plan_goal"][:count]:
        DelegateFactory(delegation=delegation)
        InvitationFactory(delegation=delegation, nominated_by=UserFactory())
        ApplicationFactory(edition=edition)
        PriorityText.objects.create(priorities=priorities, field=field, text="x", language="en")

    with django_assert_num_queries(most):
        assert len(cells(name, edition, staff)) == count


# The page -----------------------------------------------------------------------------------------
def test_the_page_gives_the_number_of_the_file(desk, edition, staff):
    for country in ("MW", "KE"):
        InvitationFactory(delegation=DelegationFactory(edition=edition, country=country))
    page = desk.get(reverse("admin:clinics_edition_export", args=[edition.pk]) + "?country=KE")
    shown = {sheet["name"]: sheet for sheet in page.context["sheets"]}

    file = desk.get(shown["invitations"]["files"]["csv"]).content.decode("utf-8-sig")

    assert shown["invitations"]["number"] == 1
    assert len(file.strip().splitlines()) == 2
    assert "Kenya" in file
    assert "Malawi" not in file


def test_a_file_is_logged_with_how_many_rows_and_holds_no_formula(desk, edition, staff):
    InvitationFactory(delegation=DelegationFactory(edition=edition), name="=HYPERLINK(1)")
    address = reverse("admin:clinics_edition_export_file", args=[edition.pk])

    response = desk.get(address + "?sheet=invitations&form=xlsx")

    sheet = load_workbook(io.BytesIO(response.content)).active
    assert [cell.value for cell in sheet[2]][0] == "'=HYPERLINK(1)"
    assert Event.objects.about(edition).get().after == {"sheet": "invitations", "rows": 1, "form": "xlsx"}


@pytest.mark.parametrize("query", ["sheet=users&form=csv", "sheet=balance&form=exe", "sheet=balance&form=csv&state=oops"])
def test_what_is_no_sheet_is_refused(desk, edition, query):
    assert desk.get(f"{reverse('admin:clinics_edition_export_file', args=[edition.pk])}?{query}").status_code == 400


def test_applications_are_for_those_who_select(client_of, edition):
    helper = UserFactory(is_staff=True)
    helper.user_permissions.add(Permission.objects.get(codename="change_edition", content_type__app_label="clinics"))
    page = client_of(helper).get(reverse("admin:clinics_edition_export", args=[edition.pk]))
    file = reverse("admin:clinics_edition_export_file", args=[edition.pk])

    assert "applications" not in {sheet["name"] for sheet in page.context["sheets"]}
    assert client_of(helper).get(f"{file}?sheet=applications&form=csv").status_code == 403
    assert not Event.objects.about(edition).exists()
