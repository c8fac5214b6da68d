"""Decisions of an edition: set in bulk, the waiting list in order, previewed and released."""

from datetime import timedelta

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.template import Context
from django.template.loader import get_template
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from accounts.enums import ConstituentGroup
from clinics.admin.pages import edition_page, page
from clinics.enums import Act, ApplicationState, Decision, DecisionReason
from clinics.letters.selection import decision_facts, offer_facts
from clinics.models import Application, Delegation, Edition
from clinics.services import deciding, reviewing, waiting
from core import countries
from core.errors import DomainError
from core.models import Job
from core.paging import number
from core.text import fold
from core.translations import LANGUAGES

SIZE = 200
ORDERS = {
    "score": gettext_lazy("Score"),
    "name": gettext_lazy("Name"),
    "organisation": gettext_lazy("Organisation"),
    "handed_in": gettext_lazy("Handed in"),
    "decision": gettext_lazy("Decision"),
}
SHOWN = [ApplicationState.SUBMITTED, ApplicationState.WAITING]


# The list -----------------------------------------------------------------------------------------
@edition_page("decisions", gettext_lazy("Decisions"), position=60, permission="clinics.select_edition")
@require_http_methods(["GET", "HEAD", "POST"])
def decisions(request, edition):
    """Applications with score and facts; decisions in bulk over what is ticked, or over all that the filter shows."""
    refused = None
    chosen = filters(request.GET)
    rows = ordered(edition, request.user, chosen)
    if request.method == "POST":
        try:
            return decide(request, edition, rows)
        except DomainError as refusal:
            refused = refusal
    return decisions_page(request, edition, chosen, rows, refused)


def filters(given) -> dict[str, str]:
    """Return the filters of the list, known values only. Raises: Http404. Pure."""
    chosen = {name: given.get(name, "") for name in ("country", "group", "decision", "order")}
    known = {
        "country": ["", *dict(countries.choices("en"))], "group": ["", *ConstituentGroup.values],
        "decision": ["", "none", *Decision.values], "order": ["", *ORDERS],
    }  # fmt: skip
    if any(chosen[name] not in values for name, values in known.items()):
        raise Http404
    return chosen


def ordered(edition: Edition, user, chosen: dict) -> list[tuple]:
    """Return (number, score or None) of the applications to decide, by country, group and the chosen order. Queries: 3."""
    rows = Application.objects.reviewable_by(user).filter(edition=edition, state__in=SHOWN)
    wanted = {name: chosen[name] for name in ("country", "group") if chosen[name]}
    if chosen["decision"]:
        wanted["decision"] = "" if chosen["decision"] == "none" else chosen["decision"]
    known, hidden = reviewing.scores(edition), reviewing.hidden_scores(edition, user)
    groups = list(ConstituentGroup.values)
    found = []
    for pk, country, group, name, organisation, at, decision in rows.filter(**wanted).values_list(
        "pk", "country", "group", "user__name", "organisation", "submitted_at", "decision"
    ):
        score = None if pk in hidden else known.get(pk)
        inner = {
            "name": fold(name),
            "organisation": fold(organisation),
            "handed_in": (at is None, at or 0),
            "decision": decision,
        }
        key = inner.get(chosen["order"], -score.mean if score else 1)
        place = groups.index(group) if group in groups else len(groups)
        found.append(((fold(countries.name(country)), country, place, key, pk), pk, score, pk in hidden))
    return [row[1:] for row in sorted(found, key=lambda row: row[0])]


def decide(request, edition: Edition, rows: list[tuple]):
    """Set one decision for what was ticked, or for everything that the filter shows."""
    ticked = (
        [row[0] for row in rows]
        if request.POST.get("all")
        else [number(value) for value in request.POST.getlist("application")]
    )
    given = {name: request.POST.get(name, "") for name in ("decision", "reason", "note")}
    given["decision"] = "" if given["decision"] == "none" else given["decision"] or "?"
    changed = deciding.decide(edition=edition, applications=ticked, actor=request.user, **given)
    messages.success(request, ngettext("%(n)d decision set.", "%(n)d decisions set.", changed) % {"n": changed})
    return redirect(request.get_full_path())


