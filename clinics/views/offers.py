"""A seat that is offered, and what its reader does with it; an application taken back."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from clinics.enums import ApplicationState
from clinics.models import Application
from clinics.services.offers import accept_offer, decline_offer, withdraw_application
from clinics.sheets import in_zone
from core.errors import DomainError

ANSWERS = ("accept", "decline")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def offer(request, slug):
    """The offer of whoever reads: until when, what, and two buttons. The letter's link preselects one, never acts."""
    application = own(request, slug)
    if request.method != "POST":
        return offer_page(request, application)
    answer = request.POST.get("answer")
    try:
        if answer == "accept":
            accept_offer(application=application)
            messages.success(request, _("The seat is yours. A letter with what comes next is on its way to you."))
        elif answer == "decline":
            decline_offer(application=application, reason=request.POST.get("reason", "")[:300])
            messages.success(request, _("Thank you for telling us. The seat goes to the next person."))
        else:
            return offer_page(request, application, refused=_("Press one of the two buttons."), status=400)
    except DomainError as refusal:
        return offer_page(request, own(request, slug), refused=str(refusal), status=409)
    return redirect("clinics:offer", slug)


@require_POST
def application_withdraw(request, slug):
    """Take the application of whoever reads back."""
    application = own(request, slug)
    try:
        withdraw_application(application=application, reason=request.POST.get("reason", "")[:300])
    except DomainError as refusal:
        return offer_page(request, own(request, slug), refused=str(refusal), status=409)
    messages.success(request, _("Your application is withdrawn."))
    return redirect("clinics:apply", slug)


def own(request, slug) -> Application:
    """Return the reader's own application, handed in; 404 for everybody else. Queries: 1."""
    rows = Application.objects.filter(user=request.user).exclude(state=ApplicationState.DRAFT)
    return get_object_or_404(rows.select_related("edition", "user"), edition__slug=slug)


def offer_page(request, application: Application, *, refused: str = "", status: int = 200):
    """Return the page of an offer, as it stands. Queries: 1 for who waits."""
    asked = request.POST.get("answer") or request.GET.get("answer")
    context = {
        "application": application,
        "edition": application.edition,
        "answer": asked if asked in ANSWERS else "accept",
        "reason": request.POST.get("reason", ""),
        "elsewhere": in_zone(application.offer_until, application.edition),
        "refused": refused,
    }
    return render(request, "clinics/offer.html", context, status=status)
