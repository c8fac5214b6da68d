"""The balance sheet of an edition, and the list behind each of its numbers. Opening it is logged."""

from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import Http404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_safe

from accounts.enums import ConstituentGroup, Sex
from clinics.admin.pages import edition_page, page
from clinics.models import Application, Delegate, Edition, Invitation, Seats
from clinics.services.balance import FIGURES, SEXES, Line, Where, balance_of, behind
from core import countries
from core.services import once, record_event
from core.translations import LANGUAGES

SIZE = 200
LABELS = {
    "seats": gettext_lazy("Seats"),
    "taken": gettext_lazy("Taken"),
    "held": gettext_lazy("Held by an offer"),
    "invited": gettext_lazy("Invited"),
    "applied": gettext_lazy("Applied"),
    "proposed": gettext_lazy("Proposed"),
    "waiting": gettext_lazy("Waiting list"),
    "coming": gettext_lazy("Coming"),
}
SEX_LABELS = {
    Sex.FEMALE: gettext_lazy("Women"),
    Sex.MALE: gettext_lazy("Men"),
    Sex.OTHER: pgettext_lazy("sex", "Other"),
    "unsaid": gettext_lazy("Not said"),
}


@edition_page("balance", gettext_lazy("Balance sheet"), position=50, permission="clinics.select_edition")
@require_safe
def balance(request, edition):
    """Country by country and group by group, against the seats."""
    remember_opening(edition, request.user)
    sheet = balance_of(edition)
    languages = [code for code in (*LANGUAGES, "unsaid") if sheet.total.languages[code]]
    context = {
        "title": _("Balance sheet"),
        "heads": [LABELS[name] for name in FIGURES],
        "sexes": [SEX_LABELS[name] for name in SEXES],
        "reads": [code.upper() if code != "unsaid" else _("Not said") for code in languages],
        "countries": [(part, [cells(edition, one, languages) for one in part.lines],
                       cells(edition, part.total, languages)) for part in sheet.countries],
        "total": cells(edition, sheet.total, languages),
        "over": [part for part in sheet.countries if any(one.over for one in part.lines)],
        "width": len(FIGURES) + len(SEXES) + len(languages) + 2,
    }  # fmt: skip
    return page(request, edition, "balance", "admin/clinics/balance.html", context)


def remember_opening(edition: Edition, user) -> None:
    """Log that somebody opened the sheet, unsuppressed as it is: once a day for each person. Queries: 3 at most."""

    def act() -> dict:
        record_event(actor=user, act="open balance sheet", obj=edition)
        return {}

    once(f"clinics.balance:{edition.pk}:{user.pk}:{timezone.now():%Y-%m-%d}", act)


def cells(edition: Edition, line: Line, languages: list[str]) -> dict:
    """Return a line as the table shows it: each number with the address of the list behind it. Pure."""
    at = {"country": line.country, "group": line.group}
    return {
        "line": line,
        "figures": [(line.figures[name], link(edition, at | {"figure": name})) for name in FIGURES],
        "sexes": [(line.sexes[name], link(edition, at | {"figure": "coming", "sex": name})) for name in SEXES],
        "languages": [(line.languages[name], link(edition, at | {"figure": "coming", "language": name})) for name in languages],
    }


def link(edition: Edition, query: dict) -> str:
    """Return the address of the list behind a number. Pure."""
    told = urlencode({name: value for name, value in query.items() if value})
    return f"{reverse('admin:clinics_edition_behind', args=[edition.pk])}?{told}"


# The list behind a number -------------------------------------------------------------------------
@edition_page("behind", gettext_lazy("Behind a number"), position=51, permission="clinics.select_edition", listed=False)
@require_safe
def behind_number(request, edition):
    """Who, or which seats, make up one number of the balance sheet."""
    remember_opening(edition, request.user)
    where = asked(request)
    rows = Paginator(behind(edition, where, request.user), SIZE).get_page(request.GET.get("page"))
    context = {
        "title": _("Behind a number"),
        "what": " · ".join(words(where)),
        "rows": rows,
        "lines": [shown(row, edition) for row in rows],
        "sheet": reverse("admin:clinics_edition_balance", args=[edition.pk]),
        "query": link(edition, vars(where)).split("?")[1],
    }
    return page(request, edition, "balance", "admin/clinics/behind.html", context)


def asked(request) -> Where:
    """Return which number is meant. Raises: Http404 for what is none."""
    given = {name: request.GET.get(name, "") for name in ("figure", "country", "group", "sex", "language")}
    known = {
        "figure": LABELS, "group": ["", *ConstituentGroup.values], "sex": ["", *SEXES],
        "language": ["", "unsaid", *LANGUAGES], "country": ["", *dict(countries.choices("en"))],
    }  # fmt: skip
    if any(given[name] not in values for name, values in known.items()):
        raise Http404
    return Where(**given)


def words(where: Where) -> list[str]:
    """Return in words which number it is. Pure."""
    told = [str(LABELS[where.figure])]
    told += [countries.name(where.country)] if where.country else []
    told += [str(ConstituentGroup(where.group).label)] if where.group else []
    told += [str(SEX_LABELS[where.sex])] if where.sex else []
    return told + ([where.language.upper() if where.language != "unsaid" else _("Not said")] if where.language else [])


def shown(row, edition: Edition) -> dict:
    """Return a row as the list shows it. Pure."""
    group = row.get_group_display()
    if isinstance(row, Seats):
        return {"name": row.delegation.name, "group": group, "state": str(row.number), "url": "", "organisation": ""}
    if isinstance(row, Invitation):
        told = {"name": row.name, "organisation": row.organisation, "state": row.get_state_display(), "url": ""}
        return told | {"group": f"{row.delegation.name}: {group}"}
    country = row.delegation.name if isinstance(row, Delegate) else row.country_name
    person = row.user
    told = {"name": str(row), "group": f"{country}: {group}", "state": row.get_state_display()}
    if isinstance(row, Application):
        url = f"{reverse('admin:clinics_edition_review', args=[edition.pk])}?application={row.pk}"
        return told | {"organisation": row.organisation, "url": url}
    url = reverse("admin:accounts_user_change", args=[person.pk]) if person else ""
    return told | {"organisation": person.organisation if person else "", "url": url}
