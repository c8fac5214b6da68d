"""While staff look at the portal as one person: her pages, read-only, for half an hour.

`request.looking` is None, or a Look. Views that remember what a reader does ask it and remember nothing. Should one
forget to ask, the database refuses the write on her side, and the page answers 403 instead.
"""

from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import connection
from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.urls import Resolver404, resolve, reverse
from django.utils import timezone

from accounts.models import User
from accounts.services import stop_looking

KEY = "looking"
ALONE = {"set_language", "account_logout", "accounts:looking_stop", "health", "robots", "file", "typed"}  # as oneself
OPEN = {"accounts:profile", "accounts:privacy"}  # of all that stands under /accounts/
CLOSED = {"job", "job_state"}
WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE")


@dataclass(frozen=True)
class Look:
    """Who looks, as whom, until when."""

    staff: User
    person: User
    until: datetime


def remember(request, person: User, until: datetime) -> None:
    """Begin, in the session of the staff member."""
    request.session[KEY] = {"person": person.pk, "until": until.isoformat()}


def forget(request) -> int | None:
    """End, and return the person's number. Without a look: None."""
    return (request.session.pop(KEY, None) or {}).get("person")


class AsThatPerson:
    """Stands right after authentication. Swaps the user of GET and HEAD outside /admin/; refuses all else.

    Queries: 1 more a page while somebody looks, none otherwise.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.looking = None
        kept = request.session.get(KEY)
        if not kept:
            return self.get_response(request)
        look, name = standing_look(request, kept), name_of(request)
        if look is None:
            way_back = over(request, kept["person"])
            return self.get_response(request) if name.startswith("admin:") else way_back  # no form there is lost
        if name in ALONE or name.startswith("admin:"):
            return self.get_response(request)
        request.user, request.looking = look.person, look
        if request.method not in ("GET", "HEAD") or is_closed(request, name):
            return render(request, "accounts/looking_refused.html", status=403)
        with connection.execute_wrapper(refuse_writes):
            return self.get_response(request)


def standing_look(request, kept: dict) -> Look | None:
    """Return the look that was begun in this browser while it holds: in time, and both still may. Queries: 2."""
    until, staff = datetime.fromisoformat(kept["until"]), request.user
    if not staff.is_authenticated or not staff.has_perm("accounts.begin_look") or until <= timezone.now():
        return None
    person = User.objects.filter(pk=kept["person"], is_staff=False, is_superuser=False, erased_at=None).first()
    return Look(staff, person, until) if person else None


def over(request, pk: int) -> HttpResponseRedirect:
    """End a look whose time is over, log it, and lead back to the person's page in the administration."""
    forget(request)
    person = User.objects.filter(pk=pk).first()
    if person and request.user.is_authenticated:
        stop_looking(actor=request.user, person=person, because="time")
    return HttpResponseRedirect(reverse("admin:accounts_user_change", args=[pk]))


def name_of(request) -> str:
    """Return the name of the page asked for, "" when there is none."""
    try:
        return resolve(request.path_info).view_name or ""
    except Resolver404:
        return ""


def is_closed(request, name: str) -> bool:
    """Say whether a page stays closed: signing in and its safety, a person's own data, work she asked for."""
    return name in CLOSED or (request.path_info[3:].startswith("/accounts/") and name not in OPEN)


def refuse_writes(execute, sql, params, many, context):
    """Let the database be read only. Raises: PermissionDenied for anything that writes."""
    if sql.lstrip(" \n(").upper().startswith(WRITES):
        raise PermissionDenied("nothing is written while staff look")
    return execute(sql, params, many, context)
