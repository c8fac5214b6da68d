"""What a writer does: ask something, and write on."""

import re
import secrets
import uuid
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core import registry
from core.errors import DomainError
from core.models import StoredFile, object_key
from core.services import once, record_event
from core.text import clean
from programme import suspicion
from programme.enums import EnquiryState, MessageKind
from programme.models import Enquiry, Message
from reminders.models import Letter
from reminders.services import tell

PROGRAMME = "programme"
RECEIPT = "programme.enquiry_received"  # kind of letter
WORKING_DAYS = 5  # within which the team answers
LONGEST = 20_000  # characters of one message from a form
LONGEST_KEPT = 100_000  # characters of one message from a mail
MOST_AN_HOUR = 20  # messages of a writer in one conversation
RECEIPTS_A_DAY = 3  # to an address that nobody has proven: whoever types it may mean to annoy its owner
LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # nothing that is misread or misheard
BREAKS = re.compile("[ \t\n\u2028\u2029]+")  # the spaces of French typography stay
TURNING = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])  # turn the line that follows round


def mailboxes(user) -> list[tuple[str, str]]:
    """Return (key, label) of all to whom this person may write, the programme first."""
    offered = [choice for offer in registry.mailboxes for choice in offer(user)]
    return [(PROGRAMME, _("The programme team")), *offered]


def one_line(text: str) -> str:
    """Return text as one line: no line breaks, no control characters, nothing that turns what follows round. Pure."""
    return BREAKS.sub(" ", clean(text).translate(TURNING)).strip()


def answer_due(moment: datetime | None = None) -> datetime:
    """Return when an answer to what came at a moment is due: WORKING_DAYS later, Monday to Friday, where the team sits."""
    due, left = (moment or timezone.now()).astimezone(ZoneInfo(settings.PROGRAMME_ZONE)), WORKING_DAYS
    while left:
        due += timedelta(days=1)
        left -= due.weekday() < 5
    return due


def new_reference() -> str:
    """Return a reference that people can read aloud, such as "FDW-7KQ4-M2", not yet given. Queries: 1."""
    while True:
        drawn = "".join(secrets.choice(LETTERS) for _n in range(6))
        reference = f"FDW-{drawn[:4]}-{drawn[4:]}"
        if not Enquiry.objects.filter(reference=reference).exists():
            return reference


# Asking -------------------------------------------------------------------------------------------
def write_enquiry(
    *,
    name: str,
    email: str,
    subject: str,
    text: str,
    language: str,
    mailbox: str = PROGRAMME,
    user=None,
    signs: list[str] | None = None,
    client_id: str = "",
) -> Enquiry:
    """Take in what somebody wrote in the form, and acknowledge it unless it is held as spam.

    Args: signs: what the form noticed (keys of suspicion.REASONS); client_id: made once for each form that is shown.
    Returns: the enquiry. Raises: ValidationError. Queries: 12. Safe to repeat: the same words under the same client_id
    are one enquiry, also when sent twice at once; other words under it are another, for they must not be lost; and so are
    the same words when their conversation was deleted meanwhile.
    """
    facts = {"name": name, "email": email, "subject": subject, "text": text, "language": language}
    digest = uuid.uuid5(uuid.NAMESPACE_URL, "\n".join([mailbox, *facts.values()])).hex
    key = f"enquiry:{client_id[:40] or uuid.uuid4().hex}:{digest}"

    def act():
        return {"pk": take_in(**facts, mailbox=mailbox, user=user, signs=signs).pk}

    found = Enquiry.objects.filter(pk=once(key, act)["pk"]).first()
    return found or Enquiry.objects.get(pk=act()["pk"])


def take_in(
    *,
    name: str,
    email: str,
    subject: str,
    text: str,
    language: str,
    mailbox: str = PROGRAMME,
    user=None,
    signs: list[str] | None = None,
    message_id: str = "",
    files: tuple[StoredFile, ...] = (),
) -> Enquiry:
    """Write an enquiry with its first message; acknowledge it, or hold it as spam. Raises: ValidationError. Queries: 10."""
    now = timezone.now()
    facts = {"name": one_line(name)[:120], "email": email.strip().lower(), "subject": one_line(subject)[:200]}
    said = suspicion.judge(**facts, text=text, known=user is not None, signs=signs)
    with transaction.atomic():
        enquiry = Enquiry(
            **facts,
            reference=new_reference(),
            mailbox=mailbox,
            user=user,
            language=language,
            state=EnquiryState.SPAM if said else EnquiryState.NEW,
            suspicion=" ".join(said)[:200],
            due_at=answer_due(now),
        )
        enquiry.full_clean()
        enquiry.save()
        author = user if user and user.is_authenticated else None
        _add(enquiry, text, author=author, message_id=message_id, files=files)
        if said:
            record_event(actor=None, act="hold enquiry", obj=enquiry, reason=enquiry.suspicion)
        elif enquiry.user or not has_receipts(enquiry.email, now):
            acknowledge(enquiry)
    return enquiry


