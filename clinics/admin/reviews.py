"""Reviews: who judges what, and one application with the points of its reviewer."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from clinics.admin.applications import opened
from clinics.admin.pages import edition_page, page
from clinics.enums import Act, ReviewState
from clinics.models import Application, Edition, Review
from clinics.models.selection import MOST_POINTS
from clinics.services import reviewing
from core.errors import DomainError
from core.paging import number

SIZE = 100


@edition_page("reviews", gettext_lazy("Reviews"), position=45, permission="clinics.select_edition")
@require_http_methods(["GET", "HEAD", "POST"])
def reviews(request, edition):
    """What the reader has to review, how far the others are, and the form that spreads applications."""
    refused = ""
    if request.method == "POST":
        try:
            return assign(request, edition)
        except DomainError as refusal:
            refused = str(refusal)
    mine = Review.objects.filter(application__in=mine_of(edition, request.user), reviewer=request.user)
    rows = mine.exclude(state=ReviewState.CONFLICT).select_related("application__user").order_by("-state", "application")
    applications = reviewing.to_review(edition)
    done_enough = Q(reviews__state__in=[ReviewState.OPEN, ReviewState.DONE])
    bare = applications.annotate(n=Count("reviews", filter=done_enough)).filter(n__lt=edition.reviewers).count()
    context = {
        "title": _("Reviews"),
        "refused": refused,
        "mine": Paginator(rows, SIZE).get_page(request.GET.get("page")),
        "bare": bare,
        "people": people_of(edition),
        "may_assign": edition.allows(Act.REVIEW),
        "criteria": reviewing.criteria_of(edition).exists(),
    }
    return page(request, edition, "reviews", "admin/clinics/reviews.html", context, status=409 if refused else 200)


def mine_of(edition: Edition, user):
    """Return the applications of an edition that this person may judge."""
    return Application.objects.reviewable_by(user).filter(edition=edition)


def people_of(edition: Edition) -> list:
    """Return the staff who may review, each with `open` and `done` of this edition. Queries: 1."""
    of = Q(reviews__application__edition=edition)
    return list(
        reviewing.may_review().annotate(
            open=Count("reviews", filter=of & Q(reviews__state=ReviewState.OPEN), distinct=True),
            done=Count("reviews", filter=of & Q(reviews__state=ReviewState.DONE), distinct=True),
        )
    )


def assign(request, edition: Edition):
    """Spread the applications over those who were ticked."""
    ticked = {number(value) for value in request.POST.getlist("reviewer")}
    people = [one for one in reviewing.may_review() if one.pk in ticked]
    told = reviewing.assign_reviews(edition=edition, reviewers=people, actor=request.user)
    words = ngettext("%(n)d review assigned.", "%(n)d reviews assigned.", told.made) % {"n": told.made}
    if told.short:
        words += " " + ngettext(
            "%(n)d application lacks a reviewer: choose more people.",
            "%(n)d applications lack a reviewer: choose more people.",
            told.short,
        ) % {"n": told.short}
    messages.success(request, words)
    return redirect("admin:clinics_edition_reviews", edition.pk)


# One application ----------------------------------------------------------------------------------
@edition_page("review", gettext_lazy("Review"), position=46, permission="clinics.select_edition", listed=False)
@require_http_methods(["GET", "HEAD", "POST"])
def review(request, edition):
    """One application, the reader's points, and after saving those of the others. A declared conflict hides it all."""
    application = opened(request, edition)
    own = reviewing.review_for(application, request.user)
    if request.method != "POST":
        return review_page(request, edition, application, own)
    typed = typed_in(request, edition)
    try:
        return act(request, edition, own, typed)
    except DomainError as refusal:
        stands = reviewing.review_for(application, request.user)
        return review_page(request, edition, application, stands, typed=typed, refused=refusal)


def act(request, edition: Edition, own: Review, typed: dict):
    """Save the points, or declare a conflict; then the reader's list."""
    if "conflict" in request.POST:
        reviewing.declare_conflict(review=own, reason=request.POST.get("reason", ""))
        messages.success(request, _("Your conflict of interest is on record. You no longer see this application."))
    else:
        points = {pk: int(value) for pk, value in typed["points"].items() if value in map(str, range(MOST_POINTS + 1))}
        facts = {"had": typed["had"], "points": points, "comment": typed["comment"], "reviewer": request.user}
        reviewing.save_review(review=own, **facts)
        messages.success(request, _("Your review is saved."))
    return redirect("admin:clinics_edition_reviews", edition.pk)


def typed_in(request, edition: Edition) -> dict:
    """Return what the form sent: points by criterion, comment, the version that the page showed. Queries: 1."""
    points = {one.pk: request.POST.get(f"points-{one.pk}", "") for one in reviewing.criteria_of(edition)}
    return {"points": points, "comment": request.POST.get("comment", ""), "had": number(request.POST.get("had")) or 0,
            "reason": request.POST.get("reason", "")}  # fmt: skip


def review_page(request, edition: Edition, application: Application, own: Review, *, typed=None, refused=None):
    """Return the page of one review. Queries: 5 at most. What was typed stays; what stands is shown beside it."""
    saved = dict(own.scores.values_list("criterion", "points")) if own.pk else {}
    shown = typed["points"] if typed else saved
    context = {
        "title": _("Review"),
        "application": application,
        "own": own,
        "had": own.version,
        "rows": [(one, str(shown.get(one.pk, "")), saved.get(one.pk)) for one in reviewing.criteria_of(edition)],
        "choices": [str(n) for n in range(MOST_POINTS + 1)],
        "comment": typed["comment"] if typed else own.comment,
        "reason": typed["reason"] if typed else "",
        "refused": refused,
        "stale": bool(refused and refused.code == "stale"),
        "why_not": reviewing.bar(request.user, application),
        "others": [(one, list(one.scores.all())) for one in reviewing.others_reviews(own)],
        "score": reviewing.scores(edition).get(application.pk) if own.state == ReviewState.DONE else None,
        "is_open": edition.allows(Act.REVIEW) and application.state == "submitted" and not application.released_at,
        "list": reverse("admin:clinics_edition_reviews", args=[edition.pk]),
        "letter_url": f"{reverse('admin:clinics_edition_application_letter', args=[edition.pk])}?application={application.pk}",
    }
    return page(request, edition, "reviews", "admin/clinics/review.html", context, status=409 if refused else 200)
