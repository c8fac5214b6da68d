"""Letters about a decision, an offer, and a place on the waiting list."""

from datetime import datetime, timedelta

from django.urls import reverse

from clinics.enums import ApplicationState, EditionState
from clinics.models import Application
from clinics.services.waiting import NEAR
from core import countries
from reminders.kinds import Due, Kind, Obsolete

REMIND_DAYS = (1, 3)  # before an offer ends, nearest first


def application_of(letter) -> Application:
    """Return the application that a letter is about. Raises: Obsolete. Queries: 1."""
    rows = Application.objects.select_related("edition", "user").filter(pk=letter.target.split(":")[1])
    application = rows.exclude(edition__state=EditionState.DRAFT).first()
    if application is None:
        raise Obsolete("application gone")
    return application


def in_state(letter, *states) -> Application:
    """Return the application of a letter whose reason still holds. Raises: Obsolete. Queries: 1."""
    application = application_of(letter)
    if application.state not in states:
        raise Obsolete(f"application {application.state}")
    return application


def facts(application: Application, name: str) -> dict:
    """Return what every letter about an application says. Queries: none."""
    return {
        "name": name,
        "application": application,
        "edition": application.edition,
        "country": countries.name(application.country),
        "url": reverse("clinics:offer", args=[application.edition.slug]),
    }


# The decision -------------------------------------------------------------------------------------
def decision_facts(application: Application, name: str, place: int, waiting: int) -> dict:
    """Return what the letter of a decision says: place 0 for who was not selected. Queries: none."""
    own = {
        "place": place,
        "waiting": waiting,
        "reason": application.get_decision_reason_display() if application.decision_reason else "",
        "note": application.decision_note,
        "modules": reverse("courses:module_list"),
        "editions": reverse("clinics:edition_list"),
    }
    return facts(application, name) | own


def decision_context(letter) -> dict:
    """Return a decision that still stands. Raises: Obsolete. Queries: 2."""
    application = in_state(letter, ApplicationState.NOT_SELECTED, ApplicationState.WAITING)
    if letter.occurrence and letter.occurrence.split(".")[0] != application.state:
        raise Obsolete(f"application {application.state}")
    place, waiting = application.in_line if application.state == ApplicationState.WAITING else (0, 0)
    return decision_facts(application, letter.reader.get_short_name(), place, waiting)


# The offer ----------------------------------------------------------------------------------------
def offer_facts(application: Application, name: str) -> dict:
    """Return what an offer says: what, until when, and where it is answered. Queries: none."""
    page = reverse("clinics:offer", args=[application.edition.slug])
    own = {"accept": f"{page}?answer=accept", "decline": f"{page}?answer=decline", "until": application.offer_until}
    return facts(application, name) | own | {"url": own["accept"]}


def offer_context(letter) -> dict:
    """Return an offer that is open, the one of which this letter speaks. Raises: Obsolete. Queries: 1."""
    application = in_state(letter, ApplicationState.OFFERED)
    if not application.has_open_offer:
        raise Obsolete("offer ended")
    if letter.occurrence and letter.occurrence.split(".")[0] != str(application.offers):
        raise Obsolete("another offer")
    return offer_facts(application, letter.reader.get_short_name())


def find_reminders(now: datetime) -> list[Due]:
    """Return open offers that end in three days and in one, except where the offer itself is not older. Queries: 1.

    Index: open_offers. Three days and one day before the end, each once for each offer.
    """
    soon = now + timedelta(days=max(REMIND_DAYS))
    rows = Application.objects.filter(state=ApplicationState.OFFERED, offer_until__gt=now, offer_until__lte=soon)
    rows = rows.exclude(edition__state=EditionState.DRAFT).order_by("offer_until", "pk")
    found = rows.values_list("pk", "user", "offers", "offer_until", "edition__offer_days")
    return [due for row in found if (due := reminder(*row, now))]


def reminder(pk: int, user: int, offers: int, until: datetime, offer_days: int, now: datetime) -> Due | None:
    """Return the reminder that is due for one offer, None when its letter went out no earlier. Pure."""
    days = next(days for days in REMIND_DAYS if until - timedelta(days=days) <= now)
    if days >= offer_days:
        return None
    return Due(user, f"clinics.application:{pk}", f"{offers}.{days}", until - timedelta(days=days))


def expired_context(letter) -> dict:
    """Return an offer that ran out. Raises: Obsolete. Queries: 1."""
    application = in_state(letter, ApplicationState.EXPIRED)
    own = {"modules": reverse("courses:module_list"), "editions": reverse("clinics:edition_list")}
    return facts(application, letter.reader.get_short_name()) | own | {"until": application.offer_until}


# The waiting list ---------------------------------------------------------------------------------
def moved_context(letter) -> dict:
    """Return the place that somebody has by now. Raises: Obsolete. Queries: 2."""
    application = in_state(letter, ApplicationState.WAITING)
    place, waiting = application.in_line
    if place > NEAR:
        raise Obsolete("moved back")
    return facts(application, letter.reader.get_short_name()) | {"place": place, "waiting": waiting}


KINDS = [
    Kind(code="clinics.decision", context=decision_context, late=timedelta(days=14)),
    Kind(code="clinics.offer", context=offer_context, late=timedelta(days=14)),
    Kind(code="clinics.offer_reminder", context=offer_context, finder=find_reminders, late=timedelta(days=1)),
    Kind(code="clinics.offer_expired", context=expired_context, late=timedelta(days=14)),
    Kind(code="clinics.waiting_moved", context=moved_context),
]
