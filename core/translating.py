"""The translation desk: every text, in every app, that lacks a language or follows an older original."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from django.core.cache import caches
from django.urls import reverse
from django.utils.translation import get_language

from core import registry
from core.pagecache import SECONDS, generation
from core.translations import LANGUAGES, TranslatedModel

MISSING, STALE = "missing", "stale"


@dataclass(frozen=True)
class Text:
    """One object with texts, and where staff write them.

    Args: address: f(field, language) -> the address of that very field.
    """

    obj: TranslatedModel
    address: Callable[[str, str], str]


@dataclass(frozen=True)
class Translatable:
    """What an app registers in `registry.translatables`: a kind of text, and all texts of it that are in use."""

    label: object  # lazy, plural
    texts: Callable[[], Iterable[Text]]


@dataclass(frozen=True)
class Place:
    """One field that waits for a translator: its name, where it is written, and why it waits."""

    name: str
    url: str
    state: str


@dataclass(frozen=True)
class Gap:
    """One object that waits in one language."""

    kind: str
    name: str
    language: str
    places: list[Place] = field(default_factory=list)

    @property
    def label(self):
        """Return the kind as staff read it."""
        return registry.translatables[self.kind].label

    def has(self, state: str) -> bool:
        """Say whether a field of it waits for this reason. Pure."""
        return any(place.state == state for place in self.places)


def in_admin(rows: Callable[[], Iterable[TranslatedModel]]) -> Callable[[], Iterable[Text]]:
    """Return the texts of rows that have a page of their own in the administration, each field at its input."""

    def address(obj, name, language):
        page = reverse(f"admin:{obj._meta.app_label}_{obj._meta.model_name}_change", args=[obj.pk])
        return f"{page}#id_{name}_{language}"

    def texts():
        for obj in rows():
            yield Text(obj, lambda name, language, obj=obj: address(obj, name, language))

    return texts


def gaps() -> list[Gap]:
    """Return all that waits, kind by kind, kept in the process as long as no content changes.

    Queries: those of the kinds when content changed, else 0.
    """
    key = f"gaps.{generation()}.{get_language()}"
    found = caches["process"].get(key)
    if found is None:
        found = [gap for kind in registry.translatables.names() for gap in _gaps_of(kind)]
        caches["process"].set(key, found, SECONDS)
    return found


def _gaps_of(kind: str) -> Iterable[Gap]:
    for text in registry.translatables[kind].texts():
        for language in LANGUAGES:
            if places := _places(text, language):
                yield Gap(kind, str(text.obj), language, places)


def _places(text: Text, language: str) -> list[Place]:
    waiting = [(name, MISSING) for name in text.obj.missing(language)]
    waiting += [(name, STALE) for name in text.obj.stale_fields(language)]
    meta = text.obj._meta
    return [Place(str(meta.get_field(name).verbose_name), text.address(name, language), state) for name, state in waiting]
