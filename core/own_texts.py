"""What people write, in several languages: one text in the language of its writer, its versions, its translations.

A row that holds such a text derives from `core.models.OwnText`. Staff content in three languages is another thing
(`core.translations`): there each language is written by the team and none is the writer's own.
"""

from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from core.enums import Provenance
from core.errors import DomainError
from core.models import OwnText, TextTranslation, TextVersion, object_key
from core.text import clean

LONGEST = 20_000  # characters of one text


@dataclass(frozen=True)
class Written:
    """What became of a save: the row as it stands, whether it changed, and the text that was put aside, if any."""

    row: OwnText
    changed: bool
    aside: TextVersion | None = None


@dataclass(frozen=True)
class Shown:
    """A person's text as a reader sees it: original or translation, and where it comes from."""

    text: str
    language: str
    is_original: bool
    provenance: str = ""  # of a translation: "human" or "machine"
    is_stale: bool = False  # the original has changed since


def write(*, row: OwnText, text: str, language: str, author, had: int, reason: str = "", most: int = LONGEST) -> Written:
    """Save a text of a person; whoever was slower loses nothing.

    Args: had: the version that the writer had before her. When another has been saved since, hers is put aside as a
    version that does not stand, and she sees both. Equal texts change nothing. `row` may be new (not yet saved).
    Returns: Written. Raises: DomainError "long" or "language". Queries: 3, in one transaction with the row locked; 1 when
    nothing changes. Safe to repeat: the same text put aside twice stands once.
    """
    text = clean(text.replace("\r\n", "\n"))
    if len(text) > most:
        facts = {"most": most, "count": len(text)}
        raise DomainError(_("This text takes at most %(most)d characters; yours has %(count)d.") % facts, code="long")
    if language not in dict(settings.LANGUAGES):
        raise DomainError(_("This is not one of the portal’s languages."), code="language")
    with transaction.atomic():
        stands = type(row)._default_manager.select_for_update(of=("self",)).get(pk=row.pk) if row.pk else row
        if stands.text == text and stands.language == language:
            return Written(stands, changed=False)
        if stands.version != had:
            return Written(stands, changed=False, aside=put_aside(stands, text, language, author))
        stands.text, stands.language, stands.version = text, language, stands.version + 1
        stands.written_by, stands.written_at = author, timezone.now()
        stands.save()
        facts = {"text": text, "language": language, "author": author, "reason": reason[:300]}
        TextVersion.objects.create(object_key=object_key(stands), number=stands.version, **facts)
    return Written(stands, changed=True)


def put_aside(row: OwnText, text: str, language: str, author) -> TextVersion:
    """Keep a text that came too late beside the one that stands. Queries: 1 or 2. Safe to repeat."""
    facts = {"object_key": object_key(row), "number": row.version, "is_aside": True}
    kept = TextVersion.objects.filter(**facts, text=text, language=language, author=author).first()
    return kept or TextVersion.objects.create(**facts, text=text, language=language, author=author)


def versions_of(*rows: OwnText):
    """Return the versions of some texts, newest first, those put aside among them. One query."""
    return TextVersion.objects.filter(object_key__in=[object_key(row) for row in rows]).select_related("author")


def translate(*, row: OwnText, language: str, text: str, provenance: Provenance, translator=None) -> TextTranslation:
    """Keep a translation of the version that stands; a person's takes the place of a machine's, never the reverse.

    Raises: DomainError "language" for the language of the original, "empty", "long", or "human" when a machine would
    replace what a person wrote of the same version. Queries: 3. Safe to repeat.
    """
    text = clean(text)
    if language == row.language or language not in dict(settings.LANGUAGES):
        raise DomainError(_("This text is written in that language already."), code="language")
    if not text:
        raise DomainError(_("The translation is empty."), code="empty")
    if len(text) > 2 * LONGEST:
        raise DomainError(_("This translation is too long."), code="long")
    facts = {"text": text, "provenance": provenance, "translator": translator, "of_version": row.version}
    with transaction.atomic():
        kept = TextTranslation.objects.select_for_update().filter(object_key=object_key(row), language=language).first()
        by_person = kept and kept.provenance == Provenance.HUMAN and kept.of_version == row.version
        if by_person and provenance == Provenance.MACHINE:
            raise DomainError(_("A person has translated this version."), code="human")
        found, _new = TextTranslation.objects.update_or_create(object_key=object_key(row), language=language, defaults=facts)
    return found


def shown_in(rows, language: str | None = None) -> dict[int, Shown]:
    """Return {pk: Shown} of texts of one model for a reader: her language where a translation stands, else the original.

    Args: rows: OwnText rows; language: the active one unless given. Queries: 1 for any number of rows, 0 when all are
    written in it.
    """
    language = (language or get_language() or settings.LANGUAGE_CODE)[:2]
    wanted = {object_key(row): row for row in rows if row.language != language}
    found = TextTranslation.objects.filter(object_key__in=list(wanted), language=language) if wanted else []
    others = {translation.object_key: translation for translation in found}
    shown = {}
    for row in rows:
        other = others.get(object_key(row))
        if other is None:
            shown[row.pk] = Shown(row.text, row.language, is_original=True)
        else:
            stale = other.of_version != row.version
            shown[row.pk] = Shown(other.text, language, is_original=False, provenance=other.provenance, is_stale=stale)
    return shown


def forget(*rows: OwnText) -> None:
    """Delete versions and translations of texts that are about to be deleted. Queries: 2. Safe to repeat."""
    keys = [object_key(row) for row in rows]
    TextVersion.objects.filter(object_key__in=keys).delete()
    TextTranslation.objects.filter(object_key__in=keys).delete()
