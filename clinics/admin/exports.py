"""Sheets of an edition, narrowed as its pages are, each with its number of rows; every export is in the log."""

from urllib.parse import urlencode

from django.core.exceptions import BadRequest, PermissionDenied
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounts.enums import ConstituentGroup
from clinics.admin.pages import edition_page, page
from clinics.services.exporting import SHEETS, Asked, number_of, take_along
from core import countries
from core.models import Event
from core.tables import TYPES, sheet_response

LAST = 10  # exports shown


@edition_page("export", _("Export"), position=85)
@require_safe
def export(request, edition):
    """The sheets with their numbers under the filter that is asked for, and who took what along last."""
    asked = asked_for(request)
    shown = {name: sheet for name, sheet in SHEETS.items() if request.user.has_perm(sheet.permission)}
    last = Event.objects.about(edition).filter(act="export").select_related("actor")[:LAST]
    context = {
        "title": gettext("Export: %(edition)s") % {"edition": edition},
        "sheets": [line(request.user, edition, asked, name, sheet) for name, sheet in shown.items()],
        "asked": asked,
        "countries": [(one.country, one.name) for one in edition.delegations.order_by("country")],
        "groups": ConstituentGroup.choices,
        "last": [(event, SHEETS.get(event.after.get("sheet"))) for event in last],
    }
    return page(request, edition, "export", "admin/clinics/export.html", context)


def asked_for(request) -> Asked:
    """Return what narrows the sheets. Raises: BadRequest for what is no country, group or state. Pure."""
    given = {name: request.GET.get(name, "") for name in ("country", "group", "state")}
    states = {value for sheet in SHEETS.values() for value, _label in sheet.states}
    known = {"country": dict(countries.choices("en")), "group": ConstituentGroup.values, "state": states}
    if any(value and value not in known[name] for name, value in given.items()):
        raise BadRequest("filter")
    return Asked(**given)


def line(user, edition, asked: Asked, name: str, sheet) -> dict:
    """Return one sheet as the page shows it: its number, its files, and the states by which it can be narrowed."""
    file = reverse("admin:clinics_edition_export_file", args=[edition.pk])
    states = dict(sheet.states)
    fitting = asked if not asked.state or asked.state in states else Asked(asked.country, asked.group)
    files = {form: f"{file}?{urlencode({'sheet': name, 'form': form} | fitting.facts)}" for form in TYPES}
    return {
        "name": name,
        "label": sheet.label,
        "number": number_of(sheet, edition, fitting, user),
        "files": files,
        "states": [state_link(name, value, words, asked) for value, words in states.items()],
    }


def state_link(sheet: str, value: str, words, asked: Asked) -> dict:
    """Return a link that narrows a sheet to one state, or back to all when it is narrowed so already. Pure."""
    here = asked.state == value
    query = asked.facts | {"state": "" if here else value}
    return {"label": words, "url": f"?{urlencode(query)}#{sheet}", "here": here}


@edition_page("export_file", _("Export"), position=86, listed=False)
@require_safe
def export_file(request, edition):
    """One sheet as a file. Logged."""
    name, form = request.GET.get("sheet"), request.GET.get("form")
    if name not in SHEETS or form not in TYPES:
        raise BadRequest("sheet")
    sheet = SHEETS[name]
    if not request.user.has_perm(sheet.permission):
        raise PermissionDenied
    facts = {"sheet": sheet, "name": name, "edition": edition, "asked": asked_for(request), "form": form}
    rows = take_along(**facts, user=request.user)
    kept = f"{edition.slug[:40]}-{name}-{timezone.now():%Y-%m-%d}"
    return sheet_response(headers=[str(header) for header in sheet.headers], rows=rows, name=kept, form=form)
