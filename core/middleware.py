"""Between the wire and the views: broken input refused, and what was typed kept through sign-in."""

import secrets
from urllib.parse import unquote

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import BadRequest, TooManyFieldsSent
from django.http import HttpResponseRedirect, UnreadablePostError
from django.middleware.gzip import GZipMiddleware
from django.urls import reverse
from django.utils.crypto import salted_hmac

from core.access import Elsewhere, SignInFirst

MOST_KEPT = 200_000  # characters of one form kept through sign-in
LAST_PERSON = "last"


class RefuseBrokenInput:
    """Answer 400 to NUL bytes and lone surrogates in path, query or form.

    SQLite stores them and PostgreSQL breaks on them, so neither ever meets them.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        broken = "\x00" in request.path or "\x00" in unquote(request.META.get("QUERY_STRING", ""))
        if not broken and request.method == "POST" and not request.content_type.startswith("application/json"):
            try:
                broken = any(
                    "\x00" in text or _surrogate(text) for name, values in request.POST.lists() for text in (name, *values)
                )
            except (TooManyFieldsSent, UnreadablePostError) as error:
                raise BadRequest(str(error)) from error
        if broken:
            raise BadRequest("NUL or surrogate in input")
        return self.get_response(request)


def _surrogate(value: str) -> bool:
    return any("\ud800" <= c <= "\udfff" for c in value) if not value.isascii() else False


class Compress(GZipMiddleware):
    """Compress pages, but no stored file: a range is counted in the bytes that were stored."""

    def process_response(self, request, response):
        return response if response.has_header("Accept-Ranges") else super().process_response(request, response)


class LoginKeepingWhatWasTyped(LoginRequiredMiddleware):
    """Private by default; a POST after the session expired keeps its fields and returns them after sign-in.

    They wait in the anonymous session, bound to the last person who signed in on this browser (a hashed cookie,
    removed by signing out): another person signing in does not see them. Files cannot be kept, and that is said.
    """

    def process_exception(self, request, exception):
        """Lead a visitor who asked for something that is not public to sign-in, and back to it."""
        if isinstance(exception, SignInFirst):
            return redirect_to_login(request.get_full_path())
        return None

    def handle_no_permission(self, request, view_func):
        if request.method != "POST":
            return super().handle_no_permission(request, view_func)
        keep_typed(request)
        return HttpResponseRedirect(f"{reverse('account_login')}?next={reverse('typed')}")


class LeadElsewhere:
    """Answer for what has moved or is gone, wherever a view met it."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_exception(self, request, exception):
        """Return the answer that the exception carries."""
        return exception.answer(request) if isinstance(exception, Elsewhere) else None


def keep_typed(request) -> None:
    """Keep this POST's fields in the session. Writes the session; a later call replaces it."""
    fields = [[k, v] for k, values in request.POST.lists() for v in values if k not in ("csrfmiddlewaretoken", "password")]
    if sum(len(k) + len(v) for k, v in fields) <= MOST_KEPT:
        request.session["typed"] = {
            "path": request.get_full_path(),
            "fields": fields,
            "files": bool(request.FILES),
            "person": request.COOKIES.get(LAST_PERSON, ""),
            "key": secrets.token_urlsafe(8),
        }


def person_mark(user) -> str:
    """Return the value of the cookie that says whose browser this was last, unreadable to others."""
    return salted_hmac("core.last_person", str(user.pk)).hexdigest()[:24]
