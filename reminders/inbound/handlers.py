"""What a handler gets, and what it says."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from core.audiences import HIDDEN
from core.models import StoredFile, object_key
from reminders.enums import MailState

MAILBOX = "mailbox"  # the handler of what is written to the general address


@dataclass(frozen=True)
class Received:
    """One mail from a person, as a handler reads it.

    Args:
        message_id: its Message-ID with angle brackets, to be answered (`Thread.answers`).
        sender: the bare address in small letters; who it really was is not proven, so let it do no more than write.
        sender_name: the name beside the address, "" without.
        text: what the person wrote, without quotes and signature, with a line for every attachment that was refused.
        whole_text: the same with quotes and signature.
        language: "en", "fr" or "es", guessed from headers and words; `subject` is one line of at most 200 characters.
        in_reply_to, references: Message-IDs of what it answers, oldest first.
        sent_at: what the sender's clock said, None without; received_at: ours.
        files: the attachments, kept under the handler's `audience`. They are the handler's when it returns `handled`;
            otherwise they are deleted.
    """

    message_id: str
    sender: str
    sender_name: str
    to: str
    subject: str
    text: str
    whole_text: str
    language: str
    in_reply_to: str
    references: tuple[str, ...]
    sent_at: datetime | None
    received_at: datetime
    files: tuple[StoredFile, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What became of a mail: a state, a reason for staff, and the text key of what was made of it."""

    state: MailState
    reason: str = ""
    target: str = ""


def handled(made=None) -> Outcome:
    """Say that a mail has done its work. Args: made: the row that it became, if any."""
    return Outcome(MailState.HANDLED, target=object_key(made) if made else "")


def refused(reason: str) -> Outcome:
    """Say that a known person may not do this; telling her so is the handler's own letter. Staff see it on the desk."""
    return Outcome(MailState.REFUSED, reason)


def unknown(reason: str = "") -> Outcome:
    """Say that nobody is known at the sender's address: it is told so once in 30 days."""
    return Outcome(MailState.UNKNOWN, reason)


@dataclass(frozen=True)
class Handler:
    """What becomes of mail to reply addresses of one kind.

    Args:
        receive: f(mail, key) -> Outcome, in one transaction that is rolled back unless it is `handled`, `unknown` or
            `refused` (then its own letters stand). A DomainError refuses; another exception marks the mail failed, and
            it is tried again, so a handler must do nothing outside the transaction. `key` is that of the address, ""
            for the general one. The same mail is never handled twice.
        audience: f(key) -> audience key of the attachments; without it nobody but staff reads them.
    """

    receive: Callable[[Received, str], Outcome]
    audience: Callable[[str], str] = lambda key: HIDDEN