def decisions_page(request, edition: Edition, chosen: dict, rows: list[tuple], refused) -> object:
    """Return the list. Queries: 12 at most, of any number of rows."""
    shown = Paginator(rows, SIZE).get_page(request.GET.get("page"))
    people = Application.objects.select_related("user").in_bulk([row[0] for row in shown])
    here = request.GET.copy()
    here.pop("page", None)
    pending = deciding.decided(edition).count()
    context = {
        "title": _("Decisions"),
        "refused": str(refused or ""),
        "chosen": chosen,
        "page_of": shown,
        "rows": [(people[pk], score, hidden) for pk, score, hidden in shown],
        "query": here.urlencode(),
        "countries": [(code, countries.name(code)) for code in lines_of(edition)],
        "groups": ConstituentGroup.choices,
        "orders": ORDERS.items(),
        "decisions": Decision.choices,
        "reasons": DecisionReason.choices,
        "typed": {name: request.POST.get(name, "") for name in ("decision", "reason", "note")},
        "ticked": {number(value) for value in request.POST.getlist("application")},
        "pending": pending,
        "may_release": edition.allows(Act.RELEASE),
        "job": Job.objects.filter(kind=deciding.RELEASE, subject=str(edition.pk), owner=request.user).order_by("-pk").first(),
        "release": reverse("admin:clinics_edition_release", args=[edition.pk]),
        "waiting": reverse("admin:clinics_edition_waiting", args=[edition.pk]),
        "review": reverse("admin:clinics_edition_review", args=[edition.pk]),
        "hidden": conflicts(edition, request.user),
    }
    return page(request, edition, "decisions", "admin/clinics/decisions.html", context, status=409 if refused else 200)


def lines_of(edition: Edition) -> list[str]:
    """Return the countries from which applications came. Queries: 1."""
    rows = Application.objects.filter(edition=edition, state__in=SHOWN).order_by().values_list("country", flat=True).distinct()
    return sorted(rows, key=lambda code: fold(countries.name(code)))


def conflicts(edition: Edition, user) -> int:
    """Return how many applications this person does not see. Queries: 1."""
    rows = Application.objects.filter(edition=edition, state__in=SHOWN)
    return rows.exclude(pk__in=Application.objects.reviewable_by(user).values("pk")).count()


# The waiting list ---------------------------------------------------------------------------------
@edition_page("waiting", gettext_lazy("Waiting list"), position=65, permission="clinics.select_edition")
@require_http_methods(["GET", "HEAD", "POST"])
def waiting_list(request, edition):
    """One line for each group of each country: its order, and the next free seat offered by hand."""
    refused = None
    if request.method == "POST":
        try:
            return change_line(request, edition)
        except DomainError as refusal:
            refused = refusal
    context = {
        "title": _("Waiting list"),
        "refused": str(refused or ""),
        "reason": request.POST.get("reason", ""),
        "lines": lines(edition, request.user),
        "may_offer": edition.allows(Act.RELEASE),
    }
    return page(request, edition, "waiting", "admin/clinics/waiting.html", context, status=409 if refused else 200)


def lines(edition: Edition, user) -> list[dict]:
    """Return the lines of an edition, those who will wait after the next release included. Queries: 2."""
    rows = Application.objects.filter(edition=edition, state__in=SHOWN).select_related("user")
    seen = set(Application.objects.reviewable_by(user).filter(edition=edition).values_list("pk", flat=True))
    found: dict[tuple, list] = {}
    for row in rows:
        pending = row.state == ApplicationState.SUBMITTED and row.decision == Decision.WAIT and row.released_at is None
        if row.state == ApplicationState.WAITING or pending:
            found.setdefault((row.country, row.group), []).append(row)
    places = list(ConstituentGroup.values)
    keys = sorted(found, key=lambda key: (fold(countries.name(key[0])), places.index(key[1])))
    return [{
        "country": country, "group": group, "name": countries.name(country), "label": ConstituentGroup(group).label,
        "rows": [(row, row.pk in seen) for row in sorted(found[country, group], key=waiting.order_key)],
    } for country, group in keys]  # fmt: skip


