"""A country's priorities: written, signed, read by the clinic, translated."""

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clinics import priorities_sheet as sheet
from clinics.enums import Act, PriorityField
from clinics.models import Delegation, Edition, Priorities
from clinics.services import priorities as services
from core import own_texts
from core.changes import content_changed
from core.enums import Provenance
from core.errors import DomainError
from core.paging import keyset
from core.paging import number as whole_number
from core.text import clean
from core.time import clock
from courses.models import Module
from courses.services.notes import reflections_of

VERSIONS = 40  # on one page of the history
PAUSE = services.CALM / 2


def get_delegation(request, slug: str, country: str, permission: str = "") -> Delegation:
    """Return a delegation that this person reads, 404 otherwise; 403 without the permission. Queries: 1, and 1."""
    rows = Delegation.objects.visible_to(request.user).select_related("edition", "priorities")
    delegation = get_object_or_404(rows, edition__slug=slug, country=country.upper())
    if permission and not request.user.has_perm(permission, delegation):
        raise PermissionDenied
    return delegation


def priorities_of(delegation: Delegation) -> Priorities:
    """Return the priorities of a delegation, unsaved before anybody wrote. No query."""
    return getattr(delegation, "priorities", None) or Priorities(delegation=delegation)


# Writing ------------------------------------------------------------------------------------------
@require_safe
@never_cache
def priorities_edit(request, slug, country):
    """All fields, each saved for itself."""
    delegation = get_delegation(request, slug, country, "clinics.write_priorities")
    lines = sheet.lines_of(priorities_of(delegation), services.REQUIRED, request.user)
    notes = own_notes(request)
    lay_note(request, lines, notes)
    return edit_page(request, delegation, lines, notes)


def edit_page(request, delegation: Delegation, lines: list[sheet.Line], notes: list, status: int = 200):
    """Render the sheet."""
    priorities = priorities_of(delegation)
    priorities.delegation = delegation
    context = {
        "edition": delegation.edition,
        "delegation": delegation,
        "priorities": priorities,
        "lines": lines,
        "notes": notes,
        "is_open": delegation.edition.allows(Act.WRITE),
        "lacking": [line for line in lines if line.required and not line.text],
        "filled": sum(bool(line.text) for line in lines),
        "sides": services.standing(priorities),
        "LANGUAGES": settings.LANGUAGES,
    }
    return render(request, "clinics/priorities_edit.html", context, status=status)


def own_notes(request) -> list[tuple[str, str, str]]:
    """Return the reader's own private answers on her country; nothing to whoever looks on as her. Queries: 1."""
    if request.looking:
        return []
    return reflections_of(request.user, Module.objects.visible_to(request.user))


def lay_note(request, lines: list[sheet.Line], notes: list) -> None:
    """Lay a note of hers (`?note=2&into=5`) into a field as a draft that only she sees until she saves it. Pure."""
    chosen, into = whole_number(request.GET.get("note")), sheet.field_at(whole_number(request.GET.get("into")))
    if not chosen or chosen > len(notes) or into is None or into.is_coded:
        return
    line = lines[sheet.place(into) - 1]
    line.typed, line.is_draft = "\n\n".join(part for part in (line.text, notes[chosen - 1][2]) if part), True
    line.typed_language = line.language


@require_POST
def priorities_save(request, slug, country):
    """Save one field for the page's script, which gets JSON, or every field that was changed on the page."""
    delegation = get_delegation(request, slug, country, "clinics.write_priorities")
    priorities = services.open_priorities(delegation)
    if "position" in request.POST:
        return save_one(request, priorities)
    lines = sheet.lines_of(priorities, services.REQUIRED, request.user)
    saved, status = save_form(request, priorities, lines)
    if status != 200:
        return edit_page(request, delegation, lines, own_notes(request), status)
    return then(request, delegation, priorities, saved)


def typed_in(request, code: PriorityField) -> dict:
    """Return what the form says of one field: text, language and the version she had. Raises BadRequest for no number."""
    position = sheet.place(code)
    had = whole_number(request.POST.get(f"had{position}"))
    text = "\n".join(request.POST.getlist(f"q{position}")) if code.is_coded else request.POST.get(f"q{position}", "")
    return {"text": text, "language": request.POST.get(f"l{position}", ""), "had": min(had or 0, 10**6)}


def save_one(request, priorities: Priorities) -> JsonResponse:
    """Save the one field that changed; answers JSON {saved, kept, shown, had}, or {error} with 400, 409 beside another's."""
    code = sheet.field_at(whole_number(request.POST["position"]))
    if code is None:
        raise BadRequest("position")
    try:
        written = services.save_field(priorities=priorities, field=code, author=request.user, **typed_in(request, code))
    except DomainError as refusal:
        return JsonResponse({"error": str(refusal)}, status=409 if refusal.code == "state" else 400)
    row = written.row
    if written.aside:
        return JsonResponse({"error": meanwhile(row)}, status=409)
    shown = [one for one in (row.text.split() if code.is_coded else [row.text]) if one]
    saved = clock(row.written_at) if row.text else ""
    kept = written.changed or row.text == clean(typed_in(request, code)["text"])
    return JsonResponse({"saved": saved, "kept": kept, "shown": shown, "had": row.version})


