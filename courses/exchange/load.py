"""One run of loading: what is found wrong and what is changed."""

from dataclasses import dataclass, field
from typing import NamedTuple

from django.utils.translation import gettext as _

from core.starter import (
    ContentError,
    Row,
    put,
    read_markdown,
    read_rows,
)
from core.translations import LANGUAGES


class Change(NamedTuple):
    """What loading does to one thing: verb is "new", "changed", "removed", "retired" or "left out"."""

    verb: str
    what: str


@dataclass
class Load:
    """One run: the files, whose act it is, what is found wrong and what is changed."""

    source: object
    actor: object = None
    faults: list[ContentError] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    stored: list = field(default_factory=list)  # files on the disk, which no rollback takes away
    seen: set = field(default_factory=set)
    questions: set[int] = field(default_factory=set)  # the pks of those that changed

    def put(self, model, keys: dict, values: dict, what: str):
        """Make or change one object and note it. Returns: the object."""
        is_new = not model.objects.filter(**keys).exists()
        obj, moved = put(model, keys, values)
        if moved:
            self.changes.append(Change("new" if is_new else "changed", what))
        return obj

    def once(self, *what) -> None:
        """Refuse what stands in the files twice: the second would take the place of the first. Raises: ContentError."""
        if what in self.seen:
            raise ContentError(_("a key stands twice"))
        self.seen.add(what)

    def rows(self, name: str) -> list[Row]:
        """Return the rows of a file that may be absent."""
        return read_rows(self.source, name) if name in self.source.names() else []

    def texts(self, stem: str, languages) -> dict[str, tuple[Row, str]]:
        """Return {language: (front matter, body)} of `<stem>.<language>.md`; only drafts may lack a translation."""
        found = {}
        for code in LANGUAGES:
            name = f"{stem}.{code}.md"
            found[code] = read_markdown(self.source, name) if code in languages or name in self.source.names() else (Row(), "")
        return found
