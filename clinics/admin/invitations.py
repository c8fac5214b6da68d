"""An edition's invitations: seats against people, one person or a whole list invited, links with seats, who has answered."""

from django.conf import settings
from django.contrib import messages
from django.db.models import Count
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, override

from clinics.admin.pages import edition_page, page
from clinics.enums import InvitationState
from clinics.forms.inviting import InviteForm, LinkForm, ListForm, MoreTimeForm, ReasonForm
from clinics.invitation_lists import keep_list, lists_of, rows_in, send_list
from clinics.invitees import COLUMNS
from clinics.models import Delegation, Edition, Invitation, SeatLink
from clinics.services.focal_points import focal_points_of, seats_of_edition, send_focal_link
from clinics.services.invitations import extend_invitation, invite, over_because, resend_invitation, revoke_invitation
from clinics.services.inviting_many import Plan, plan_invitations
from clinics.services.seat_links import make_link, revoke_link
from core.errors import DomainError
from core.models import Job
from core.paging import CappedPaginator, number
from core.text import fold

ROWS = 100
LINKS = 100
SHOWN_FAULTS = 200


def here(edition: Edition) -> str:
    return reverse("admin:clinics_edition_invitations", args=[edition.pk])


def places_of(edition: Edition) -> list[Delegation]:
    """Return the delegations by name, their edition at hand. Queries: 1."""
    found = sorted(edition.delegations.all(), key=lambda one: fold(one.name))
    for one in found:
        one.edition = edition
    return found


@edition_page("invitations", gettext_lazy("Invitations"), position=30)
def invitations(request, edition):
    """Seats, taken, invited and free by delegation and group; the forms; everybody who was invited. Queries: 12."""
    places = places_of(edition)
    act = request.POST.get("act", "") if request.method == "POST" else ""
    one = InviteForm(request.POST if act == "invite" else None, places=places)
    link = LinkForm(request.POST if act == "link" else None, places=places)
    if act and acted(request, edition, act, one, link):
        return redirect(request.get_full_path())
    seats = seats_of_edition(edition)
    context = {
        "title": _("Invitations"),
        "lines": [(place, seats.get(place.pk, [])) for place in places],
        "one": one,
        "link": link,
        "list_form": ListForm(),
        "columns": ", ".join(COLUMNS),
        "links": links_of(edition),
        "points": focal_points_of(edition),
        **list_of(request, edition),
    }
    status = 400 if one.errors or link.errors else 200
    return page(request, edition, "invitations", "admin/clinics/invitations.html", context, status=status)


def list_of(request, edition: Edition) -> dict:
    """Return the list of invitations, perhaps of one state. Queries: 2."""
    state = request.GET.get("state", "")
    rows = Invitation.objects.filter(edition=edition).select_related("delegation", "focal_point__user", "nominated_by")
    if state in InvitationState.values:
        rows = rows.filter(state=state)
    found = CappedPaginator(rows.order_by("-pk"), ROWS).get_page(number(request.GET.get("page")) or 1)
    base = here(edition)
    states = [("", _("All")), *InvitationState.choices]
    links = [{"label": label, "url": f"{base}?state={code}#list", "here": code == state} for code, label in states]
    return {"invited": found, "states": links, "state": state}


def links_of(edition: Edition) -> list[SeatLink]:
    """Return the newest links, with `used` and the full address in the edition's first language. Queries: 1."""
    rows = SeatLink.objects.filter(delegation__edition=edition).select_related("delegation", "made_by")
    found = list(rows.annotate(used=Count("taken")).order_by("-pk")[:LINKS])
    for one in found:
        with override(edition.languages[0]):
            one.address = settings.SITE_URL + one.get_absolute_url()
    return found


def acted(request, edition: Edition, act: str, one: InviteForm, link: LinkForm) -> bool:
    """Do what was asked; returns whether the page is to be shown anew, False where a field is to be corrected."""
    if act == "invite":
        return tried(request, one, lambda facts: _("%(name)s is invited. The letter is on its way.") % {
            "name": invite(actor=request.user, **facts).name})  # fmt: skip
    if act == "link":
        return tried(request, link, lambda facts: _("The link is made. Copy it from the list: %(link)s") % {
            "link": make_link(actor=request.user, **facts)})  # fmt: skip
    simple = {"resend": resent, "focal": focal_link_sent, "unlink": link_revoked}.get(act)
    if simple:
        try:
            messages.success(request, simple(request, edition))
        except DomainError as refusal:
            messages.error(request, refusal.message)
    return True


