"""An edition from draft to closed: what each step asks for, and what each state allows."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from clinics.enums import Act, EditionState
from clinics.menu import ROUTE, load_menu_line
from clinics.models import Edition
from clinics.services.editions import lacks, move_edition, require
from clinics.shown import way_in
from core.errors import DomainError
from core.models import Event
from programme.loaders.menus import load_menus
from programme.loaders.pages import load_pages
from programme.models import MenuItem
from tests.factories import DelegationFactory, EditionFactory, SessionFactory

pytestmark = pytest.mark.django_db
PAST_THE_PLAN = {EditionState.FOLLOW_UP, EditionState.CLOSED}


def ready(**fields) -> Edition:
    """Return a draft that lacks nothing."""
    edition = EditionFactory(state="draft", published_at=None, **fields)
    SessionFactory(block__edition=edition)
    DelegationFactory(edition=edition)
    return edition


def refused(do, /, **kwargs) -> DomainError:
    with pytest.raises(DomainError) as error:
        do(**kwargs)
    return error.value


# States -------------------------------------------------------------------------------------------
def test_edition_goes_from_draft_to_closed_step_by_step(staff):
    edition = ready()

    for to in list(EditionState)[1:]:
        edition = move_edition(edition=edition, to=to, actor=staff)

    assert (edition.state, edition.published_at is not None) == ("closed", True)
    told = [(event.before["state"], event.after["state"]) for event in Event.objects.filter(act="move edition").order_by("pk")]
    assert told[0] == ("draft", "call_open")
    assert told[-1] == ("follow_up", "closed")


@pytest.mark.parametrize("to", ["draft", "selection", "closed"])
def test_no_step_is_left_out_and_none_is_taken_twice(staff, to):
    edition = ready()

    assert refused(move_edition, edition=edition, to=EditionState(to), actor=staff).code == "order"
    assert Edition.objects.get(pk=edition.pk).state == "draft"


def test_edition_goes_back_with_a_reason_and_is_published_once(staff):
    edition = move_edition(edition=ready(), to=EditionState.CALL_OPEN, actor=staff)
    first = edition.published_at

    assert refused(move_edition, edition=edition, to=EditionState.DRAFT, actor=staff, reason="  ").field == "reason"
    edition = move_edition(edition=edition, to=EditionState.DRAFT, actor=staff, reason="Wrong countries")
    edition = move_edition(edition=edition, to=EditionState.CALL_OPEN, actor=staff)

    assert edition.published_at == first


def test_everything_a_draft_lacks_is_said_at_once(staff):
    edition = EditionFactory(state="draft", title_fr="", apply_by=None)

    error = refused(move_edition, edition=edition, to=EditionState.CALL_OPEN, actor=staff)

    assert error.code == "incomplete"
    for words in ("lacks texts in FR.", "No country has seats.", "There is no building block.", "has no deadline."):
        assert words in str(error)


@pytest.mark.parametrize(
    ("fields", "words"),
    [({"apply_by": None}, "The open call has no deadline."), ({"apply_by": "past"}, "The deadline of the open call is over.")],
)
def test_open_call_wants_a_deadline_to_come(fields, words):
    if fields["apply_by"] == "past":
        fields = {"apply_by": timezone.now() - timedelta(hours=1)}

    assert lacks(ready(**fields)) == [words]
    assert lacks(ready(**fields, is_open_call=False)) == []


def test_fallback_language_may_lack_its_texts():
    assert lacks(ready(title_es="", fallback_languages=["es"])) == []


def test_what_lies_outside_the_dates_is_said():
    edition = ready()
    edition.blocks.update(ends_on=date(2027, 6, 1))
    edition.sessions.update(starts_at=edition.moment(date(2027, 7, 1)))

    assert [line.rsplit("lies")[1] for line in lacks(edition)] == [
        " outside the dates of the edition.",
        " outside the dates of its block.",
    ]


@pytest.mark.parametrize("state", EditionState)
def test_plan_and_page_follow_the_state(state):
    edition = EditionFactory(state=state)

    assert edition.allows(Act.PLAN) == (state not in PAST_THE_PLAN)
    assert edition.allows(Act.SHOW) == (state != EditionState.DRAFT)
    if not edition.allows(Act.APPLY):
        assert refused(require, edition=edition, act=Act.APPLY).code == "state"


@pytest.mark.parametrize(
    ("fields", "way"),
    [
        ({"state": "draft"}, "draft"),
        ({"state": "call_open"}, "open"),
        ({"state": "call_open", "apply_by": None}, "closed"),
        ({"state": "call_open", "is_open_call": False}, "invited"),
        ({"state": "running"}, "closed"),
        ({"state": "follow_up"}, "over"),
    ],
)
def test_way_in_follows_state_call_and_deadline(fields, way):
    assert way_in(EditionFactory(**fields)) == way


def test_call_is_open_until_the_very_second():
    edition = EditionFactory(state="call_open")

    assert edition.takes_applications(edition.apply_by - timedelta(seconds=1))
    assert not edition.takes_applications(edition.apply_by)


# Shape --------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "fields",
    [{"slug": "applications"}, {"zone": "Mars/Olympus"}, {"languages": ["de"]}, {"languages": []}, {"languages": ["en", "en"]},
     {"ends_on": date(2026, 1, 1)}, {"hours_a_week": 0}],
    ids=str,
)  # fmt: skip
def test_edition_that_cannot_be_is_refused(fields):
    with pytest.raises(ValidationError):
        EditionFactory(**fields)


# The menu -----------------------------------------------------------------------------------------
def test_main_menu_leads_to_the_clinics_beside_learn(visitor):
    load_pages()
    load_menus()
    assert load_menu_line() == 1

    html = visitor.get("/fr/").content.decode()

    assert html.index(">Apprendre</a>") < html.index('<a href="/fr/clinics/">Cliniques</a>') < html.index(">Pays</a>")
    assert MenuItem.objects.filter(menu="main").count() == 6


def test_line_that_staff_took_out_stays_out():
    load_menu_line()
    MenuItem.objects.filter(route=ROUTE).delete()

    assert load_menu_line() == 0
    assert not MenuItem.objects.filter(route=ROUTE).exists()
