"""Where an edition stands: what its next state lacks, the button that moves it, and the way one state back."""

from csp.constants import SELF
from csp.decorators import csp_replace
from django.contrib import messages
from django.shortcuts import redirect
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinics.admin.pages import edition_page, page
from clinics.enums import Act, EditionState
from clinics.forms.editions import MoveForm
from clinics.services.editions import beyond, lacks, move_edition
from core import preview
from core.errors import DomainError


@edition_page("standing", gettext_lazy("Where it stands"), position=15)
def standing(request, edition):
    """The states of an edition: onwards with a button, one back with a reason."""
    here = EditionState(edition.state)
    back, form, refused = before(here), MoveForm(request.POST if "back" in request.POST else None), ""
    if request.method == "POST" and ("onwards" in request.POST or form.is_valid()):
        to = back if "back" in request.POST else here.next
        reason = form.cleaned_data["reason"] if form.is_bound else ""
        # what the page showed, not what stands meanwhile: pressed twice, it moves once
        shown = request.POST.get("from")
        try:
            if shown != here.value or to is None:
                raise DomainError(_("This edition has moved meanwhile: look again."), code="order")
            moved = move_edition(edition=edition, to=to, actor=request.user, reason=reason)
        except DomainError as refusal:
            refused = refusal.message
        else:
            messages.success(request, _("The edition now stands at “%(state)s”.") % {"state": moved.get_state_display()})
            return redirect("admin:clinics_edition_standing", edition.pk)
    context = {"title": _("Where it stands"), "form": form, "refused": refused, "next": here.next, "previous": back}
    context |= {"states": states(here), "lacking": lacks(edition) if edition.is_draft else [], "warnings": beyond(edition)}
    status = 409 if refused or form.errors else 200
    return page(request, edition, "standing", "admin/clinics/standing.html", context, status=status)


def before(here: EditionState) -> EditionState | None:
    """Return the state before one, None before the first."""
    order = list(EditionState)
    place = order.index(here)
    return order[place - 1] if place else None


def states(here: EditionState) -> list[dict]:
    """Return all states in order, with what each allows and where the edition stands."""
    order = list(EditionState)
    marks = {True: "is-done", False: ""}
    return [
        {
            "label": one.label,
            "is_here": one == here,
            "mark": "is-now" if one == here else marks[order.index(one) < order.index(here)],
            "acts": [act.label for act in Act if act in one.allows],
        }
        for one in order
    ]


@edition_page("preview", gettext_lazy("Preview"), position=90)
@csp_replace({"frame-src": [SELF]})
def look(request, edition):
    """The public page as its readers see it, in a language and at a width."""
    here = preview.chosen(request.GET, translation.get_language()[:2])
    with translation.override(here["language"]):
        address = preview.preview_address(edition.get_absolute_url())
    context = {"title": _("Preview"), "address": address, "width": here["width"], "height": preview.HEIGHT}
    return page(request, edition, "preview", "admin/clinics/preview.html", context | {"rows": preview.tabs(here)})
