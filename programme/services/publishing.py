"""What changes when staff publish a page, an answer, a profile or a record."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.changes import content_changed
from core.errors import DomainError
from core.services import record_event
from programme.enums import State
from programme.models.base import Published


def publish(*, obj: Published, actor, reason: str = "") -> None:
    """Show an object to its audience: refused while a language is incomplete and not marked as fallback.

    Raises: DomainError "incomplete" naming what is missing. Queries: 2, and those of the followers. Logged when it was
    a draft. Safe to repeat.
    """
    if gaps := obj.gaps():
        what = "; ".join(f"{code.upper()}: {', '.join(names_of(obj, fields))}" for code, fields in gaps.items())
        raise DomainError(_("Some texts are missing: %(what)s.") % {"what": what}, code="incomplete")
    with transaction.atomic():
        if obj.is_draft:
            record_event(actor=actor, act="publish", obj=obj, reason=reason)
        obj.state, obj.published_at = State.PUBLISHED, obj.published_at or timezone.now()
        obj.save()
        content_changed(obj)


def unpublish(*, obj: Published, actor, reason: str = "") -> None:
    """Take an object back to draft. Logged. Queries: 2, and those of the followers. Safe to repeat."""
    with transaction.atomic():
        obj.state = State.DRAFT
        obj.save()
        record_event(actor=actor, act="unpublish", obj=obj, reason=reason)
        content_changed(obj)


def missed_by_readers(obj: Published, *, own: bool = False) -> dict[str, list[str]]:
    """Return what readers of a published object miss: {language: names of fields}; nothing for a draft. Pure but for parts.

    Args: own: look at the object's own texts alone, not at parts whose form is not saved yet.
    """
    if obj.is_draft:
        return {}
    return Published.gaps(obj) if own else obj.gaps()


def names_of(obj: Published, fields: list[str]) -> list[str]:
    """Return the names of fields as staff read them. Pure."""
    return [obj.field_name(field) for field in fields]
