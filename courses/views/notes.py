"""What a person keeps: notes, answers on her country, bookmarks, and whether a unit was clear to her."""

from datetime import timedelta

from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from core.errors import DomainError
from core.paging import number as whole_number
from core.time import clock
from courses.kept import OWN, had
from courses.mine import shelves
from courses.models import Module, Unit
from courses.services.clarity import say_clear
from courses.services.notes import save_note, set_bookmark
from courses.views.found import TEXTS, get_unit
from courses.views.reading import unit_page

SHELVES = 5  # modules on one page of "My notes"
LONGEST_AGE = 10**10  # milliseconds: what a browser may have kept for months


def get_writable(user, module: str, slug: str) -> Unit:
    """Return a unit for which a person may still keep a note, or 404. Queries: 1, and 1 for its reflections.

    A unit that was retired while she wrote still takes what waits in her browser: she finds it under "My notes".
    """
    mine = Q(module__in=Module.objects.visible_to(user)) | Q(records__user=user)
    rows = Unit.objects.filter(mine, module__slug=module, slug=slug).select_related("module").defer(*TEXTS)
    return get_object_or_404(rows.prefetch_related("reflections").distinct())


def reflection_at(unit: Unit, position: int):
    """Return the reflection of a place in the form, None for the person's own note. Raises BadRequest for any other."""
    if position == OWN:
        return None
    for reflection in unit.reflections.all():
        if reflection.pk == position:
            return reflection
    raise BadRequest("no such question in this unit")


@require_POST
def note_save(request, module, unit):
    """Save notes: one for the page's script, which gets JSON, or the whole form."""
    unit = get_writable(request.user, module, unit)
    return save_one(request, unit) if "position" in request.POST else save_form(request, unit)


def save_one(request, unit: Unit) -> JsonResponse:
    """Save the one text that changed; answers JSON {saved, kept, shown, had}, or {error} with 400."""
    position = whole_number(request.POST["position"])
    if position is None:
        raise BadRequest("position")
    client_id = request.POST.get("client_id", "")[:40]
    try:
        note = save_note(
            user=request.user,
            unit=unit,
            reflection=reflection_at(unit, position),
            text=request.POST.get(f"q{position}", ""),
            client_id=client_id,
            age=timedelta(milliseconds=min(whole_number(request.POST.get("age")) or 0, LONGEST_AGE)),
        )
    except DomainError as refusal:
        return JsonResponse({"error": str(refusal)}, status=400)
    kept = not client_id or note.client_id == client_id
    shown = [note.text] if note.text else []
    saved = clock(note.saved_at) if note.text else ""
    return JsonResponse({"saved": saved, "kept": kept, "shown": shown, "had": had(note.text)})


def save_form(request, unit: Unit):
    """Save every text that was changed on this page; what cannot be saved comes back with its reason.

    The form says what it showed (`had7`), so that an old page never overwrites what another tab has saved since.
    """
    typed, errors = {}, {}
    for name, text in request.POST.items():
        if not (name[:1] == "q" and name[1:].isascii() and name[1:].isdigit()):
            continue
        position = whole_number(name[1:])
        if request.POST.get(f"had{position}") in (None, had(text)):
            continue  # as the page showed it: another tab may have saved since
        typed[position] = text
        try:
            save_note(user=request.user, unit=unit, reflection=reflection_at(unit, position), text=text)
        except DomainError as refusal:
            errors[position] = str(refusal)
    if errors:
        return unit_page(request, unit.module.slug, unit.slug, typed=typed, errors=errors)
    messages.success(request, _("Your notes are saved.") if typed else _("Nothing was changed."))
    return redirect("courses:my_notes" if unit.retired_at else unit.get_absolute_url() + "#notes")


@require_POST
def unit_bookmark(request, module, unit):
    """Keep a unit among the bookmarks, or take it out."""
    unit = get_unit(request.user, module, unit)
    act = request.POST.get("do")
    if act not in ("add", "remove"):
        raise BadRequest("do")
    set_bookmark(user=request.user, unit=unit, keep=act == "add")
    return redirect(unit)


@require_POST
def unit_clear(request, module, unit):
    """Say whether a unit was clear, and what was not."""
    unit = get_unit(request.user, module, unit)
    answer, remark = request.POST.get("clear"), request.POST.get("remark")
    if answer not in ("yes", "no"):
        raise BadRequest("clear")
    try:
        say_clear(user=request.user, unit=unit, language=get_language()[:2], is_clear=answer == "yes", remark=remark)
    except DomainError as refusal:
        return unit_page(request, module, unit.slug, remark=remark, clear_error=str(refusal))
    return redirect(unit.get_absolute_url() + "#clear")


@require_safe
@never_cache
def my_notes(request):
    """All that this person kept, by module, what she wrote last first."""
    refuse_onlookers(request)
    found = shelves(request.user, get_language()[:2])
    pages = Paginator(found, SHELVES)
    page = pages.get_page(whole_number(request.GET.get("page")) or 1)
    return render(request, "courses/my_notes.html", {"page": page, "is_empty": not found})


@require_safe
@never_cache
def my_notes_file(request):
    """The same as a text to keep."""
    refuse_onlookers(request)
    text = render_to_string("courses/my_notes.md", {"shelves": shelves(request.user, get_language()[:2])}, request)
    response = HttpResponse(text, content_type="text/markdown; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="fdw-notes.md"'
    return response


def refuse_onlookers(request) -> None:
    """Notes are hers alone: who looks at the portal as this person does not read them."""
    if request.looking:
        raise PermissionDenied("private notes")