def change_line(request, edition: Edition):
    """Save the order of one line, or offer its next free seat."""
    delegations = Delegation.objects.filter(edition=edition)
    country, group = request.POST.get("country", ""), request.POST.get("group", "")
    if group not in ConstituentGroup.values:
        raise Http404
    if "offer" in request.POST:
        deciding.held(edition)
        delegation = get_object_or_404(delegations, country=country)
        offered = waiting.offer_next(delegation=delegation, group=group, actor=request.user)
        if offered is None:
            raise DomainError(_("No seat of this group is free, or nobody in this line can be offered one."), code="full")
        messages.success(request, _("A seat is offered to %(name)s.") % {"name": offered})
    else:
        wanted = {number(name.removeprefix("place-")): number(value) or 0
                  for name, value in request.POST.items() if name.startswith("place-")}  # fmt: skip
        given = {"wanted": wanted, "reason": request.POST.get("reason", ""), "actor": request.user}
        waiting.order_line(edition=edition, country=country, group=group, **given)
        messages.success(request, _("The order is saved."))
    return redirect("admin:clinics_edition_waiting", edition.pk)


# The release --------------------------------------------------------------------------------------
@edition_page("release", gettext_lazy("Release decisions"), position=61, permission="clinics.select_edition", listed=False)
@require_http_methods(["GET", "HEAD", "POST"])
def release(request, edition):
    """Exact numbers, warnings, the letters as each language reads them; and the one button."""
    refused = None
    if request.method == "POST":
        try:
            job = deciding.release(edition=edition, mark=request.POST.get("mark", ""), actor=request.user)
            return redirect(job.get_absolute_url())
        except DomainError as refusal:
            refused = refusal
    preview = deciding.preview(edition, request.user)
    context = {
        "title": _("Release decisions"),
        "refused": str(refused or ""),
        "preview": preview,
        "numbers": [(decision.label, n, languages.items(), deciding.country_names(places))
                    for decision, n, languages, places in preview.decisions if n],
        "letters": letters(edition, request.user, [decision for decision, n, _l, _c in preview.decisions if n]),
        "may_release": edition.allows(Act.RELEASE),
        "state": edition.get_state_display(),
        "list": reverse("admin:clinics_edition_decisions", args=[edition.pk]),
    }  # fmt: skip
    return page(request, edition, "decisions", "admin/clinics/release.html", context, status=409 if refused else 200)


def letters(edition: Edition, user, decisions_: list[Decision]) -> list[tuple]:
    """Return (decision, [(language, subject, text)]) as somebody with the first of these decisions reads them.

    Of whom a person does not see she reads no letter either. Queries: 2.
    """
    first, hidden = {}, deciding.hidden_from(edition, user)
    for row in deciding.decided(edition).exclude(pk__in=hidden).select_related("user").order_by("-pk"):
        first[row.decision] = row
    shown = [decision for decision in decisions_ if decision in first]
    return [(decision.label, [letter(edition, first[decision], code) for code in LANGUAGES]) for decision in shown]


def letter(edition: Edition, row: Application, language: str) -> tuple[str, str, str]:
    """Return one letter (language, subject, text), for a name that stands for any. Pure."""
    offer = row.decision == Decision.OFFER
    row.edition = edition
    row.offer_until = timezone.now() + timedelta(days=edition.offer_days)
    with translation.override(language):
        name = _("(name)")
        facts = (
            offer_facts(row, name)
            if offer
            else decision_facts(row, name, *((1, 1) if row.decision == Decision.WAIT else (0, 0)))
        )
        context = Context(facts | {"site_url": "", "language": language}, autoescape=False)
        template = "emails/clinics/offer" if offer else "emails/clinics/decision"
        parts = [get_template(f"{template}{end}").template.render(context) for end in (".subject.txt", ".txt")]
    return language, " ".join(parts[0].split()), parts[1].strip()
