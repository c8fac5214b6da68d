"""A page as participants see it, looked at by the team: nothing is recorded, and the administration may frame it."""

import functools

from csp.constants import SELF
from django.contrib.auth.models import AnonymousUser


def is_preview(request) -> bool:
    """Say whether staff look at a page as its readers see it: `?preview=1`, or a link followed inside the frame."""
    framed = (request.headers.get("Sec-Fetch-Dest"), request.headers.get("Sec-Fetch-Site")) == ("iframe", "same-origin")
    return request.user.is_staff and (request.GET.get("preview") == "1" or framed)


def reader(request):
    """Return whose progress a page shows: the person's own, in a preview nobody's."""
    return AnonymousUser() if is_preview(request) else request.user


def previewable(view):
    """Decorator: in a preview our own pages may frame this one; all others never may."""

    @functools.wraps(view)
    def wrapped(request, *args, **kwargs):
        response = view(request, *args, **kwargs)
        if is_preview(request):
            response["X-Frame-Options"] = "SAMEORIGIN"
            response._csp_replace = {"frame-ancestors": [SELF]}
        return response

    return wrapped
