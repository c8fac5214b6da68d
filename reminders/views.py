from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from core.paging import keyset
from reminders.models import Letter
from reminders.services import mark_read


@require_safe
def letter_list(request):
    """The inbox, newest first."""
    page = keyset(Letter.objects.visible_to(request.user).inbox(), request.GET.get("before"), size=25)
    return render(request, "reminders/letter_list.html", {"page": page})


@require_safe
def letter_detail(request, pk):
    """One letter; opening it marks it read, unless staff look."""
    letter = get_object_or_404(Letter.objects.visible_to(request.user).inbox(), pk=pk)
    if not request.looking:
        mark_read(letter)
    return render(request, "reminders/letter_detail.html", {"letter": letter})
