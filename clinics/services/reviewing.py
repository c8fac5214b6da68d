"""Reviews of applications: who judges which, points by weighted criteria, conflicts of interest.

The score of an application, out of 100. One review gives 100 × Σ(weight × points) ÷ Σ(weight × 5) over the criteria that it
pointed; the application's score is the mean over the reviews that are done, its spread the highest less the lowest.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.auth.models import Permission
from django.db import transaction
from django.db.models import F, Q, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from clinics.enums import Act, ApplicationState, CriterionPurpose, ReviewState
from clinics.models import Application, Criterion, Edition, Review, ReviewScore
from clinics.models.selection import MOST_POINTS
from clinics.services.editions import require
from core.errors import DomainError
from core.services import record_event
from core.text import fold


@dataclass(frozen=True)
class Assigned:
    """What an assignment did: reviews made, and applications that still lack a reviewer."""

    made: int
    short: int


@dataclass(frozen=True)
class Score:
    """How an application was judged, out of 100."""

    mean: float
    low: float
    high: float
    reviews: int

    @property
    def spread(self) -> float:
        """Return how far apart the reviewers are."""
        return self.high - self.low


# Who may review -----------------------------------------------------------------------------------
def may_review():
    """Return the staff who hold the permission to select. Queries: 1."""
    held = Permission.objects.filter(content_type__app_label="clinics", codename="select_edition")
    by_right = Q(is_superuser=True) | Q(user_permissions__in=held) | Q(groups__permissions__in=held)
    return User.objects.filter(by_right, is_staff=True, is_active=True).distinct().order_by("name", "pk")


def bar(reviewer, application: Application) -> str:
    """Return why a person must not judge an application, "" when nothing is known against it. Pure."""
    if application.user_id == reviewer.pk:
        return _("Nobody reviews an application of their own.")
    organisation = fold(reviewer.organisation)
    if organisation and organisation == fold(application.organisation):
        return _("This applicant comes from your own organisation: declare a conflict of interest.")
    if application.nominator_email and application.nominator_email.lower() == reviewer.email.lower():
        return _("You nominated this applicant: declare a conflict of interest.")
    return ""


# Assigning ----------------------------------------------------------------------------------------
def to_review(edition: Edition):
    """Return the applications about which nothing was released yet. Index: applications_by_state."""
    return Application.objects.filter(edition=edition, state=ApplicationState.SUBMITTED, released_at=None).order_by("pk")


def assign_reviews(*, edition: Edition, reviewers: Iterable, actor) -> Assigned:
    """Spread the applications evenly, so that each has as many reviewers as the edition asks for.

    Nobody gets her own application, that of her own organisation, or one about which she declared a conflict.
    Raises: DomainError "state", or "reviewer" when somebody may not select. Queries: 7, in one transaction with the
    edition's row locked. Logged. Safe to repeat: what is assigned stays.
    """
    with transaction.atomic():
        edition = Edition.objects.select_for_update(of=("self",)).get(pk=edition.pk)
        require(edition, Act.REVIEW)
        people = checked(reviewers)
        rows = list(to_review(edition))
        known, load = standing_reviews(edition)
        made = []
        for application in rows:
            made += spread(application, edition.reviewers, people, known[application.pk], load)
        Review.objects.bulk_create(made)
        short = sum(lacking(known[one.pk], edition.reviewers) > 0 for one in rows)
        after = {"reviews": len(made), "reviewers": [one.pk for one in people]}
        record_event(actor=actor, act="assign reviews", obj=edition, after=after)
    return Assigned(len(made), short)


def checked(reviewers: Iterable) -> list:
    """Return the reviewers, all of whom may select. Raises: DomainError "reviewer". Queries: 1."""
    asked = {one.pk for one in reviewers}
    people = list(may_review().filter(pk__in=asked))
    if not asked or len(people) < len(asked):
        raise DomainError(_("Choose reviewers among the staff who may select."), code="reviewer", field="reviewers")
    return people


def standing_reviews(edition: Edition) -> tuple[dict[int, dict], Counter]:
    """Return {application: {reviewer: state}}, and how many reviews each reviewer has. Queries: 1."""
    known, load = defaultdict(dict), Counter()
    for application, reviewer, state in Review.objects.filter(application__edition=edition).values_list(
        "application", "reviewer", "state"
    ):
        known[application][reviewer] = state
        load[reviewer] += state != ReviewState.CONFLICT
    return known, load


def lacking(known: dict, wanted: int) -> int:
    """Return how many reviewers an application lacks. Pure."""
    return wanted - sum(state != ReviewState.CONFLICT for state in known.values())


def spread(application: Application, wanted: int, people: list, known: dict, load: Counter) -> list[Review]:
    """Return new reviews for one application, by those who have the fewest; `known` and `load` follow. Pure."""
    made = []
    free = [one for one in people if one.pk not in known and not bar(one, application)]
    for one in sorted(free, key=lambda person: (load[person.pk], person.pk))[: max(0, lacking(known, wanted))]:
        made.append(Review(application=application, reviewer=one))
        known[one.pk] = ReviewState.OPEN
        load[one.pk] += 1
    return made


# Judging ------------------------------------------------------------------------------------------
def review_for(application: Application, reviewer) -> Review:
    """Return a person's review of an application: hers, or a new one that is not written yet. Queries: 1."""
    mine = Review.objects.filter(application=application, reviewer=reviewer).first()
    return mine or Review(application=application, reviewer=reviewer)


