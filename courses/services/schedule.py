"""What happens at the times that editors set: a module is published, or retired. Times are stored in UTC."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from core.errors import DomainError
from core.models import Event
from core.services import record_event
from courses.enums import ModuleState
from courses.models import Module
from courses.services.publishing import publish_module
from courses.services.retiring import retire_module

REFUSED = "publish refused"


def keep_schedule(now: datetime | None = None) -> int:
    """Publish and retire what is due; what cannot be published is tried once for each time that is set.

    Returns: how many modules changed. Queries: 2 when nothing is due. Safe to repeat, and to run twice at once.
    """
    now = now or timezone.now()
    changed = 0
    for pk in list(due_to_publish(now).values_list("pk", flat=True)):
        changed += _publish(pk, now)
    for pk in list(due_to_retire(now).values_list("pk", flat=True)):
        changed += _retire(pk, now)
    return changed


def due_to_publish(now: datetime):
    """Return the modules whose time to be published has come, those that were refused too."""
    return Module.objects.filter(publish_at__lte=now).exclude(state=ModuleState.PUBLISHED)


def due_to_retire(now: datetime):
    """Return the published modules whose time to be retired has come."""
    return Module.objects.filter(retire_at__lte=now, state=ModuleState.PUBLISHED)


def refusal_of(module: Module) -> Event | None:
    """Return why a module was not published at the time that is set now, or None. Queries: 1."""
    if module.publish_at is None:
        return None
    refused = Event.objects.about(module).filter(act=REFUSED, at__gte=module.publish_at).first()
    return refused if refused and refused.after.get("publish_at") == module.publish_at.isoformat() else None


def _publish(pk: int, now: datetime) -> int:
    with transaction.atomic():
        module = due_to_publish(now).select_for_update().filter(pk=pk).first()
        if module is None or refusal_of(module):
            return 0
        at = module.publish_at.isoformat()
        with override(module.source_language):
            try:
                publish_module(module=module, actor=None, reason=_("scheduled"))
            except DomainError as refusal:
                record_event(actor=None, act=REFUSED, obj=module, reason=str(refusal.message), after={"publish_at": at})
                return 0
    return 1


def _retire(pk: int, now: datetime) -> int:
    with transaction.atomic():
        module = due_to_retire(now).select_for_update().filter(pk=pk).first()
        if module is None:
            return 0
        with override(module.source_language):
            retire_module(module=module, actor=None, reason=_("scheduled"), replaced_by=_readable(module.replaced_by))
    return 1


def _readable(other: Module | None) -> Module | None:
    """Return a replacement if its readers can read it now."""
    return other if other and other.state == ModuleState.PUBLISHED else None


def scheduled() -> list[Module]:
    """Return the modules with a time set, the refused among them. Queries: 1."""
    return list(
        Module.objects.filter(Q(publish_at__isnull=False) | Q(retire_at__isnull=False)).order_by("publish_at", "retire_at")
    )
