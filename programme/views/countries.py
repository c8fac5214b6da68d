"""Country profiles: all of them as a list and as a map, and each alone."""

from itertools import groupby

from django.contrib.auth.decorators import login_not_required
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core.access import get_readable
from core.linked_data import article, breadcrumbs, thing
from core.pagecache import for_visitors
from core.preview import is_preview, previewable
from core.text import fold
from core.translations import LANGUAGES
from programme import maps
from programme.models import CountryProfile, Resource
from programme.notes import notes_once

RESOURCES = 8  # records of the library that a profile shows; the library shows all
SUMMARIES = ["summary", *(f"summary_{code}" for code in LANGUAGES)]


@login_not_required
@previewable
@require_safe
@for_visitors
def country_list(request):
    """Every profile, by sub-region, and the same on a map."""
    found = listed(request.user)
    regions = [(region, list(rows)) for region, rows in groupby(found, lambda profile: profile.sub_region)]
    spots = maps.spots((profile.code, profile.name, profile.get_absolute_url()) for profile in found)
    context = {
        "regions": regions,
        "map": maps.drawing(),
        "map_side": maps.SIDE,
        "spots": spots,
        "off_map": len(found) - len(spots),
        "linked": lambda: breadcrumbs((_("Countries"), reverse("programme:country_list"))),
    }
    return render(request, "programme/country_list.html", context)


@login_not_required
@previewable
@require_safe
@for_visitors
def country_detail(request, code):
    """One profile: stages, summary, facts with their sources, what the library holds, and its neighbours."""
    if code != code.lower():
        return redirect("programme:country_detail", code.lower(), permanent=True)
    rows = CountryProfile.objects.with_newest().select_related("sub_region")
    profile = get_readable(rows, request.user, code=code.upper())
    context = {
        "profile": profile,
        "is_draft": profile.is_draft and not is_preview(request),
        "facts": facts_of(profile, get_language()[:2]),
        "resources": Resource.objects.visible_to(request.user).filter(countries__code=profile.code)[:RESOURCES],
        "neighbours": [other for other in listed(request.user, sub_region=profile.sub_region) if other.pk != profile.pk],
        "linked": lambda: linked_profile(profile),
    }
    return render(request, "programme/country_detail.html", context)


def listed(user, **which) -> list[CountryProfile]:
    """Return the profiles that this person may read, by sub-region and by name, without their summaries. Queries: 1."""
    rows = CountryProfile.objects.visible_to(user).filter(**which)
    rows = rows.with_newest().select_related("sub_region").defer(*SUMMARIES)
    return sorted(rows, key=lambda profile: (profile.sub_region.position, profile.sub_region.code, fold(profile.name)))


def facts_of(profile: CountryProfile, language: str) -> list:
    """Return a profile's facts in their order, each with its `html`: glossary notes stand once on the page. Queries: 2."""
    facts = sorted(profile.facts.all(), key=lambda fact: fact.place)
    texts = [fact.text("body_html", fact.reading_language(language)) for fact in facts]
    for fact, html in zip(facts, notes_once(texts, language), strict=True):
        fact.html = html
    return facts


def linked_profile(profile: CountryProfile) -> list[dict]:
    """Return a profile for search engines, and the way to it. Pure but for addresses."""
    shown, path = profile.reading_language(), profile.get_absolute_url()
    told = article(
        headline=_("%(country)s: financing decent work") % {"country": profile.name},
        description=profile.text("summary", shown),
        path=path,
        language=shown,
        published=profile.published_at,
        modified=profile.changed_at,
        about=[thing("Country", name=profile.name, identifier=profile.code)],
    )
    return [told, breadcrumbs((_("Countries"), reverse("programme:country_list")), (profile.name, path))]
