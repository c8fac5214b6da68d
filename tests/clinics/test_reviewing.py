"""Reviews: spread evenly, judged once by each, never by somebody with a conflict of interest."""

from collections import Counter

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clinics.enums import EditionState
from clinics.models import Application, Review, ReviewScore
from clinics.services.reviewing import (
    assign_reviews,
    declare_conflict,
    hidden_scores,
    others_reviews,
    review_for,
    save_review,
    scores,
)
from core.errors import DomainError
from core.models import Event
from tests.factories import ApplicationFactory, CriterionFactory, EditionFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def edition():
    return EditionFactory(state="selection", slug="chosen")


def reviewer(**fields):
    return UserFactory(is_staff=True, is_superuser=True, **fields)


def judged(application, who, points, comment=""):
    """Save a review with the same points by every criterion."""
    marks = {one.pk: points for one in application.edition.criteria.filter(purpose="person")}
    return save_review(review=review_for(application, who), had=0, points=marks, comment=comment, reviewer=who)


def refused(act, **facts) -> str:
    with pytest.raises(DomainError) as refusal:
        act(**facts)
    return refusal.value.code


# Assigning ----------------------------------------------------------------------------------------
def test_applications_are_spread_evenly_and_repeating_changes_nothing(edition, staff):
    people = [reviewer(), reviewer(), reviewer()]
    for _n in range(7):
        ApplicationFactory(edition=edition)

    first = assign_reviews(edition=edition, reviewers=people, actor=staff)
    again = assign_reviews(edition=edition, reviewers=people, actor=staff)

    assert (first.made, again.made) == (7, 0)
    assert sorted(Counter(Review.objects.values_list("reviewer", flat=True)).values()) == [2, 2, 3]


def test_each_application_gets_as_many_reviewers_as_the_edition_asks_for(edition, staff):
    edition.reviewers = 2
    edition.save()
    application = ApplicationFactory(edition=edition)

    told = assign_reviews(edition=edition, reviewers=[reviewer()], actor=staff)
    assert told.short == 1
    told = assign_reviews(edition=edition, reviewers=[reviewer(), reviewer()], actor=staff)

    assert (told.short, application.reviews.count()) == (0, 2)


def test_nobody_gets_her_own_application_nor_one_of_her_organisation_nor_one_she_nominated(edition, staff):
    own, colleague, nominator = reviewer(), reviewer(organisation="Fédération du Travail "), reviewer(email="n@x.example")
    ApplicationFactory(edition=edition, user=own, organisation="A")
    ApplicationFactory(edition=edition, organisation="federation du travail")
    ApplicationFactory(edition=edition, organisation="B", nominator_email="N@x.example")

    assign_reviews(edition=edition, reviewers=[own, colleague, nominator], actor=staff)

    pairs = Review.objects.values_list("application__user", "application__organisation", "reviewer")
    assert len(pairs) == 3
    assert not {(own.pk, "A", own.pk)} & set(pairs)
    assert not [one for one in pairs if one[1] == "federation du travail" and one[2] == colleague.pk]
    assert not [one for one in pairs if one[1] == "B" and one[2] == nominator.pk]


def test_only_staff_who_may_select_review(edition, staff, outsider):
    ApplicationFactory(edition=edition)

    assert refused(assign_reviews, edition=edition, reviewers=[outsider], actor=staff) == "reviewer"
    assert refused(assign_reviews, edition=edition, reviewers=[], actor=staff) == "reviewer"


@pytest.mark.parametrize("state", [state for state in EditionState if state not in ("call_open", "selection")])
def test_nothing_is_assigned_in_a_state_without_review(edition, staff, state):
    edition.state = state
    edition.save()

    assert refused(assign_reviews, edition=edition, reviewers=[staff], actor=staff) == "state"


def test_assigning_costs_the_same_for_one_and_for_many(edition, staff, django_assert_max_num_queries):
    people = [reviewer(), reviewer()]
    for _n in range(5):
        ApplicationFactory(edition=edition)

    with django_assert_max_num_queries(9):
        assign_reviews(edition=edition, reviewers=people, actor=staff)


# Judging ------------------------------------------------------------------------------------------
def test_the_score_weighs_criteria_and_is_the_mean_of_reviews(edition):
    edition.reviewers = 2
    edition.save()
    light, heavy = CriterionFactory(edition=edition), CriterionFactory(edition=edition, weight=3)
    CriterionFactory(edition=edition, purpose="country")
    application = ApplicationFactory(edition=edition)
    for who, marks in ((reviewer(), {light.pk: 5, heavy.pk: 0}), (reviewer(), {light.pk: 5, heavy.pk: 5})):
        save_review(review=review_for(application, who), had=0, points=marks, comment="", reviewer=who)

    found = scores(edition)[application.pk]

    assert (found.mean, found.low, found.high, found.spread, found.reviews) == (62.5, 25, 100, 75, 2)


