"""The one door through which anything is told to a person: write the ledger row, deliver it once."""

import logging
import re
from datetime import datetime, timedelta
from smtplib import SMTPException

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives
from django.core.validators import validate_email
from django.db import connection, transaction
from django.template import Context
from django.template.loader import get_template, render_to_string
from django.utils import timezone, translation

from core import registry
from core.text import clean
from reminders.enums import Channel, State
from reminders.kinds import Due, Kind, Obsolete, Thread
from reminders.models import Letter

log = logging.getLogger(__name__)
LEASE = timedelta(minutes=5)
MOST_ATTEMPTS = 6
BATCH = 50
MESSAGE_ID = re.compile(r"<[^<>\s]{3,250}>")
MOST_REFERENCES = 20


def tell(
    *,
    kind: str,
    recipient=None,
    address: str = "",
    name: str = "",
    language: str = "",
    target: str = "",
    occurrence: str = "",
    due_at: datetime | None = None,
    context: dict | None = None,
) -> None:
    """Write a letter into the ledger, in the caller's transaction; it is delivered after commit.

    Args: kind: a registered code; recipient: a user, or instead of one `address`, with the `name` and the `language`
    of whoever reads there; context: small JSON facts that may be gone later.
    Raises: ValueError without exactly one of recipient and address, or when nobody could write to that address.
    Queries: 1. Safe to repeat: the row is unique by (kind, recipient or address, target, occurrence, channel).
    An address gets the mail alone: no inbox belongs to it.
    """
    if bool(recipient) == bool(address):
        raise ValueError("a letter goes to a person or to an address")
    facts = {"address": address, "name": name, "language": language}
    due = Due(recipient and recipient.pk, target, occurrence, due_at or timezone.now(), context or {}, **facts)
    write(registry.letter_kinds[kind], [due])
    transaction.on_commit(ring)


def tell_now(*, kind: str, recipient, target: str = "", occurrence: str = "") -> bool:
    """Send a letter by mail at once, for a person whose address is about to be forgotten. Outside transactions.

    The ledger row stands, claimed, before the mail goes, so a repeat finds it sent and sends nothing.
    Returns: whether it is sent, now or before; False when the mail server does not take it now. Queries: 6.
    """
    facts = {"kind": kind, "recipient": recipient, "target": target, "occurrence": occurrence, "channel": Channel.MAIL}
    now = timezone.now()
    with transaction.atomic():
        Letter.objects.bulk_create([Letter(**facts, due_at=now)], ignore_conflicts=True)
        letter = Letter.objects.select_for_update(of=("self",)).select_related("recipient").get(**facts)
        if letter.state == State.SENT:
            return True
        letter.state, letter.lease_until = State.CLAIMED, now + LEASE
        letter.save(update_fields=["state", "lease_until"])
    return send(letter)


def ring() -> None:
    """Ask a worker to deliver now. The broker may be away: the beat delivers anyway, so this only logs."""
    from reminders.tasks import deliver  # the task imports this module

    try:
        deliver.apply_async(expires=60, retry=False)
    except Exception as error:  # any broker's own exception types
        log.warning("bell not rung: %s", error)


def write(kind: Kind, dues: list[Due]) -> None:
    """Write due letters for every channel of a kind, ignoring those that stand already. Queries: 1 per 500 rows."""
    Letter.objects.bulk_create(
        [
            Letter(
                kind=kind.code,
                recipient_id=due.recipient_id,
                target=due.target,
                occurrence=due.occurrence,
                channel=channel,
                due_at=due.due_at,
                context=due.context,
                **addressed(due),
            )
            for due in dues
            for channel in kind.channels
            if due.recipient_id or channel == Channel.MAIL
        ],
        ignore_conflicts=True,
        batch_size=500,
    )


def addressed(due: Due) -> dict:
    """Return the fields of a letter to an address without account; none for a person. Raises ValueError. Pure."""
    if due.recipient_id:
        return {}
    try:
        validate_email(address := due.address.strip().lower())
    except ValidationError as error:
        raise ValueError(f"no mail address: {due.address!r}") from error
    language = due.language if due.language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
    return {"address": address, "name": " ".join(clean(due.name).split())[:200], "language": language}


def plan(now: datetime | None = None) -> int:
    """Let every kind's finder write what is due into the ledger. Safe to repeat and to run twice at once.

    Returns: the number of letters found (new or standing). Queries: those of the finders and 1 per kind.
    Raises: ExceptionGroup of what finders raised, after all others have had their turn.
    """
    now, found, faults = now or timezone.now(), 0, []
    for kind in registry.letter_kinds:
        try:
            dues = list(kind.finder(now)) if kind.finder else []
        except Exception as fault:  # whatever a finder raises: the letters of the others must not wait for its repair
            faults.append(fault)
            continue
        if dues:
            write(kind, dues)
        found += len(dues)
    if faults:
        raise ExceptionGroup("finders of letters failed", faults)
    return found


def claim(now: datetime, size: int = BATCH) -> list[int]:
    """Take a batch of due letters under a lease, so that no other worker sends them.

    Returns: their ids. Queries: 2 in one transaction. PostgreSQL skips rows that another worker holds; SQLite
    transactions are IMMEDIATE, so two workers take turns. A worker that dies leaves rows that are claimable again
    when the lease runs out.
    """
    with transaction.atomic():
        rows = Letter.objects.claimable(now)
        if connection.features.has_select_for_update_skip_locked:
            rows = rows.select_for_update(skip_locked=True)
        ids = list(rows.values_list("pk", flat=True)[:size])
        Letter.objects.filter(pk__in=ids).update(state=State.CLAIMED, lease_until=now + LEASE)
    return ids


