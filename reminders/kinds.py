"""Kinds of letter. An app registers its own in `offers.py`; see docs/architecture.md for an example."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from core.models import StoredFile
from reminders.enums import Channel


class Obsolete(Exception):
    """The reason for a letter no longer holds; the message says why, for the ledger."""


@dataclass(frozen=True)
class Due:
    """What a finder found: one letter about one thing to one person, or to one address without account.

    Args: recipient_id: the person, None for an address; target: text key of the thing; occurrence: tells repeated
    letters apart (a date, a round); address, name, language: of whoever has no account.
    """

    recipient_id: int | None
    target: str
    occurrence: str
    due_at: datetime
    context: dict = field(default_factory=dict)
    address: str = ""
    name: str = ""
    language: str = ""


@dataclass(frozen=True)
class Thread:
    """How a letter stands in a correspondence by mail.

    Args:
        reply_to: the signed address of `reminders.inbound.reply_address`; answers to the letter come in by it.
        answers: Message-IDs of what went before, oldest first: the last becomes In-Reply-To, all References.
        files: what is attached. A file that is gone makes the letter wait and be tried again.
    """

    reply_to: str = ""
    answers: tuple[str, ...] = ()
    files: tuple[StoredFile, ...] = ()


@dataclass(frozen=True)
class Kind:
    """One kind of letter.

    Args:
        code: "<app>.<name>"; templates are `templates/emails/<app>/<name>.subject.txt|.txt|.html`.
        context: f(letter) -> dict for the templates, in the reader's language; raises Obsolete when the reason is gone.
        finder: f(now) -> Dues, for dated letters; None for letters that a service causes.
        late: how long after its time it still makes sense; later it is marked missed.
        thread: f(letter) -> Thread or None: the kind can be answered by mail, or answers a mail.
        written: whether a person wrote its words; all other letters are marked as made by a machine (RFC 3834).
        unsubscribe: f(letter) -> address on the portal ("/…") at which one POST ends letters of this kind (RFC 8058).
        to_closed: whether it also goes to a closed account: only what its owner must know of the closing itself.
    """

    code: str
    context: Callable
    finder: Callable[[datetime], Iterable[Due]] | None = None
    channels: tuple[str, ...] = (Channel.MAIL, Channel.INBOX)
    late: timedelta = timedelta(days=2)
    to_closed: bool = False
    thread: Callable | None = None
    written: bool = False
    unsubscribe: Callable | None = None

    @property
    def template(self) -> str:
        return "emails/" + self.code.replace(".", "/")
