"""Where people are nominated: a focal point by her mailed link, others from the page of a delegation."""

from allauth.core.internal.ratelimit import consume, respond_429
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from clinics.enums import Act
from clinics.forms.invitations import NominateForm
from clinics.invited import answer_by, offer
from clinics.models import Delegation, Edition, Invitation, TeamMember
from clinics.services.editions import REFUSALS
from clinics.services.focal_points import find_focal_point, seats_of
from clinics.services.invitations import invite, revoke_invitation
from clinics.views.invitations import RATE
from core.access import get_readable
from core.errors import DomainError

SHOWN = 100  # nominations on one page


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def focal_point(request, key):
    """The seats of a country, for its focal point: who is nominated, what became of it, and the form."""
    if not consume(request, app="clinics", action="invitation", config=RATE, limit_get=True):
        return respond_429(request)
    member = find_focal_point(key)
    if member is None or member.edition.is_draft:
        raise Http404("no such link")
    delegation = get_object_or_404(Delegation.objects.select_related("edition"), edition=member.edition, country=member.country)
    if member.key_until <= timezone.now():
        return render(request, "clinics/focal_point_over.html", offer_of(delegation), status=410)
    if request.method == "POST" and request.POST.get("act") == "revoke":
        return revoked(request, member, delegation)
    return nominating(request, delegation, focal_point=member, template="clinics/focal_point.html")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def delegate_invite(request, slug, country):
    """Invite somebody to an empty seat: staff, the team, the country's focal point, the head of the delegation."""
    edition = get_readable(Edition.objects, request.user, slug=slug)
    delegation = get_object_or_404(Delegation, edition=edition, country=country.upper())
    delegation.edition = edition
    if not request.user.has_perm("clinics.invite_delegate", delegation):
        if request.user.has_perm("clinics.read_delegation", delegation):
            raise PermissionDenied
        raise Http404("no such delegation")
    return nominating(request, delegation, actor=request.user, template="clinics/delegate_invite.html")


def nominating(request, delegation: Delegation, *, template: str, actor=None, focal_point: TeamMember | None = None):
    """Show the form, or invite and come back to an empty one. Queries: 8 and those of `invite`."""
    seats = seats_of(delegation)
    groups = [(one.group, one.label) for one in seats if one.seats]
    data = request.POST if request.method == "POST" else None
    language = get_language()[:2]
    form = NominateForm(data, groups=groups, group=request.GET.get("group", ""), language=language)
    status = 200
    if data is not None:
        status = 400
        if form.is_valid():
            try:
                made = invite(delegation=delegation, actor=actor, focal_point=focal_point, **form.cleaned_data)
            except DomainError as refusal:
                form.add_error(refusal.field, refusal.message)
                status = 409 if refusal.code == "state" else 400
            else:
                messages.success(request, _("%(name)s is invited. The letter is on its way.") % {"name": made.name})
                return redirect(request.get_full_path())
    context = offer_of(delegation) | {"form": form, "seats": seats, "nominated": nominations(delegation, actor, focal_point)}
    context |= {"closed": "" if delegation.edition.allows(Act.INVITE) else REFUSALS[Act.INVITE], "member": focal_point}
    return render(request, template, context | {"delegation": delegation}, status=status)


def offer_of(delegation: Delegation) -> dict:
    """Return what the pages say of the edition. Pure."""
    return offer(delegation, delegation.edition)


def nominations(delegation: Delegation, actor, member: TeamMember | None) -> list[Invitation]:
    """Return whom a focal point or another person nominated, newest first, with the words of each deadline. Queries: 1."""
    rows = Invitation.objects.filter(delegation=delegation).defer("key")
    rows = rows.filter(focal_point=member) if member else rows.filter(nominated_by=actor)
    found = list(rows.order_by("-pk")[:SHOWN])
    for one in found:
        one.until = answer_by(one.expires_at, delegation.edition)
    return found


def revoked(request, member: TeamMember, delegation: Delegation):
    """Take one of her own open nominations back."""
    number = request.POST.get("invitation", "")
    rows = Invitation.objects.filter(focal_point=member, delegation=delegation)
    found = get_object_or_404(rows, pk=number if number.isascii() and number.isdecimal() and len(number) < 19 else 0)
    try:
        reason = _("Taken back by %(name)s.") % {"name": member.shown_name}
        revoke_invitation(invitation=found, actor=member.user, reason=reason, focal_point=member)
        messages.success(request, _("The invitation of %(name)s is taken back.") % {"name": found.name})
    except DomainError as refusal:
        messages.error(request, refusal.message)
    return redirect("clinics:focal_point", member.key)
