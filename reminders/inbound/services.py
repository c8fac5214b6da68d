"""Receiving a mail: keep it first, then handle it once. Whatever goes wrong in between, nothing is lost."""

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from core import registry
from core.audiences import HIDDEN
from core.errors import DomainError
from core.models import StoredFile
from core.personal import forget_files
from core.services import record_event, store_file
from core.text import clean
from core.uploads import DOCUMENTS, IMAGES, store_upload
from reminders.enums import MailState
from reminders.inbound.addresses import Forged, read_address
from reminders.inbound.automatic import automatic_reason
from reminders.inbound.handlers import MAILBOX, Handler, Outcome, Received, refused, unknown
from reminders.inbound.letters import tell_unknown
from reminders.inbound.parsing import Parsed, parse
from reminders.inbound.quotes import own_words
from reminders.models import InboundMail

log = logging.getLogger(__name__)
LARGEST = 25 * 2**20
KEPT_OF_TOO_LARGE = 64 * 2**10
MOST_FILES = 10
MOST_AN_HOUR = 30
ABANDONED = timedelta(minutes=10)
MOST_DEATHS = 3  # of workers over one mail


def receive(raw: bytes, *, envelope_to: str = "") -> InboundMail:
    """Take in one mail, by whichever way it came.

    Args: raw: its bytes, as they came (RFC 5322); envelope_to: to whom it was delivered, where the mail server says so.
    Returns: its row with the state in which it ended. Raises: nothing for what stands in the mail; DatabaseError when the
    database is away, and then nothing was kept and the mail must be delivered again.
    Queries: 8 and those of the handler. Safe to repeat: the same Message-ID is handled once, also by two at once.
    """
    mail = parse(raw if len(raw) <= LARGEST else raw[:KEPT_OF_TOO_LARGE])
    row = keep(mail, raw, envelope_to)
    if row.state in (MailState.RECEIVED, MailState.FAILED):
        handle(row.pk, mail)
        row.refresh_from_db()
    return row


def keep(mail: Parsed, raw: bytes, envelope_to: str) -> InboundMail:
    """Return the row of a mail, written with its bytes unless it stands already. Queries: 4."""
    now = timezone.now()
    known = InboundMail.objects.filter(message_id=mail.key[:255]).first()
    if known:
        return known
    try:
        with transaction.atomic():
            row = InboundMail.objects.create(
                message_id=mail.key[:255],
                sender=mail.sender,
                to=addressed_to(mail, envelope_to)[0][:254],
                subject=mail.subject,
                received_at=min(mail.arrived_at or now, now),
            )
            large = len(raw) > LARGEST
            body = raw[:KEPT_OF_TOO_LARGE] if large else raw
            row.raw = store_file(data=body, name=f"mail-{row.pk}.eml", content_type="message/rfc822", audience=HIDDEN)
            row.state = MailState.REFUSED if large else row.state
            row.reason = f"larger than {LARGEST // 2**20} MB" if large else ""
            row.save(update_fields=["raw", "state", "reason"])
            return row
    except IntegrityError:  # the same mail, taken in at the same time by another way
        return InboundMail.objects.get(message_id=mail.key[:255])


def addressed_to(mail: Parsed, envelope_to: str = "") -> tuple[str, str, str]:
    """Return (address, kind, key) of the first address that we signed; else the general one. Raises nothing. Pure.

    The kind is "" for the general address, and "?" for an address of ours that we have not signed.
    """
    general, forged = "", ""
    envelope_to = clean(envelope_to)[:254]
    for address in [envelope_to.lower(), *mail.recipients]:
        try:
            found = read_address(address)
        except Forged:
            forged = forged or address
            continue
        if found and found[0]:
            return address, *found
        general = general or (address if found else "")
    if forged:
        return forged, "?", ""
    return general or envelope_to or next(iter(mail.recipients), ""), "", ""


