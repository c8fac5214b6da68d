"""A module as a file to keep."""

from django.contrib.auth.decorators import login_not_required
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from core.access import get_readable
from courses.documents import ask_module_pdf
from courses.models import Module


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def module_pdf(request, module):
    """Say what the PDF holds; POST makes it, or leads to the one that the last reader made. For visitors too."""
    module = get_readable(Module.objects.select_related("theme"), request.user, slug=module)
    if request.method == "POST":
        return redirect(ask_module_pdf(user=request.user, module=module, language=get_language()[:2]))
    return render(request, "courses/module_pdf.html", {"module": module})
