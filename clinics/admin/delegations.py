"""An edition's delegations: seats, members, who follows whom, who comes late, who leaves, who heads."""

from collections import Counter

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.enums import ConstituentGroup
from clinics.admin.pages import edition_page, page
from clinics.forms.seats import CountryForm, EndForm, LateForm, SeatGrid, SwapForm
from clinics.models import Delegate, Edition
from clinics.services.delegations import TooFewSeats, add_delegation, remove_delegation, set_all_seats
from clinics.services.succession import set_head, withdraw_delegate
from clinics.services.swapping import join_late, replace_delegate
from core.errors import DomainError
from core.paging import number
from core.text import fold

ROWS = 100  # members on one page


def rows_of(edition: Edition) -> list:
    """Return the delegations by name, with seats and `taken` ({group: number}). Queries: 3."""
    rows = sorted(edition.delegations.prefetch_related("seats"), key=lambda one: fold(one.name))
    taken: dict[int, Counter] = {row.pk: Counter() for row in rows}
    counted = Delegate.objects.active().filter(edition=edition).order_by().values("delegation", "group").annotate(n=Count("pk"))
    for line in counted:
        taken[line["delegation"]][line["group"]] = line["n"]
    for row in rows:
        row.taken = taken[row.pk]
    return rows


@edition_page("delegations", gettext_lazy("Delegations"), position=25)
def delegations(request, edition):
    """Seats of all delegations on one form, and everybody who sits on them."""
    rows = rows_of(edition)
    grid = SeatGrid(rows, request.POST if request.POST.get("act") == "seats" else None)
    country = CountryForm(request.POST if request.POST.get("act") == "add" else None, taken={row.country for row in rows})
    if request.method == "POST" and acted(request, edition, rows, grid, country):
        return redirect(reverse("admin:clinics_edition_delegations", args=[edition.pk]))
    members = Delegate.objects.active().filter(edition=edition).select_related("user", "delegation")
    members = members.order_by("delegation__country", "group", "pk")
    context = {
        "title": _("Delegations"),
        "grid": grid,
        "lines": grid.lines(),
        "groups": ConstituentGroup.labels,
        "country_form": country,
        "members": Paginator(members, ROWS).get_page(number(request.GET.get("page"))),
    }
    status = 400 if grid.errors or country.errors else 200
    return page(request, edition, "delegations", "admin/clinics/delegations.html", context, status=status)


def acted(request, edition: Edition, rows: list, grid: SeatGrid, country: CountryForm) -> bool:
    """Do what was asked; returns whether the page is to be shown anew, False where a field is to be corrected."""
    act = request.POST.get("act")
    if act == "seats":
        return saved(request, edition, grid)
    if act == "add":
        return added(request, edition, country)
    try:
        if act == "remove":
            delegation = get_object_or_404(edition.delegations, pk=number(request.POST.get("delegation")))
            remove_delegation(delegation=delegation, actor=request.user)
            messages.success(request, _("%(country)s no longer takes part.") % {"country": delegation.name})
        elif act == "head":
            head = get_object_or_404(edition.delegates.active().select_related("user"), pk=number(request.POST.get("delegate")))
            set_head(delegate=head, actor=request.user)
            messages.success(request, _("%(name)s heads the delegation now.") % {"name": head})
    except DomainError as refusal:
        messages.error(request, refusal.message)
    return True


def saved(request, edition: Edition, grid: SeatGrid) -> bool:
    """Save the whole grid, or nothing with an error beside each field that is refused."""
    if not grid.is_valid():
        return False
    try:
        changed = set_all_seats(edition=edition, grid=grid.grid, actor=request.user)
    except TooFewSeats as refusal:
        grid.errors = refusal.groups
        return False
    words = ngettext("Seats of %(n)d delegation changed.", "Seats of %(n)d delegations changed.", changed)
    messages.success(request, words % {"n": changed})
    return True


def added(request, edition: Edition, country: CountryForm) -> bool:
    """Let a country take part, without seats yet."""
    if not country.is_valid():
        return False
    try:
        made = add_delegation(edition=edition, country=country.cleaned_data["country"], seats={}, actor=request.user)
    except DomainError as refusal:
        country.add_error("country", refusal.message)
        return False
    messages.success(request, _("%(country)s takes part. Now set its seats.") % {"country": made.name})
    return True


def form_page(request, edition: Edition, name: str, form, title: str, lead: str, button: str, act):
    """Show a short form and do its act. Args: act: f() -> sentence for the person; a refusal stands beside its field."""
    if request.method == "POST" and form.is_valid():
        try:
            messages.success(request, act())
            return redirect(reverse("admin:clinics_edition_delegations", args=[edition.pk]))
        except DomainError as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
    context = {"title": title, "form": form, "lead": lead, "button": button}
    return page(request, edition, name, "admin/clinics/seat_form.html", context, status=400 if form.errors else 200)


@edition_page("swap", gettext_lazy("Swap a delegate"), position=26)
def swap(request, edition):
    """Name a successor: an account takes over at once, anybody else is invited."""
    form = SwapForm(request.POST or None, edition=edition, initial={"leaving": request.GET.get("delegate")})

    def act() -> str:
        leaving = form.cleaned_data["leaving"]
        found = replace_delegate(actor=request.user, **form.cleaned_data)
        if isinstance(found, Delegate):
            return _("%(name)s takes over the seat. Both are told.") % {"name": found}
        facts = {"email": found.email, "name": leaving}
        return _("%(email)s is invited. Until the invitation is accepted, the seat stays with %(name)s.") % facts

    lead = _("The successor gets the seat, the role and the open tasks, and a list of what to catch up on. The log keeps both.")
    return form_page(request, edition, "swap", form, _("Swap a delegate"), lead, _("Pass the seat on"), act)


@edition_page("late", gettext_lazy("Late joiner"), position=27, listed=False)
def late(request, edition):
    """Give a free seat to an account, without invitation."""
    form = LateForm(request.POST or None, edition=edition, initial={"delegation": request.GET.get("delegation")})

    def act() -> str:
        return _("%(name)s takes part now, and is told.") % {"name": join_late(actor=request.user, **form.cleaned_data)}

    lead = _("For whoever comes when invitations would take too long. The seat must be free; the log keeps the reason.")
    return form_page(request, edition, "late", form, _("Late joiner"), lead, _("Give the seat"), act)


@edition_page("withdraw", gettext_lazy("Withdraw a delegate"), position=28, listed=False)
def withdraw(request, edition):
    """End a delegate's part on her word."""
    rows = edition.delegates.active().select_related("user", "delegation")
    delegate = get_object_or_404(rows, pk=number(request.GET.get("delegate")))
    form = EndForm(request.POST or None)

    def act() -> str:
        withdraw_delegate(delegate=delegate, actor=request.user, reason=form.cleaned_data["reason"])
        return _("%(name)s no longer takes part. The seat is offered to whoever waits for it.") % {"name": delegate}

    facts = {"name": delegate, "country": delegate.delegation.name}
    lead = _("%(name)s leaves the delegation of %(country)s and is told. The seat is offered to whoever waits for it.") % facts
    return form_page(request, edition, "withdraw", form, _("Withdraw a delegate"), lead, _("End this part"), act)