# Handling -----------------------------------------------------------------------------------------
def handle(pk: int, mail: Parsed | None = None) -> None:
    """Handle one kept mail unless that is done. Never raises for what a handler does: the row says what happened.

    One transaction, under the lock of the row; what it stored in files is deleted when it is rolled back.
    """
    files: list[StoredFile] = []
    try:
        with transaction.atomic():
            row = InboundMail.objects.unfinished().select_for_update(of=("self",)).select_related("raw").filter(pk=pk).first()
            if row is None:
                return
            mail = mail or parse(bytes_of(row))
            outcome = decide(row, mail, files)
            if outcome.state != MailState.HANDLED:
                forget_files(files)
            end(row, outcome)
    except DomainError as refusal:
        forget_bytes(files)
        finish_unfinished(pk, MailState.REFUSED, f"{refusal.code}: {refusal}")
    except Exception as error:  # one mail must not stop the others, and must not be lost: the row and the log say it
        forget_bytes(files)
        log.exception("mail %s", pk)
        finish_unfinished(pk, MailState.FAILED, f"{type(error).__name__}: {error}")


def decide(row: InboundMail, mail: Parsed, files: list[StoredFile]) -> Outcome:
    """Find out what a mail is, and let its handler have it. Adds what it stores to `files`. Changes the row's text."""
    row.to, kind, key = addressed_to(mail, row.to)
    row.handler = kind if kind != "?" else ""
    row.text = mail.text
    if mail.unread:
        return refused(mail.unread)
    if not mail.sender:
        return refused("no sender")
    if reason := automatic_reason(mail) or too_many(row):
        return Outcome(MailState.AUTOMATIC, reason)
    if kind == "?":
        answer(mail)
        return refused("address not signed by us")
    row.handler = kind or MAILBOX
    handler = registry.inbound.get(row.handler)
    outcome = take(handler, mail, key, row, files) if handler else unknown("nobody handles this address")
    if outcome.state == MailState.UNKNOWN:
        answer(mail)
    return outcome


def too_many(row: InboundMail) -> str:
    """Return a reason when one sender has written more in an hour than a person does. Queries: 1, by mail_by_sender."""
    hour = (row.received_at - timedelta(hours=1), row.received_at)
    others = InboundMail.objects.filter(sender=row.sender, received_at__range=hour).exclude(pk=row.pk)
    return f"more than {MOST_AN_HOUR} mails in an hour" if others[:MOST_AN_HOUR].count() >= MOST_AN_HOUR else ""


def answer(mail: Parsed) -> None:
    tell_unknown(address=mail.sender, language=mail.language, message_id=mail.message_id)


def take(handler: Handler, mail: Parsed, key: str, row: InboundMail, files: list[StoredFile]) -> Outcome:
    """Strip the text, keep the attachments, and call the handler."""
    said = store_attachments(mail, handler.audience(key), files)
    own = own_words(mail.text, forwarded=mail.is_forwarded) or ("" if mail.attachments else mail.text)
    row.text = "\n\n".join(part for part in (own, "\n".join(said)) if part)
    return handler.receive(
        Received(
            message_id=mail.message_id,
            sender=mail.sender,
            sender_name=mail.sender_name,
            to=row.to,
            subject=mail.subject,
            text=row.text,
            whole_text=mail.text,
            language=mail.language,
            in_reply_to=mail.in_reply_to,
            references=mail.references,
            sent_at=mail.sent_at,
            received_at=row.received_at,
            files=tuple(files),
        ),
        key,
    )


def store_attachments(mail: Parsed, audience: str, files: list[StoredFile]) -> list[str]:
    """Keep the attachments of allowed kinds. Returns: a line in the mail's language for each that was refused."""
    lines = []
    with translation.override(mail.language):
        for number, one in enumerate(mail.attachments, start=1):
            try:
                if number > MOST_FILES:
                    raise DomainError(_("at most %(count)d files a mail") % {"count": MOST_FILES}, code="many")
                upload = ContentFile(one.data, one.name)
                allowed = DOCUMENTS | IMAGES
                files.append(store_upload(upload=upload, audience=audience, max_bytes=LARGEST, allowed=allowed))
            except DomainError as refusal:
                lines.append(_("[Attachment refused: %(name)s. %(reason)s]") % {"name": one.name, "reason": refusal})
    return lines


