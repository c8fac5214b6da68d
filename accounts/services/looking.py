"""Staff look at the portal as one person sees it. What holds while they look stands in accounts/looking.py."""

from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.errors import DomainError
from core.services import record_event

AT_MOST = timedelta(minutes=30)


def begin_looking(*, actor: User, person: User, reason: str) -> datetime:
    """Let staff look at the portal as a person. Logged. Returns: when it ends at the latest. Queries: 1.

    Raises: DomainError "forbidden", "staff", "erased" or "reason".
    """
    if not actor.has_perm("accounts.begin_look"):
        raise DomainError(_("You may not look at the portal as another person."), code="forbidden")
    if person.is_staff or person.is_superuser:
        raise DomainError(_("Nobody looks at the portal as a person of the programme team."), code="staff")
    if person.erased_at:
        raise DomainError(_("This person was erased."), code="erased")
    if not reason.strip():
        raise DomainError(_("Say why you look."), code="reason", field="reason")
    until = timezone.now() + AT_MOST
    record_event(actor=actor, act="begin to look as", obj=person, reason=reason, after={"until": until.isoformat()})
    return until


def stop_looking(*, actor: User, person: User, because: str = "") -> None:
    """Log that staff no longer look. Args: because: "time" when nobody asked. Queries: 1."""
    record_event(actor=actor, act="stop looking as", obj=person, after={"because": because} if because else {})