def meanwhile(row) -> str:
    """Say that somebody was quicker."""
    name = str(row.written_by) if row.written_by else _("Somebody else")
    text = _(
        "%(name)s has saved another text here since. Yours is kept beside it: load this page again to see both and choose."
    )
    return text % {"name": name}


def save_form(request, priorities: Priorities, lines: list[sheet.Line]) -> tuple[int, int]:
    """Save what differs from what stands. Returns: (fields saved, status); what was refused stands in the lines as typed."""
    saved, status = 0, 200
    for line in lines:
        if f"had{line.position}" not in request.POST:
            continue
        given = typed_in(request, line.code)
        given["language"] = given["language"] or line.language
        if clean(given["text"]) == line.text and (line.code.is_coded or given["language"] == line.language):
            continue
        try:
            written = services.save_field(priorities=priorities, field=line.code, author=request.user, **given)
        except DomainError as refusal:
            line.typed, line.typed_language, line.error = given["text"], given["language"], str(refusal)
            status = max(status, 409 if refusal.code == "state" else 400)
            continue
        saved += written.changed
        if written.aside:
            messages.warning(request, f"{line.label}: {meanwhile(written.row)}")
    return saved, status


def then(request, delegation: Delegation, priorities: Priorities, saved: int):
    """Go on after saving: settle a conflict, lay a note, or back to the sheet."""
    query, url = "", edit_url(delegation)
    code = sheet.field_at(whole_number(request.GET.get("field")))
    if code and request.GET.get("do") in ("keep", "mine"):
        mine = request.GET["do"] == "mine"
        had = whole_number(request.GET.get("had")) or 0
        try:
            written = services.settle_field(priorities=priorities, field=code, author=request.user, had=had, mine=mine)
        except DomainError as refusal:
            messages.error(request, str(refusal))
        else:
            if written and written.aside:
                messages.warning(request, f"{code.label}: {meanwhile(written.row)}")
        return redirect(f"{url}#q{sheet.place(code)}")
    if note := whole_number(request.GET.get("note")):
        into = whole_number(request.POST.get(f"into{note}")) or 1
        query = f"?note={note}&into={into}#q{into}"
    elif saved:
        messages.success(request, _("Your texts are saved."))
    position = whole_number(request.POST.get("save")) if request.POST.get("save", "").isdigit() else None
    return redirect(url + (query or (f"#q{position}" if position else "")))


def edit_url(delegation: Delegation, name: str = "priorities_edit") -> str:
    return reverse(f"clinics:{name}", args=[delegation.edition.slug, delegation.country.lower()])


@require_safe
@never_cache
def priorities_history(request, slug, country):
    """Who changed what, field by field."""
    delegation = get_delegation(request, slug, country)
    lines = sheet.lines_of(priorities_of(delegation))
    code = sheet.field_at(whole_number(request.GET.get("field")))
    written = [line for line in lines if line.row]
    line = lines[sheet.place(code) - 1] if code else next(iter(written), lines[0])
    page, changes = None, []
    if line.row:
        page = keyset(own_texts.versions_of(line.row), request.GET.get("before"), size=VERSIONS)
        changes = sheet.changes_of(page.rows, dict(line.options), line.code, PAUSE)
    context = {"edition": delegation.edition, "delegation": delegation, "written": written, "line": line, "page": page}
    return render(request, "clinics/priorities_history.html", context | {"changes": changes})


# Signing ------------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def priorities_sign(request, slug, country):
    """Read all of it, see who stands by it, and sign for one's own side."""
    delegation = get_delegation(request, slug, country)
    side = services.own_side(request.user, delegation)
    if request.method != "POST":
        return sign_page(request, delegation, side)
    if side is None:
        raise PermissionDenied
    given = {"side": request.POST.get("side", ""), "version": min(whole_number(request.POST.get("version")) or 0, 10**6)}
    agrees = request.POST.get("agrees_public") == "yes"
    priorities = services.open_priorities(delegation)
    try:
        services.sign(priorities=priorities, user=request.user, agrees_public=agrees, **given)
    except DomainError as refusal:
        status = 409 if refusal.code in ("state", "version") else 400
        return sign_page(request, delegation, side, error=str(refusal), agrees=agrees, status=status)
    messages.success(request, _("Thank you: your side has signed."))
    return redirect(edit_url(delegation, "priorities_sign"))