def end(row: InboundMail, outcome: Outcome) -> None:
    row.state, row.reason, row.target = outcome.state, outcome.reason[:300], outcome.target[:120]
    row.attempts += 1
    row.save(update_fields=["state", "reason", "target", "attempts", "to", "handler", "text"])


def finish_unfinished(pk: int, state: MailState, reason: str) -> None:
    """Write how an attempt ended that was rolled back, unless another one has ended since. Queries: 1."""
    rows = InboundMail.objects.unfinished().filter(pk=pk)
    rows.update(state=state, reason=" ".join(clean(reason).split())[:300], attempts=F("attempts") + 1)


def forget_bytes(files: list[StoredFile]) -> None:
    """Delete the bytes of files whose rows were rolled back."""
    for stored in files:
        stored.file.storage.delete(stored.file.name)


def bytes_of(row: InboundMail) -> bytes:
    """Return a kept mail as it came. Raises FileNotFoundError when it is no longer kept."""
    if row.raw is None:
        raise FileNotFoundError("the mail is no longer kept")
    with row.raw.file.open("rb") as body:
        return body.read()


# Afterwards ---------------------------------------------------------------------------------------
def receive_again(*, most: int = 500) -> list[InboundMail]:
    """Handle once more what failed or was left by a killed process. Returns: the rows, as they now are. Safe to repeat."""
    ids = list(InboundMail.objects.unfinished().order_by("received_at").values_list("pk", flat=True)[:most])
    for pk in ids:
        handle(pk)
    return list(InboundMail.objects.filter(pk__in=ids).order_by("received_at"))


def handle_abandoned(now: datetime | None = None) -> int:
    """Handle what a killed process has kept but not handled; what kills one after the other is left to staff.

    Returns: how many. Safe to repeat.
    """
    before = (now or timezone.now()) - ABANDONED
    left = InboundMail.objects.filter(state=MailState.RECEIVED, received_at__lt=before)
    left.filter(attempts__gte=MOST_DEATHS).update(state=MailState.FAILED, reason="its worker died, several times")
    ids = list(left.order_by("received_at").values_list("pk", flat=True)[:100])
    for pk in ids:
        InboundMail.objects.filter(pk=pk).update(attempts=F("attempts") + 1)  # first: what follows may end this process
        handle(pk)
    return len(ids)


def forget_old(now: datetime | None = None, *, most: int = 500) -> int:
    """Delete text and bytes of mail older than INBOUND_KEEP_DAYS, except what still waits for staff.

    Returns: how many. The rows stay, so that a replay still changes nothing. Safe to repeat.
    """
    before = (now or timezone.now()) - timedelta(days=settings.INBOUND_KEEP_DAYS)
    waiting = InboundMail.objects.waiting().values("pk")
    old = InboundMail.objects.filter(received_at__lt=before, raw__isnull=False).exclude(pk__in=waiting).exclude(
        state=MailState.RECEIVED
    )  # fmt: skip
    return forget(old.order_by("received_at")[:most], text="", raw=None)


def forget_senders(addresses) -> int:
    """Leave of all mail from some addresses only that it came: for a person who is erased. Safe to repeat."""
    blank = {"sender": "", "to": "", "subject": "", "text": "", "reason": "", "target": "", "raw": None}
    rows = InboundMail.objects.from_addresses(addresses)
    rows.unfinished().update(state=MailState.REFUSED)  # it can no longer be handled
    return forget(rows, **blank, settled_at=timezone.now())


def forget(rows, **blank) -> int:
    """Blank fields of some mails and delete their bytes. Returns: how many. Safe to repeat. Queries: 4."""
    found = list(rows.select_related("raw"))
    InboundMail.objects.filter(pk__in=[row.pk for row in found]).update(**blank)
    forget_files([row.raw for row in found if row.raw])
    return len(found)


def settle(*, mail: InboundMail, actor) -> None:
    """Take a mail that failed or was refused off the desk. Safe to repeat. Queries: 2."""
    if InboundMail.objects.waiting().filter(pk=mail.pk).update(settled_at=timezone.now()):
        record_event(actor=actor, act="settle mail", obj=mail)
