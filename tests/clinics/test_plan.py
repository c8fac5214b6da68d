"""The default plan: where its days lie, what it holds, and when it is refused."""

from datetime import date, timedelta

import pytest
import yaml

from clinics.enums import EditionState
from clinics.models import Activity, Block, Edition, Session, Week
from clinics.services.editions import beyond, lacks
from clinics.services.planning import change_dates, make_plan
from core.errors import DomainError
from core.models import Event
from core.translations import LANGUAGES
from programme.loaders.vocabularies import load_themes
from programme.models import Theme
from tests.factories import DelegationFactory, EditionFactory, ModuleFactory, WeekFactory
from tests.guards.house import ROOT

pytestmark = pytest.mark.django_db


def days(rows) -> list[tuple[int, str, str]]:
    return [(row.number, f"{row.starts_on:%a %d %b}", f"{row.ends_on:%a %d %b}") for row in rows]


def test_default_plan_lies_around_the_first_monday(staff):
    edition = make_plan(edition=EditionFactory(state="draft"), actor=staff)

    assert days(edition.weeks.all()) == [
        (0, "Mon 25 Jan", "Fri 29 Jan"),
        (1, "Mon 01 Feb", "Fri 05 Feb"),
        (2, "Mon 08 Feb", "Fri 12 Feb"),
        (3, "Mon 15 Feb", "Fri 19 Feb"),
    ]
    assert days(edition.blocks.all()) == [
        (1, "Mon 01 Feb", "Wed 03 Feb"),
        (2, "Wed 03 Feb", "Fri 05 Feb"),
        (3, "Mon 08 Feb", "Fri 12 Feb"),
        (4, "Mon 15 Feb", "Fri 19 Feb"),
    ]
    assert [(a.week.number, a.kind) for a in Activity.objects.select_related("week").order_by("week__number", "pk")] == [
        (0, "self_assessment"),
        (0, "refresher"),
        (0, "priorities"),
        (3, "presentations"),
        (3, "evaluation"),
    ]
    assert Event.objects.get(act="make plan").actor == staff


def test_three_blocks_one_a_week(staff):
    edition = make_plan(edition=EditionFactory(state="draft"), shape="3x3", actor=staff)

    assert days(edition.blocks.all()) == [
        (1, "Mon 01 Feb", "Fri 05 Feb"),
        (2, "Mon 08 Feb", "Fri 12 Feb"),
        (3, "Mon 15 Feb", "Fri 19 Feb"),
    ]
    for block in edition.blocks.all():
        assert [week.number for week in edition.weeks.all() if block.meets(week)] == [block.number]
    assert edition.sessions.count() == 3
    assert Activity.objects.filter(week__edition=edition).count() == 5


@pytest.mark.parametrize("shape", ["3x4", "3x3"])
def test_nothing_but_seats_is_lacking_after_the_plan(staff, shape):
    edition = EditionFactory(state="draft")
    make_plan(edition=edition, shape=shape, actor=staff)

    assert lacks(edition) == ["No country has seats."]
    DelegationFactory(edition=edition)
    assert lacks(edition) == beyond(edition) == []
    assert not [part for model in (Week, Block, Session) for part in model.objects.all() if part.stale()]


@pytest.mark.parametrize("zone", ["Africa/Accra", "Africa/Blantyre", "Africa/Nairobi", "Europe/Zurich", "America/Mexico_City"])
@pytest.mark.parametrize("starts_on", [date(2027, 3, 22), date(2026, 10, 19)])  # Zurich's clocks change within
def test_webinars_are_at_two_in_the_afternoon_in_the_editions_zone(staff, zone, starts_on):
    edition = make_plan(edition=EditionFactory(state="draft", zone=zone, starts_on=starts_on), actor=staff)

    for session in edition.sessions.all():
        local = session.starts_at.astimezone(edition.tz)
        assert (local.hour, local.minute, session.minutes, session.zone) == (14, 0, 90, zone)
        assert session.block.starts_on <= local.date() <= session.block.ends_on


def test_modules_and_themes_that_stand_are_used(staff):
    load_themes()
    refresher = ModuleFactory(slug="technical-refresher")
    theme = Theme.objects.get(code="un-cooperation-frameworks")
    fitting = ModuleFactory(slug="frameworks", kind="self_guided", theme=theme)
    ModuleFactory(slug="draft", kind="self_guided", theme=theme, state="draft")

    edition = make_plan(edition=EditionFactory(state="draft"), actor=staff)

    assert Activity.objects.get(kind="refresher").module == refresher
    assert list(edition.blocks.get(number=2).modules.all()) == [fitting]
    assert edition.blocks.get(number=2).theme == theme
    assert not edition.blocks.get(number=1).modules.exists()


