"""All that one person kept, by module: bookmarks, notes and answers on her country."""

from dataclasses import dataclass, field
from datetime import datetime

from core.translations import LANGUAGES
from courses.models import Bookmark, Module, Note

TITLES = [
    *("unit__slug", "unit__position", "unit__source_language", "unit__retired_at"),
    *("unit__module__slug", "unit__module__source_language"),
    *(f"unit__title_{code}" for code in LANGUAGES),
    *(f"unit__module__title_{code}" for code in LANGUAGES),
]


@dataclass
class Entry:
    """One unit: what the person wrote there. `url` is "" where she can no longer read it."""

    title: str
    lang: str
    url: str
    position: int
    is_bookmarked: bool = False
    note: str = ""
    answers: list[tuple[str, str, str]] = field(default_factory=list)  # (question, its language if foreign, answer)


@dataclass
class Shelf:
    """One module and its entries in order."""

    title: str
    lang: str
    url: str
    last: datetime
    by_unit: dict[int, Entry] = field(default_factory=dict)

    @property
    def entries(self) -> list[Entry]:
        return sorted(self.by_unit.values(), key=lambda entry: entry.position)


def shelves(user, language: str) -> list[Shelf]:
    """Return all that a person kept, the module in which she wrote last first. Queries: 3.

    A module that was withdrawn since stays in it, without a link: the words are hers.
    """
    found: dict[int, Shelf] = {}
    readable = set(Module.objects.visible_to(user).values_list("pk", flat=True))
    notes = Note.objects.visible_to(user).exclude(text="").select_related("unit__module", "reflection")
    notes = notes.only("text", "saved_at", "user", *TITLES, *asked_fields()).order_by("reflection__position", "pk")
    for row in Bookmark.objects.visible_to(user).select_related("unit__module").only("at", "user", *TITLES):
        _entry(found, row.unit, row.at, readable, language).is_bookmarked = True
    for row in notes:
        entry = _entry(found, row.unit, row.saved_at, readable, language)
        if row.reflection is None:
            entry.note = row.text
        else:
            entry.answers.append((*_shown(row.reflection, "prompt", language), row.text))
    return sorted(found.values(), key=lambda shelf: shelf.last, reverse=True)


def asked_fields() -> list[str]:
    return ["reflection__key", "reflection__source_language", *(f"reflection__prompt_{code}" for code in LANGUAGES)]


def _entry(found: dict[int, Shelf], unit, at: datetime, readable: set[int], language: str) -> Entry:
    is_open = unit.module_id in readable
    if unit.module_id not in found:
        title, lang = _shown(unit.module, "title", language)
        found[unit.module_id] = Shelf(title, lang, unit.module.get_absolute_url() if is_open else "", at)
    shelf = found[unit.module_id]
    shelf.last = max(shelf.last, at)
    if unit.pk not in shelf.by_unit:
        title, lang = _shown(unit, "title", language)
        url = unit.get_absolute_url() if is_open and not unit.retired_at else ""
        shelf.by_unit[unit.pk] = Entry(title, lang, url, unit.position)
    return shelf.by_unit[unit.pk]


def _shown(obj, name: str, language: str) -> tuple[str, str]:
    """Return a text in a language, else its source, and the `lang` to mark it with ("" when it is the page's)."""
    text = obj.text(name, language)
    return (text, "") if text else (obj.text(name, obj.source_language), obj.source_language)
