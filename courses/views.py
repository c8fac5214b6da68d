"""Reading, and answering knowledge checks. Each question is saved on its own; only "hand in" hands in."""

from datetime import timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import BadRequest
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.access import get_readable
from core.errors import DomainError
from core.pagecache import for_visitors
from core.paging import number as whole_number
from core.time import clock
from core.translations import LANGUAGES
from courses import services
from courses.models import Answer, Attempt, Module, Question, Unit
from courses.outline import Step, outlines, progress, reading
from courses.sheets import sheet, shown_value

ROW = ["slug", "state", "audience", "changed_at"]
TEXTS = [f"{name}_{code}" for name in ("body", "body_html", "sources", "summary") for code in LANGUAGES] + [
    "body",
    "body_html",
    "sources",
    "summary",
]


@login_not_required
@require_safe
@for_visitors
def module_list(request):
    """The modules, with how far this person is."""
    modules = list(Module.objects.visible_to(request.user).only(*ROW))
    found = progress(modules, request.user, get_language()[:2])
    return render(request, "courses/module_list.html", {"modules": found})


@login_not_required
@require_safe
@for_visitors
def module_detail(request, module):
    """What a module teaches, its units, and where to go on."""
    module = get_module(request.user, module)
    (found,) = progress([module], request.user, get_language()[:2])
    prerequisites = list(Module.objects.visible_to(request.user).filter(leads_to=module.pk))
    context = {"module": found.plan, "progress": found, "is_draft": found.is_draft, "prerequisites": prerequisites}
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


@login_not_required
@require_safe
@for_visitors
def unit_detail(request, module, unit):
    """One unit to read, or the door of a knowledge check."""
    module = get_module(request.user, module)
    (found,) = progress([module], request.user, get_language()[:2])
    here = get_step(found.steps, unit)
    if request.user.is_authenticated:
        services.record_reading(user=request.user, unit_id=here.pk, record=here.record)
    context = {
        "module": found.plan,
        "is_draft": found.is_draft,
        "unit": here,
        "units": found.steps,
        "previous": found.steps[here.index - 1] if here.index else None,
        "following": found.steps[here.index + 1] if here.index + 1 < found.total else None,
        "reading": reading(found.plan, here, get_language()[:2]),
    }
    if here.is_check:
        context |= check_context(request.user, here)
        return render(request, "courses/check_detail.html", context)
    return render(request, "courses/unit_detail.html", context)


@require_POST
def unit_complete(request, module, unit):
    """Mark a unit as read and go on to the next."""
    unit = get_unit(request.user, module, unit)
    try:
        services.complete_unit(user=request.user, unit=unit)
    except DomainError as refusal:
        messages.error(request, refusal.message)
        return redirect(unit)
    following = unit.module.units.filter(position__gt=unit.position).order_by("position").only("slug").first()
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


@require_POST
def attempt_start(request, module, unit):
    """Open an attempt, or go on with the one that is open."""
    unit = get_unit(request.user, module, unit)
    try:
        attempt = services.start_attempt(user=request.user, unit=unit)
    except DomainError as refusal:
        messages.error(request, refusal.message)
        return redirect(unit)
    attempt.unit = unit
    return redirect(attempt)


@require_http_methods(["GET", "HEAD", "POST"])
def attempt_detail(request, module, unit, number):
    """The sheet of questions while the attempt is open, its result afterwards. POST saves, it never hands in."""
    attempt, answers = find_attempt(request.user, module, unit, number)
    errors = {}
    if request.method == "POST":
        errors = save_all(request, attempt, answers)
        if not errors:
            place = request.POST.get("save", "")
            return redirect(f"{attempt.get_absolute_url()}#{'q' + place if place.isdigit() else 'hand-in'}")
    (plan,) = outlines([attempt.unit.module], get_language()[:2])
    line = next(line for line in plan.units if line.pk == attempt.unit_id)
    context = {
        "module": plan,
        "unit": line,
        "attempt": attempt,
        "questions": sheet(answers, get_language()[:2], errors, request.POST),
        "open_count": sum(a.value is None for a in answers),
        "errors": errors,
    }
    template = "courses/attempt_detail.html" if attempt.is_open else "courses/attempt_result.html"
    if not attempt.is_open:
        context |= check_context(request.user, line)
    return render(request, template, context, status=400 if errors else 200)


