"""The public pages of clinics: all editions, one of them, and its note."""

from itertools import groupby

from django.contrib.auth.decorators import login_not_required
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from clinics import linked, shown
from clinics.documents import ask_note
from clinics.enums import EditionState
from clinics.models import Edition
from clinics.outline import plan_of
from core.access import get_readable
from core.linked_data import breadcrumbs
from core.pagecache import for_visitors
from core.preview import is_preview, previewable
from core.text import fold
from core.translations import LANGUAGES
from programme.notes import notes_once

LONG = [f"description_html_{code}" for code in LANGUAGES]


@login_not_required
@require_safe
@for_visitors
def edition_list(request):
    """Every edition: those to come with the open calls first, those that run, and the past by year."""
    rows = Edition.objects.visible_to(request.user).select_related("sub_region").prefetch_related("delegations").defer(*LONG)
    found = list(rows)
    for row in found:
        row.way, row.mine = shown.way_in(row), shown.is_inside(row, request.user)
        row.countries = sorted((one.name for one in row.delegations.all()), key=fold)
    past = [row for row in found if row.way == "over"]
    running = [row for row in found if row.state == EditionState.RUNNING]
    coming = [row for row in found if row not in past and row not in running]
    context = {
        "coming": sorted(coming, key=lambda row: (row.way != "open", row.starts_on)),
        "running": running,
        "years": [(year, list(of_year)) for year, of_year in groupby(past, lambda row: row.starts_on.year)],
        "linked": lambda: breadcrumbs((_("Clinics"), reverse("clinics:edition_list"))),
    }
    return render(request, "clinics/edition_list.html", context)


@login_not_required
@previewable
@require_safe
@for_visitors
def edition_detail(request, slug):
    """One edition for whoever thinks of coming."""
    edition = get_readable(Edition.objects.select_related("sub_region"), request.user, slug=slug)
    language, preview = get_language()[:2], is_preview(request)
    own = timezone.get_current_timezone() if request.user.is_authenticated else None
    plan = plan_of(edition, language)
    (text,) = notes_once([edition.text("description_html", edition.reading_language(language))], language)
    context = {
        "edition": edition,
        "is_draft": edition.is_draft and not preview,
        "way": shown.way_in(edition),
        "is_inside": shown.is_inside(edition, request.user) and not preview,
        "doors": {name: address(f"clinics:{name}", edition.slug) for name in ("apply", "home")},
        "weeks": shown.week_cards(plan, edition, own),
        "blocks": shown.blocks_of(edition, request.user),
        "countries": shown.countries_of(edition, request.user),
        "team": shown.team_of(edition),
        "deadline": shown.deadline(edition, own),
        "zone": shown.zone_label(edition),
        "spoken": shown.language_names(edition.languages),
        "interpreted": shown.language_names(edition.interpretation),
        "text": text,
        "linked": lambda: linked.of_edition(edition, plan, language),
    }
    return render(request, "clinics/edition_detail.html", context)


def address(name: str, slug: str) -> str:
    """Return the path of a page of an edition, "" while nobody offers it."""
    try:
        return reverse(name, args=[slug])
    except NoReverseMatch:
        return ""


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def edition_note(request, slug):
    """Say what the note holds; POST makes it, or leads to the one that the last reader made. For visitors too."""
    edition = get_readable(Edition.objects.select_related("sub_region"), request.user, slug=slug)
    if request.method == "POST":
        return redirect(ask_note(user=request.user, edition=edition, language=get_language()[:2]))
    return render(request, "clinics/edition_note.html", {"edition": edition})
