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

    Args: had: the version that the writer had before her. When somebody else has saved another since, hers is put aside as
    a version that does not stand, and she sees both; what she herself has saved since (an answer lost on the line, a second
    device) gives way to what she typed later. Equal texts change nothing, nor does a text she left as she had it. `row` may
    be new (not yet saved); then the caller sees to it that two do not make the same row at once.
    Returns: Written. Raises: DomainError "long" or "language". Queries: 3, in one transaction with the row locked; 1 when
    nothing changes, 2 more when another version came between. Safe to repeat.
    """
    text = clean(text)
    if len(text) > most:
        facts = {"most": most, "count": len(text)}
        raise DomainError(_("This text takes at most %(most)d characters; yours has %(count)d.") % facts, code="long")
    if language not in dict(settings.LANGUAGES):
        raise DomainError(_("This is not one of the portal’s languages."), code="language")
    with transaction.atomic():
        stands = type(row)._default_manager.select_for_update(of=("self",)).get(pk=row.pk) if row.pk else row
        if stands.text == text and (stands.language == language or not text):
            return Written(stands, changed=False)
        if stands.pk and stands.version != had:
            if is_known(stands, text, language, had):
                return Written(stands, changed=False)
            if had > stands.version or not is_hers(stands, author, had):
                return Written(stands, changed=False, aside=put_aside(stands, text, language, author))
        stands.text, stands.language, stands.version = text, language, stands.version + 1
        stands.written_by, stands.written_at = author, timezone.now()
        stands.save()
        facts = {"text": text, "language": language, "author": author, "reason": reason[:300]}
        TextVersion.objects.create(object_key=object_key(stands), number=stands.version, **facts)
    return Written(stands, changed=True)


def is_known(row: OwnText, text: str, language: str, had: int) -> bool:
    """Say whether a late text is no news: what the writer had before her, unchanged, or an earlier save sent again.

    Queries: 1.
    """
    if not text and not had:
        return True
    since = TextVersion.objects.filter(object_key=object_key(row), number__gte=had, is_aside=False)
    return since.filter(text=text, language=language).exists()


def is_hers(row: OwnText, author, had: int) -> bool:
    """Say whether nobody but the writer has saved this text since. Queries: 1."""
    since = TextVersion.objects.filter(object_key=object_key(row), number__gt=had, is_aside=False)
    return not since.exclude(author=author).exists()


def put_aside(row: OwnText, text: str, language: str, author) -> TextVersion:
    """Keep a text that came too late beside the one that stands, until its writer has chosen (`settle`).

    One waits for each writer: what she goes on typing on the same old page takes its place. Queries: 2 or 3. Safe to repeat.
    """
    own = TextVersion.objects.filter(object_key=object_key(row), is_aside=True, author=author)
    if same := own.filter(text=text, language=language, number=row.version).first():
        return same
    kept = own.filter(settled_at=None).first() or TextVersion(object_key=object_key(row), is_aside=True, author=author)
    kept.number, kept.text, kept.language = row.version, text, language
    kept.save()
    return kept


def waiting_aside(rows, author) -> dict[str, TextVersion]:
    """Return {object key: what this writer has put aside and not yet settled}. Queries: 1."""
    found = TextVersion.objects.filter(object_key__in=[object_key(row) for row in rows], is_aside=True, settled_at=None)
    return {one.object_key: one for one in found.filter(author=author)}


def settle(*, row: OwnText, author) -> int:
    """Remember that a writer has seen both texts and chosen; what was put aside stays among the versions.

    Returns: how many waited. Queries: 1. Safe to repeat.
    """
    waits = TextVersion.objects.filter(object_key=object_key(row), is_aside=True, settled_at=None, author=author)
    return waits.update(settled_at=timezone.now())


def versions_of(*rows: OwnText):
    """Return the versions of some texts, newest first, those put aside among them. One query."""
    return TextVersion.objects.filter(object_key__in=[object_key(row) for row in rows]).select_related("author")


def translate(
    *, row: OwnText, language: str, text: str, provenance: Provenance, translator=None, of: int | None = None
) -> TextTranslation:
    """Keep a translation; a person's takes the place of a machine's, never the reverse for the same version.

    What one person wrote and another replaces stays beside it as a version that does not stand.

    Args: of: the version that was translated, the one that stands unless given: who translates slowly says which she read.
    Raises: DomainError "language" for the language of the original, "empty", "long", "human" when a machine would replace
    what a person wrote of the same version, "changed" when a newer version has been translated meanwhile. Queries: 3, and 1
    where a person's text gives way. Safe to repeat.
    """
    text, of = clean(text), row.version if of is None else min(of, row.version)
    if language == row.language or language not in dict(settings.LANGUAGES):
        raise DomainError(_("Choose a language of the portal other than that of the text."), code="language")
    if not text or not row.text:
        raise DomainError(_("The translation is empty."), code="empty")
    if len(text) > 2 * LONGEST:
        raise DomainError(_("This translation is too long."), code="long")
    facts = {"text": text, "provenance": provenance, "translator": translator, "of_version": of}
    with transaction.atomic():
        kept = TextTranslation.objects.select_for_update().filter(object_key=object_key(row), language=language).first()
        if kept and kept.of_version > of:
            raise DomainError(_("A newer version of this text has been translated. Look at it again."), code="changed")
        by_person = kept and kept.provenance == Provenance.HUMAN
        if by_person and kept.of_version == of and provenance == Provenance.MACHINE:
            raise DomainError(_("A person has translated this version."), code="human")
        if by_person and kept.text != text:
            former = {"text": kept.text, "language": language, "author": kept.translator, "is_aside": True}
            TextVersion.objects.create(object_key=object_key(kept), number=kept.of_version, settled_at=timezone.now(), **former)
        found, _new = TextTranslation.objects.update_or_create(object_key=object_key(row), language=language, defaults=facts)
    return found


def shown_in(rows, language: str | None = None) -> dict[int, Shown]:
    """Return {pk: Shown} of texts of one model for a reader: her language where a translation stands, else the original.

    Args: rows: OwnText rows; language: the active one unless given. Queries: 1 for any number of rows, 0 when all are
    written in it.
    """
    rows, language = list(rows), (language or get_language() or settings.LANGUAGE_CODE)[:2]
    wanted = [object_key(row) for row in rows if row.text and row.language != language]
    found = TextTranslation.objects.filter(object_key__in=wanted, language=language) if wanted else []
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
    """Delete versions and translations of texts that are about to be deleted. Queries: 3. Safe to repeat."""
    keys = [object_key(row) for row in rows]
    translations = list(TextTranslation.objects.filter(object_key__in=keys))
    TextVersion.objects.filter(object_key__in=keys + [object_key(one) for one in translations]).delete()
    TextTranslation.objects.filter(object_key__in=keys).delete()
