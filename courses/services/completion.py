"""When a person completed a module, and how well she did: what a statement of completion says."""

import zoneinfo
from datetime import date

from django.db.models import Max, OuterRef, Subquery
from django.utils import timezone

from courses.models import Attempt, Module, Unit, UnitRecord


def completed_on(user, module: Module) -> date | None:
    """Return the day, in the person's zone, on which the last unit that counts was done; None while one is left.

    Queries: 1.
    """
    own = UnitRecord.objects.filter(user=user, unit=OuterRef("pk")).values("completed_at")
    moments = list(Unit.objects.counting().filter(module=module).order_by().values_list(Subquery(own), flat=True))
    if not moments or None in moments:
        return None
    return timezone.localtime(max(moments), zoneinfo.ZoneInfo(user.zone)).date()


def score_of(user, module: Module) -> int | None:
    """Return the best score with which the person passed a standing check of the module, None without one. Queries: 1."""
    passed = Attempt.objects.filter(user=user, unit__module=module, unit__retired_at=None, passed=True)
    return passed.aggregate(best=Max("score"))["best"]
