"""Visitors' pages from a cache, before sessions: no cookie, no token, ETag and 304."""

import functools
import gzip
import hashlib
import secrets

from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.cache import cache, caches
from django.http import HttpResponse, HttpResponseNotModified
from django.utils.cache import get_conditional_response, patch_cache_control, patch_vary_headers

SECONDS = 300
MOMENT = 1  # seconds for which a process trusts the mark that it knows
FORMAT = 2  # raise when what is kept of a page changes
GENERATION = "pages.generation"
KEPT_HEADERS = ("Content-Type", "ETag", "Cache-Control", "Content-Language", "Vary", "Last-Modified")


def forget_pages() -> None:
    """Make every cached visitors' page stale, after content changed: here at once, elsewhere within MOMENT. Safe to repeat."""
    mark = secrets.token_hex(6)
    cache.set(GENERATION, mark, None)
    caches["process"].set(GENERATION, mark, MOMENT)


def generation() -> str:
    """Return the mark of the present content; it changes with `forget_pages`. One look into the shared cache a MOMENT."""
    mark = caches["process"].get(GENERATION)
    if mark is None:
        mark = cache.get(GENERATION, "0")
        caches["process"].set(GENERATION, mark, MOMENT)
    return mark


class VisitorPageCache:
    """Serve GETs that bring no session from the cache, when the view has marked the response as `for_visitors`.

    Only full responses without cookies are kept, under host, path, query and the generation of the content.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.method not in ("GET", "HEAD") or request.COOKIES.get("sessionid") or request.COOKIES.get("messages"):
            return self.get_response(request)
        name = _name(request)
        kept = cache.get(name)
        if kept:
            response = _from_cache(request, kept)
            return get_conditional_response(request, etag=response["ETag"], response=response) or response
        response = self.get_response(request)
        if getattr(response, "for_visitors", False) and response.status_code == 200 and not response.cookies:
            response["ETag"] = f'W/"{hashlib.sha256(response.content).hexdigest()[:20]}"'
            patch_cache_control(response, public=True, max_age=0, must_revalidate=True)
            headers = {h: response[h] for h in KEPT_HEADERS if response.has_header(h)}
            packed = gzip.compress(response.content, 6, mtime=0) if settings.COMPRESS else b""
            cache.set(name, {"body": response.content, "packed": packed, "headers": headers}, SECONDS)
            conditional = get_conditional_response(request, etag=response["ETag"], response=response)
            return conditional if isinstance(conditional, HttpResponseNotModified) else response
        return response


def _from_cache(request, kept: dict) -> HttpResponse:
    """Return a kept page, compressed once for all who take it so: it holds no token that its length could betray."""
    is_packed = bool(kept["packed"]) and "gzip" in request.headers.get("Accept-Encoding", "")
    response = HttpResponse(kept["packed"] if is_packed else kept["body"])
    for header, value in kept["headers"].items():
        response[header] = value
    if is_packed:
        response["Content-Encoding"], response["Content-Length"] = "gzip", str(len(kept["packed"]))
        patch_vary_headers(response, ["Accept-Encoding"])
    return response


def _name(request) -> str:
    release = getattr(staticfiles_storage, "manifest_hash", "")  # an older page names files that are no more
    place = f"{FORMAT}:{release}:{request.scheme}://{request.get_host()}{request.get_full_path()}"
    return f"page.{generation()}.{hashlib.sha256(place.encode()).hexdigest()}"


def for_visitors(view):
    """Decorator: this page is the same for every visitor, so it may be kept (it holds no form)."""

    @functools.wraps(view)
    def wrapped(request, *args, **kwargs):
        response = view(request, *args, **kwargs)
        if not request.user.is_authenticated and not request.META.get("CSRF_COOKIE_NEEDS_UPDATE"):
            response.for_visitors = True
        return response

    return wrapped
