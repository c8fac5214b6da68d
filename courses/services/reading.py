"""What changes when a person reads."""

from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError
from courses.models import Unit, UnitRecord

SEEN_EVERY = timedelta(minutes=5)


def record_reading(*, user, unit_id: int, record) -> None:
    """Remember that a person opened a unit. Writes at most once in SEEN_EVERY, so that reading stays cheap.

    Args: record: the standing row (or its `pk` and `seen_at`) if the page has it, else None. Queries: 0 or 1. Safe to repeat.
    """
    now = timezone.now()
    if record is None:
        UnitRecord.objects.bulk_create(
            [UnitRecord(user=user, unit_id=unit_id, seen_at=now)],
            update_conflicts=True,
            unique_fields=["user", "unit"],
            update_fields=["seen_at"],
        )
    elif now - record.seen_at > SEEN_EVERY:
        UnitRecord.objects.filter(pk=record.pk).update(seen_at=now)


def record_place(*, user, unit: Unit, block: int) -> None:
    """Remember the block at which a person stopped, for any device. Queries: 1. Safe to repeat."""
    UnitRecord.objects.filter(user=user, unit=unit).update(block=min(block, 9999), seen_at=timezone.now())


def complete_unit(*, user, unit: Unit) -> None:
    """Mark a unit as done; the first time counts. A check is done by passing it, not by this. Queries: 2."""
    if unit.is_check:
        raise DomainError(_("A knowledge check is done when you pass it."), code="check")
    mark_complete(user, unit)


def mark_complete(user, unit: Unit) -> None:
    """Note that a person has done a unit; the first time stays. Queries: 2. Safe to repeat."""
    now = timezone.now()
    UnitRecord.objects.bulk_create(
        [UnitRecord(user=user, unit=unit, seen_at=now)],
        update_conflicts=True,
        unique_fields=["user", "unit"],
        update_fields=["seen_at"],
    )
    UnitRecord.objects.filter(user=user, unit=unit, completed_at=None).update(completed_at=now)