def test_plan_without_any_content_is_written_all_the_same(staff):
    edition = make_plan(edition=EditionFactory(state="draft"), actor=staff)

    assert not edition.blocks.filter(theme__isnull=False).exists()
    assert Activity.objects.get(kind="refresher").module is None


def test_second_plan_is_refused_and_changes_nothing(staff):
    edition = EditionFactory(state="draft")
    make_plan(edition=edition, actor=staff)

    with pytest.raises(DomainError) as refused:
        make_plan(edition=edition, shape="3x3", actor=staff)

    assert refused.value.code == "planned"
    assert edition.blocks.count() == 4


def test_a_single_week_is_a_plan_already(staff):
    week = WeekFactory(edition__state="draft")

    with pytest.raises(DomainError) as refused:
        make_plan(edition=week.edition, actor=staff)

    assert refused.value.code == "planned"


@pytest.mark.parametrize("state", ["follow_up", "closed"])
def test_what_is_over_gets_no_plan(staff, state):
    edition = EditionFactory(state=EditionState(state))

    with pytest.raises(DomainError) as refused:
        make_plan(edition=edition, actor=staff)

    assert (refused.value.code, Week.objects.count()) == ("state", 0)


def test_edition_that_does_not_start_on_a_monday_is_told_so(staff):
    edition = EditionFactory(state="draft", starts_on=date(2027, 2, 3))

    with pytest.raises(DomainError) as refused:
        make_plan(edition=edition, actor=staff)

    assert (refused.value.code, refused.value.field) == ("dates", "starts_on")
    assert "3 February 2027" in str(refused.value)


def test_edition_that_ends_before_the_plan_is_told_so(staff):
    edition = EditionFactory(state="draft", ends_on=date(2027, 2, 12))

    with pytest.raises(DomainError) as refused:
        make_plan(edition=edition, actor=staff)

    assert (refused.value.code, refused.value.field) == ("dates", "ends_on")
    assert not Week.objects.exists()


def test_unknown_shape_is_refused(staff):
    with pytest.raises(DomainError) as refused:
        make_plan(edition=EditionFactory(state="draft"), shape="9x9", actor=staff)

    assert refused.value.code == "shape"


def test_objectives_are_three_or_four_lines_in_every_language():
    plan = yaml.safe_load((ROOT / "clinics/starter/plan.yaml").read_text())

    for block in plan["blocks"]:
        counts = {code: len(block["objectives"][code].strip().splitlines()) for code in LANGUAGES}
        assert len(set(counts.values())) == 1, block["theme"]
        assert 3 <= counts["en"] <= 4


@pytest.mark.django_db(transaction=True)
def test_pressed_twice_at_the_same_moment_one_plan_is_written(staff, at_once):
    edition = EditionFactory(state="draft")

    found = at_once(*(lambda: make_plan(edition=edition, actor=staff) for _n in range(2)))

    assert sorted(type(one).__name__ for one in found) == ["DomainError", "Edition"]
    assert edition.weeks.count() == 4


# Dates --------------------------------------------------------------------------------------------
def dates(edition: Edition, **other) -> dict:
    return {"starts_on": edition.starts_on, "ends_on": edition.ends_on, "zone": edition.zone} | other


@pytest.mark.parametrize(
    ("other", "field"),
    [({"ends_on": date(2027, 1, 31)}, "ends_on"), ({"zone": "Mars/Olympus"}, "zone"), ({"zone": ""}, "zone")],
)
def test_dates_that_cannot_be_are_refused_beside_the_field(staff, other, field):
    edition = EditionFactory(state="draft")

    with pytest.raises(DomainError) as refused:
        change_dates(edition=edition, actor=staff, **dates(edition, **other))

    assert refused.value.field == field
    edition.refresh_from_db()
    assert (edition.zone, edition.ends_on) == ("Africa/Blantyre", date(2027, 2, 19))


def test_dates_change_and_the_log_says_from_what_to_what(staff):
    edition = EditionFactory()
    later = edition.ends_on + timedelta(weeks=1)

    for _n in range(2):
        change_dates(edition=edition, actor=staff, **dates(edition, ends_on=later))

    event = Event.objects.get(act="change dates")
    assert (event.before["ends_on"], event.after["ends_on"]) == ("2027-02-19", "2027-02-26")


def test_dates_of_a_closed_edition_stay(staff):
    edition = EditionFactory(state="closed")

    with pytest.raises(DomainError) as refused:
        change_dates(edition=edition, actor=staff, **dates(edition, zone="UTC"))

    assert refused.value.code == "state"
