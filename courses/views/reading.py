"""One unit to read."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import BadRequest
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.http import require_POST, require_safe

from core.errors import DomainError
from core.pagecache import for_visitors
from core.paging import number as whole_number
from core.preview import is_preview, previewable, reader
from courses import linked, services
from courses.enums import ModuleState
from courses.kept import asked, kept_in, records_in, rows_at
from courses.outline import Progress, outlines, reading
from courses.views.found import check_context, get_module, get_step, get_unit


@login_not_required
@previewable
@require_safe
@for_visitors
def unit_detail(request, module, unit):
    """One unit to read, or the door of a knowledge check."""
    return unit_page(request, module, unit)


def unit_page(request, module: str, unit: str, **refused):
    """Render a unit. Args: refused: what a form of the page could not save, and why (`Kept.refuse`); then with 400."""
    module = get_module(request.user, module)
    (plan,) = outlines([module], get_language()[:2])
    rows = rows_at(reader(request), module.pk, unit)
    found = Progress(plan, records_in(rows), is_draft=module.state == ModuleState.DRAFT)
    here = get_step(request.user, module, found.steps, unit)
    if reader(request).is_authenticated and not request.looking:
        services.record_reading(user=request.user, unit_id=here.pk, record=here.record)
    context = {
        "module": found.plan,
        "is_draft": found.is_draft and not is_preview(request),
        "is_preview": is_preview(request),
        "unit": here,
        "units": found.steps,
        "previous": found.steps[here.index - 1] if here.index else None,
        "following": found.steps[here.index + 1] if here.index + 1 < len(found.steps) else None,
        "reading": reading(found.plan, here, get_language()[:2]),
        "linked": lambda: linked.of_unit(found.plan, here, get_language()[:2]),
    }
    if here.is_check:
        context |= check_context(reader(request), here)
        return render(request, "courses/check_detail.html", context)
    context["kept"] = kept_in([] if request.looking else rows, asked(plan, here, get_language()[:2]))
    if refused:
        context["kept"].refuse(**refused)
    return render(request, "courses/unit_detail.html", context, status=400 if refused else 200)


@require_POST
def unit_complete(request, module, unit):
    """Mark a unit as read and go on to the next."""
    unit = get_unit(request.user, module, unit)
    try:
        services.complete_unit(user=request.user, unit=unit)
    except DomainError as refusal:
        messages.error(request, refusal.message)
        return redirect(unit)
    following = unit.module.units.standing().filter(position__gt=unit.position).order_by("position").only("slug").first()
    if following:
        following.module = unit.module
    return redirect(following or unit.module)


@require_POST
def unit_place(request, module, unit):
    """Keep the block at which a reader stopped; sent by the page when it is left."""
    unit = get_unit(request.user, module, unit)
    block = whole_number(request.POST.get("block"))
    if block is None:
        raise BadRequest("block")
    services.record_place(user=request.user, unit=unit, block=block)
    return HttpResponse(status=204)
