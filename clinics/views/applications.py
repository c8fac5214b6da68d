"""The open call as an applicant sees it: one page that keeps what is typed, and all her applications."""

from datetime import timedelta

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clinics import asked
from clinics.models import Application, Delegate, Edition
from clinics.services import applications as call
from clinics.sheets import in_zone, sheet
from core.access import get_readable
from core.errors import DomainError
from core.paging import number as whole_number
from core.time import clock

LONGEST_AGE = 10**10  # milliseconds: what a browser may have kept for months
TOO_LATE = {"late", "state", "closed", "invited_only", "joined", "invited"}  # refusals that no other answer would lift


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def apply(request, slug):
    """The application of whoever reads, in whatever state it is. POST keeps the draft, it never hands in."""
    edition = get_readable(Edition.objects, request.user, slug=slug)
    if request.method == "POST":
        application, refused = keep(request, edition)
        if refused:
            return refused
        if application.is_open:
            messages.success(request, _("Your draft is saved. Nothing is handed in yet."))
        return redirect("clinics:apply", slug)
    return apply_page(request, edition)


@require_POST
def application_submit(request, slug):
    """Keep what the form carries, then hand in. A second time it shows what was handed in."""
    edition = get_readable(Edition.objects, request.user, slug=slug)
    application, refused = keep(request, edition)
    if refused:
        return refused
    try:
        call.hand_in(application=application)
    except DomainError as refusal:
        lacking = asked.missing(application) if refusal.code == "incomplete" else []
        errors = dict.fromkeys(lacking, _("This answer is missing.")) or {"": str(refusal)}
        return apply_page(request, edition, errors=errors, status=409 if refusal.code in TOO_LATE else 400)
    return redirect("clinics:apply", slug)


@require_POST
def application_letter(request, slug):
    """Keep what the form carries, and its letter."""
    edition = get_readable(Edition.objects, request.user, slug=slug)
    if not request.FILES.get("letter"):
        return apply_page(request, edition, typed=typed_in(request), errors={"letter": _("Choose a file first.")}, status=400)
    _application, refused = keep(request, edition)
    return refused or redirect(call_address(slug, "letter"))


@require_POST
def application_letter_remove(request, slug):
    """Keep what the form carries, and take the letter out."""
    edition = get_readable(Edition.objects, request.user, slug=slug)
    application, refused = keep(request, edition)
    if refused:
        return refused
    if not application.is_open:
        return closed_page(request, edition, {})
    call.remove_letter(application=application)
    return redirect(call_address(slug, "letter"))


@require_POST
def application_save(request, slug):
    """Save one answer for the page's script; answers JSON {saved, kept, shown, had}, or {error} with 400 or 409."""
    edition = get_readable(Edition.objects, request.user, slug=slug)
    name, client_id = request.POST.get("position", ""), request.POST.get("client_id", "")[:40]
    if name not in asked.QUESTIONS:
        raise BadRequest("position")
    age = timedelta(milliseconds=min(whole_number(request.POST.get("age")) or 0, LONGEST_AGE))
    raw = request.POST.getlist(f"q{name}")
    try:
        application = call.begin_application(edition=edition, user=request.user, language=get_language()[:2])
        application = call.save_field(application=application, field=name, value=raw, client_id=client_id, age=age)
    except DomainError as refusal:
        return JsonResponse({"error": str(refusal)}, status=409 if refusal.code in TOO_LATE else 400)
    shown = asked.values(application, name)
    kept = not client_id or application.typed[name][0] == client_id
    saved = clock(application.saved_at) if shown else ""
    return JsonResponse({"saved": saved, "kept": kept, "shown": shown, "had": asked.had(name, shown)})


@require_safe
@never_cache
def application_list(request):
    """All applications of whoever reads, with what is next for each."""
    rows = Application.objects.filter(user=request.user).with_deadline().select_related("edition").order_by("-pk")
    own = [(row, call.open_until(row)) for row in rows]
    return render(request, "clinics/application_list.html", {"applications": own})


def call_address(slug: str, place: str) -> str:
    """Return the address of a place on the page of a call."""
    return f"{redirect('clinics:apply', slug).url}#{place}"


