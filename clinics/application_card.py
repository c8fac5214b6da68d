"""A person's application on her home: a draft before its deadline, a seat that was offered."""

from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from clinics import asked
from clinics.enums import ApplicationState, EditionState
from clinics.models import Application
from clinics.services.applications import open_until
from core.cards import Card
from core.time import moment

DRAFT, OFFER = 30, 60  # urgency


def application_card(request) -> Card | None:
    """Return what waits for this person: an offered seat first, else the draft whose deadline is next. Queries: 1."""
    rows = Application.objects.filter(user=request.user, state__in=[ApplicationState.DRAFT, ApplicationState.OFFERED])
    rows = rows.exclude(edition__state=EditionState.DRAFT).with_deadline().select_related("edition")
    found = list(rows.order_by("deadline", "pk")[:20])
    offered = [row for row in found if row.has_open_offer]
    if offered:
        return offer_card(min(offered, key=lambda row: row.offer_until))
    drafts = [row for row in found if open_until(row)]
    return draft_card(drafts[0]) if drafts else None


def offer_card(application: Application) -> Card:
    return Card(
        text=_("A seat is offered to you: answer by %(moment)s.") % {"moment": moment(application.offer_until)},
        action=_("Answer"),
        urgency=OFFER,
        **facts(application),
    )


def draft_card(application: Application) -> Card:
    until = open_until(application)
    days = (until - timezone.now()).days
    left = ngettext(
        "Your application is not handed in: %(n)d day left.", "Your application is not handed in: %(n)d days left.", days
    )
    text = left % {"n": days} if days else _("Your application is not handed in: this is the last day.")
    end = _("Hand in by %(moment)s.") % {"moment": moment(until)}
    return Card(
        text=f"{text} {end}",
        action=_("Go on with my application"),
        done=asked.answered(application),
        total=len(asked.REQUIRED),
        urgency=DRAFT,
        **facts(application),
    )


def facts(application: Application) -> dict:
    """Return what both cards say. The title stands in the page's language, or as it is."""
    edition, here = application.edition, (get_language() or "en")[:2]
    title = edition.text("title", edition.reading_language(here))
    return {"label": _("Application"), "title": title, "url": application.get_absolute_url()}
