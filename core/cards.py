"""What apps show on the person's home and on the desk, as plain data."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Card:
    """One entry of a signed-in person's home: a side label, a heading, one act."""

    label: str
    title: str
    text: str
    url: str
    action: str
    done: int = 0
    total: int = 0
    left: str = ""  # what is left, in words
    urgency: int = 0  # higher comes first
    lang: str = ""  # of title and text, where it is not the page's

    @property
    def pieces(self) -> list[str]:
        """Return one state a piece: done, now, or empty."""
        now = min(self.done, self.total - 1) if self.done < self.total else -1
        return ["is-done" if n < self.done else "is-now" if n == now else "" for n in range(self.total)]


@dataclass(frozen=True)
class Waiting:
    """One line of the desk: what waits, how many, where."""

    what: str
    count: int
    url: str
    note: str = ""
