"""The films, sound and files of a unit as a page offers them: in words and sizes, before anything is loaded."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from courses.enums import MediumKind
from courses.models import Medium, Unit

NAMES = dict(settings.LANGUAGES)


@dataclass(frozen=True)
class Offer:
    """One film, sound, captions or file. `host` is "" when it lies here; `lang` is "" when it is in the page's language."""

    url: str
    host: str
    facts: str  # "4.5 MB, 1 min 35 s"
    content_type: str
    language: str
    language_name: str
    lang: str


@dataclass(frozen=True)
class Media:
    """What a unit offers a reader, in her language or else in the source language."""

    film: Offer | None
    sound: Offer | None
    file: Offer | None
    captions: tuple[Offer, ...]
    captions_on: str  # language of the captions that are on from the start, "" for none

    def __bool__(self):
        return any((self.film, self.sound, self.file))


def media_of(units: list[Unit], language: str) -> dict[int, Media]:
    """Return {pk of a unit: what it offers in a language}. Queries: 1 for any number of units."""
    rows: dict[int, list[Medium]] = {unit.pk: [] for unit in units}
    for medium in Medium.objects.filter(unit__in=rows).select_related("file"):
        rows[medium.unit_id].append(medium)
    return {unit.pk: _media(rows[unit.pk], language, unit.source_language) for unit in units}


def _media(rows: list[Medium], language: str, source: str) -> Media:
    def best(kind):
        found = [medium for medium in rows if medium.kind == kind]
        found.sort(key=lambda medium: (medium.language != language, medium.language != source, medium.language))
        return _offer(found[0], language) if found else None

    film = best(MediumKind.VIDEO)
    captions = [medium for medium in rows if medium.kind == MediumKind.CAPTIONS and medium.file]
    offered = tuple(_offer(medium, language) for medium in captions) if film and not film.host else ()
    on = language if film and film.lang and language in {one.language for one in offered} else ""
    return Media(film=film, sound=best(MediumKind.AUDIO), file=best(MediumKind.FILE), captions=offered, captions_on=on)


def _offer(medium: Medium, language: str) -> Offer:
    name = medium.file.name if medium.file else urlsplit(medium.url).path
    ending = name.rpartition(".")[2].upper() if medium.kind == MediumKind.FILE else ""
    facts = [
        ending if 2 <= len(ending) <= 4 and ending.isalnum() else "",
        filesizeformat(medium.size) if medium.size else "",
        length(medium.seconds),
    ]
    return Offer(
        url=medium.file.get_absolute_url() if medium.file else medium.url,
        host="" if medium.file else urlsplit(medium.url).hostname or medium.url,
        facts=", ".join(filter(None, facts)) or _("size not known"),
        content_type=medium.file.content_type if medium.file else "",
        language=medium.language,
        language_name=NAMES[medium.language],
        lang=medium.language if medium.language != language else "",
    )


def length(seconds: int | None) -> str:
    """Return "1 min 35 s" in the active language, "" for an unknown length."""
    if not seconds:
        return ""
    minutes, rest = divmod(seconds, 60)
    if not minutes:
        return _("%(seconds)d s") % {"seconds": rest}
    if not rest:
        return _("%(minutes)d min") % {"minutes": minutes}
    return _("%(minutes)d min %(seconds)d s") % {"minutes": minutes, "seconds": rest}