def has_receipts(email: str, now: datetime) -> bool:
    """Say whether an address without account got as many receipts as it gets in a day. Queries: 1, by told_address_once."""
    lately = Letter.objects.to_addresses([email]).filter(kind=RECEIPT, created_at__gt=now - timedelta(days=1))
    return lately[:RECEIPTS_A_DAY].count() >= RECEIPTS_A_DAY


def _add(enquiry: Enquiry, text: str, *, author=None, sender: str = "", message_id: str = "", files=()) -> Message:
    """Write an incoming message and give its files to the conversation."""
    said = Message(
        enquiry=enquiry,
        kind=MessageKind.INCOMING,
        author=author,
        sender=sender,
        text=clean(text)[:LONGEST_KEPT],
        message_id=message_id[:255],
    )
    said.full_clean(exclude=["text"] if files else None)  # a mail may hold its attachments alone
    said.save()
    attach(said, files)
    return said


def attach(message: Message, files) -> None:
    """Give files to a message, and so to whoever may open its conversation. Queries: 2, none without files."""
    if files:
        message.attachments.add(*files)
        StoredFile.objects.filter(pk__in=[stored.pk for stored in files]).update(audience=message.enquiry.audience)


def acknowledge(enquiry: Enquiry) -> None:
    """Tell the writer that her message has come, with its reference. Queries: 1. Safe to repeat: she is told once."""
    tell(kind=RECEIPT, target=object_key(enquiry), **reader_of(enquiry))


def reader_of(enquiry: Enquiry) -> dict:
    """Return whom a letter about an enquiry goes to, as `tell` wants it: an open account, else the address. Pure."""
    if enquiry.user and enquiry.user.is_active:
        return {"recipient": enquiry.user}
    return {"address": enquiry.email, "name": enquiry.name, "language": enquiry.language}


# Writing on ---------------------------------------------------------------------------------------
def write_on(*, enquiry: Enquiry, text: str, user=None, client_id: str = "") -> Message:
    """Add what was written on the page of a conversation; it waits for the team again.

    Args: user: who is signed in, None for whoever has the address of the page.
    Raises: DomainError "often" after MOST_AN_HOUR messages in an hour. Queries: 10. Safe to repeat, as `write_enquiry`.
    """
    digest = uuid.uuid5(uuid.NAMESPACE_URL, text).hex
    key = f"enquiry:{enquiry.pk}:{client_id[:40] or uuid.uuid4().hex}:{digest}"
    own = user is not None and user.pk == enquiry.user_id
    sender = "" if own or user is None or user.email.lower() == enquiry.email else user.email

    def act():
        lately = enquiry.messages.filter(kind=MessageKind.INCOMING, at__gt=timezone.now() - timedelta(hours=1))
        if lately[:MOST_AN_HOUR].count() >= MOST_AN_HOUR:
            raise DomainError(
                _("You have written %(count)d messages within an hour. Please wait a little, and send this one again.")
                % {"count": MOST_AN_HOUR},
                code="often",
                field="text",
            )
        return {"pk": come_in(enquiry=enquiry, text=text, author=user if own else None, sender=sender).pk}

    return Message.objects.get(pk=once(key, act)["pk"])


def come_in(*, enquiry: Enquiry, text: str, author=None, sender: str = "", message_id: str = "", files=()) -> Message:
    """Add a message of the writer's side; a conversation that was answered or closed waits for the team again.

    Args: sender: the address it came from, when that is not the writer's. Queries: 5. What is held stays held.
    """
    with transaction.atomic():
        enquiry = Enquiry.objects.select_for_update().get(pk=enquiry.pk)
        said = _add(enquiry, text, author=author, sender=sender, message_id=message_id, files=files)
        if enquiry.state in (EnquiryState.WAITING, EnquiryState.CLOSED):
            enquiry.state, enquiry.closed_at, enquiry.due_at = EnquiryState.OPEN, None, answer_due()
        enquiry.save()
    return said