def test_scores_cost_one_query(edition, django_assert_num_queries):
    edition.reviewers = 3
    edition.save()
    CriterionFactory(edition=edition)
    for _n in range(3):
        application = ApplicationFactory(edition=edition)
        judged(application, reviewer(), 4)

    with django_assert_num_queries(1):
        assert len(scores(edition)) == 3


def test_points_are_asked_for_by_every_criterion_from_zero_to_five(edition):
    one, other = CriterionFactory(edition=edition), CriterionFactory(edition=edition)
    application, who = ApplicationFactory(edition=edition), reviewer()

    for marks in ({}, {one.pk: 3}, {one.pk: 3, other.pk: 6}, {one.pk: -1, other.pk: 2}, {one.pk: 3, other.pk: 3, 999: 1}):
        facts = {"review": review_for(application, who), "had": 0, "points": marks, "comment": "", "reviewer": who}
        assert refused(save_review, **facts) == "points"
    assert not Review.objects.exists()


def test_a_second_save_from_an_old_page_is_refused_and_changes_nothing(edition):
    criterion, application, who = CriterionFactory(edition=edition), ApplicationFactory(edition=edition), reviewer()
    judged(application, who, 4, "first")

    old = {"had": 0, "points": {criterion.pk: 1}, "comment": "second", "reviewer": who}
    assert refused(save_review, review=review_for(application, who), **old) == "stale"

    assert ReviewScore.objects.get().points == 4
    assert Review.objects.get().comment == "first"


def test_a_further_reviewer_is_refused(edition):
    CriterionFactory(edition=edition)
    application = ApplicationFactory(edition=edition)
    judged(application, reviewer(), 4)

    with pytest.raises(DomainError) as refusal:
        judged(application, reviewer(), 1)
    assert refusal.value.code == "enough"


def test_a_review_is_written_by_its_reviewer_alone(edition):
    criterion, application, who = CriterionFactory(edition=edition), ApplicationFactory(edition=edition), reviewer()

    facts = {"had": 0, "points": {criterion.pk: 1}, "comment": "", "reviewer": reviewer()}
    assert refused(save_review, review=review_for(application, who), **facts) == "other"


def test_nobody_judges_her_own_application_or_one_of_her_organisation(edition):
    CriterionFactory(edition=edition)
    who, colleague = reviewer(), reviewer(organisation="Congress of Trade Unions")

    for application, person in (
        (ApplicationFactory(edition=edition, user=who), who),
        (ApplicationFactory(edition=edition), colleague),
    ):
        with pytest.raises(DomainError) as refusal:
            judged(application, person, 5)
        assert refusal.value.code == "conflict"


def test_points_of_others_are_shown_after_her_own(edition):
    edition.reviewers = 2
    edition.save()
    CriterionFactory(edition=edition)
    application, first, second = ApplicationFactory(edition=edition), reviewer(), reviewer()
    assign_reviews(edition=edition, reviewers=[first, second], actor=first)
    judged(application, first, 5)

    assert others_reviews(review_for(application, second)) == []
    assert hidden_scores(edition, second) == {application.pk}
    judged(application, second, 1)

    assert [one.reviewer for one in others_reviews(review_for(application, second))] == [first]
    assert hidden_scores(edition, second) == set()


@pytest.mark.django_db(transaction=True)
def test_of_two_reviewers_who_save_at_once_one_takes_the_only_place(edition, at_once):
    CriterionFactory(edition=edition)
    application, first, second = ApplicationFactory(edition=edition), reviewer(), reviewer()

    found = at_once(*(lambda who=who: judged(application, who, 3) for who in (first, second)))

    assert sorted(type(one).__name__ for one in found) == ["DomainError", "Review"]
    assert Review.objects.count() == ReviewScore.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_windows_of_one_reviewer_never_overwrite_each_other(edition, at_once):
    CriterionFactory(edition=edition)
    application, who = ApplicationFactory(edition=edition), reviewer()
    assign_reviews(edition=edition, reviewers=[who], actor=who)

    found = at_once(*(lambda n=n: judged(application, who, n) for n in (2, 4)))

    codes = [one.code for one in found if isinstance(one, DomainError)]
    assert codes == ["stale"]
    assert Review.objects.get().version == 1