def save_review(*, review: Review, had: int, points: dict[int, int], comment: str, reviewer) -> Review:
    """Write a review: points by every criterion. Whoever was not assigned takes a free place by saving.

    Args: had: the version that her page showed; points: {criterion: 0 to 5}.
    Raises: DomainError "state", "released", "other" (not hers), "conflict", "stale" (saved elsewhere meanwhile), "enough"
    (the edition has its reviewers for this one), "points". Queries: 12, in one transaction, edition and application
    locked. Logged. Repeating raises "stale".
    """
    with transaction.atomic():
        application = locked(review.application_id)
        row = Review.objects.filter(application=application, reviewer=reviewer).first()
        if review.reviewer_id != reviewer.pk:
            raise DomainError(_("This review is somebody else’s."), code="other")
        refuse(application, reviewer, row)
        row = row or Review(application=application, reviewer=reviewer)
        if row.version != had:
            raise DomainError(
                _("This review was saved in another window meanwhile. What stands is shown beside what you entered."),
                code="stale",
            )
        marks = checked_points(application.edition, points)
        row.state, row.comment, row.done_at, row.version = ReviewState.DONE, comment.strip()[:2000], timezone.now(), had + 1
        row.save()
        row.scores.all().delete()
        ReviewScore.objects.bulk_create([ReviewScore(review=row, criterion_id=pk, points=n) for pk, n in marks.items()])
        record_event(actor=reviewer, act="review", obj=application, after={"review": row.pk, "version": row.version})
    return row


def locked(pk: int) -> Application:
    """Return an application with its edition's row and its own locked, in that order. Queries: 3."""
    edition_pk = Application.objects.values_list("edition", flat=True).get(pk=pk)
    edition = Edition.objects.select_for_update(of=("self",)).get(pk=edition_pk)
    application = Application.objects.select_for_update(of=("self",)).select_related("user").get(pk=pk)
    application.edition = edition
    return application


def refuse(application: Application, reviewer, row: Review | None) -> None:
    """Refuse a review that must not be written. Raises: DomainError, see save_review. Queries: 1 for a new review."""
    require(application.edition, Act.REVIEW)
    if application.released_at:
        raise DomainError(_("The decision about this application has been released."), code="released")
    if application.state != ApplicationState.SUBMITTED:
        raise DomainError(_("This application is not up for review any more."), code="state")
    if row and row.state == ReviewState.CONFLICT:
        raise DomainError(_("You declared a conflict of interest about this application."), code="conflict")
    if why := bar(reviewer, application):
        raise DomainError(why, code="conflict")
    others = application.reviews.exclude(state=ReviewState.CONFLICT)
    if row is None and others.count() >= application.edition.reviewers:
        raise DomainError(_("This application has all the reviewers that the edition asks for."), code="enough")


