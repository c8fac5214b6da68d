"""A page as participants see it, looked at by the team: nothing is recorded, and the administration may frame it."""

import functools
from urllib.parse import urlsplit

from csp.constants import SELF
from django.conf import settings
from django.contrib.auth.models import AnonymousUser

WIDTHS = (360, 768, 1280)
HEIGHT = 720


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


def preview_address(address: str) -> str:
    """Return an address of the portal as staff look at it, in front of its fragment. Pure."""
    parts = urlsplit(address)
    return parts._replace(query="preview=1").geturl()


def tabs(here: dict) -> dict[str, list[dict]]:
    """Return the links of a preview's two rows of tabs, each keeping what the other row chose. Pure.

    Args: here: the query of the present page, with "language" and "width".
    """

    def link(label: str, lang: str = "", **changed) -> dict:
        query = here | changed
        return {
            "label": label,
            "lang": lang,
            "here": query == here,
            "url": "?" + "&".join(f"{k}={v}" for k, v in query.items()),
        }

    languages = [link(name, code, language=code) for code, name in settings.LANGUAGES]
    return {"languages": languages, "widths": [link(f"{width} px", width=width) for width in WIDTHS]}


def chosen(query, language: str) -> dict:
    """Return {"language", "width"} as a preview's query string asks, otherwise `language` and the narrowest. Pure."""
    asked = query.get("language", "")
    return {
        "language": asked if asked in dict(settings.LANGUAGES) else language,
        "width": next((one for one in WIDTHS if str(one) == query.get("width")), WIDTHS[0]),
    }
