"""The next edition as a copy: what comes along, what never does, and every date seen beforehand."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from accounts.enums import ConstituentGroup
from clinics.models import (
    Announcement,
    Application,
    Delegate,
    Delegation,
    DelegationTask,
    Edition,
    Extension,
    Invitation,
    Priorities,
    SeatLink,
    Session,
    TeamMember,
    WorkGroup,
)
from clinics.services.criteria import make_criteria
from clinics.services.duplicating import duplicate_edition, last_edition, preview_copy, suggested_names
from clinics.services.shifting import first_start
from core.errors import DomainError
from core.models import Event, object_key
from reminders.models import Letter
from tests.factories import (
    ActivityFactory,
    AnnouncementFactory,
    ApplicationFactory,
    BlockFactory,
    DelegateFactory,
    DelegationFactory,
    EditionFactory,
    InvitationFactory,
    ModuleFactory,
    PrioritiesFactory,
    SessionFactory,
    TeamMemberFactory,
    UserFactory,
    WeekFactory,
)

pytestmark = pytest.mark.django_db
TITLES = {"en": "Next", "fr": "Suivante", "es": "Siguiente"}
START = date(2027, 5, 3)  # a Monday, 13 weeks after the factory's


@pytest.fixture(autouse=True)
def in_november_2026():
    with time_machine.travel(datetime(2026, 11, 22, 9, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def edition(db):
    """An edition with a plan, a country, criteria, a module, and a deadline in January."""
    edition = EditionFactory(slug="southern-2027", apply_by=datetime(2027, 1, 10, 21, 59, tzinfo=UTC))
    for number in (0, 1):
        WeekFactory(edition=edition, number=number)
    ActivityFactory(week=edition.weeks.get(number=1), module=ModuleFactory())
    block = BlockFactory(edition=edition)
    block.modules.add(ModuleFactory(slug="debt"))
    SessionFactory(block=block)
    DelegationFactory(edition=edition, seats={"workers": 3, "finance": 1})
    make_criteria(edition=edition)
    return edition


def crowd(edition):
    """Put people and their traces into an edition."""
    delegation = edition.delegations.get()
    DelegateFactory(delegation=delegation)
    InvitationFactory(delegation=delegation)
    ApplicationFactory(edition=edition)
    TeamMemberFactory(edition=edition)
    PrioritiesFactory(delegation=delegation)
    AnnouncementFactory(edition=edition)
    WorkGroup.objects.create(edition=edition, number=1)
    DelegationTask.objects.create(delegation=delegation, title="Ask", language="en")
    Extension.objects.create(edition=edition, user=UserFactory(), until=timezone.now(), reason="Power cut")
    SeatLink.objects.create(delegation=delegation, group="workers", seats=2, expires_at=timezone.now())


def copy_of(edition, **changes):
    facts = {"titles": TITLES, "slug": "next", "starts_on": START, "actor": None} | changes
    return duplicate_edition(edition=edition, **facts)


def test_the_copy_is_a_draft_with_all_dates_moved_by_whole_weeks(edition):
    made = copy_of(edition)

    assert (made.state, made.published_at, made.audience, made.copied_from) == ("draft", None, "public", edition)
    assert (made.starts_on, made.ends_on) == (START, START + timedelta(days=18))
    assert made.apply_by == edition.apply_by + timedelta(weeks=13)
    assert [week.starts_on for week in made.weeks.all()] == [START - timedelta(weeks=1), START]
    assert {week.starts_on.weekday() for week in made.weeks.all()} == {0}
    assert made.weeks.get(number=1).activities.get().due_on == START + timedelta(days=4)
    assert made.blocks.get().starts_on == START
    assert made.title_fr == "Suivante"
    assert made.description_html_es == edition.description_html_es != ""


def test_blocks_bring_modules_sessions_criteria_and_empty_seats(edition):
    made = copy_of(edition)
    block, session = made.blocks.get(), made.sessions.get()

    assert block.modules.get().slug == "debt"
    assert session.block == block
    assert session.starts_at == made.moment(START + timedelta(days=2), time(14))
    assert set(made.criteria.values_list("code", "weight")) == set(edition.criteria.values_list("code", "weight"))
    assert dict(made.delegations.get().seats.values_list("group", "number")) == {"workers": 3, "finance": 1}
    assert not block.stale()
    assert edition.blocks.get().modules.count() == edition.sessions.count() == 1


def test_people_posts_and_links_never_come_along(edition):
    crowd(edition)
    made = copy_of(edition)

    for model in (Delegate, Invitation, Application, TeamMember, Announcement, WorkGroup, Extension):
        assert model.objects.filter(edition=edition).exists()
        assert not model.objects.filter(edition=made).exists(), model
    for model in (Priorities, DelegationTask, SeatLink):
        assert not model.objects.filter(delegation__edition=made).exists(), model
    assert not made.candidates.exists()
    assert not Letter.objects.exists()


def test_nothing_that_points_to_people_hangs_on_the_copy(edition):
    """Whatever relation is added to an edition later: a copy of everything holds plan, criteria and countries alone."""
    crowd(edition)
    made = Edition.objects.get(pk=copy_of(edition).pk)
    filled = set()
    for relation in Edition._meta.related_objects:
        if relation.related_model._default_manager.filter(**{relation.field.name: made}).exists():
            filled.add(relation.related_model.__name__)

    assert filled == {"Week", "Block", "Session", "Criterion", "Delegation"}


def test_only_what_was_chosen_is_copied(edition):
    made = copy_of(edition, what=["countries"])

    assert made.delegations.count() == 1
    assert not any(rows.exists() for rows in (made.weeks, made.blocks, made.sessions, made.criteria))
    assert (made.summary_en, made.title_en) == ("", "Next")
    assert made.hours_a_week == edition.hours_a_week


def test_blocks_may_come_without_their_modules(edition):
    made = copy_of(edition, what=["plan"])

    assert not made.blocks.get().modules.exists()
    assert made.weeks.get(number=1).activities.get().module is None


@pytest.mark.parametrize("what", [["modules"], ["sessions"], ["people"], ["team"]])
def test_parts_of_blocks_without_blocks_and_people_are_refused(edition, what):
    with pytest.raises(DomainError) as refusal:
        copy_of(edition, what=what)

    assert refusal.value.code == "what"


def test_another_weekday_is_refused_with_the_nearest_that_fit(edition):
    with pytest.raises(DomainError) as refusal:
        preview_copy(edition=edition, starts_on=date(2027, 5, 5))

    assert refusal.value.code == "weekday"
    assert "Monday 3 May 2027 or Monday 10 May 2027" in str(refusal.value)


def test_a_nearest_day_that_is_over_is_not_proposed(edition):
    with (
        time_machine.travel(datetime(2026, 11, 24, 9, tzinfo=UTC), tick=False),
        pytest.raises(DomainError, match=r"Choose Monday 30 November 2026\."),
    ):
        preview_copy(edition=edition, starts_on=date(2026, 11, 25))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"starts_on": date(2026, 11, 16)}, "past"),
        ({"starts_on": date(2026, 11, 22)}, "past"),
        ({"starts_on": date(9999, 12, 27)}, "dates"),
        ({"zone": "Africa/Atlantis"}, "zone"),
        ({"zone": "../etc/passwd"}, "zone"),
        ({"slug": "southern-2027"}, "slug"),
        ({"slug": "applications"}, "slug"),
        ({"slug": "no good"}, "slug"),
        ({"slug": ""}, "slug"),
        ({"slug": "x" * 81}, "slug"),
        ({"titles": {"fr": "Suivante"}}, "title"),
        ({"titles": TITLES | {"fr": "x" * 161}}, "title"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(edition, changes, code):
    before = [model.objects.count() for model in (Edition, Session, Delegation, Event)]
    with pytest.raises(DomainError) as refusal:
        copy_of(edition, **changes)

    assert refusal.value.code == code
    assert [model.objects.count() for model in (Edition, Session, Delegation, Event)] == before


def test_a_fault_halfway_leaves_nothing(edition, monkeypatch):
    monkeypatch.setattr("clinics.services.duplicating.copy_countries", lambda *args: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        copy_of(edition)

    assert Edition.objects.count() == 1
    assert Session.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_copies_at_once_under_one_address_make_one(at_once):
    edition = EditionFactory(starts_on=date(2027, 2, 1))
    results = at_once(*[lambda: copy_of(edition)] * 2)

    assert Edition.objects.filter(slug="next").count() == 1
    assert sorted(getattr(one, "code", "made") for one in results) == ["made", "slug"]


def test_copying_is_logged(edition, staff):
    made = copy_of(edition, actor=staff, what=["texts"])
    event = Event.objects.get(object_key=object_key(made))

    assert (event.actor, event.act) == (staff, "duplicate edition")
    assert event.after == {"of": "southern-2027", "weeks": 13, "zone": "Africa/Blantyre", "what": ["texts"]}


def test_the_dry_run_says_what_the_copy_then_has(edition):
    lines = preview_copy(edition=edition, starts_on=START)
    made = copy_of(edition)
    told = {(line.group, line.name): line.new for line in lines}

    assert [line.group for line in lines] == ["edition", "edition", "weeks", "weeks", "blocks", "activities", "sessions"]
    assert told["edition", "Edition"] == made.starts_on
    assert told["edition", "Deadline for applications"] == made.apply_by
    assert [line.new for line in lines if line.group == "weeks"] == [week.starts_on for week in made.weeks.all()]
    assert told["sessions", "Webinar en"] == made.sessions.get().starts_at
    assert [line.new_end for line in lines if line.group == "blocks"] == [made.blocks.get().ends_on]


def test_the_dry_run_writes_nothing_and_its_queries_do_not_grow(edition, django_assert_num_queries):
    with django_assert_num_queries(4):
        preview_copy(edition=edition, starts_on=START)
    for number in (2, 3):
        SessionFactory(block=BlockFactory(edition=edition, number=number))
        ActivityFactory(week=WeekFactory(edition=edition, number=number))
    with django_assert_num_queries(4):
        assert len(preview_copy(edition=edition, starts_on=START)) == 15
    assert Edition.objects.count() == 1


def test_a_deadline_that_would_be_past_is_marked(edition):
    edition.apply_by = datetime(2026, 9, 1, tzinfo=UTC)
    edition.save()
    lines = preview_copy(edition=edition, starts_on=date(2027, 2, 8))

    assert [line.name for line in lines if line.is_past] == ["Deadline for applications"]


def test_the_first_start_is_eight_weeks_ahead_on_the_same_weekday(edition):
    assert first_start(edition, date(2026, 11, 22)) == date(2027, 1, 18)
    assert first_start(edition, date(2026, 11, 23)) == date(2027, 1, 18)
    assert first_start(edition, date(2026, 11, 24)) == date(2027, 1, 25)


def test_names_move_on_with_the_year_and_are_free(edition):
    edition.title_en = "Southern Africa 2027"
    edition.save()

    assert suggested_names(edition, date(2028, 1, 10))["title_en"] == "Southern Africa 2028"
    assert suggested_names(edition, date(2028, 1, 10))["slug"] == "southern-2028"
    assert suggested_names(edition, START)["slug"] == "southern-2027-2"


def test_the_last_edition_is_the_last_that_was_published(edition):
    EditionFactory(state="draft", starts_on=date(2027, 8, 2))
    EditionFactory(state="closed", starts_on=date(2026, 2, 2))

    assert last_edition() == edition


def test_groups_of_seats_are_those_of_the_house(edition):
    assert set(edition.delegations.get().seats.values_list("group", flat=True)) <= set(ConstituentGroup.values)


# The administration -------------------------------------------------------------------------------
def first_form(page) -> dict:
    form = page.context["form"]
    return {name: form[name].value() for name in form.fields} | {"starts_on": form["starts_on"].value().isoformat()}


def test_staff_build_the_next_edition_from_the_list_in_few_steps(edition, staff, client_of):
    client = client_of(staff)
    listed = client.get(reverse("admin:clinics_edition_changelist"))
    assert reverse("admin:clinics_edition_next") in listed.content.decode()

    page = client.get(reverse("admin:clinics_edition_next"), follow=True)
    data = first_form(page)
    assert data["starts_on"] == "2027-01-18"
    shown = client.post(page.request["PATH_INFO"], data)
    assert "Monday 18 January 2027" in shown.content.decode()
    assert Edition.objects.count() == 1

    done = client.post(page.request["PATH_INFO"], data | {"seen": shown.context["seen"]}, follow=True)
    made = Edition.objects.get(copied_from=edition)
    assert done.redirect_chain[-1][0] == reverse("admin:clinics_edition_change", args=[made.pk])
    assert "is a draft that nobody sees" in done.content.decode()


def test_what_was_not_seen_is_not_made(edition, staff, client_of):
    client, address = client_of(staff), reverse("admin:clinics_edition_duplicate", args=[edition.pk])
    data = first_form(client.get(address))
    seen = client.post(address, data).context["seen"]
    SessionFactory(block=edition.blocks.get())

    page = client.post(address, data | {"seen": seen})

    assert "changed since you looked" in page.content.decode()
    assert Edition.objects.count() == 1


def test_a_refusal_stands_beside_its_field_and_keeps_what_was_typed(edition, staff, client_of):
    client, address = client_of(staff), reverse("admin:clinics_edition_duplicate", args=[edition.pk])
    data = first_form(client.get(address)) | {"starts_on": "2027-01-20", "title_en": "Typed title"}

    page = client.post(address, data)

    assert page.status_code == 400
    assert "another weekday" in str(page.context["form"].errors["starts_on"])
    assert "Typed title" in page.content.decode()
    for bad in ({"starts_on": "soon"}, {"zone": "Nowhere"}, {"slug": edition.slug}, {"what": ["sessions"]}):
        assert client.post(address, data | {"starts_on": "2027-01-18"} | bad).status_code == 400


def test_without_an_edition_the_shortcut_leads_to_an_empty_form(staff, client_of):
    page = client_of(staff).get(reverse("admin:clinics_edition_next"))

    assert page["Location"] == reverse("admin:clinics_edition_add")


def test_who_may_not_add_editions_builds_none(edition, client_of):
    client = client_of(UserFactory(is_staff=True))

    assert client.get(reverse("admin:clinics_edition_next")).status_code == 403
    assert client.get(reverse("admin:clinics_edition_duplicate", args=[edition.pk])).status_code == 403
