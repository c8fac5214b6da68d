"""What learners say that the team should look at: lines of the desk."""

from datetime import timedelta
from urllib.parse import urlencode

from django.db.models import Count, OuterRef, Subquery
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from core.cards import Waiting
from core.translations import LANGUAGES
from courses.models import Clarity, Module

RECENT = timedelta(days=30)


def unclear(user) -> list[Waiting]:
    """Remarks of the last 30 days on what was not clear, a line a module. Queries: 1."""
    if not user.has_perm("courses.view_clarity"):
        return []
    since = timezone.now() - RECENT
    said = Clarity.objects.filter(is_clear=False, at__gte=since, unit__module=OuterRef("pk")).exclude(remark="")
    counts = said.order_by().values("unit__module").annotate(n=Count("pk")).values("n")
    titles = ["slug", "source_language", *(f"title_{code}" for code in LANGUAGES)]
    modules = Module.objects.annotate(remarks=Subquery(counts)).filter(remarks__gt=0).only(*titles)
    address = reverse("admin:courses_clarity_changelist")
    asked = {"is_clear__exact": 0, "said": "yes", "at__gte": since.isoformat(sep=" ")}
    return [
        Waiting(
            _("Not clear in “%(module)s”") % {"module": module},
            module.remarks,
            f"{address}?{urlencode(asked | {'unit__module__id__exact': module.pk})}",
            _("last 30 days"),
        )
        for module in modules
    ]
