"""The page of a link with seats: the first who open it, sign in and say who they are take them."""

from allauth.core.internal.ratelimit import consume, respond_429
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from clinics.enums import Act
from clinics.forms.invitations import ProfileForm
from clinics.invited import of_link
from clinics.models import SeatLink
from clinics.services.accepting import take_with_profile
from clinics.services.editions import REFUSALS
from clinics.services.seat_links import over_because
from clinics.views.invitations import RATE, say
from core.errors import DomainError
from core.translations import LANGUAGES

GONE = {"revoked", "expired", "state"}


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def seat_link(request, key):
    """What is offered; who is signed in takes a seat with a short profile, others sign in or sign up first."""
    if not consume(request, app="clinics", action="invitation", config=RATE, limit_get=True):
        return respond_429(request)
    link = get_object_or_404(SeatLink.objects.select_related("delegation__edition"), key=key)
    if not request.user.is_authenticated:
        return link_page(request, link)
    if link.delegation.edition.delegates.active().filter(user=request.user).exists():
        context = of_link(link) | {"link": link, "codes": LANGUAGES}
        return render(request, "clinics/invitation_seat.html", context)
    if request.method != "POST":
        return link_page(request, link, ProfileForm(user=request.user))
    return taken(request, link, ProfileForm(request.POST, user=request.user))


def link_page(request, link: SeatLink, form=None, *, refused: str = "", status: int = 200):
    """Return the page of a link: the way to a seat, or why there is none (410 when the link is over, 409 when full)."""
    context = of_link(link) | {"link": link, "form": form, "here": request.get_full_path()}
    left = link.seats - link.taken.count()
    over = over_because(link) or ("" if link.delegation.edition.allows(Act.JOIN) else str(REFUSALS[Act.JOIN]))
    if over:
        return render(request, "clinics/invitation_over.html", context | {"reason": over}, status=410)
    if left <= 0:
        return render(request, "clinics/seat_link_full.html", context, status=409)
    return render(request, "clinics/seat_link.html", context | {"left": left, "refused": refused}, status=status)


def taken(request, link: SeatLink, form: ProfileForm):
    """Take a seat of a link, or say why not."""
    if not form.is_valid():
        return link_page(request, link, form, status=400)
    try:
        take_with_profile(link=link, user=request.user, profile=form.profile)
    except DomainError as refusal:
        if refusal.code != "joined":
            return link_page(request, link, form, refused=str(refusal), status=410 if refusal.code in GONE else 409)
    except ValidationError as error:
        say(form, error)
        return link_page(request, link, form, status=400)
    return redirect(link)
