"""What the team does with an enquiry: answer, note, assign, set a time, close, hold, release, forget. Each act is logged."""

import uuid
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError
from core.models import StoredFile, object_key
from core.personal import forget_files, hush
from core.services import once, record_event
from core.text import clean
from core.uploads import DOCUMENTS, IMAGES, store_upload
from programme.enums import EnquiryState, MessageKind
from programme.models import CannedAnswer, Enquiry, Message
from programme.services.mailbox import LONGEST, acknowledge, answer_due, attach, reader_of
from reminders.inbound.services import forget
from reminders.models import InboundMail, Letter
from reminders.services import tell

MOST_BYTES = 10 * 2**20  # of one attachment
MOST_FILES = 5
ABANDONED = timedelta(days=1)


def last_message(enquiry: Enquiry) -> int:
    """Return the number of the newest message of a conversation, notes left out, 0 without. Queries: 1."""
    return enquiry.messages.exclude(kind=MessageKind.NOTE).aggregate(last=Max("pk"))["last"] or 0


def locked(enquiry: Enquiry) -> Enquiry:
    """Return the present row of an enquiry, which nobody else changes before the transaction ends. Queries: 1."""
    return Enquiry.objects.select_for_update(of=("self",)).select_related("user").get(pk=enquiry.pk)


# Answering ----------------------------------------------------------------------------------------
def check_answer(*, enquiry: Enquiry, text: str, seen: int) -> str:
    """Return the text of an answer as it would be sent. Queries: 1.

    Args: seen: the newest message that its author had before her.
    Raises: DomainError "empty", "long", "held", or "meanwhile" when another message has come since.
    """
    text = clean(text)
    if not text:
        raise DomainError(_("Write your answer first."), code="empty", field="text")
    if len(text) > LONGEST:
        raise DomainError(
            _("An answer has at most %(most)d characters; this one has %(count)d.") % {"most": LONGEST, "count": len(text)},
            code="long",
            field="text",
        )
    if enquiry.is_held:
        raise DomainError(_("This is held as spam. Release it first, then answer."), code="held", field="text")
    if last_message(enquiry) > seen:
        raise DomainError(
            _("Another message has come since you opened this page. Read it above; your text is kept."),
            code="meanwhile",
            field="text",
        )
    return text


def reply(*, enquiry: Enquiry, actor, text: str, seen: int, close: bool = False) -> Message:
    """Send an answer with the files laid ready for it; whoever had nobody assigned is now the actor's.

    Args: close: whether nothing more is expected; otherwise it waits for the writer.
    Raises: as `check_answer`. Queries: 18. Logged. Safe to repeat: the same words to the same state are one answer.
    """
    key = f"reply:{enquiry.pk}:{actor.pk}:{seen}:{uuid.uuid5(uuid.NAMESPACE_URL, text).hex}"

    def act():
        standing = locked(enquiry)
        words = check_answer(enquiry=standing, text=text, seen=seen)
        message = Message.objects.create(enquiry=standing, kind=MessageKind.REPLY, author=actor, text=words)
        attach(message, list(laid_ready(enquiry=standing, actor=actor)))
        before = standing.state
        standing.state = EnquiryState.CLOSED if close else EnquiryState.WAITING
        standing.closed_at = timezone.now() if close else None
        standing.assignee_id = standing.assignee_id or actor.pk
        standing.save()
        about = {"target": object_key(standing), "occurrence": str(message.pk)}
        tell(kind="programme.enquiry_reply", **about, **reader_of(standing))
        record_event(actor=actor, act="answer enquiry", obj=standing, before={"state": before}, after={"state": standing.state})
        return {"pk": message.pk}

    return Message.objects.get(pk=once(key, act)["pk"])


def fill_in(answer: CannedAnswer, enquiry: Enquiry) -> str:
    """Return a canned answer in the writer's language, her name and the reference filled in. Pure."""
    body = answer.text("body", answer.reading_language(enquiry.language))
    return body.replace("{name}", enquiry.name or enquiry.email).replace("{reference}", enquiry.reference)


# Files of an answer that is being written ---------------------------------------------------------
def draft_audience(enquiry: Enquiry, actor) -> str:
    """Return the audience key of what one member of the team has laid ready; nobody has it. Pure."""
    return f"{enquiry.audience}.draft.{actor.pk}"


def laid_ready(*, enquiry: Enquiry, actor):
    """Return the files that one member of the team has laid ready for her answer. Queries: 1."""
    return StoredFile.objects.filter(audience=draft_audience(enquiry, actor)).order_by("pk")


def lay_ready(*, enquiry: Enquiry, actor, upload) -> StoredFile:
    """Keep a file for an answer that is being written; what was left lying for a day goes. Queries: 3.

    Raises: DomainError "many", "large", "empty" or "kind".
    """
    ready = laid_ready(enquiry=enquiry, actor=actor)
    forget_files(list(ready.filter(at__lt=timezone.now() - ABANDONED)))
    if ready.count() >= MOST_FILES:
        raise DomainError(_("At most %(count)d files an answer.") % {"count": MOST_FILES}, code="many", field="upload")
    return store_upload(
        upload=upload,
        audience=draft_audience(enquiry, actor),
        max_bytes=MOST_BYTES,
        allowed=DOCUMENTS | IMAGES,
        field="upload",
    )


def take_away(*, enquiry: Enquiry, actor, keys) -> None:
    """Take files from an answer that is being written. Queries: 3. Safe to repeat."""
    forget_files(list(laid_ready(enquiry=enquiry, actor=actor).filter(key__in=keys)))


