"""What the mailbox says on the desk."""

from django.db.models import Count, Min, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

from core.cards import Waiting
from core.paging import capped_count
from programme.models import Enquiry


def mail_waiting(user) -> list[Waiting]:
    """Mail that waits and since when, what is overdue, what is held as spam; for who may read it. Queries: 2."""
    if not user.has_perm("programme.view_enquiry"):
        return []
    now = timezone.now()
    found = (
        Enquiry.objects.waiting()
        .order_by()
        .with_waiting_since()
        .aggregate(count=Count("pk"), late=Count("pk", filter=Q(due_at__lt=now)), oldest=Min("waiting_since"))
    )
    oldest = _("oldest: %(age)s") % {"age": timesince(found["oldest"], now, depth=1)} if found["oldest"] else ""
    page = reverse("admin:programme_enquiry_changelist")
    return [
        Waiting(_("Mail that waits for an answer"), found["count"], page, note=oldest),
        Waiting(_("Mail that is overdue"), found["late"], f"{page}?due=overdue"),
        Waiting(_("Mail held as spam"), capped_count(Enquiry.objects.held()), f"{page}?state=spam"),
    ]
