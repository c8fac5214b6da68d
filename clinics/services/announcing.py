"""Announcements: written in every language, looked at, sent once through the ledger to exactly those who were counted."""

from collections import Counter
from dataclasses import dataclass

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from clinics.behind import not_signed, not_started
from clinics.enums import Act, AnnouncementAudience, ApplicationState
from clinics.models import Announcement, Application, Delegate, Invitation, TeamMember
from clinics.services.editions import edition_languages, require
from core import jobs, registry
from core.errors import DomainError
from core.models import Job, object_key
from core.services import record_event
from reminders.kinds import Due
from reminders.services import ring, write

KIND = "clinics.announcement"
AT_ONCE = 200  # to more people than this a job writes the letters
BATCH = 500  # letters of one transaction


@dataclass(frozen=True)
class Reader:
    """One person, or one address without account, with the language in which she reads."""

    user: int | None
    address: str
    name: str
    language: str


# Who ----------------------------------------------------------------------------------------------
def seats_of(announcement: Announcement):
    """Return the delegates who are meant, None where none are. Pure but for the query it describes."""
    to, edition = AnnouncementAudience(announcement.to), announcement.edition
    taking_part = Delegate.objects.active().filter(edition=edition)
    found = {
        AnnouncementAudience.EVERYONE: taking_part,
        AnnouncementAudience.PARTICIPANTS: taking_part,
        AnnouncementAudience.DELEGATION: taking_part.filter(delegation=announcement.delegation_id),
        AnnouncementAudience.NOT_STARTED: not_started(edition),
        AnnouncementAudience.NOT_SIGNED: not_signed(edition),
    }
    return found.get(to, Delegate.objects.none())


def readers_of(announcement: Announcement) -> list[Reader]:
    """Return who would be told now, each once: with two roles too, and by her account where an address belongs to one.

    Counting and sending ask here. Queries: 2 to 4.
    """
    to, edition = announcement.to, announcement.edition
    users = set(seats_of(announcement).exclude(user=None).values_list("user", flat=True))
    addresses = []
    if to in (AnnouncementAudience.EVERYONE, AnnouncementAudience.TEAM):
        for user, email, name, language in team_of(edition):
            users.add(user) if user else addresses.append((email, name, language))
    if to == AnnouncementAudience.APPLICANTS:
        waiting = Application.objects.filter(edition=edition, state=ApplicationState.SUBMITTED)
        users |= set(waiting.values_list("user", flat=True))
    if to == AnnouncementAudience.NOT_ANSWERED:
        unanswered = Invitation.objects.open().filter(edition=edition, expires_at__gt=timezone.now()).order_by("pk")
        addresses = list(unanswered.values_list("email", "name", "language"))
    return told(users, addresses)


def team_of(edition):
    """Return (user, email, name, language) of everybody on the team. One query."""
    return TeamMember.objects.filter(edition=edition).order_by("pk").values_list("user", "email", "name", "language")


def told(users: set[int], addresses: list[tuple[str, str, str]]) -> list[Reader]:
    """Return the readers among people and addresses: closed accounts left out, an address of an account as that account.

    Queries: 1 for people, 1 for addresses.
    """
    named = {email.strip().lower(): (name, language) for email, name, language in reversed(addresses)}
    proven = EmailAddress.objects.filter(email__in=named, verified=True) if named else EmailAddress.objects.none()
    owners = {email.lower(): owner for email, owner in proven.values_list("email", "user")}
    people = User.objects.filter(pk__in=users | set(owners.values()), is_active=True).order_by("pk")
    found = [Reader(pk, "", name, language) for pk, name, language in people.values_list("pk", "name", "language")]
    return found + [Reader(None, email, *facts) for email, facts in sorted(named.items()) if email not in owners]


def counted(readers: list[Reader]) -> list[tuple[str, int]]:
    """Return [(name of a language, how many read in it)], the portal's order, none left out that has readers. Pure."""
    numbers = Counter(reader.language for reader in readers)
    return [(name, numbers[code]) for code, name in settings.LANGUAGES if numbers[code]]


# Sending ------------------------------------------------------------------------------------------
def lacking(announcement: Announcement) -> list[str]:
    """Return the languages, as codes, in which the letter must stand and does not. Pure."""
    return [code for code in edition_languages(announcement.edition) if announcement.missing(code)]


