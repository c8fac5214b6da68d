"""Letters about an application of one's own: a draft before the deadline, and the receipt with what happens next."""

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import get_language

from clinics.enums import Act, ApplicationState, EditionState
from clinics.models import Application
from clinics.services.applications import open_until
from core.translations import LANGUAGES
from reminders.kinds import Due, Kind, Obsolete

BEFORE = (5, 1)  # days before the person's deadline
LATE = timedelta(hours=20)  # a letter that could not go by then says nothing new: the next one is near
APPLYING = [state for state in EditionState if Act.REVIEW in state.allows]  # where somebody may still hand in


def find_drafts(now):
    """Find the drafts in which something was typed, and whose deadline is near: one letter a deadline and a number of days.

    A draft that was begun after its letter was due gets none. Queries: 1, by the index of applications by edition and
    state; a person's own deadline is looked up for the drafts of open calls alone.
    """
    rows = Application.objects.filter(state=ApplicationState.DRAFT, edition__state__in=APPLYING, edition__is_open_call=True)
    rows = rows.filter(user__is_active=True).exclude(Q(typed={}) & Q(letter__isnull=True)).with_deadline()
    rows = rows.filter(deadline__gt=now, deadline__lte=now + timedelta(days=max(BEFORE))).select_related("edition")
    fields = ("user", "state", "typed", "started_at", *(f"edition__{name}" for name in ("state", "is_open_call", "apply_by")))
    for row in rows.only(*fields):
        for days in BEFORE:
            due = row.deadline - timedelta(days=days)
            if row.started_at < due <= now < due + LATE and open_until(row):
                yield Due(row.user_id, f"clinics.application:{row.pk}", occurrence_of(row.deadline, days), due)


def occurrence_of(deadline, days: int) -> str:
    """Return what tells the letters of one draft apart: the deadline, and how many days before it."""
    return f"{deadline:%Y%m%dT%H%M}-{days}"


def application_of(letter) -> Application:
    """Return the application of a letter, or Obsolete when it or its edition is gone from view. Queries: 1."""
    rows = Application.objects.select_related("edition").with_deadline().filter(user=letter.recipient)
    application = rows.filter(pk=letter.target.split(":")[1]).exclude(edition__state=EditionState.DRAFT).first()
    if application is None:
        raise Obsolete("application gone")
    return application


def draft_context(letter) -> dict:
    """Return what whoever has not handed in is told, or Obsolete: handed in, the call closed, the deadline moved."""
    application = application_of(letter)
    if not application.is_open:
        raise Obsolete("handed in")
    deadline = open_until(application)
    if deadline is None:
        raise Obsolete("call closed")
    if letter.occurrence and letter.occurrence.rpartition("-")[0] != f"{deadline:%Y%m%dT%H%M}":
        raise Obsolete("deadline moved")
    return facts(letter, application) | {"deadline": deadline}


def received_context(letter) -> dict:
    """Return what whoever handed in is told, or Obsolete when the application was taken back or is decided."""
    application = application_of(letter)
    if application.state != ApplicationState.SUBMITTED:
        raise Obsolete("no longer waits for a decision")
    edition = application.edition
    closes = edition.apply_by if edition.apply_by and edition.apply_by > timezone.now() else None
    return facts(letter, application) | {"closes": closes, "starts_on": edition.starts_on}


def facts(letter, application: Application) -> dict:
    """Return what both letters say."""
    edition = application.edition
    language = (get_language() or LANGUAGES[0])[:2]
    return {
        "name": letter.reader.get_short_name(),
        "title": edition.text("title", edition.reading_language(language)),
        "url": application.get_absolute_url(),
    }


KINDS = [
    Kind(code="clinics.draft_application", context=draft_context, finder=find_drafts, late=LATE),
    Kind(code="clinics.received", context=received_context),
]
