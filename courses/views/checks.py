"""Answering a knowledge check. Each question is saved on its own; only "hand in" hands in."""

from datetime import timedelta

from django.contrib import messages
from django.http import JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from core.errors import DomainError
from core.paging import number as whole_number
from core.time import clock
from courses import services, versions
from courses.models import Answer, Attempt
from courses.outline import line_of, outlines
from courses.sheets import sheet, shown_value
from courses.views.found import check_context, find_attempt, get_attempt, get_unit


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
    line = line_of(plan, attempt.unit, get_language()[:2])
    context = {
        "module": plan,
        "unit": line,
        "attempt": attempt,
        "questions": sheet(answers, get_language()[:2], errors, request.POST),
        "open_count": sum(versions.is_open(a.version.content, a.value) for a in answers),
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
    values = shown.had.split("|") if shown.had else []
    return JsonResponse({"saved": clock(answer.saved_at), "kept": kept, "shown": values, "note": shown.note})


@require_POST
def attempt_submit(request, module, unit, number):
    """Save what the form carries, then hand the attempt in. A second submit shows the first one's result."""
    attempt, answers = find_attempt(request.user, module, unit, number)
    if attempt.is_open and save_all(request, attempt, answers):
        return attempt_detail(request, module, unit, number)
    services.submit_attempt(attempt=attempt)
    return redirect(attempt)


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
