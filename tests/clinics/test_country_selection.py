"""Which countries take part: weighed, decided with a rationale, on record, and never overwritten by the slower of two."""

import json
from decimal import Decimal

import pytest
from django.urls import reverse

from clinics.models import CandidateScore, CountryCandidate, Criterion, Delegation, SeatLink
from clinics.services.countries import (
    ChangedMeanwhile,
    consider_country,
    country_table,
    save_sheet,
    select_country,
    sheet_of,
    turn_down_country,
    unselect_country,
    weighted_total,
)
from clinics.services.criteria import make_criteria
from core.audiences import keys_for
from core.errors import DomainError
from core.models import Event
from core.translations import LANGUAGES
from tests.factories import (
    ApplicationFactory,
    CountryFactory,
    DelegateFactory,
    EditionFactory,
    InvitationFactory,
    TeamMemberFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
WHY = "A financing strategy, a roadmap, and three sides that talk."


@pytest.fixture
def edition(db):
    edition = EditionFactory(state="draft")
    make_criteria(edition=edition)
    return edition


def candidate_of(edition, country: str = "MW", points: int | None = None) -> CountryCandidate:
    candidate = consider_country(edition=edition, country=country, actor=None)
    if points is not None:
        for criterion in edition.criteria.filter(purpose="country"):
            CandidateScore.objects.create(candidate=candidate, criterion=criterion, points=points)
    return candidate


def cell(candidate, code: str) -> str:
    return f"p-{candidate.pk}-{candidate.edition.criteria.get(code=code).pk}"


# Criteria -----------------------------------------------------------------------------------------
def test_an_edition_begins_with_five_criteria_for_each_purpose_in_three_languages(edition):
    for purpose in ("country", "person"):
        assert edition.criteria.filter(purpose=purpose).count() == 5
        assert sum(edition.criteria.filter(purpose=purpose).values_list("weight", flat=True)) == 100
    assert not [one for one in edition.criteria.all() for code in LANGUAGES if one.missing(code)]
    assert not [one for one in edition.criteria.all() if one.stale()]


def test_making_criteria_again_changes_nothing_that_the_team_edited(edition):
    edition.criteria.filter(code="progress").update(weight=7)
    edition.criteria.filter(code="accelerator").delete()

    assert make_criteria(edition=edition) == []
    assert edition.criteria.get(code="progress").weight == 7
    assert not edition.criteria.filter(code="accelerator").exists()


@pytest.mark.django_db(transaction=True)
def test_criteria_made_twice_at_once_stand_once(at_once):
    edition = EditionFactory(state="draft")
    results = at_once(*[lambda: make_criteria(edition=edition)] * 2)

    assert sorted(map(len, results)) == [0, 10]
    assert Criterion.objects.count() == 10


# Totals -------------------------------------------------------------------------------------------
def test_the_total_is_out_of_a_hundred_by_weight():
    heavy, light = Criterion(pk=1, weight=3), Criterion(pk=2, weight=1)

    assert weighted_total({1: 5, 2: 5}, [heavy, light]) == 100
    assert weighted_total({1: 5, 2: 0}, [heavy, light]) == 75
    assert weighted_total({1: 4}, [heavy, light]) == 60
    assert weighted_total({1: 1, 2: 1}, [Criterion(pk=1, weight=2), Criterion(pk=2, weight=1)]) == 20
    assert weighted_total({1: 1, 2: 2}, [Criterion(pk=1, weight=2), Criterion(pk=2, weight=1)]) == Decimal("26.7")
    assert weighted_total({}, []) == 0


def test_countries_rank_by_total_and_equals_share_a_rank(edition):
    for country, points in [("ZM", 3), ("MW", 5), ("KE", 3), ("RW", 1)]:
        candidate_of(edition, country, points)

    table = country_table(edition)

    assert [(row.rank, row.candidate.country, row.total) for row in table.rows] == [
        (1, "MW", 100), (2, "KE", 60), (2, "ZM", 60), (4, "RW", 20)]  # fmt: skip


def test_a_published_profile_gives_hints_and_a_draft_none(edition):
    CountryFactory(code="MW", inff_stage="strategy", accelerator="roadmap")
    CountryFactory(code="ZM", state="draft")
    candidate_of(edition, "MW"), candidate_of(edition, "ZM")

    hints = {row.candidate.country: row.profile for row in country_table(edition).rows}

    assert hints["MW"].inff_stage == "strategy"
    assert hints["ZM"] is None


def test_the_table_costs_the_same_for_many_countries(edition, django_assert_num_queries):
    candidate_of(edition, "MW", 3)
    with django_assert_num_queries(5):
        country_table(edition)
    for country in ("KE", "ZM", "RW"):
        candidate_of(edition, country, 2)
    with django_assert_num_queries(5):
        assert len(country_table(edition).rows) == 4


# Points, saved at once ----------------------------------------------------------------------------
def test_points_weights_and_rationales_are_saved_together_and_logged(edition, staff):
    candidate = candidate_of(edition)
    had, progress = sheet_of(edition), edition.criteria.get(code="progress")
    typed = had | {cell(candidate, "progress"): 4, f"w-{progress.pk}": 40, f"r-{candidate.pk}": WHY}

    assert save_sheet(edition=edition, typed=typed, had=had, actor=staff) == 3
    assert sheet_of(edition) == typed
    points, weights = (Event.objects.get(act=act) for act in ("weigh country", "weigh criteria"))
    assert (points.before, points.after) == ({"progress": None, "rationale": ""}, {"progress": 4, "rationale": WHY})
    assert (weights.before, weights.after, weights.actor) == ({"progress": 30}, {"progress": 40}, staff)


def test_saving_the_same_again_changes_and_logs_nothing(edition):
    candidate = candidate_of(edition)
    had = sheet_of(edition)
    typed = had | {cell(candidate, "progress"): 4}
    save_sheet(edition=edition, typed=typed, had=had, actor=None)
    events = Event.objects.count()

    assert save_sheet(edition=edition, typed=typed, had=had, actor=None) == 0
    assert Event.objects.count() == events


def test_points_can_be_taken_away(edition):
    candidate = candidate_of(edition, points=3)
    had = sheet_of(edition)
    save_sheet(edition=edition, typed=had | {cell(candidate, "sharing"): None}, had=had, actor=None)

    assert candidate.scores.count() == 4


def test_the_second_of_two_is_shown_what_changed_and_overwrites_nothing(edition):
    candidate = candidate_of(edition, points=3)
    had, theirs, mine = sheet_of(edition), cell(candidate, "sharing"), cell(candidate, "progress")
    save_sheet(edition=edition, typed=had | {theirs: 5}, had=had, actor=None)

    with pytest.raises(ChangedMeanwhile) as refusal:
        save_sheet(edition=edition, typed=had | {theirs: 1, mine: 4}, had=had, actor=None)

    assert refusal.value.changes == {theirs: (3, 5)}
    assert refusal.value.sheet == sheet_of(edition) == had | {theirs: 5}


@pytest.mark.django_db(transaction=True)
def test_two_who_save_in_the_same_moment_do_not_overwrite_each_other(at_once):
    edition = EditionFactory(state="draft")
    make_criteria(edition=edition)
    candidate = candidate_of(edition)
    had, one = sheet_of(edition), cell(candidate, "progress")
    results = at_once(
        lambda: save_sheet(edition=edition, typed=had | {one: 1}, had=had, actor=None),
        lambda: save_sheet(edition=edition, typed=had | {one: 5}, had=had, actor=None),
    )

    assert sorted(type(result).__name__ for result in results) == ["ChangedMeanwhile", "int"]
    assert Event.objects.filter(act="weigh country").count() == 1


@pytest.mark.parametrize("value", [-1, 6, 10**9])
def test_points_out_of_range_are_refused_and_nothing_is_written(edition, value):
    candidate = candidate_of(edition)
    had = sheet_of(edition)
    typed = had | {cell(candidate, "progress"): 2, cell(candidate, "sharing"): value}
    with pytest.raises(DomainError) as refusal:
        save_sheet(edition=edition, typed=typed, had=had, actor=None)

    assert (refusal.value.code, refusal.value.field) == ("range", cell(candidate, "sharing"))
    assert sheet_of(edition) == had


@pytest.mark.parametrize("weight", [0, None, 101])
def test_a_weight_is_between_one_and_a_hundred(edition, weight):
    had = sheet_of(edition)
    with pytest.raises(DomainError, match="between 1 and 100"):
        save_sheet(edition=edition, typed=had | {next(iter(had)): weight}, had=had, actor=None)


# Countries and decisions --------------------------------------------------------------------------
def test_other_countries_may_join_until_the_plan_is_fixed(edition):
    edition.state = "running"
    edition.save()
    consider_country(edition=edition, country="GH", actor=None)
    edition.state = "follow_up"
    edition.save()

    with pytest.raises(DomainError) as refusal:
        consider_country(edition=edition, country="KE", actor=None)
    assert refusal.value.code == "state"


@pytest.mark.parametrize("country", ["XX", "", "mw", "Malawi"])
def test_what_is_no_country_is_refused(edition, country):
    with pytest.raises(DomainError, match="Choose a country"):
        consider_country(edition=edition, country=country, actor=None)


def test_a_country_is_considered_once(edition):
    candidate_of(edition)
    with pytest.raises(DomainError) as refusal:
        candidate_of(edition)

    assert refusal.value.code == "considered"


def test_selecting_makes_a_delegation_without_seats_and_logs_the_points_of_the_day(edition, staff, tutor):
    TeamMemberFactory(edition=edition, user=tutor)
    keys_for(tutor)
    candidate = candidate_of(edition, points=4)

    delegation = select_country(candidate=candidate, rationale=WHY, actor=staff)

    candidate.refresh_from_db()
    event = Event.objects.get(act="select country")
    assert (candidate.decision, candidate.rationale, candidate.decided_by) == ("selected", WHY, staff)
    assert not delegation.seats.exists()
    assert (event.reason, event.before, event.after["total"]) == (WHY, {"decision": "open"}, "80.0")
    assert event.after["points"]["progress"] == 4
    assert delegation.key in keys_for(type(tutor).objects.get(pk=tutor.pk))


def test_seats_may_be_given_with_the_selection(edition):
    delegation = select_country(
        candidate=candidate_of(edition, points=1), rationale=WHY, actor=None, seats={"workers": 2, "finance": 1}
    )

    assert dict(delegation.seats.values_list("group", "number")) == {"workers": 2, "finance": 1}


def test_without_rationale_or_points_no_country_is_selected(edition):
    candidate = candidate_of(edition, points=3)
    with pytest.raises(DomainError) as no_reason:
        select_country(candidate=candidate, rationale="  \n", actor=None)
    candidate.scores.filter(criterion__code="sharing").delete()
    with pytest.raises(DomainError) as no_points:
        select_country(candidate=candidate, rationale=WHY, actor=None)

    assert (no_reason.value.code, no_points.value.code) == ("rationale", "points")
    assert "Willingness to engage" in str(no_points.value)
    assert not Delegation.objects.exists()
    assert CountryCandidate.objects.get().decision == "open"


def test_nought_points_are_a_judgement(edition):
    assert select_country(candidate=candidate_of(edition, points=0), rationale=WHY, actor=None)


def test_seats_that_cannot_be_leave_nothing_behind(edition):
    candidate = candidate_of(edition, points=3)
    with pytest.raises(DomainError):
        select_country(candidate=candidate, rationale=WHY, actor=None, seats={"pirates": 2})

    assert not Delegation.objects.exists()
    assert CountryCandidate.objects.get().decision == "open"


@pytest.mark.django_db(transaction=True)
def test_two_who_select_at_once_make_one_delegation(at_once):
    edition = EditionFactory(state="draft")
    make_criteria(edition=edition)
    candidate = candidate_of(edition, points=3)
    results = at_once(*[lambda: select_country(candidate=candidate, rationale=WHY, actor=None)] * 2)

    assert sorted(getattr(one, "code", "made") for one in results) == ["decided", "made"]
    assert Delegation.objects.count() == 1
    assert Event.objects.filter(act="select country").count() == 1


def test_turning_down_needs_a_rationale_and_no_points(edition):
    candidate = candidate_of(edition)
    with pytest.raises(DomainError):
        turn_down_country(candidate=candidate, rationale="", actor=None)
    turn_down_country(candidate=candidate, rationale="Next year.", actor=None)

    assert CountryCandidate.objects.get().decision == "not_selected"
    assert Event.objects.get(act="turn down country").reason == "Next year."


def test_unselecting_takes_the_empty_delegation_away_and_keeps_the_record(edition):
    candidate = candidate_of(edition, points=3)
    select_country(candidate=candidate, rationale=WHY, actor=None, seats={"workers": 1})
    unselect_country(candidate=candidate, actor=None)

    candidate.refresh_from_db()
    assert (candidate.decision, candidate.decided_at, candidate.rationale) == ("open", None, WHY)
    assert not Delegation.objects.exists()
    assert Event.objects.get(act="open country again").before == {"decision": "selected", "rationale": WHY}


@pytest.mark.parametrize("what", ["delegate", "invitation", "application", "link"])
def test_a_country_with_people_stays_selected(edition, what):
    candidate = candidate_of(edition, points=3)
    delegation = select_country(candidate=candidate, rationale=WHY, actor=None)
    if what == "delegate":
        DelegateFactory(delegation=delegation, state="withdrawn")
    elif what == "invitation":
        InvitationFactory(delegation=delegation, state="declined")
    elif what == "link":
        SeatLink.objects.create(delegation=delegation, group="workers", seats=1, expires_at=delegation.edition.apply_by)
    else:
        ApplicationFactory(edition=edition)

    with pytest.raises(DomainError) as refusal:
        unselect_country(candidate=candidate, actor=None)

    candidate.refresh_from_db()
    assert refusal.value.code == "people"
    assert candidate.decision == "selected"
    assert Delegation.objects.filter(pk=delegation.pk).exists()


def test_the_rationale_of_a_decision_does_not_change_under_it(edition):
    candidate = candidate_of(edition, points=3)
    select_country(candidate=candidate, rationale=WHY, actor=None)
    had = sheet_of(edition)

    with pytest.raises(DomainError) as refusal:
        save_sheet(edition=edition, typed=had | {f"r-{candidate.pk}": "Otherwise"}, had=had, actor=None)
    assert refusal.value.code == "decided"


def test_nothing_is_decided_once_the_plan_is_fixed(edition):
    candidate = candidate_of(edition, points=3)
    edition.state = "closed"
    edition.save()
    acts = [lambda: select_country(candidate=candidate, rationale=WHY, actor=None),
            lambda: turn_down_country(candidate=candidate, rationale=WHY, actor=None),
            lambda: save_sheet(edition=edition, typed={}, had={}, actor=None)]  # fmt: skip

    for act in acts:
        with pytest.raises(DomainError) as refusal:
            act()
        assert refusal.value.code == "state"


# The page -----------------------------------------------------------------------------------------
def address(edition) -> str:
    return reverse("admin:clinics_edition_countries", args=[edition.pk])


def filled(edition, **changes) -> dict:
    """Return what a browser would send back from the page."""
    sheet = sheet_of(edition)
    typed = {name: "" if value is None else value for name, value in sheet.items() if name[0] != "d"}
    return typed | {"had": json.dumps(sheet), "act": "save"} | changes


def test_staff_weigh_and_select_a_country_on_one_page(edition, staff, client_of):
    client = client_of(staff)
    client.post(address(edition), filled(edition, act="add", country="MW"))
    candidate = edition.candidates.get()
    points = {name: 4 for name in sheet_of(edition) if name[0] == "p"}
    data = filled(edition, act=f"select-{candidate.pk}", **points, **{f"r-{candidate.pk}": WHY})

    page = client.post(address(edition), data, follow=True)

    assert edition.delegations.get().country == "MW"
    assert "80.0" in page.content.decode()
    assert WHY in page.content.decode()
    assert "decision: Open → Selected" in page.content.decode()


def test_an_edition_without_criteria_offers_those_of_the_programme(staff, client_of):
    edition, client = EditionFactory(state="draft"), client_of(staff)
    assert "Begin with the programme’s criteria" in client.get(address(edition)).content.decode()

    client.post(address(edition), {"had": "{}", "act": "criteria"})

    assert edition.criteria.count() == 10


def test_what_was_typed_survives_a_decision_that_is_refused(edition, staff, client_of):
    candidate = candidate_of(edition)
    data = filled(edition, act=f"select-{candidate.pk}", **{cell(candidate, "progress"): 5})

    page = client_of(staff).post(address(edition), data, follow=True)

    assert "What you typed is saved. Give Malawi points for" in page.content.decode()
    assert sheet_of(edition)[cell(candidate, "progress")] == 5
    assert not Delegation.objects.exists()


def test_the_second_saver_sees_what_changed_and_keeps_what_she_typed(edition, staff, client_of):
    candidate = candidate_of(edition, points=3)
    theirs, mine, both = (cell(candidate, code) for code in ("sharing", "progress", "engagement"))
    data = filled(edition, **{mine: 4, both: 1})
    save_sheet(edition=edition, typed=sheet_of(edition) | {theirs: 5, both: 2}, had=sheet_of(edition), actor=None)
    client = client_of(staff)

    page = client.post(address(edition), data)

    form, words = page.context["form"], page.content.decode()
    assert page.status_code == 409
    assert [form[name].value() for name in (theirs, mine, both)] == [5, 4, 1]
    assert "3 → <strong>2</strong> (you typed 1)" in words
    assert "3 → <strong>5</strong></li>" in words
    assert sheet_of(edition)[mine] == 3

    again = {name: form[name].value() for name in form.fields if form[name].value() is not None}
    again["had"] = json.dumps(form["had"].value()) if isinstance(form["had"].value(), dict) else form["had"].value()
    client.post(address(edition), again | {"act": "save"})
    assert [sheet_of(edition)[name] for name in (theirs, mine, both)] == [5, 4, 1]


def test_a_rationale_typed_while_somebody_decided_is_shown_again(edition, staff, client_of):
    candidate = candidate_of(edition, points=3)
    data = filled(edition, **{f"r-{candidate.pk}": "My own long thought"})
    turn_down_country(candidate=candidate, rationale="Not now", actor=None)

    page = client_of(staff).post(address(edition), data)

    assert page.status_code == 409
    assert "My own long thought" in page.content.decode()


@pytest.mark.parametrize("bad", ["six", "6", "-1", "1e9", "9" * 40])
def test_bad_points_are_refused_beside_the_field(edition, staff, client_of, bad):
    candidate = candidate_of(edition)
    page = client_of(staff).post(address(edition), filled(edition, **{cell(candidate, "progress"): bad}))

    assert page.status_code == 400
    assert cell(candidate, "progress") in page.context["form"].errors
    assert not CandidateScore.objects.exists()


@pytest.mark.parametrize("had", ["", "[]", "no json", '{"w-1": [1]}', "null"])
def test_a_forged_memory_of_the_page_is_no_error_of_ours(edition, staff, client_of, had):
    candidate_of(edition)

    assert client_of(staff).post(address(edition), filled(edition, had=had)).status_code in (302, 400)


def test_a_closed_edition_is_for_reading(edition, staff, client_of):
    candidate_of(edition, points=3)
    edition.state = "closed"
    edition.save()
    client = client_of(staff)

    assert "no longer changes" in client.get(address(edition)).content.decode()
    assert client.post(address(edition), filled(edition, act="add", country="KE")).status_code == 400


def test_the_page_is_for_those_who_may_select(edition, client_of, participant):
    assert client_of(UserFactory(is_staff=True)).get(address(edition)).status_code == 403
    assert client_of(participant).get(address(edition)).status_code == 302


def test_the_page_costs_the_same_for_many_countries(edition, staff, client_of, django_assert_max_num_queries):
    candidate_of(edition, "MW", 3)
    client = client_of(staff)
    client.get(address(edition))
    with django_assert_max_num_queries(30) as first:
        client.get(address(edition))
    for country in ("KE", "ZM", "RW"):
        candidate_of(edition, country, 2)
    with django_assert_max_num_queries(30) as second:
        client.get(address(edition))

    assert len(first) == len(second)


def test_a_criterion_that_gave_points_is_not_deleted(edition, staff, client_of):
    candidate_of(edition, points=3)
    client, used = client_of(staff), edition.criteria.get(code="progress")
    free = edition.criteria.get(code="motivation")

    assert client.post(reverse("admin:clinics_criterion_delete", args=[used.pk]), {"post": "yes"}).status_code == 403
    assert client.post(reverse("admin:clinics_criterion_delete", args=[free.pk]), {"post": "yes"}).status_code == 302
    assert client.get(f"{reverse('admin:clinics_criterion_changelist')}?edition__id__exact={edition.pk}").status_code == 200
    assert client.get(reverse("admin:clinics_criterion_change", args=[used.pk])).status_code == 200