def deliver(now: datetime | None = None, most: int = 1000) -> int:
    """Send what is due, batch by batch, each row committed for itself.

    Returns: the number sent. The one hole: a worker killed between the mail server's yes and our commit sends that
    letter again after the lease, with the same Message-ID.
    """
    sent = 0
    while sent < most:
        ids = claim(now or timezone.now())
        if not ids:
            break
        for letter in Letter.objects.filter(pk__in=ids).select_related("recipient").order_by("due_at", "pk"):
            if still_ours(letter):
                sent += send(letter)
    return sent


def still_ours(letter: Letter) -> bool:
    """Renew the lease before sending; False when it ran out, behind a slow mail server, and another worker took over.

    Queries: 1.
    """
    claimed = Letter.objects.filter(pk=letter.pk, state=State.CLAIMED, lease_until=letter.lease_until)
    return bool(claimed.update(lease_until=timezone.now() + LEASE))


def send(letter: Letter) -> bool:
    """Send one claimed letter and mark its row. Queries: 1 and those of the kind's context."""
    now = timezone.now()
    kind = registry.letter_kinds.get(letter.kind)
    try:
        if kind is None:
            raise Obsolete("unknown kind")
        if not letter.reader.is_active and not kind.to_closed:
            raise Obsolete("account closed")
        if now - letter.due_at > kind.late and not letter.attempts:
            return _mark(letter, State.MISSED, reason="too late")
        compose(letter, kind)
        if letter.channel == Channel.MAIL:
            _mail(letter, kind)
    except Obsolete as reason:
        return _mark(letter, State.OBSOLETE, reason=str(reason))
    except (SMTPException, OSError) as error:
        return _try_again(letter, now, error)
    except Exception as error:  # one broken letter must not stop the others; the row and the log say what happened
        log.exception("letter %s", letter.pk)
        return _try_again(letter, now, error)
    return _mark(letter, State.SENT, sent_at=now)


def compose(letter: Letter, kind: Kind) -> None:
    """Fill subject, text, html and url in the reader's language and zone. Raises Obsolete. Does not save."""
    person = letter.reader
    with translation.override(person.language), timezone.override(person.zone):
        context = {"person": person, "site_url": settings.SITE_URL, "language": person.language, "url": ""}
        context |= kind.context(letter)
        letter.language = person.language
        letter.url = context["url"]
        letter.subject = " ".join(clean(_plain(f"{kind.template}.subject.txt", context)).split())[:200]
        letter.text = _plain(f"{kind.template}.txt", context).strip() + "\n"
        letter.html = render_to_string(f"{kind.template}.html", context | {"subject": letter.subject})


def _plain(template: str, context: dict) -> str:
    """Render a text that is no HTML: nothing in it is escaped."""
    return get_template(template).template.render(Context(context, autoescape=False))


def _mail(letter: Letter, kind: Kind) -> None:
    thread = kind.thread(letter) if kind.thread else None
    mail = EmailMultiAlternatives(
        letter.subject,
        letter.text,
        to=[letter.reader.email],
        reply_to=[thread.reply_to] if thread and thread.reply_to else None,
        headers=headers_of(letter, kind, thread),
    )
    mail.attach_alternative(letter.html, "text/html")
    for stored in thread.files if thread else ():
        with stored.file.open("rb") as body:
            mail.attach(stored.name, body.read(), stored.content_type)
    mail.send()


def headers_of(letter: Letter, kind: Kind, thread: Thread | None) -> dict[str, str]:
    """Return the headers by which other machines know a letter: which it is, who made it, what it answers. Pure."""
    answers = [one for one in (thread.answers if thread else ()) if MESSAGE_ID.fullmatch(one)][-MOST_REFERENCES:]
    headers = {"Message-ID": letter.message_id, "Content-Language": letter.language}
    if not kind.written:
        headers["Auto-Submitted"] = "auto-replied" if answers else "auto-generated"
        headers["X-Auto-Response-Suppress"] = "All"
    if answers:
        headers |= {"In-Reply-To": answers[-1], "References": " ".join(answers)}
    if kind.unsubscribe:
        address = settings.SITE_URL + kind.unsubscribe(letter)
        headers |= {"List-Unsubscribe": f"<{address}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
        headers["Precedence"] = "bulk"
    return headers


def _try_again(letter: Letter, now: datetime, error: Exception) -> bool:
    """Plan the next attempt, later each time (1, 4, 9 … minutes); give up after MOST_ATTEMPTS."""
    attempts = letter.attempts + 1
    reason = f"{type(error).__name__}: {error}"[:300]
    if attempts >= MOST_ATTEMPTS:
        return _mark(letter, State.FAILED, attempts=attempts, reason=reason)
    return _mark(letter, State.PLANNED, attempts=attempts, reason=reason, due_at=now + timedelta(minutes=attempts * attempts))


def _mark(letter: Letter, state: State, **changes) -> bool:
    texts = {name: getattr(letter, name) for name in ("subject", "text", "url", "language")}
    Letter.objects.filter(pk=letter.pk).update(state=state, lease_until=None, **texts, **changes)
    return state == State.SENT


def mark_read(letter: Letter) -> None:
    """Remember that a person opened an inbox letter; the first time counts. Queries: 1."""
    Letter.objects.filter(pk=letter.pk, read_at=None).update(read_at=timezone.now())
