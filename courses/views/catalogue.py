"""The modules, and one of them."""

from django.contrib.auth.decorators import login_not_required
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from core.pagecache import for_visitors, generation
from courses.filters import ModuleFilter
from courses.models import Module
from courses.outline import progress
from courses.views.found import ROW, get_module
from courses.views.preview import is_preview, previewable, reader


@login_not_required
@require_safe
@for_visitors
def module_list(request):
    """The modules that fit what the reader asks for, with how far she is."""
    rows = Module.objects.visible_to(request.user).only(*ROW)
    found = progress(list(rows), request.user, get_language()[:2])
    narrowed = ModuleFilter(request.GET, queryset=rows, found=found)
    context = {"filter": narrowed, "modules": narrowed.kept(), "total": len(found), "mark": generation()}
    return render(request, "courses/module_list.html", context, status=200 if narrowed.is_valid() else 400)


@login_not_required
@previewable
@require_safe
@for_visitors
def module_detail(request, module):
    """What a module teaches, its units, and where to go on."""
    module = get_module(request.user, module)
    before = Module.objects.visible_to(request.user).filter(leads_to=module.pk).only(*ROW)
    found, *prerequisites = progress([module, *before], reader(request), get_language()[:2])
    context = {
        "module": found.plan,
        "progress": found,
        "is_draft": found.is_draft and not is_preview(request),
        "prerequisites": prerequisites,
    }
    return render(request, "courses/module_detail.html", context)


@require_safe
def module_continue(request, module):
    """Go on where this person was, on any device: the unit, at the block last read."""
    module = get_module(request.user, module)
    (found,) = progress([module], request.user, get_language()[:2])
    step = found.next_step
    if step is None:
        return redirect(module)
    return redirect(step.url + (f"#b{step.record.block}" if step.record and step.record.block else ""))
