"""What a person keeps for herself at a unit, and her answers about her own country."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError
from core.text import clean
from courses.models import Bookmark, Note, Reflection, Unit
from courses.services.attempts import supersedes

LONGEST = 5000  # characters of one note


def save_note(
    *,
    user,
    unit: Unit,
    reflection: Reflection | None = None,
    text: str,
    client_id: str = "",
    age: timedelta = timedelta(0),
) -> Note:
    """Keep a person's note to a unit, or her answer to one of its reflections. An empty text removes what was written.

    The row of a removed note stays without its text, so that an older message still on its way cannot bring it back.

    Args: client_id, age: as for `save_answer`: a replay changes nothing, of two devices the later typed text stays.
    Returns: the row as it now stands: perhaps a newer text from elsewhere.
    Raises: DomainError "long". Queries: 3 at most, in one transaction with the note's row locked.
    """
    text = clean(text)
    if len(text) > LONGEST:
        facts = {"most": LONGEST, "count": len(text)}
        raise DomainError(_("A note takes at most %(most)d characters; this one has %(count)d.") % facts, code="long")
    now = timezone.now()
    typed = now - max(age, timedelta(0))
    new = {"text": text, "typed_at": typed, "client_id": client_id}
    with transaction.atomic():
        rows = Note.objects.select_for_update()
        note, is_new = rows.get_or_create(user=user, unit=unit, reflection=reflection, defaults=new)
        if not is_new and supersedes(client_id, typed, note.client_id, note.typed_at):
            note.text, note.typed_at, note.client_id = text, typed, client_id
            note.save(update_fields=["text", "typed_at", "client_id", "saved_at"])
    return note


def set_bookmark(*, user, unit: Unit, keep: bool) -> None:
    """Keep a unit among the person's bookmarks, or take it out. Queries: 1. Safe to repeat."""
    if keep:
        Bookmark.objects.bulk_create([Bookmark(user=user, unit=unit)], ignore_conflicts=True)
    else:
        Bookmark.objects.filter(user=user, unit=unit).delete()


def reflections_of(user, modules) -> list[tuple[str, str, str]]:
    """Return (key, prompt in the active language, what this person answered) in the modules' order.

    Args: modules: Module rows or their pks. Only what she answered; also to a question that is no longer asked.
    Queries: 1.
    """
    language = (get_language() or "en")[:2]
    rows = Note.objects.visible_to(user).filter(unit__module__in=modules, reflection__isnull=False).exclude(text="")
    rows = rows.select_related("reflection").order_by(
        "unit__module__position", "unit__module__slug", "unit__position", "reflection__position"
    )
    asked = [(row.reflection, row.text) for row in rows]
    return [(one.key, one.text("prompt", one.reading_language(language)), text) for one, text in asked]