# Conflicts of interest ----------------------------------------------------------------------------
def test_a_declared_conflict_hides_the_application_and_hands_it_over(edition):
    CriterionFactory(edition=edition)
    first, second = reviewer(), reviewer()
    application, other = ApplicationFactory(edition=edition), ApplicationFactory(edition=edition)
    assign_reviews(edition=edition, reviewers=[first, second], actor=first)
    mine = application.reviews.get()
    judged(application, mine.reviewer, 5)
    rest = second if mine.reviewer == first else first

    heir = declare_conflict(review=mine, reason="We worked together for years.")

    assert heir.reviewer == rest
    assert not ReviewScore.objects.exists()
    assert not Application.objects.visible_to(mine.reviewer).filter(pk=application.pk).exists()
    assert application not in Application.objects.reviewable_by(mine.reviewer)
    assert {application, other} <= set(Application.objects.visible_to(rest))
    assert Event.objects.filter(act="declare conflict", reason="We worked together for years.").exists()


def test_whoever_declared_a_conflict_is_never_assigned_again(edition):
    CriterionFactory(edition=edition)
    who, application = reviewer(), ApplicationFactory(edition=edition)

    assert declare_conflict(review=review_for(application, who), reason="My sister") is None
    told = assign_reviews(edition=edition, reviewers=[who], actor=who)

    assert (told.made, told.short) == (0, 1)
    with pytest.raises(DomainError) as refusal:
        save_review(review=review_for(application, who), had=1, points={}, comment="", reviewer=who)
    assert refusal.value.code == "conflict"


def test_a_conflict_says_what_it_is(edition):
    application = ApplicationFactory(edition=edition)

    assert refused(declare_conflict, review=review_for(application, reviewer()), reason=" ") == "reason"


def test_staff_without_the_permission_read_no_application(edition):
    ApplicationFactory(edition=edition)
    plain = UserFactory(is_staff=True)

    assert not Application.objects.reviewable_by(plain).exists()
    assert not Application.objects.visible_to(plain).exists()


# Pages --------------------------------------------------------------------------------------------
def page_of(edition, application) -> str:
    return f"/admin/clinics/edition/{edition.pk}/review/?application={application.pk}"


def test_review_page_saves_points_and_keeps_what_was_typed_when_it_is_old(edition, staff, client_of):
    criterion, application, client = CriterionFactory(edition=edition), ApplicationFactory(edition=edition), client_of(staff)
    sent = {f"points-{criterion.pk}": "4", "comment": "Good plan", "had": "0"}

    assert client.post(page_of(edition, application), sent).status_code == 302
    second = client.post(page_of(edition, application), sent | {f"points-{criterion.pk}": "1", "comment": "Weak plan"})

    assert second.status_code == 409
    html = second.content.decode()
    assert "Weak plan" in html
    assert "saved: Good plan" in html
    assert "saved: 4" in html
    assert ReviewScore.objects.get().points == 4


def test_review_page_is_gone_for_whoever_declared_a_conflict(edition, staff, client_of):
    CriterionFactory(edition=edition)
    application, client = ApplicationFactory(edition=edition), client_of(staff)

    assert client.get(page_of(edition, application)).status_code == 200
    done = client.post(page_of(edition, application), {"conflict": "1", "reason": "My cousin"}, follow=True)

    assert "no longer see this application" in done.content.decode()
    assert client.get(page_of(edition, application)).status_code == 404
    assert client_of(reviewer()).get(page_of(edition, application)).status_code == 200


def test_review_page_refuses_a_forged_number(edition, staff, client_of):
    client = client_of(staff)

    assert client.get(f"/admin/clinics/edition/{edition.pk}/review/?application=x").status_code == 400
    assert client.get(f"/admin/clinics/edition/{edition.pk}/review/").status_code == 404


def test_reviews_page_spreads_applications(edition, staff, client_of):
    ApplicationFactory(edition=edition)
    client, address = client_of(staff), f"/admin/clinics/edition/{edition.pk}/reviews/"

    refused_ = client.post(address, {})
    done = client.post(address, {"reviewer": staff.pk}, follow=True)

    assert refused_.status_code == 409
    assert "1 review assigned" in done.content.decode()


def test_reviews_page_costs_the_same_for_one_and_for_three(edition, staff, client_of):
    client, address = client_of(staff), f"/admin/clinics/edition/{edition.pk}/reviews/"
    counts = []
    for n in (1, 2):
        for _n in range(n):
            ApplicationFactory(edition=edition)
        assign_reviews(edition=edition, reviewers=[staff], actor=staff)
        client.get(address)
        with CaptureQueriesContext(connection) as seen:
            client.get(address)
        counts.append(len(seen))

    assert counts[0] == counts[1]
