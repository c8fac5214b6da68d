"""What stands in or beside a module's texts: drawings, films, and the page to print."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from core.audiences import PUBLIC
from core.pagecache import for_visitors
from core.translations import LANGUAGES
from courses.enums import ModuleState
from courses.figures import mark_of
from courses.models import Figure
from courses.outline import outlines, progress, reading
from courses.printing import printed_units
from courses.views.found import get_module, get_step

DRAWING_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"  # its own <style> recolours it for dark screens
FOR_GOOD = "max-age=31536000, immutable"
NOT_LONG = "max-age=300"


@login_not_required
@require_safe
def figure(request, module, key, language):
    """One drawing in one language. Under its present mark (`?v=`) it is kept for good. Queries: 2."""
    module = get_module(request.user, module)
    if language not in LANGUAGES:
        raise Http404(language)
    drawing = get_object_or_404(Figure, module=module.pk, key=key).text("svg", language)
    if not drawing:
        raise Http404(key)
    response = HttpResponse(drawing, content_type="image/svg+xml; charset=utf-8")
    scope = "public" if (module.state, module.audience) == (ModuleState.PUBLISHED, PUBLIC) else "private"
    age = FOR_GOOD if request.GET.get("v") == mark_of(drawing) else NOT_LONG
    response["Cache-Control"] = f"{scope}, {age}"
    response["Content-Security-Policy"] = DRAWING_POLICY
    response["X-Content-Type-Options"] = "nosniff"
    return response


@login_not_required
@require_safe
@for_visitors
def unit_film(request, module, unit):
    """The film of a unit in a player that loads nothing by itself: where the link leads without a script."""
    module = get_module(request.user, module)
    (found,) = progress([module], request.user, get_language()[:2])
    here = get_step(request.user, module, found.steps, unit)
    shown = reading(found.plan, here, get_language()[:2])
    if not shown["media"] or not shown["media"].film or shown["media"].film.host:
        raise Http404(unit)
    context = {"module": found.plan, "is_draft": found.is_draft, "unit": here}
    return render(request, "courses/unit_film.html", context | {key: shown[key] for key in ("media", "transcript")})


@login_not_required
@require_safe
@for_visitors
def module_print(request, module):
    """A whole module on one page, to print or to save. Queries: 1, and those of `outlines` and `printed_units`."""
    module = get_module(request.user, module)
    (plan,) = outlines([module], get_language()[:2])
    context = {"module": plan, "is_draft": module.state == ModuleState.DRAFT, "units": printed_units(plan, get_language()[:2])}
    return render(request, "courses/module_print.html", context)
