"""The edition's home: what is next, on the reader's clock, at a constant cost; a person's clinics and her card."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from clinics.cards import clinic_card
from clinics.catching_up import catch_up
from clinics.enums import DelegateState
from clinics.models import Delegate, Edition, Signature
from clinics.outline import plan_of, progress_in
from clinics.services.succession import take_over
from clinics.sessions import session_row
from clinics.steps import next_of, standing_of, steps_of
from core.pagecache import forget_pages
from courses.services import complete_unit
from tests.factories import (
    ActivityFactory,
    BlockFactory,
    DelegateFactory,
    DelegationFactory,
    EditionFactory,
    ModuleFactory,
    PrioritiesFactory,
    SessionFactory,
    TeamMemberFactory,
    UnitFactory,
    UserFactory,
    WeekFactory,
)

pytestmark = pytest.mark.django_db
FLOOR = 3  # session, person, inbox badge


@pytest.fixture
def unit(db):
    return UnitFactory(module__slug="refresher")


@pytest.fixture
def edition(unit):
    """An edition that begins on 1 February 2027, with week 0 and week 1, a refresher and a block with a module."""
    edition = EditionFactory(slug="clinic", starts_on=datetime(2027, 2, 1).date(), ends_on=datetime(2027, 2, 19).date())
    before = edition.starts_on - timedelta(days=14)
    week0 = WeekFactory(edition=edition, number=0, starts_on=before, ends_on=edition.starts_on - timedelta(days=3))
    WeekFactory(edition=edition, number=1)
    ActivityFactory(week=week0, kind="refresher", module=unit.module)
    ActivityFactory(week=week0, kind="self_assessment", module=None)
    ActivityFactory(week=week0, kind="priorities", module=None)
    block = BlockFactory(edition=edition)
    block.modules.add(UnitFactory(module__slug="levies").module)
    SessionFactory(block=block)
    return edition


@pytest.fixture
def own(participant, edition):
    known = {"country": "MW", "group": "workers", "organisation": "Union", "position": "Researcher", "zone_confirmed": True}
    User.objects.filter(pk=participant.pk).update(**known)
    own = DelegateFactory(user=participant, delegation=DelegationFactory(edition=edition))
    Delegate.objects.update(joined_at=datetime(2026, 12, 1, tzinfo=UTC))
    return own


@pytest.fixture(autouse=True)
def on_a_day_in_week_0():
    with time_machine.travel(datetime(2027, 1, 20, 9, 0, tzinfo=UTC), tick=True):
        yield


def home_of(client_of, user, edition, language="en"):
    return client_of(user).get(f"/{language}/clinics/{edition.slug}/home/")


def codes(edition, user) -> list:
    return [(step.code, step.is_done) for step in steps_of(standing_of(edition, User.objects.get(pk=user.pk), "en"))]


def test_next_leads_from_profile_to_refresher_to_priorities(participant, own, edition, unit):
    User.objects.filter(pk=participant.pk).update(position="")
    first = next_of(steps_of(standing_of(edition, User.objects.get(pk=participant.pk), "en")))
    User.objects.filter(pk=participant.pk).update(position="Researcher")

    assert first.code == "profile"
    assert codes(edition, participant) == [("profile", True), ("refresher", False), ("write", False)]
    complete_unit(user=participant, unit=unit)
    assert codes(edition, participant) == [("profile", True), ("refresher", True), ("write", False)]
    written = PrioritiesFactory(delegation=own.delegation, version=3)
    assert codes(edition, participant)[-1] == ("sign", False)
    Signature.objects.create(priorities=written, side="workers", version=2)
    assert codes(edition, participant)[-1] == ("sign", False)
    Signature.objects.create(priorities=written, side="workers", version=3)
    assert codes(edition, participant)[-1] == ("sign", True)


def test_slots_of_surveys_are_not_shown(client_of, participant, own, edition):
    html = home_of(client_of, participant, edition).content.decode()

    assert "Country priorities" in html
    assert "Self-assessment" not in html


def test_the_module_of_the_running_block_is_a_step(participant, own, edition):
    with time_machine.travel(datetime(2027, 2, 2, 9, 0, tzinfo=UTC)):
        assert ("module", False) in codes(edition, participant)


def test_home_counts_the_days_and_names_both_zones(client_of, participant, own, edition):
    Edition.objects.update(zone="America/Mexico_City")
    forget_pages()

    html = home_of(client_of, participant, edition).content.decode()

    assert "12 days" in html
    assert "Central Africa Time" in html
    assert "where the clinic is held" in html
    assert "Central Mexican Standard Time" in html or "Central Standard Time" in html


def test_a_zone_with_the_same_clock_is_not_named_twice(edition):
    line = plan_of(edition, "en").sessions[0]

    assert session_row(line, "Africa/Blantyre", "Africa/Kigali").there == ""
    assert session_row(line, "Africa/Accra", "Africa/Kigali").there


def test_a_session_on_another_day_there_says_the_day(edition):
    line = plan_of(edition, "en").sessions[0]  # 3 February, in the afternoon of Rome

    row = session_row(line, "Pacific/Auckland", "Europe/Rome")

    assert "February" in row.there


def test_home_is_hidden_from_whoever_is_not_inside(client_of, visitor, outsider, participant, own, edition):
    assert home_of(client_of, outsider, edition).status_code == 404
    assert visitor.get("/en/clinics/clinic/home/").status_code == 302
    Delegate.objects.update(state=DelegateState.WITHDRAWN)
    User.objects.filter(pk=participant.pk).update(audience_version=9)
    assert home_of(client_of, participant, edition).status_code == 404


def test_a_draft_is_hidden_from_its_team_too(client_of, tutor, staff, edition):
    TeamMemberFactory(edition=edition, user=tutor)
    Edition.objects.update(state="draft")

    assert home_of(client_of, tutor, edition).status_code == 404
    assert home_of(client_of, staff, edition).status_code == 200


def test_the_team_sees_delegations_as_links_and_delegates_do_not(client_of, tutor, participant, own, edition):
    TeamMemberFactory(edition=edition, user=tutor)
    DelegationFactory(edition=edition, country="KE")
    other = reverse("clinics:delegation_detail", args=["clinic", "ke"])

    assert other in home_of(client_of, tutor, edition).content.decode()
    html = home_of(client_of, participant, edition).content.decode()
    assert other not in html
    assert "Kenya" in html


@pytest.mark.parametrize("many", [1, 3])
def test_queries_do_not_grow(client_of, participant, own, edition, many, django_assert_num_queries):
    for code in ("KE", "ZM", "RW")[: many - 1]:
        delegation = DelegationFactory(edition=edition, country=code)
        people = User.objects.bulk_create(User(email=f"{code}{n}@a.example", name=f"P{n}") for n in range(100))
        Delegate.objects.bulk_create(
            Delegate(edition=edition, delegation=delegation, user=user, group="workers") for user in people
        )
        PrioritiesFactory(delegation=delegation)
        TeamMemberFactory(edition=edition)
        BlockFactory(edition=edition, number=edition.blocks.count() + 1).modules.add(ModuleFactory())
    PrioritiesFactory(delegation=own.delegation, version=1)
    client = client_of(participant)
    client.get("/en/clinics/clinic/home/")

    with django_assert_num_queries(FLOOR + 4):
        client.get("/en/clinics/clinic/home/")


def test_a_change_of_the_plan_is_seen_at_once(client_of, participant, own, edition):
    home_of(client_of, participant, edition)
    block = edition.blocks.get()
    block.title_en = "Levies that last"
    block.save()
    forget_pages()

    assert "Levies that last" in home_of(client_of, participant, edition).content.decode()


def test_a_draft_module_is_not_shown(client_of, participant, own, edition):
    module = edition.blocks.get().modules.get()
    type(module).objects.filter(pk=module.pk).update(state="draft")
    forget_pages()

    assert module.get_absolute_url() not in home_of(client_of, participant, edition).content.decode()


# Catching up --------------------------------------------------------------------------------------
def test_catching_up_lists_what_is_over_or_running_and_not_done(participant, own, edition, unit):
    plan = plan_of(edition, "en")
    later = datetime(2027, 2, 5, 9, 0, tzinfo=UTC)

    before = catch_up(plan, progress_in(plan, participant, "en"), now=timezone.now(), today=edition.today())
    missed = catch_up(plan, progress_in(plan, participant, "en"), now=later, today=later.date(), priorities_url="/p/")

    assert [one.title for one in before] == [unit.module.title_en]
    assert [one.url for one in missed][:2] == [unit.module.get_absolute_url(), "/en/courses/levies/"]
    assert missed[2].minutes == 0
    assert missed[3].url == "/p/"
    complete_unit(user=participant, unit=unit)
    again = catch_up(
        plan, progress_in(plan, participant, "en"), now=later, today=later.date(), priorities_url="/p/", signed=True
    )
    assert [one.url for one in again] == ["/en/courses/levies/", ""]


def test_a_late_joiner_and_a_successor_see_the_list_and_others_do_not(client_of, participant, outsider, staff, own, edition):
    assert "To catch up" not in home_of(client_of, participant, edition).content.decode()

    successor = take_over(leaving=own, user=outsider, actor=staff, reason="New post.")
    Delegate.objects.filter(pk=successor.pk).update(joined_at=datetime(2026, 12, 2, tzinfo=UTC))
    assert "To catch up" in home_of(client_of, outsider, edition).content.decode()

    late = DelegateFactory(delegation=own.delegation, user=UserFactory())
    assert "To catch up" not in home_of(client_of, late.user, edition).content.decode()
    Delegate.objects.filter(pk=late.pk).update(joined_at=datetime(2027, 2, 1, 9, 0, tzinfo=UTC))
    assert "To catch up" in home_of(client_of, late.user, edition).content.decode()


# A person's clinics and her card ---------------------------------------------------------------------
def test_my_clinics_lists_past_ones_newest_first_and_says_what_to_do_without_any(client_of, participant, outsider, own):
    past = EditionFactory(
        slug="past", state="closed", starts_on=datetime(2026, 2, 1).date(), ends_on=datetime(2026, 2, 19).date()
    )
    DelegateFactory(user=participant, delegation=DelegationFactory(edition=past))

    html = client_of(participant).get("/en/clinics/mine/").content.decode()

    assert html.index("/clinics/clinic/home/") < html.index("/clinics/past/home/")
    assert "You take part in no clinic yet" in client_of(outsider).get("/en/clinics/mine/").content.decode()


def test_the_card_leads_to_the_next_step_of_the_nearest_edition(rf, participant, outsider, own, edition, unit):
    far = EditionFactory(slug="far", state="selection")
    DelegateFactory(user=participant, delegation=DelegationFactory(edition=far))
    request = rf.get("/en/")
    request.user = User.objects.get(pk=participant.pk)

    card = clinic_card(request)

    assert card.title == edition.title_en
    assert card.text == unit.module.title_en
    assert card.urgency > 10
    request.user = outsider
    assert clinic_card(request) is None


def test_the_card_stands_on_the_persons_home(client_of, participant, own, edition):
    assert edition.title_en in client_of(participant).get("/en/").content.decode()
