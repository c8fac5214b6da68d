"""Two accounts of one person become one."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.services.account import bump_audience
from accounts.services.erasure import anonymise
from core import registry
from core.errors import DomainError
from core.models import Event, object_key
from core.personal import MERGED
from core.services import record_event


def check_merge(keep: User, drop: User) -> None:
    """Refuse a pair that cannot be merged. Raises: DomainError "same", "staff" or "closed"."""
    if keep.pk == drop.pk:
        raise DomainError(_("This is the same account."), code="same", field="email")
    if any(person.is_staff or person.is_superuser for person in (keep, drop)):
        raise DomainError(
            _("Accounts of the programme team are not merged: what each did must stay accountable."),
            code="staff",
            field="email",
        )
    if keep.erased_at or drop.erased_at:
        raise DomainError(_("One of the two accounts was erased."), code="closed", field="email")


def preview_merge(keep: User, drop: User) -> list[tuple[str, list[str]]]:
    """Return [(app, lines)]: what moves from `drop` to `keep`, what collides and which wins. Writes nothing.

    Raises: DomainError as `check_merge` does. Queries: those of the apps' previews.
    """
    check_merge(keep, drop)
    found = [(name, list(registry.mergers[name].preview(keep, drop))) for name in registry.mergers.names()]
    return [(name, lines) for name, lines in found if lines]


def merge_accounts(*, keep: User, drop: User, actor: User, reason: str) -> None:
    """Move all that is `drop`'s to `keep`, then close and anonymise `drop`; its log stays. One transaction, logged.

    Both rows are locked in the order of their numbers, so that two merges at once take turns. Repeating does nothing.
    Raises: DomainError as `check_merge` does. Queries: those of the apps, 24 besides.
    """
    with transaction.atomic():
        locked = {
            person.pk: person for person in User.objects.select_for_update().filter(pk__in=[keep.pk, drop.pk]).order_by("pk")
        }
        keep, drop = locked[keep.pk], locked[drop.pk]
        if Event.objects.about(drop).filter(act="end in a merge").exists():
            return
        check_merge(keep, drop)
        lines = {name: [str(line) for line in found] for name, found in preview_merge(keep, drop)}
        before = {"email": drop.email, "name": drop.name}
        for merger in registry.mergers:
            merger.merge(keep, drop)
        anonymise(drop)
        bump_audience(keep)
        after = {"merged": object_key(drop), "moved": lines}
        record_event(actor=actor, act=MERGED, obj=keep, reason=reason, before=before, after=after)
        record_event(actor=actor, act="end in a merge", obj=drop, reason=reason, after={"into": object_key(keep)})
