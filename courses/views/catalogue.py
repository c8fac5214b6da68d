"""The modules, and one of them."""

from django.contrib.auth.decorators import login_not_required
from django.shortcuts import redirect, render
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from core.pagecache import for_visitors
from core.preview import is_preview, previewable, reader
from courses import linked
from courses.filters import ModuleFilter
from courses.models import Module
from courses.outline import Progress, progress
from courses.views.found import ROW, get_module


@login_not_required
@require_safe
@for_visitors
def module_list(request):
    """The modules that fit what the reader asks for, with how far she is."""
    rows = Module.objects.visible_to(request.user).only(*ROW)
    found = progress(list(rows), request.user, get_language()[:2])
    context = {"modules": found, "total": len(found), "chosen": {}, "refused": False, "plans": marks_of(found)}
    narrowed = SimpleLazyObject(lambda: ModuleFilter(request.GET, queryset=rows, found=found))
    if set(request.GET) & set(ModuleFilter.base_filters):
        chosen = narrowed.chosen
        context |= {"chosen": chosen, "refused": not narrowed.is_valid(), "modules": narrowed.kept() if chosen else found}
    return render(
        request, "courses/module_list.html", context | {"filter": narrowed}, status=400 if context["refused"] else 200
    )


def marks_of(found: list[Progress]) -> str:
    """Return what tells the forms of two catalogues apart: their modules as they stand."""
    return " ".join(one.plan.key for one in found)


@login_not_required
@previewable
@require_safe
@for_visitors
def module_detail(request, module):
    """What a module teaches, its units, and where to go on."""
    module = get_module(request.user, module)
    before = Module.objects.visible_to(request.user).filter(leads_to=module.pk).only(*ROW)
    language = get_language()[:2]
    found, *prerequisites = progress([module, *before], reader(request), language)
    context = {
        "module": found.plan,
        "progress": found,
        "is_draft": found.is_draft and not is_preview(request),
        "prerequisites": prerequisites,
        "linked": lambda: linked.of_module(found, language),
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