# Beside the answer --------------------------------------------------------------------------------
def note(*, enquiry: Enquiry, actor, text: str) -> Message:
    """Write an internal note, which the writer never sees. Raises: DomainError "empty" or "long". Queries: 1."""
    text = clean(text)
    if not text or len(text) > LONGEST:
        code = "long" if text else "empty"
        words = _("A note has 1 to %(most)d characters.") % {"most": LONGEST}
        raise DomainError(words, code=code, field="note")
    return Message.objects.create(enquiry=enquiry, kind=MessageKind.NOTE, author=actor, text=text)


def assign(*, enquiry: Enquiry, actor, assignee) -> None:
    """Give an enquiry to a member of the team, or to nobody; she is told unless she took it herself. Logged.

    Raises: DomainError "not_staff". Queries: 5. Safe to repeat.
    """
    if assignee is not None and not (assignee.is_staff and assignee.is_active):
        raise DomainError(_("Only members of the programme team answer mail."), code="not_staff", field="assignee")
    with transaction.atomic():
        standing = locked(enquiry)
        before = standing.assignee_id
        if before == (assignee.pk if assignee else None):
            return
        standing.assignee = assignee
        standing.save()
        facts = {"before": {"assignee": before}, "after": {"assignee": standing.assignee_id}}
        event = record_event(actor=actor, act="assign enquiry", obj=standing, **facts)
        if assignee is not None and assignee.pk != actor.pk:
            kind = "programme.enquiry_assigned"
            tell(kind=kind, recipient=assignee, target=object_key(standing), occurrence=str(event.pk))


def set_due(*, enquiry: Enquiry, actor, due_at: datetime) -> None:
    """Change by when an answer is due. Logged. Queries: 3. Safe to repeat."""
    with transaction.atomic():
        standing = locked(enquiry)
        before = standing.due_at
        if before == due_at:
            return
        standing.due_at = due_at
        standing.save()
        facts = {"before": {"due": before.isoformat()}, "after": {"due": due_at.isoformat()}}
        record_event(actor=actor, act="set due date of enquiry", obj=standing, **facts)


def close(*, enquiry: Enquiry, actor) -> None:
    """Say that nothing more is to be done; the writer reopens it by writing. Logged. Queries: 3. Safe to repeat."""
    _turn(enquiry, actor, "close enquiry", EnquiryState.CLOSED, closed_at=timezone.now())


def reopen(*, enquiry: Enquiry, actor) -> None:
    """Let an enquiry wait for the team again. Logged. Queries: 3. Safe to repeat."""
    _turn(enquiry, actor, "reopen enquiry", EnquiryState.OPEN, closed_at=None, due_at=answer_due())


def hold(*, enquiry: Enquiry, actor) -> None:
    """Hold an enquiry as spam: its page is gone for the writer, its messages stay. Logged. Queries: 3. Safe to repeat."""
    _turn(enquiry, actor, "hold enquiry", EnquiryState.SPAM, suspicion="staff")


def release(*, enquiry: Enquiry, actor) -> None:
    """Take an enquiry for a person's after all: it waits for the team, and the writer is told that it has come.

    Logged. Queries: 4. Safe to repeat; what was acknowledged before is not acknowledged again.
    """
    with transaction.atomic():
        if _turn(
            enquiry,
            actor,
            "release enquiry",
            EnquiryState.NEW,
            suspicion="",
            due_at=answer_due(),
            closed_at=None,
            only_held=True,
        ):
            acknowledge(locked(enquiry))


def _turn(enquiry: Enquiry, actor, act: str, state: EnquiryState, *, only_held: bool = False, **changes) -> bool:
    """Write one change of state, unless it stands already. What is held only a release changes. Returns: whether it did."""
    with transaction.atomic():
        standing = locked(enquiry)
        before = standing.state
        if before == state or standing.is_held != only_held:
            return False
        standing.state = state
        for name, value in changes.items():
            setattr(standing, name, value)
        standing.save()
        record_event(actor=actor, act=act, obj=standing, before={"state": before}, after={"state": state})
    return True


# Forgetting ---------------------------------------------------------------------------------------
def forget_enquiry(*, enquiry: Enquiry, actor, reason: str) -> None:
    """Delete a conversation whose writer asks for it. Logged, with the reason and the reference alone. Queries: 14."""
    if not (reason := clean(reason)):
        raise ValidationError({"reason": _("Say why.")})
    with transaction.atomic():
        forget_enquiries([enquiry])
        record_event(actor=actor, act="forget enquiry", obj=enquiry, reason=reason)


def forget_enquiries(enquiries: list[Enquiry]) -> None:
    """Delete conversations with their messages, files and letters, and what the log and the mail that came in say of them.

    Safe to repeat. Queries: 12, however many there are.
    """
    if not enquiries:
        return
    keys = [object_key(one) for one in enquiries]
    with transaction.atomic():
        forget(InboundMail.objects.filter(target__in=keys), sender="", to="", subject="", text="", target="", raw=None)
        Letter.objects.filter(target__in=keys).delete()
        hush(keys)
        theirs = Q()
        for one in enquiries:
            theirs |= Q(audience=one.audience) | Q(audience__startswith=f"{one.audience}.")
        forget_files(list(StoredFile.objects.filter(theirs)))
        Enquiry.objects.filter(pk__in=[one.pk for one in enquiries]).delete()


def forget_messages(messages) -> None:
    """Delete single messages with their files, such as what somebody wrote in another's conversation. Queries: 4."""
    forget_files(list(StoredFile.objects.filter(pk__in=messages.values("attachments"))))
    messages.delete()
