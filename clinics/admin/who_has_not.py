"""Who has not: invited and not answered, seated and not begun, sides that have not signed."""

from dataclasses import dataclass

from django.core.paginator import Paginator
from django.db.models import Count
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.enums import Side
from clinics.admin.pages import edition_page, page
from clinics.behind import not_signed, not_started
from clinics.enums import AnnouncementAudience
from clinics.models import Edition, Invitation
from core import countries
from core.paging import number
from core.text import fold
from reminders.enums import Channel, State
from reminders.models import Letter

ROWS = 50  # of one list on one page


@dataclass(frozen=True)
class Row:
    """One person or side that is behind. `letters`: how many letters went out about it, None where it is not counted."""

    name: str
    country: str
    group: str
    since: object = None
    letters: int | None = None
    url: str = ""


@edition_page("who_has_not", gettext_lazy("Who has not"), position=70)
def who_has_not(request, edition):
    """Three lists with counts, for all countries or one; each leads to an announcement to exactly these people."""
    codes = sorted(edition.delegations.values_list("country", flat=True), key=lambda code: fold(countries.name(code)))
    country = request.GET.get("country") if request.GET.get("country") in codes else ""
    at = number(request.GET.get("page"))
    lists = [
        invited(edition, country, at),
        not_begun(edition, country, at),
        unsigned(edition, country, at),
    ]
    context = {
        "title": _("Who has not"),
        "lists": lists,
        "countries": [(code, countries.name(code)) for code in codes],
        "country": country,
    }
    return page(request, edition, "who_has_not", "admin/clinics/who_has_not.html", context)


def listed(code: str, title: str, empty: str, edition: Edition, rows, at, make) -> dict:
    """Return one list as the page shows it: `rows` counted, one page of them made. Args: make: f(rows) -> [Row]."""
    found = Paginator(rows, ROWS)
    shown = found.get_page(at)
    return {
        "code": code,
        "title": title,
        "empty": empty,
        "count": found.count,
        "rows": make(list(shown.object_list)),
        "page": shown,
        "announce": f"{reverse('admin:clinics_edition_announce', args=[edition.pk])}?to={code}",
    }


def invited(edition: Edition, country: str, at) -> dict:
    """Return who was invited and has not answered, the longest first. Queries: 3."""
    rows = Invitation.objects.open().filter(edition=edition).select_related("delegation").order_by("invited_at", "pk")
    rows = rows.filter(delegation__country=country) if country else rows
    facts = (_("Invited, not answered yet"), _("Everybody who was invited has answered."))
    return listed(AnnouncementAudience.NOT_ANSWERED.value, *facts, edition, rows, at, invited_rows)


def invited_rows(rows: list) -> list[Row]:
    """Return invitations as rows, with how many letters went out. Queries: 1."""
    sent = Letter.objects.filter(target__in=[f"clinics.invitation:{one.pk}" for one in rows], channel=Channel.MAIL)
    counts = dict(sent.filter(state=State.SENT).order_by().values_list("target").annotate(n=Count("pk")))
    return [
        Row(
            f"{one.name} <{one.email}>",
            one.delegation.name,
            one.get_group_display(),
            one.invited_at,
            counts.get(f"clinics.invitation:{one.pk}", 0),
        )
        for one in rows
    ]


def not_begun(edition: Edition, country: str, at) -> dict:
    """Return who has a seat and has opened no unit of the refresher. Queries: 2."""
    rows = not_started(edition).select_related("user", "delegation").order_by("delegation__country", "pk")
    rows = rows.filter(delegation__country=country) if country else rows
    facts = (_("Accepted, refresher not begun"), _("Everybody with a seat has begun the refresher, or the plan has none."))
    return listed(AnnouncementAudience.NOT_STARTED.value, *facts, edition, rows, at, people)


def people(rows: list) -> list[Row]:
    """Return delegates as rows. Pure."""
    return [Row(f"{one} <{one.user.email}>", one.delegation.name, one.get_group_display(), one.joined_at) for one in rows]


def unsigned(edition: Edition, country: str, at) -> dict:
    """Return the sides with members that have not signed, with who could sign. Queries: 1."""
    rows = not_signed(edition).select_related("user", "delegation__edition").order_by("delegation__country", "pk")
    rows = rows.filter(delegation__country=country) if country else rows
    sides: dict = {}
    for one in rows:
        sides.setdefault((one.delegation, one.side), []).append(str(one))
    facts = (_("Sides that have not signed"), _("Every side that has a member has signed."))
    return listed(AnnouncementAudience.NOT_SIGNED.value, *facts, edition, list(sides.items()), at, sides_rows)


def sides_rows(rows: list) -> list[Row]:
    """Return sides as rows, each with the names of its members. Pure."""
    return [
        Row(", ".join(names), delegation.name, Side(side).label, url=delegation.get_absolute_url())
        for (delegation, side), names in rows
    ]
