"""Reading, and answering knowledge checks. Each question is saved on its own; only "hand in" hands in."""

import functools
from datetime import timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import BadRequest
from django.db.models import Q
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.errors import DomainError
from core.pagecache import for_visitors
from core.paging import number as whole_number
from core.richtext import terms_in, with_notes
from core.time import clock
from core.translations import LANGUAGES
from courses import services
from courses.models import Answer, Attempt, Module, Question, Unit, UnitRecord
from courses.sheets import sheet, shown_value
from programme.notes import note_renderer


@login_not_required
@require_safe
@for_visitors
def module_list(request):
    """The modules, with how far this person is."""
    modules = list(Module.objects.visible_to(request.user).with_progress(request.user).select_related("theme"))
    return render(request, "courses/module_list.html", {"modules": modules})


@login_not_required
@require_safe
@for_visitors
def module_detail(request, module):
    """What a module teaches, its units, and where to go on."""
    module = get_object_or_404(Module.objects.visible_to(request.user).select_related("theme"), slug=module)
    units = units_with_records(module, request.user)
    context = {
        "module": module,
        "units": units,
        "done": sum(unit.is_done for unit in units),
        "minutes_left": sum(unit.minutes for unit in units if not unit.is_done),
        "next_unit": next_unit(units),
        "prerequisites": list(module.prerequisites.all()),
    }
    return render(request, "courses/module_detail.html", context)


@require_safe
def module_continue(request, module):
    """Go on where this person was, on any device: the unit, at the block last read."""
    module = get_object_or_404(Module.objects.visible_to(request.user), slug=module)
    unit = next_unit(units_with_records(module, request.user))
    if unit is None:
        return redirect(module)
    place = f"#b{unit.record.block}" if unit.record and unit.record.block else ""
    return redirect(unit.get_absolute_url() + place)


@login_not_required
@require_safe
@for_visitors
def unit_detail(request, module, unit):
    """One unit to read, or the door of a knowledge check."""
    unit, units, here = find_unit(request.user, module, unit)
    if request.user.is_authenticated:
        services.record_reading(user=request.user, unit=unit, record=here.record)
    context = {
        "module": unit.module,
        "unit": unit,
        "units": units,
        "here": here,
        "shown": here.shown_in[get_language()[:2]],
        "previous": units[here.index - 1] if here.index else None,
        "following": units[here.index + 1] if here.index + 1 < len(units) else None,
    }
    context["body"] = readable(unit, context["shown"])
    context["source_lines"] = unit.text("sources", context["shown"]).splitlines()
    if unit.is_check:
        attempts = Attempt.objects.visible_to(request.user).filter(unit=unit).order_by("number")
        context |= check_context(unit, list(attempts))
        return render(request, "courses/check_detail.html", context)
    return render(request, "courses/unit_detail.html", context)


@require_POST
def unit_complete(request, module, unit):
    """Mark a unit as read and go on to the next."""
    unit, units, here = find_unit(request.user, module, unit)
    try:
        services.complete_unit(user=request.user, unit=unit)
    except DomainError as refusal:
        messages.error(request, refusal.message)
        return redirect(unit)
    following = units[here.index + 1] if here.index + 1 < len(units) else None
    return redirect(following or unit.module)


@require_POST
def unit_place(request, module, unit):
    """Keep the block at which a reader stopped; sent by the page when it is left."""
    unit = get_object_or_404(Unit.objects.visible_to(request.user), module__slug=module, slug=unit)
    block = whole_number(request.POST.get("block"))
    if block is None:
        raise BadRequest("block")
    services.record_place(user=request.user, unit=unit, block=block)
    return HttpResponse(status=204)


@require_POST
def attempt_start(request, module, unit):
    """Open an attempt, or go on with the one that is open."""
    unit, _units, _here = find_unit(request.user, module, unit)
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
    context = {
        "module": attempt.unit.module,
        "unit": attempt.unit,
        "attempt": attempt,
        "questions": sheet(answers, get_language()[:2], errors, request.POST),
        "open_count": sum(a.value is None for a in answers),
        "errors": errors,
    }
    template = "courses/attempt_detail.html" if attempt.is_open else "courses/attempt_result.html"
    if not attempt.is_open:
        context |= check_context(attempt.unit, list(Attempt.objects.filter(user=request.user, unit=attempt.unit)))
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
LISTED = ("module", "slug", "kind", "position", "minutes", "source_language", *(f"title_{code}" for code in LANGUAGES))


