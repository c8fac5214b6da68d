"""The search page."""

from django.contrib.auth.decorators import login_not_required
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from core.paging import number
from search.finding import find


@login_not_required
@require_safe
def search(request):
    """What this reader finds. Not kept for visitors: as many pages as there are words would push out all others."""
    found = find(
        user=request.user,
        text=request.GET.get("q", ""),
        language=get_language()[:2],
        kind=request.GET.get("kind", ""),
        only=request.GET.get("in", ""),
        page=number(request.GET.get("page")) or 1,
    )
    return render(request, "search/search.html", {"found": found})
