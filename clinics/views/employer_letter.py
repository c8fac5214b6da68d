"""The letter for the employer: its page, and asking for it in a language."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods

from clinics.employer_letter import ask_employer_letter
from clinics.models import Delegate, Edition
from core.access import get_readable
from core.errors import DomainError
from core.translations import LANGUAGES


@require_http_methods(["GET", "HEAD", "POST"])
def employer_letter(request, slug):
    """Say what the letter is; POST makes it in a language. For whoever takes part. Queries: 4."""
    edition = get_readable(Edition.objects, request.user, slug=slug)
    rows = Delegate.objects.active().select_related("edition", "delegation", "user")
    delegate = rows.filter(edition=edition, user=request.user).first()
    if delegate is None:
        raise Http404("takes no part")
    if request.method == "POST":
        language = request.POST.get("language", "")
        try:
            job = ask_employer_letter(delegate=delegate, language=language if language in LANGUAGES else get_language()[:2])
            return redirect(job)
        except DomainError as refusal:
            messages.error(request, refusal.message)
            return redirect("clinics:employer_letter", slug)
    return render(request, "clinics/employer_letter.html", {"edition": edition, "delegate": delegate, "codes": LANGUAGES})