def units_with_records(module: Module, user) -> list[Unit]:
    """Return a module's units in order, each with `.record` (or None), `.is_done` and `.index`. Queries: 1 or 2.

    Their texts stay in the database, also when the page asks whether there is one in its language.
    """
    units = list(module.units.only(*LISTED).annotate(has_body=body_given()))
    records = {}
    if user.is_authenticated:
        records = {r.unit_id: r for r in UnitRecord.objects.filter(user=user, unit__in=[u.pk for u in units])}
    for index, unit in enumerate(units):
        unit.module, unit.index, unit.record = module, index, records.get(unit.pk)
        unit.is_done = bool(unit.record and unit.record.completed_at)
        know_language(unit, unit.has_body)
    return units


@functools.cache
def heavy_fields() -> tuple[str, ...]:
    """Return the names of a unit's long texts in every language."""
    return tuple(f.name for f in Unit._meta.get_fields() if f.name.startswith(("body", "sources")))


def markdown_sources() -> list[str]:
    """Return the names of the texts as they were typed, which no reader's page shows."""
    return [name for name in heavy_fields() if name.startswith("body") and not name.startswith("body_html")]


def body_given(path: str = "") -> Q:
    """Return the condition that a unit has a text in the page's language; HTML is empty just when the source is blank."""
    name = f"{path}body_html_{get_language()[:2]}"
    return Q(**{f"{name}__isnull": False}) & ~Q(**{name: ""})


def know_language(unit: Unit, has_body: bool) -> None:
    """Tell the template tags what `reading_language` would say, without loading the text for it."""
    here = get_language()[:2]
    unit.shown_in = {here: here if has_body and unit.text("title", here).strip() else unit.source_language}


def next_unit(units: list[Unit]) -> Unit | None:
    """Return where to go on: the unit last seen if it is not done, else the first that is not done."""
    seen = [u for u in units if u.record and not u.is_done]
    if seen:
        return max(seen, key=lambda u: u.record.seen_at)
    return next((u for u in units if not u.is_done), None)


def find_unit(user, module: str, slug: str) -> tuple[Unit, list[Unit], Unit]:
    """Return a unit with its module, the module's units, and the unit's place among them. Queries: 2 to 4."""
    rows = Unit.objects.visible_to(user).select_related("module").defer(*markdown_sources())
    unit = get_object_or_404(rows, module__slug=module, slug=slug)
    units = units_with_records(unit.module, user)
    here = next(u for u in units if u.pk == unit.pk)
    unit.shown_in = here.shown_in
    return unit, units, here


def readable(unit: Unit, language: str) -> str:
    """Return a unit's HTML in a language with its glossary notes. Queries: 1."""
    html = unit.text("body_html", language)
    return with_notes(html, note_renderer(terms_in(html), language))


def check_context(unit: Unit, attempts: list[Attempt]) -> dict:
    left = None if not unit.max_attempts else unit.max_attempts - len(attempts)
    standing = next((a for a in attempts if a.is_open), None)
    for attempt in attempts:
        attempt.unit = unit
    return {
        "attempts": attempts,
        "standing": standing,
        "left": left,
        "may_start": left is None or left > 0,
        "has_passed": any(a.passed for a in attempts),
        "question_count": Question.objects.filter(unit=unit, is_active=True).count(),
    }


def find_attempt(user, module: str, unit: str, number: int) -> tuple[Attempt, list[Answer]]:
    """Return one of this person's attempts and its answers, or 404. Queries: 2."""
    attempt = get_attempt(user, module, unit, number)
    return attempt, list(attempt.answers.select_related("version"))


def get_attempt(user, module: str, unit: str, number: int) -> Attempt:
    """Return one of this person's attempts with its unit (without the texts) and module, or 404. Queries: 1."""
    rows = Attempt.objects.visible_to(user).select_related("unit__module")
    rows = rows.defer(*(f"unit__{name}" for name in heavy_fields())).annotate(has_body=body_given("unit__"))
    attempt = get_object_or_404(rows, unit__module__slug=module, unit__slug=unit, number=number)
    know_language(attempt.unit, attempt.has_body)
    return attempt


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