def tried(request, form, act) -> bool:
    """Judge a form and act; a refusal stands beside its field. Args: act: f(facts) -> sentence for the person."""
    if not form.is_valid():
        return False
    try:
        messages.success(request, act(form.cleaned_data))
    except DomainError as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        return False
    return True


def chosen(request, rows):
    """Return the row that a button names. Queries: 1."""
    return get_object_or_404(rows, pk=number(request.POST.get("pk")) or 0)


def resent(request, edition: Edition) -> str:
    found = chosen(request, edition.invitations.all())
    resend_invitation(invitation=found, actor=request.user)
    return _("The letter to %(name)s goes out once more.") % {"name": found.name}


def focal_link_sent(request, edition: Edition) -> str:
    member = chosen(request, edition.team.select_related("edition", "user"))
    send_focal_link(member=member, actor=request.user)
    return _("%(name)s gets a link to the seats of %(country)s.") % {"name": member.shown_name, "country": member.country_name}


def link_revoked(request, edition: Edition) -> str:
    found = chosen(request, SeatLink.objects.filter(delegation__edition=edition))
    revoke_link(link=found, actor=request.user)
    return _("The link is taken back. Whoever came in by it keeps the seat.")


@edition_page("invitation", gettext_lazy("Invitation"), position=31, listed=False)
def invitation(request, edition):
    """One invitation: more time, or taken back with a reason."""
    rows = Invitation.objects.filter(edition=edition).select_related("delegation", "edition")
    found = get_object_or_404(rows, pk=number(request.GET.get("pk")) or 0)
    act = request.POST.get("act", "") if request.method == "POST" else ""
    more = MoreTimeForm(request.POST if act == "extend" else None, edition=edition)
    back = ReasonForm(request.POST if act == "revoke" else None)
    facts = {"invitation": found, "actor": request.user}
    if act == "extend" and tried(request, more, lambda data: extended(facts, data)):
        return redirect(here(edition))
    if act == "revoke" and tried(request, back, lambda data: taken_back(facts, data)):
        return redirect(here(edition))
    context = {"title": found.name, "found": found, "more": more, "take_back": back, "over": over_because(found)}
    status = 400 if more.errors or back.errors else 200
    return page(request, edition, "invitations", "admin/clinics/invitation.html", context, status=status)


def extended(facts: dict, data: dict) -> str:
    found = extend_invitation(**facts, until=data["until"], reason=data["reason"])
    return _("%(name)s has more time, and gets a letter that says so.") % {"name": found.name}


def taken_back(facts: dict, data: dict) -> str:
    found = revoke_invitation(**facts, reason=data["reason"])
    return _("The invitation of %(name)s is taken back.") % {"name": found.name}


@edition_page("invitation_list", gettext_lazy("Invite by list"), position=32, listed=False)
def invitation_list(request, edition):
    """A CSV file: rehearsed first, with every fault by line; then sent, in one piece."""
    form = ListForm(request.POST, request.FILES) if request.method == "POST" else ListForm()
    context = {"title": _("Invite by list"), "form": form, "columns": ", ".join(COLUMNS), "plan": None, "refusal": ""}
    status = 400 if form.is_bound else 200
    if form.is_bound and form.is_valid():
        try:
            return taken_list(request, edition, form, context)
        except DomainError as refusal:
            context["refusal"] = refusal.message
    return page(request, edition, "invitations", "admin/clinics/invitation_list.html", context, status=status)


def taken_list(request, edition: Edition, form: ListForm, context: dict):
    """Rehearse an upload, or send what was rehearsed. Raises: DomainError."""
    upload = form.cleaned_data["csv"]
    if upload:
        stored = keep_list(user=request.user, data=upload.read())
        plan = plan_invitations(rows=rows_in(stored), edition=edition)
        context |= {"plan": plan, "kept": stored.key, "faults": plan.faults[:SHOWN_FAULTS], "known": plan.known[:SHOWN_FAULTS]}
        return page(request, edition, "invitations", "admin/clinics/invitation_list.html", context)
    stored = lists_of(request.user).filter(key=form.cleaned_data["kept"]).first()
    if stored is None:
        raise DomainError(_("The list that was rehearsed is gone. Choose it again."), code="gone")
    facts = {"user": request.user, "stored": stored, "edition": edition, "delegation": None}
    return sent(request, edition, send_list(**facts, only_good=form.cleaned_data["only_good"]))


def sent(request, edition: Edition, done: Plan | Job):
    """Say how many were invited, or lead to the work that invites them."""
    if isinstance(done, Job):
        return redirect(done)
    words = ngettext("%(n)d person is invited.", "%(n)d people are invited.", len(done.good)) % {"n": len(done.good)}
    messages.success(request, words)
    return redirect(here(edition))
