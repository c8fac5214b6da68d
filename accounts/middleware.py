"""Every page in the person's zone, unprefixed pages in her language; the notice agreed to; staff with a second factor."""

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from core.middleware import LAST_PERSON, person_mark

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
            response = turned_aside(request) or self.get_response(request)
        finally:
            timezone.deactivate()
        if request.user.is_authenticated and request.COOKIES.get(LAST_PERSON) != (mark := person_mark(user)):
            response.set_cookie(
                LAST_PERSON, mark, max_age=YEAR, httponly=True, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE
            )
        elif not request.user.is_authenticated:
            response.delete_cookie(LAST_PERSON)
        return response


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