def sign_page(request, delegation: Delegation, side, *, error: str = "", agrees: bool = False, status: int = 200):
    """Render what is to be signed, in its writers' words, translations beside them."""
    priorities = priorities_of(delegation)
    if priorities.pk:
        priorities.refresh_from_db(fields=["version", "published", "published_at", "is_public"])
    priorities.delegation = delegation
    lines = [line for line in sheet.lines_of(priorities) if line.text]
    sides = services.standing(priorities)
    own = next((one for one in sides if one.side == side), None)
    context = {
        "edition": delegation.edition,
        "delegation": delegation,
        "priorities": priorities,
        "lines": lines,
        "translated": own_texts.shown_in([line.row for line in lines if not line.code.is_coded]),
        "sides": sides,
        "own": own,
        "lacking": services.missing(priorities),
        "is_open": delegation.edition.allows(Act.WRITE),
        "is_current": priorities.published.get("version") == priorities.version,
        "error": error,
        "agrees": agrees,
    }
    return render(request, "clinics/priorities_sign.html", context, status=status)


@require_POST
def priorities_agree(request, slug, country):
    """Let what is published stand on the country's page, or take it off."""
    delegation = get_delegation(request, slug, country)
    side, do = services.own_side(request.user, delegation), request.POST.get("do")
    if side is None:
        raise PermissionDenied
    if do not in ("give", "withdraw"):
        raise BadRequest("do")
    act = services.give_agreement if do == "give" else services.withdraw_agreement
    try:
        act(priorities=services.open_priorities(delegation), actor=request.user, side=side)
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Your side’s answer on the country’s page is kept."))
    return redirect(edit_url(delegation, "priorities_sign"))


# Read by the clinic -------------------------------------------------------------------------------
@require_safe
def priorities_list(request, slug):
    """What the delegations of an edition have published, for everyone in it."""
    edition = get_object_or_404(Edition.objects.inside(request.user), slug=slug)
    rows = Priorities.objects.published_to(request.user).filter(delegation__edition=edition).select_related("delegation")
    found = sorted(rows, key=lambda one: one.delegation.name)
    for one in found:
        one.sides = sheet.published_sides(one)
    own = Delegation.objects.visible_to(request.user).filter(edition=edition)[:60]
    context = {"edition": edition, "found": found, "own": own}
    return render(request, "clinics/priorities_list.html", context)


def get_published(request, slug: str, country: str) -> Priorities:
    """Return published priorities that this person reads, or 404. Queries: 1."""
    rows = Priorities.objects.published_to(request.user).select_related("delegation__edition")
    return get_object_or_404(rows, delegation__edition__slug=slug, delegation__country=country.upper())


@require_safe
def priorities_detail(request, slug, country):
    """The published priorities of one country; `?translate=5` opens the form for one field."""
    priorities = get_published(request, slug, country)
    return detail_page(request, priorities, sheet.field_at(whole_number(request.GET.get("translate"))))


def detail_page(request, priorities: Priorities, code=None, *, typed: str | None = None, error: str = "", status: int = 200):
    """Render published priorities, perhaps with the form to translate one field."""
    delegation, language = priorities.delegation, get_language()[:2]
    lines = sheet.published_lines(priorities)[priorities.pk]
    may_translate = request.user.has_perm("clinics.write_priorities", delegation) and not request.looking
    open_line = next((one for one in lines if one.code == code and may_translate and translatable(one, language)), None)
    context = {
        "edition": delegation.edition,
        "delegation": delegation,
        "priorities": priorities,
        "lines": lines,
        "sides": sheet.published_sides(priorities),
        "may_translate": may_translate,
        "may_write": request.user.has_perm("clinics.write_priorities", delegation),
        "open_line": open_line,
        "typed": typed,
        "error": error,
        "language_name": sheet.language_name(language),
    }
    return render(request, "clinics/priorities_detail.html", context, status=status)


def translatable(line: sheet.PublishedLine, language: str) -> bool:
    """Say whether a field can be translated into the reader's language. Pure."""
    return not line.is_coded and line.row.language != language


@require_POST
def priorities_translate(request, slug, country):
    """Keep a person's translation of one field into the language of the page."""
    priorities = get_published(request, slug, country)
    if not request.user.has_perm("clinics.write_priorities", priorities.delegation):
        raise PermissionDenied
    code = sheet.field_at(whole_number(request.POST.get("field")))
    row = next((one for one in sheet.published_rows(priorities) if one.field == code), None)
    if row is None or code.is_coded:
        raise Http404
    text, of = request.POST.get("text", ""), whole_number(request.POST.get("of"))
    given = {"language": get_language()[:2], "text": text, "of": of, "provenance": Provenance.HUMAN}
    try:
        own_texts.translate(row=row, translator=request.user, **given)
    except DomainError as refusal:
        return detail_page(request, priorities, code, typed=text, error=str(refusal), status=400)
    content_changed(priorities)
    messages.success(request, _("Thank you: your translation stands."))
    return redirect(reverse("clinics:priorities_detail", args=[slug, country]) + f"#p{sheet.place(code)}")
