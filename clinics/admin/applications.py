"""Applications of an edition for staff: the list, one to read, and more time for one person."""

from django.contrib import messages
from django.db.models import Count
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.enums import ConstituentGroup
from clinics.admin.pages import edition_page, page
from clinics.asked import LANGUAGE_NAMES
from clinics.enums import Act, ApplicationState
from clinics.forms.applications import ExtensionForm
from clinics.models import Application, Edition
from clinics.services.applications import extend_deadline, note_opened
from clinics.sheets import sheet
from core import countries
from core.errors import DomainError
from core.models import Event, object_key
from core.paging import CappedPaginator, number
from core.time import moment
from core.views import served

SIZE = 50
SHOWN_EVENTS = 20
SHOWN_EXTENSIONS = 50
MAY = "clinics.select_edition"


# The list -----------------------------------------------------------------------------------------
@edition_page("applications", gettext_lazy("Applications"), position=40, permission=MAY)
@require_safe
def applications(request, edition):
    """Who applied, and how each stands. Drafts by name alone: what is in them nobody reads yet."""
    chosen = filters(request.GET)
    shown = CappedPaginator(found(edition, chosen), SIZE).get_page(request.GET.get("page"))
    pks = [row.pk for row in shown]
    context = {
        "title": _("Applications"),
        "chosen": chosen,
        "query": urlencode({name: value for name, value in chosen.items() if value}),
        "page_of": shown,
        "may_open": set(Application.objects.reviewable_by(request.user).filter(pk__in=pks).values_list("pk", flat=True)),
        "states": numbers(edition),
        "countries": countries_of(edition),
        "groups": ConstituentGroup.choices,
        "written_in": LANGUAGE_NAMES.items(),
        "extensions": edition.extensions.select_related("user", "made_by")[:SHOWN_EXTENSIONS],
        "may_extend": edition.is_open_call and edition.allows(Act.REVIEW),
    }
    return page(request, edition, "applications", "admin/clinics/applications.html", context)


def filters(given) -> dict[str, str]:
    """Return the filters of the list, known values only. Raises: Http404. Pure."""
    chosen = {name: given.get(name, "") for name in ("state", "country", "group", "language")}
    known = {
        "state": ApplicationState.values,
        "country": dict(countries.choices("en")),
        "group": ConstituentGroup.values,
        "language": LANGUAGE_NAMES,
    }
    if any(value and value not in known[name] for name, value in chosen.items()):
        raise Http404
    return chosen | {"q": given.get("q", "").strip()[:100]}


def found(edition: Edition, chosen: dict[str, str]):
    """Return the applications that the filters leave; without a state all that were handed in. Queries: none itself."""
    rows = edition.applications.select_related("user").order_by("-submitted_at", "-pk")
    rows = rows.filter(state=chosen["state"]) if chosen["state"] else rows.exclude(state=ApplicationState.DRAFT)
    narrow = {name: chosen[name] for name in ("country", "group", "language") if chosen[name]}
    if narrow and chosen["state"] == ApplicationState.DRAFT:
        return rows.none()  # a filter would tell what stands in a draft
    return rows.filter(**narrow, user__name__icontains=chosen["q"]) if chosen["q"] else rows.filter(**narrow)


def numbers(edition: Edition) -> list[tuple[str, str, int]]:
    """Return (state, its name, how many) for the states that occur, in their order. Queries: 1."""
    known = dict(edition.applications.order_by().values_list("state").annotate(n=Count("pk")))
    return [(state.value, state.label, known[state.value]) for state in ApplicationState if state.value in known]


def countries_of(edition: Edition) -> list[tuple[str, str]]:
    """Return the countries from which applications were handed in, by name. Queries: 1."""
    rows = edition.applications.exclude(state=ApplicationState.DRAFT).exclude(country="").order_by()
    codes = rows.values_list("country", flat=True).distinct()
    return sorted(((code, countries.name(code)) for code in codes), key=lambda pair: pair[1])


# One application ----------------------------------------------------------------------------------
@edition_page("application", gettext_lazy("Application"), position=41, permission=MAY, listed=False)
@require_safe
@never_cache
def application(request, edition):
    """One application that was handed in, to read, with its history. Opening it is logged, once a day and person."""
    row = opened(request, edition)
    context = {
        "title": str(row.user),
        "application": row,
        "parts": sheet(row),
        "letter_url": f"{reverse('admin:clinics_edition_application_letter', args=[edition.pk])}?application={row.pk}",
        "review_url": f"{reverse('admin:clinics_edition_review', args=[edition.pk])}?application={row.pk}",
        "list_url": reverse("admin:clinics_edition_applications", args=[edition.pk]),
        "events": list(Event.objects.about(row).select_related("actor")[:SHOWN_EVENTS]),
        "all_url": f"{reverse('admin:core_event_changelist')}?q={object_key(row)}",
    }
    return page(request, edition, "applications", "admin/clinics/application.html", context)


@edition_page("application_letter", gettext_lazy("Letter"), position=42, permission=MAY, listed=False)
@require_safe
def application_letter(request, edition):
    """The letter of an application that was handed in."""
    row = opened(request, edition)
    if row.letter is None:
        raise Http404
    return served(request, row.letter)


def opened(request, edition: Edition) -> Application:
    """Return the application that the address names, if this person may read it, and note that she did. Queries: 2 or 3."""
    rows = Application.objects.reviewable_by(request.user).filter(edition=edition).select_related("user", "letter")
    row = get_object_or_404(rows, pk=number(request.GET.get("application")))
    row.edition = edition
    note_opened(application=row, staff=request.user)
    return row


# More time ----------------------------------------------------------------------------------------
@edition_page("extension", gettext_lazy("More time for one person"), position=43, permission=MAY, listed=False)
@require_http_methods(["GET", "HEAD", "POST"])
def extension(request, edition):
    """Extend the deadline for one person."""
    form = ExtensionForm(request.POST or None, edition=edition, initial={"email": request.GET.get("email", "")[:254]})
    if request.method == "POST" and form.is_valid():
        given = give(request, edition, form)
        if given:
            return given
    context = {"title": _("More time for one person"), "form": form}
    status = 400 if form.errors else 200
    return page(request, edition, "applications", "admin/clinics/extension.html", context, status=status)


def give(request, edition: Edition, form: ExtensionForm):
    """Give what the form says and lead back to the list; None when it is refused, with the reason in the form."""
    until = form.until
    try:
        extend_deadline(edition=edition, user=form.person, until=until, actor=request.user, reason=form.cleaned_data["reason"])
    except DomainError as refusal:
        form.add_error({"until": "day"}.get(refusal.field, refusal.field), str(refusal))
        return None
    facts = {"name": form.person, "moment": moment(until)}
    messages.success(request, _("%(name)s may hand in until %(moment)s. No letter tells of it: please write or call.") % facts)
    return redirect("admin:clinics_edition_applications", edition.pk)
