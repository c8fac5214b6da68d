"""The letter of an announcement, sent or as a preview."""

from datetime import timedelta

from django.urls import reverse
from django.utils.translation import override

from clinics.enums import AnnouncementAudience
from clinics.models import Announcement, Invitation
from clinics.services.announcing import KIND
from programme.mailtext import letter_html, letter_text
from reminders.enums import Channel
from reminders.kinds import Kind, Obsolete
from reminders.models import Letter
from reminders.services import compose

INSIDE = {
    AnnouncementAudience.EVERYONE,
    AnnouncementAudience.PARTICIPANTS,
    AnnouncementAudience.DELEGATION,
    AnnouncementAudience.NOT_STARTED,
    AnnouncementAudience.NOT_SIGNED,
}


def announcement_context(letter: Letter) -> dict:
    """Return what an announcement says to one reader. Queries: 1, and 1 or 2 for whoever was asked to answer.

    Raises: Obsolete when it is gone, its edition is a draft again, or an invitation has been answered.
    """
    rows = Announcement.objects.select_related("edition").filter(sent_at__isnull=False)
    row = rows.filter(pk=letter.target.rpartition(":")[2]).first()
    if row is None or row.edition.is_draft:
        raise Obsolete("announcement gone or edition a draft")
    return facts_of(row, letter.reader.language, address_for(row, letter)) | {"name": letter.reader.get_short_name()}


def address_for(row: Announcement, letter: Letter) -> str:
    """Return where a reader goes on: her invitation, the edition's home, or its public page."""
    if row.to == AnnouncementAudience.NOT_ANSWERED:
        return answer_address(row, letter)
    if row.to in INSIDE and letter.recipient_id:
        return reverse("clinics:home", args=[row.edition.slug])
    return row.edition.get_absolute_url()


def answer_address(row: Announcement, letter: Letter) -> str:
    """Return the address of the invitation that waits for a reader's answer. Raises: Obsolete when none waits."""
    addresses = [letter.reader.email.lower()]
    if letter.recipient_id:
        proven = letter.recipient.emailaddress_set.filter(verified=True)
        addresses += [email.lower() for email in proven.values_list("email", flat=True)]
    invitation = Invitation.objects.open().filter(edition=row.edition_id, email__in=addresses).first()
    if invitation is None:
        raise Obsolete("invitation answered")
    return invitation.get_absolute_url()


def facts_of(row: Announcement, language: str, url: str) -> dict:
    """Return what the letter says in a language, sent or as a preview. Pure."""
    shown = row.reading_language(language)
    return {
        "title": row.text("subject", shown),
        "edition": row.edition.text("title", row.edition.reading_language(language)),
        "body": letter_text(row.text("body", shown), shown),
        "body_html": letter_html(row.text("body_html", shown)),
        "shown_in": shown,
        "url": url,
    }


def preview(row: Announcement, language: str, name: str) -> Letter:
    """Return the letter as a reader of this name would get it, unsaved. Queries: 0."""
    with override(language):
        url = row.edition.get_absolute_url()
    kind = Kind(code=KIND, context=lambda letter: facts_of(row, language, url) | {"name": name})
    letter = Letter(kind=KIND, address="reader@example.org", name=name, language=language, channel=Channel.MAIL)
    compose(letter, kind)
    return letter


KINDS = [Kind(code=KIND, context=announcement_context, late=timedelta(days=7))]
