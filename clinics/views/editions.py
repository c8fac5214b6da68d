"""The public pages of clinics."""

from django.contrib.auth.decorators import login_not_required
from django.shortcuts import render
from django.views.decorators.http import require_safe

from clinics.models import Edition
from core.access import get_readable
from core.pagecache import for_visitors


@login_not_required
@require_safe
@for_visitors
def edition_detail(request, slug):
    """One edition for whoever thinks of coming."""
    edition = get_readable(Edition.objects.select_related("sub_region"), request.user, slug=slug)
    return render(request, "clinics/edition_detail.html", {"edition": edition})
