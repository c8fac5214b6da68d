"""The roof: home, the way to a language, and the error pages."""

import sys

from django.contrib.auth.decorators import login_not_required
from django.db import OperationalError
from django.http import HttpResponseRedirect
from django.middleware.csrf import REASON_BAD_ORIGIN
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from clinics import shown
from core import registry
from core.linked_data import organization
from core.middleware import keep_typed
from core.pagecache import for_visitors
from courses.models import Module
from courses.outline import progress
from programme.models import FaqEntry, Page
from programme.views.countries import listed as countries_of

CLINIC = "how-a-clinic-works"  # the page that home leads to for the whole of it, while there is one
QUESTIONS = 3


@login_not_required
@require_safe
def choose_language(request):
    """Lead to the home page in the reader's language."""
    return HttpResponseRedirect(reverse("home"))


@login_not_required
@require_safe
@for_visitors
def home(request):
    """For a visitor: what is this, is it for me, what do I do next. For a person: her own next step."""
    if request.user.is_authenticated:
        found = [card for card in (offer(request) for offer in registry.cards) if card]
        cards = sorted(found, key=lambda card: -card.urgency)
        return render(request, "home_person.html", {"cards": cards})
    language = translation.get_language()[:2]
    modules = list(Module.objects.visible_to(request.user).select_related("theme"))
    found = progress(modules, request.user, language)
    coming = next_clinic(request.user)
    context = coming | {
        "modules": found,
        "refresher": found[0].plan if found else None,
        "clinic": None if coming else Page.objects.visible_to(request.user).filter(slug=CLINIC).only("slug").first(),
        "countries": countries_of(request.user),
        "questions": FaqEntry.objects.visible_to(request.user)[:QUESTIONS],
        "linked": linked_home,
    }
    return render(request, "home.html", context)


def next_clinic(user) -> dict:
    """Return the edition that a visitor could come to next, with its weeks and deadline; {} while there is none.

    Queries: 1, and 1 for the weeks.
    """
    edition, delegations = shown.next_edition(user)
    if edition is None:
        return {}
    return {
        "edition": edition,
        "way": shown.way_in(edition),
        "delegations": delegations,
        "weeks": edition.weeks.all(),
        "deadline": shown.deadline(edition)[:1],
    }


def linked_home() -> dict:
    """Return the programme for search engines."""
    words = _("A free learning programme in English, French and Spanish on how decent work is financed.")
    return organization(description=words, logo=static("fdw/mark.svg"))


def error_page(request, status: int):
    """Render an error page in the language of the address, without queries, sessions or anything that may be broken."""
    language = translation.get_language_from_path(request.path_info) or translation.get_language() or "en"
    with translation.override(language):
        return render(request, "errors/error.html", {"status": status}, status=status)


def bad_request(request, exception=None):
    return error_page(request, 400)


def forbidden(request, exception=None):
    return error_page(request, 403)


def not_found(request, exception=None):
    return error_page(request, 404)


def server_error(request):
    """Answer 503 while the database is away or overloaded, else 500. No query."""
    if not isinstance(sys.exc_info()[1], OperationalError):
        return error_page(request, 500)
    response = error_page(request, 503)
    response["Retry-After"] = "60"
    return response


def csrf_failure(request, reason=""):
    """A form whose token is gone: what was typed comes back with a fresh one, unless another site sent it."""
    if request.method == "POST" and not reason.startswith(REASON_BAD_ORIGIN.split("%")[0]):
        keep_typed(request)
        return HttpResponseRedirect(reverse("typed"))
    return error_page(request, 403)
