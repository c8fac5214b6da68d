"""The page of one invitation: the key in its address was mailed to one person, who answers without an account."""

from datetime import timedelta

from allauth.account.models import EmailAddress
from allauth.account.utils import perform_login
from allauth.core.internal.ratelimit import consume, respond_429
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.models import User
from clinics.enums import Act, InvitationState
from clinics.forms.invitations import DeclineForm, ProfileForm
from clinics.invited import of_invitation
from clinics.models import Invitation
from clinics.services.accepting import accept_with_profile
from clinics.services.editions import REFUSALS
from clinics.services.invitations import decline_invitation, is_hers, over_because
from core.errors import DomainError
from core.translations import LANGUAGES

RATE = {"invitation": "120/m/ip"}  # an office behind one connection; a key has 192 random bits besides
DOUBLE_CLICK = timedelta(seconds=60)
NEW, SIGN_IN, OWN, OTHER = "new", "sign_in", "own", "other"  # who stands before the page


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request, key):
    """One invitation: what is offered, and the two answers. A GET changes nothing: mail scanners follow links."""
    if not consume(request, app="clinics", action="invitation", config=RATE, limit_get=True):
        return respond_429(request)
    found = asked_for(key)
    if found.state == InvitationState.ACCEPTED and has_seat(request, found):
        return seat_page(request, found)
    if request.method != "POST":
        return invitation_page(request, found)
    return declined(request, found) if request.POST.get("answer") == "decline" else accepted(request, found)


def asked_for(key: str) -> Invitation:
    """Return the invitation of a key; 404 for any other. Queries: 1."""
    rows = Invitation.objects.select_related("edition", "delegation", "nominated_by", "focal_point__user", "replaces")
    found = get_object_or_404(rows, key=key)
    found.delegation.edition = found.edition
    return found


def has_seat(request, found: Invitation) -> bool:
    """Say whether whoever reads accepted this invitation and takes part still. Queries: 1 for her, 0 for others."""
    is_hers_by_now = request.user.is_authenticated and found.user_id == request.user.pk
    return is_hers_by_now and found.edition.delegates.active().filter(user=request.user).exists()


def who_stands(request, found: Invitation) -> str:
    """Return who stands before the page: whoever needs an account, must sign in, is invited, or is somebody else."""
    if request.user.is_authenticated:
        return OWN if is_hers(found, request.user) else OTHER
    known = EmailAddress.objects.filter(email__iexact=found.email).exists()
    return SIGN_IN if known or User.objects.filter(email__iexact=found.email).exists() else NEW


def reason_over(found: Invitation) -> str:
    """Return why the page takes no answer any more, "" while it does."""
    if reason := over_because(found):
        return reason
    return "" if found.edition.allows(Act.JOIN) else str(REFUSALS[Act.JOIN])


def invitation_page(request, found: Invitation, *, form=None, decline=None, status: int = 200):
    """Return the page as it stands: the two forms, the way to sign in, or that it is over (410)."""
    context = of_invitation(found) | {"invitation": found}
    if reason := reason_over(found):
        return render(request, "clinics/invitation_over.html", context | {"reason": reason}, status=410)
    who = who_stands(request, found)
    context |= {
        "who": who,
        "here": request.get_full_path(),
        "form": form or profile_form(request, found, who),
        "decline": decline or DeclineForm(),
    }
    return render(request, "clinics/invitation.html", context, status=status)


def profile_form(request, found: Invitation, who: str, data=None) -> ProfileForm:
    """Return the short profile, filled with what the nomination or her account says."""
    asked = {field: getattr(found, field) for field in ("name", "organisation", "position", "language")}
    return ProfileForm(data, user=request.user if who == OWN else None, asked=asked)


def accepted(request, found: Invitation):
    """Take the seat, and sign in whoever came without an account."""
    who = NEW if is_double_click(request, found) else who_stands(request, found)
    if who not in (NEW, OWN) or (reason_over(found) and not is_double_click(request, found)):
        return invitation_page(request, found, status=403)
    form = profile_form(request, found, who, request.POST)
    if not form.is_valid():
        return invitation_page(request, found, form=form, status=400)
    user = request.user if who == OWN else None
    try:
        facts = {"profile": form.profile, "client_id": form.cleaned_data["client_id"]}
        delegate = accept_with_profile(invitation=found, user=user, **facts)
    except DomainError as refusal:
        form.add_error(None, refusal.message)
        return invitation_page(request, asked_for(found.key), form=form, status=409)
    except ValidationError as error:
        say(form, error)
        return invitation_page(request, found, form=form, status=400)
    return entered(request, found, delegate.user)


def say(form, error: ValidationError) -> None:
    """Put what an account's own rules refuse beside its field, and above the form what the form does not ask."""
    found = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
    for field, sentences in found.items():
        form.add_error(field if field in form.fields else None, sentences)


def is_double_click(request, found: Invitation) -> bool:
    """Say whether a form is sent twice by whoever has no account yet: what it brings back is looked up, not done again."""
    at = found.answered_at if found.state == InvitationState.ACCEPTED else None
    just_now = at is not None and at > timezone.now() - DOUBLE_CLICK
    return just_now and not request.user.is_authenticated and bool(request.POST.get("client_id"))


def entered(request, found: Invitation, person: User):
    """Lead to the page of the seat, signed in: whoever was not gets a session of her own, under a new key."""
    with override(person.language):
        url = reverse("clinics:invitation", args=[found.key])
    if request.user.is_authenticated:
        return redirect(url)
    return perform_login(request, person, email_verification="none", redirect_url=url)


def declined(request, found: Invitation):
    """Say no, with a reason, and perhaps with a colleague's name."""
    if reason_over(found) or who_stands(request, found) == OTHER:
        return invitation_page(request, found, status=403)
    form = DeclineForm(request.POST)
    if not form.is_valid():
        return invitation_page(request, found, decline=form, status=400)
    try:
        user = request.user if request.user.is_authenticated else None
        decline_invitation(invitation=found, user=user, **form.cleaned_data)
    except DomainError as refusal:
        form.add_error(refusal.field, refusal.message)
        return invitation_page(request, asked_for(found.key), decline=form, status=409)
    messages.success(request, _("Thank you for your answer. Your seat goes to somebody else."))
    return redirect("clinics:edition_detail", found.edition.slug)


def seat_page(request, found: Invitation):
    """Say that the seat is hers, and what comes next."""
    context = of_invitation(found) | {"invitation": found, "codes": LANGUAGES}
    return render(request, "clinics/invitation_seat.html", context)
