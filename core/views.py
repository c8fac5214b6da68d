import re

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.http import FileResponse, Http404, HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import Resolver404, resolve, reverse
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from core import registry
from core.access import SignInFirst, get_readable
from core.context import UNLISTED
from core.linked_data import absolute
from core.middleware import person_mark
from core.models import Job, StoredFile

RANGE = re.compile(r"bytes=(\d{1,15})-(\d{0,15})$")
INLINE = {
    "image/jpeg", "image/png", "image/webp", "application/pdf", "video/mp4", "video/webm", "audio/mpeg", "audio/mp4",
    "audio/ogg", "text/vtt; charset=utf-8",
}  # fmt: skip
PIECE = 256 * 1024


@login_not_required
@require_safe
@never_cache
def health(request):
    """Say whether the web process reaches its database. Queries: 1."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"database": "ok"})


@login_not_required
@require_safe
def robots(request):
    """Tell search engines what is not for them, and where the rest is listed."""
    hidden = ["/admin/", *(f"/*/{part}" for part in UNLISTED)]
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in hidden), "", f"Sitemap: {absolute(reverse('sitemap'))}"]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain")


@login_not_required
@require_safe
def file(request, key):
    """Serve a stored file to its audience, whole or one range of it."""
    return served(request, get_readable(StoredFile.objects, request.user, key=key))


def served(request, stored: StoredFile):
    """Return a file that this reader may have, whole or one range of it; shown in the browser where that is safe.

    A reader who has it already is told so: 304. A range of an older state of it (`If-Range`) is answered with the whole.
    """
    size, etag = stored.size, f'"{stored.sha256[:20]}"'
    unchanged = get_conditional_response(request, etag=etag)
    if unchanged is not None:
        return unchanged
    found = RANGE.match(request.headers.get("Range", "")) if request.headers.get("If-Range", etag) == etag else None
    first, last = 0, size - 1
    if found:
        first, last = int(found[1]), min(int(found[2] or size - 1), size - 1)
        if first > last:
            return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
        pieces = part_of(stored, first, last)
        response = StreamingHttpResponse(pieces, status=206, content_type=stored.content_type)
        response["Content-Range"] = f"bytes {first}-{last}/{size}"
    else:
        response = FileResponse(stored.file.open("rb"), content_type=stored.content_type)
    response["Content-Length"] = last - first + 1
    inline = stored.content_type in INLINE
    response["Content-Disposition"] = content_disposition_header(not inline, stored.name)
    response["Accept-Ranges"], response["ETag"] = "bytes", etag
    response["Cache-Control"] = "private, max-age=3600"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def part_of(stored: StoredFile, first: int, last: int):
    """Yield the bytes of a file from `first` to `last` in pieces: a player asks for all that follows of a long film."""
    with stored.file.open("rb") as body:
        body.seek(first)
        while first <= last:
            piece = body.read(min(PIECE, last - first + 1))
            if not piece:
                return
            first += len(piece)
            yield piece


@login_not_required
@require_safe
@never_cache
def typed(request):
    """Give back what was typed when the session had expired: read it again, send it with one button."""
    kept = request.session.get("typed")
    if not kept:
        return redirect("home")
    if kept["person"] and not request.user.is_authenticated:
        return redirect_to_login(request.path)  # whoever sits here now may be another person
    if kept["person"] and kept["person"] != person_mark(request.user):
        del request.session["typed"]
        raise PermissionDenied("typed by somebody else on this browser")
    try:
        resolve(kept["path"].partition("?")[0])
    except Resolver404:
        return redirect("home")
    fields = [
        {"name": name, "value": value, "shown": len(value) > 1 and name not in ("next", "client_id", "once", "zone")}
        for name, value in kept["fields"]
    ]
    return render(request, "typed.html", {"kept": kept, "fields": fields})


@login_not_required
@require_safe
@never_cache
def job(request, key):
    """How far background work is, and what it made; for its owner, or, for work of nobody, whoever has the address."""
    return render(request, "core/job_detail.html", job_context(get_job(request.user, key)))


@login_not_required
@require_safe
@never_cache
def job_state(request, key):
    """The same for the page's script: {state, finished, html}."""
    found = get_job(request.user, key)
    html = render_to_string("core/_job.html", job_context(found), request=request)
    return JsonResponse({"state": found.state, "finished": found.is_finished, "html": html})


def get_job(user, key) -> Job:
    """Return a job that this person may open. Raises: SignInFirst for a visitor, Http404. Queries: 1 or 2."""
    found = Job.objects.select_related("file").opened_by_key(user).filter(key=key).first()
    if found is None and not user.is_authenticated and Job.objects.filter(key=key).exists():
        raise SignInFirst
    if found is None:
        raise Http404(key)
    return found


def job_context(found: Job) -> dict:
    """Return what the page of a job says; of a kind that is no more, only its state."""
    kind = registry.jobs.get(found.kind)
    return {"job": found, "title": kind.title(found) if kind else "", "back": kind.back(found) if kind and kind.back else ""}