def check(announcement: Announcement) -> None:
    """Refuse what cannot be sent. Raises: DomainError "state", "sent", "incomplete" or "delegation". Pure."""
    require(announcement.edition, Act.SHOW)
    if announcement.sent_at:
        raise DomainError(_("This announcement has been sent already. Nobody gets it twice."), code="sent")
    if gaps := lacking(announcement):
        languages = ", ".join(name for code, name in settings.LANGUAGES if code in gaps)
        raise DomainError(_("The letter is not complete in: %(languages)s.") % {"languages": languages}, code="incomplete")
    if announcement.to == AnnouncementAudience.DELEGATION and announcement.delegation_id is None:
        raise DomainError(_("Choose the delegation."), code="delegation", field="delegation")


def send_announcement(*, announcement: Announcement, actor, expected: int | None = None) -> Job | None:
    """Send an announcement to everybody it is meant for now; who joins later is not told.

    Args: expected: the number that the sender was shown; when it is another by now she is asked again.
    Returns: the job that writes the letters, None when they are written already. Raises: DomainError of `check`, "nobody" or
    "number". Queries: 12, in one transaction with the row locked. Logged. An announcement is sent once.
    """
    with transaction.atomic():
        rows = Announcement.objects.select_for_update(of=("self",)).select_related("edition")
        row = rows.get(pk=announcement.pk)
        check(row)
        readers = readers_of(row)
        if not readers:
            raise DomainError(_("There is nobody to whom this would go now."), code="nobody")
        if expected is not None and expected != len(readers):
            words = _("It would go to %(now)d people by now, not to %(before)d. Look again before you send.")
            raise DomainError(words % {"now": len(readers), "before": expected}, code="number")
        row.sent_at, row.sent_by, row.sent_to = timezone.now(), actor, len(readers)
        row.save(update_fields=["sent_at", "sent_by", "sent_to"])
        record_event(actor=actor, act="send announcement", obj=row, after={"to": row.to, "people": len(readers)})
        return deliver(row, readers, actor)


def deliver(row: Announcement, readers: list[Reader], actor) -> Job | None:
    """Write the letters; to many people a job writes them. Its arguments hold the numbers of who was counted, no address."""
    people = [reader for reader in readers if reader.user]
    at_once = readers if len(readers) <= AT_ONCE else [reader for reader in readers if reader.address]
    if at_once:
        write(registry.letter_kinds[KIND], [due(row, reader) for reader in at_once])
        transaction.on_commit(ring)
    if len(readers) <= AT_ONCE or not people:
        return None
    args = {"announcement": row.pk, "users": [reader.user for reader in people]}
    return jobs.ask(kind=KIND, owner=actor, subject=str(row.pk), args=args)


def due(row: Announcement, reader: Reader) -> Due:
    """Return the letter to one reader, due now. Pure but for the clock."""
    facts = {"address": reader.address, "name": reader.name, "language": reader.language} if reader.address else {}
    return Due(reader.user, object_key(row), str(row.pk), timezone.now(), **facts)


def run_sending(running) -> dict:
    """Write the letters to those who were counted, portion by portion. A second run writes those that are missing."""
    args = running.job.args
    row = Announcement.objects.filter(pk=args["announcement"], sent_at__isnull=False).first()
    if row is None:
        raise DomainError(_("This announcement is gone."), code="gone")
    readers = [Reader(user, "", "", "") for user in args["users"]]
    for start in range(0, len(readers), BATCH):
        with transaction.atomic():
            write(registry.letter_kinds[KIND], [due(row, reader) for reader in readers[start : start + BATCH]])
            transaction.on_commit(ring)
        running.progress(min(start + BATCH, len(readers)), len(readers))
    return {"letters": len(readers)}


def title_of(job) -> str:
    """Return what a job sends, for its page. Queries: 1."""
    row = Announcement.objects.filter(pk=job.args["announcement"]).first()
    return _("Sending the announcement “%(subject)s”") % {"subject": row or "–"}


JOB = jobs.Kind(run=run_sending, title=title_of)


def discard(*, announcement: Announcement, actor) -> None:
    """Delete an announcement that was not sent. Raises: DomainError "sent". Queries: 3."""
    with transaction.atomic():
        row = Announcement.objects.select_for_update(of=("self",)).get(pk=announcement.pk)
        if row.sent_at:
            raise DomainError(_("This announcement has been sent already. Its record stays."), code="sent")
        record_event(actor=actor, act="discard announcement", obj=row)
        row.delete()
