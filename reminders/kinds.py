"""Kinds of letter. An app registers its own in `offers.py`; see docs/architecture.md for an example."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from reminders.enums import Channel


class Obsolete(Exception):
    """The reason for a letter no longer holds; the message says why, for the ledger."""


@dataclass(frozen=True)
class Due:
    """What a finder found: one letter to one person about one thing.

    Args: target: text key of the thing; occurrence: tells repeated letters apart (a date, a round).
    """

    recipient_id: int
    target: str
    occurrence: str
    due_at: datetime
    context: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Kind:
    """One kind of letter.

    Args:
        code: "<app>.<name>"; templates are `templates/emails/<app>/<name>.subject.txt|.txt|.html`.
        context: f(letter) -> dict for the templates, in the reader's language; raises Obsolete when the reason is gone.
        finder: f(now) -> Dues, for dated letters; None for letters that a service causes.
        late: how long after its time it still makes sense; later it is marked missed.
        to_closed: whether it also goes to a closed account: only what its owner must know of the closing itself.
    """

    code: str
    context: Callable
    finder: Callable[[datetime], Iterable[Due]] | None = None
    channels: tuple[str, ...] = (Channel.MAIL, Channel.INBOX)
    late: timedelta = timedelta(days=2)
    to_closed: bool = False

    @property
    def template(self) -> str:
        return "emails/" + self.code.replace(".", "/")