def typed_in(request) -> dict[str, list[str]]:
    """Return {question: what the form sent}. A question without a mark of what the page showed was not on the page."""
    return {name: request.POST.getlist(f"q{name}") for name in asked.QUESTIONS if f"had{name}" in request.POST}


def keep(request, edition: Edition) -> tuple[Application | None, HttpResponse | None]:
    """Keep all that the page's form carries, the chosen letter too; return the application, or the page with the refusal."""
    typed, errors, status, application = typed_in(request), {}, 400, None
    had = {name: request.POST[f"had{name}"] for name in typed}
    try:
        application = call.begin_application(edition=edition, user=request.user, language=get_language()[:2])
        if not application.is_open:
            return application, None if had_all(application, typed, had) else closed_page(request, edition, typed)
        application, errors = call.save_form(application=application, values=typed, had=had)
        if upload := request.FILES.get("letter"):
            application = call.attach_letter(application=application, upload=upload)
    except DomainError as refusal:
        errors[refusal.field or ""] = str(refusal)
        status = 409 if refusal.code in TOO_LATE else 400
    refused = apply_page(request, edition, typed=typed, errors=errors, status=status) if errors else None
    return application, refused


def had_all(application: Application, typed: dict[str, list[str]], had: dict[str, str]) -> bool:
    """Say whether a form brings nothing that the handed-in application does not say: a second press of the button."""
    stands = {name: asked.had(name, asked.values(application, name)) for name in typed}
    return all(asked.had(name, raw) in (had[name], stands[name]) for name, raw in typed.items())


def closed_page(request, edition: Edition, typed: dict[str, list[str]]):
    """Return the page of an application that was handed in, with what another tab typed and cannot change any more."""
    told = _("This application was handed in already; it can no longer change.")
    return apply_page(request, edition, typed=typed, errors={"": told}, status=409)


def apply_page(request, edition: Edition, *, typed=None, errors=None, status: int = 200):
    """Return the page of a call, as it stands for this person. Queries: 6 at most.

    Args: typed: {question: values} that could not be kept; errors: {question: reason}, "" for what concerns the whole.
    """
    own = Application.objects.filter(edition=edition, user=request.user).select_related("edition", "letter")
    application = own.first()
    situation, facts = situation_of(request, edition, application)
    shown = application or call.prefilled(edition=edition, user=request.user, language=get_language()[:2])
    shown.edition = edition
    countries = set(edition.delegations.values_list("country", flat=True)) if situation == "open" else ()
    context = facts | {
        "edition": edition,
        "application": application,
        "situation": situation,
        "parts": sheet(shown, countries=countries, typed=typed, errors=errors),
        "errors": errors or {},
        "faults": faults(errors or {}, situation),
        "unkept": bool(typed and errors and situation != "open"),
        "written_in": shown.language,
        "done": asked.answered(shown),
        "total": len(asked.REQUIRED),
        "sex": request.user.get_sex_display(),
    }
    return render(request, "clinics/apply.html", context, status=status)


def faults(errors: dict[str, str], situation: str) -> list[tuple[str, object, str]]:
    """Return what to correct as (place on the page, what it is about, why); "" where there is no such place."""
    questions = asked.QUESTIONS if situation == "open" else {}
    places = {name: (f"q{name}", questions[name].label) for name in errors if name in questions}
    if situation == "open":
        places["letter"] = ("letter", _("Letter of who nominates you"))
    return [(*places.get(name, ("", "")), reason) for name, reason in errors.items()]


def situation_of(request, edition: Edition, application: Application | None) -> tuple[str, dict]:
    """Return where this person stands in a call, one of "sent", "seat", "invited", "closed", "looking", "open", with facts."""
    if application is not None and not application.is_open:
        return "sent", {}
    seat = call.seat_of(edition, request.user)
    if seat is not None:
        return "seat" if isinstance(seat, Delegate) else "invited", {"seat": seat}
    if request.looking and application is not None:  # a draft, also after the call
        return "looking", {}
    try:
        deadline = call.require_call(edition, request.user)
    except DomainError as refusal:
        return "closed", {"reason": str(refusal), "because": refusal.code, "elsewhere": in_zone(edition.apply_by, edition)}
    if request.looking:
        return "looking", {"deadline": deadline}
    return "open", {"deadline": deadline, "elsewhere": in_zone(deadline, edition)}