def criteria_of(edition: Edition):
    """Return the criteria by which applicants are weighed, in order."""
    return Criterion.objects.filter(edition=edition, purpose=CriterionPurpose.PERSON)


def checked_points(edition: Edition, points: dict) -> dict[int, int]:
    """Return points by every criterion. Raises: DomainError "points". Queries: 1."""
    known = set(criteria_of(edition).values_list("pk", flat=True))
    if not known:
        raise DomainError(_("This edition has no criteria for applicants yet."), code="points")
    if set(points) != known or not all(type(n) is int and 0 <= n <= MOST_POINTS for n in points.values()):
        facts = {"most": MOST_POINTS}
        raise DomainError(_("Give from 0 to %(most)d points by every criterion.") % facts, code="points", field="points")
    return points


# Conflicts of interest ----------------------------------------------------------------------------
def declare_conflict(*, review: Review, reason: str) -> Review | None:
    """Take a person off an application for good: her points go, she no longer opens it, somebody else gets it.

    Args: review: hers, perhaps not written yet.
    Returns: the review of whoever takes over, None when nobody else reviews in this edition.
    Raises: DomainError "reason", "released", "state". Queries: 14, in one transaction. Logged. Safe to repeat.
    """
    if not reason.strip():
        raise DomainError(_("Say what the conflict is."), code="reason", field="reason")
    with transaction.atomic():
        application = locked(review.application_id)
        require(application.edition, Act.REVIEW)
        if application.released_at:
            raise DomainError(_("The decision about this application has been released."), code="released")
        mine, made = Review.objects.get_or_create(application=application, reviewer=review.reviewer)
        if mine.state == ReviewState.CONFLICT:
            return None
        had_place = not made
        mine.scores.all().delete()
        mine.state, mine.comment, mine.done_at, mine.conflict = ReviewState.CONFLICT, "", None, reason.strip()[:300]
        mine.version += 1
        mine.save()
        heir = hand_over(application) if had_place else None
        after = {"handed to": heir.reviewer_id if heir else None}
        record_event(actor=mine.reviewer, act="declare conflict", obj=application, reason=reason.strip(), after=after)
    return heir


def hand_over(application: Application) -> Review | None:
    """Give an application to another reviewer of its edition, who has the fewest. Queries: 3. In the caller's transaction."""
    known, load = standing_reviews(application.edition)
    people = list(may_review().filter(pk__in=[pk for pk in load if pk]))
    made = spread(application, application.edition.reviewers, people, known[application.pk], load)
    return Review.objects.bulk_create(made)[0] if made else None


# What came of it ----------------------------------------------------------------------------------
def scores(edition: Edition) -> dict[int, Score]:
    """Return {application: its score} of an edition, as the formula above says. Queries: 1, of any number of rows."""
    rows = (
        ReviewScore.objects.filter(
            review__application__edition=edition, review__state=ReviewState.DONE, criterion__purpose=CriterionPurpose.PERSON
        )
        .order_by()
        .values_list("review__application", "review")
        .annotate(got=Sum(F("points") * F("criterion__weight")), most=Sum("criterion__weight"))
    )
    found = defaultdict(list)
    for application, _review, got, most in rows:
        found[application].append(100 * got / (most * MOST_POINTS))
    return {pk: Score(sum(all_) / len(all_), min(all_), max(all_), len(all_)) for pk, all_ in found.items()}


def hidden_scores(edition: Edition, user) -> set[int]:
    """Return the applications whose points a person does not see yet: she has not saved her own review. Queries: 1."""
    mine = Review.objects.filter(application__edition=edition, reviewer=user, state=ReviewState.OPEN)
    return set(mine.values_list("application", flat=True))


def others_reviews(review: Review) -> list[Review]:
    """Return what the other reviewers wrote, with points; nothing before she has saved her own. Queries: 2, or none."""
    if review.state != ReviewState.DONE:
        return []
    rows = Review.objects.filter(application=review.application_id, state=ReviewState.DONE).exclude(pk=review.pk)
    return list(rows.select_related("reviewer").prefetch_related("scores__criterion"))