@require_POST
def answer_save(request, module, unit, number):
    """Save one answer for the page's script; answers JSON {saved, value} or {error} with 400, 409."""
    attempt = get_attempt(request.user, module, unit, number)
    position = whole_number(request.POST.get("position"))
    answer = attempt.answers.select_related("version").filter(position=position).first()
    if answer is None:
        return JsonResponse({"error": _("This question is not part of the attempt.")}, status=404)
    client_id = request.POST.get("client_id", "")[:40]
    age = timedelta(milliseconds=min(whole_number(request.POST.get("age")) or 0, 10**10))
    try:
        answer = services.save_answer(
            attempt=attempt,
            answer=answer,
            raw=request.POST.getlist(f"q{position}"),
            language=get_language()[:2],
            client_id=client_id,
            age=age,
        )
    except DomainError as refusal:
        return JsonResponse({"error": str(refusal)}, status=409 if refusal.code == "closed" else 400)
    shown = sheet([answer], get_language()[:2], {}, {})[0]
    kept = not client_id or answer.client_id == client_id
    return JsonResponse({"saved": clock(answer.saved_at), "kept": kept, "shown": shown.had.split("|") if shown.had else []})


@require_POST
def attempt_submit(request, module, unit, number):
    """Save what the form carries, then hand the attempt in. A second submit shows the first one's result."""
    attempt, answers = find_attempt(request.user, module, unit, number)
    if attempt.is_open and save_all(request, attempt, answers):
        return attempt_detail(request, module, unit, number)
    services.submit_attempt(attempt=attempt)
    return redirect(attempt)


# Helpers ------------------------------------------------------------------------------------------
def get_module(user, slug: str) -> Module:
    """Return a module this person may read (its row without the texts), or 404. Queries: 1."""
    return get_readable(Module.objects.only(*ROW), user, slug=slug)


def get_step(found: list[Step], slug: str) -> Step:
    """Return one of a module's steps, or 404."""
    for step in found:
        if step.slug == slug:
            return step
    raise Http404(slug)


def get_unit(user, module: str, slug: str) -> Unit:
    """Return a unit (without its texts) and its module, or 404. Queries: 1."""
    rows = Unit.objects.visible_to(user).select_related("module").defer(*TEXTS)
    return get_object_or_404(rows, module__slug=module, slug=slug)


def check_context(user, unit) -> dict:
    """Return what a check's pages say about a person's attempts. Queries: 2 (1 for visitors)."""
    attempts = list(Attempt.objects.visible_to(user).filter(unit=unit.pk).order_by("number"))
    left = unit.max_attempts - len(attempts) if unit.max_attempts else None
    return {
        "attempts": attempts,
        "standing": next((a for a in attempts if a.is_open), None),
        "left": left,
        "may_start": left is None or left > 0,
        "has_passed": any(a.passed for a in attempts),
        "question_count": Question.objects.filter(unit=unit.pk, is_active=True).count(),
    }


def find_attempt(user, module: str, unit: str, number: int) -> tuple[Attempt, list[Answer]]:
    """Return one of this person's attempts and its answers, or 404. Queries: 2."""
    attempt = get_attempt(user, module, unit, number)
    return attempt, list(attempt.answers.select_related("version"))


def get_attempt(user, module: str, unit: str, number: int) -> Attempt:
    """Return one of this person's attempts with its unit (without the texts) and module, or 404. Queries: 1."""
    rows = Attempt.objects.visible_to(user).select_related("unit__module").defer(*(f"unit__{name}" for name in TEXTS))
    return get_object_or_404(rows, unit__module__slug=module, unit__slug=unit, number=number)


def save_all(request, attempt: Attempt, answers: list[Answer]) -> dict[int, str]:
    """Save every question that was changed on this page; return {position: why it could not be saved}.

    The form says what it showed (`had7`), so that an old page never overwrites what another tab has saved since.
    """
    errors = {}
    for answer in answers:
        raw, had = request.POST.getlist(f"q{answer.position}"), request.POST.get(f"had{answer.position}")
        if had is None or had == shown_value(raw):
            continue
        try:
            services.save_answer(attempt=attempt, answer=answer, raw=raw, language=get_language()[:2])
        except DomainError as refusal:
            errors[answer.position] = str(refusal)
    return errors
