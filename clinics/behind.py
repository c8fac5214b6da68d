"""Who is behind in an edition: who has not begun, whose side has not signed. Pages and letters ask here, so that they agree."""

from django.db.models import Exists, OuterRef

from clinics.enums import ActivityKind
from clinics.models import Activity, Delegate, Edition
from clinics.services.priorities import unsigned
from courses.models import UnitRecord


def not_started(edition: Edition):
    """Return the delegates who have opened no unit of the edition's refresher; nobody where it has none. One query."""
    refresher = Activity.objects.filter(week__edition=edition, kind=ActivityKind.REFRESHER, module__isnull=False)
    begun = UnitRecord.objects.filter(user=OuterRef("user"), unit__module__in=refresher.values("module"))
    taking_part = Delegate.objects.active().filter(edition=edition, user__isnull=False)
    return taking_part.filter(Exists(refresher), ~Exists(begun))


def not_signed(edition: Edition):
    """Return the delegates whose side signs, and has not signed the version of its priorities that stands. One query."""
    return unsigned(Delegate.objects.filter(edition=edition))
