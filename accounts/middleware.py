"""Every page in the person's zone, unprefixed pages in her language; the notice agreed to; staff with a second factor."""

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.forms import BaseForm
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from core.middleware import LAST_PERSON, person_mark

TOO_OFTEN = {"too_many_login_attempts", "rate_limited"}
YEAR = 365 * 24 * 3600


class AsThisPerson:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        user = request.user
        if not user.is_authenticated:
            return self.get_response(request)
        timezone.activate(user.zone)
        if translation.get_language_from_path(request.path_info) is None:
            translation.activate(user.language)
            request.LANGUAGE_CODE = user.language
        try:
            response = self.get_response(request)
        finally:
            timezone.deactivate()
        if request.looking:
            return response  # this browser is not hers
        if request.user.is_authenticated and request.COOKIES.get(LAST_PERSON) != (mark := person_mark(user)):
            age = None if request.session.get("shared") else YEAR  # on a shared computer it goes with the browser
            response.set_cookie(
                LAST_PERSON, mark, max_age=age, httponly=True, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE
            )
        elif not request.user.is_authenticated:
            response.delete_cookie(LAST_PERSON)
        return response

    def process_view(self, request, view, args, kwargs):
        """Turn aside here and not before: only now is there a place for the message that says why."""
        return turned_aside(request) if request.user.is_authenticated and not request.looking else None

    def process_template_response(self, request, response):
        """Say with the status what allauth says in words alone: 400 to a form refused, 429 to one sent too often."""
        if request.method != "POST" or response.status_code != 200 or request.path_info.startswith("/admin/"):
            return response
        codes = refusals(response.context_data or {})
        if codes & TOO_OFTEN:
            return TemplateResponse(request, "429.html", status=429)
        if codes:
            response.status_code = 400
        return response


def refusals(context: dict) -> set:
    """Return the codes of all errors in a page's forms. Asks only forms that were judged: judging counts as a try."""
    judged = [value for value in context.values() if isinstance(value, BaseForm) and value.is_bound and value._errors]
    return {error.code for form in judged for field in form.errors.as_data().values() for error in field}


def turned_aside(request):
    """Return a redirect to what must come first, or None: agreeing to the notice; a second factor for the admin."""
    user, path = request.user, request.path_info
    if path.startswith("/admin/") and user.is_staff and settings.STAFF_SECOND_FACTOR and not is_mfa_enabled(user):
        messages.warning(request, _("The administration asks for a second factor. Please set one up first."))
        return HttpResponseRedirect(reverse("mfa_index"))
    if not user.has_consented and request.method == "GET" and translation.get_language_from_path(path):
        consent = reverse("accounts:consent")
        if not path.startswith((consent, reverse("account_logout"), reverse("accounts:privacy"))):
            return HttpResponseRedirect(f"{consent}?next={path}")
    return None
