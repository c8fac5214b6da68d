"""Letters about a seat that changed hands or was given up."""

from django.urls import reverse
from django.utils.translation import get_language

from clinics.catching_up import minutes_of
from clinics.enums import DelegateState
from clinics.models import Delegate
from clinics.steps import standing_of
from reminders.kinds import Kind, Obsolete


def delegate_of(letter, *states: DelegateState) -> Delegate:
    """Return the delegate whom a letter is about. Raises: Obsolete when she stands otherwise by now. Queries: 1."""
    rows = Delegate.objects.filter(state__in=states).select_related("edition", "delegation")
    found = rows.filter(pk=letter.target.split(":")[1]).first()
    if found is None:
        raise Obsolete("seat stands otherwise")
    if found.edition.is_draft:
        raise Obsolete("edition is a draft")
    return found


def facts_of(letter, delegate: Delegate) -> dict:
    """Return what every letter about a seat says. Pure."""
    return {"name": letter.reader.get_short_name(), "edition": delegate.edition, "delegation": delegate.delegation}


def taken_over_context(letter) -> dict:
    """Return what a successor reads: her delegation, and what she has to make good with its time. Queries: 4 and the plan's."""
    delegate = delegate_of(letter, DelegateState.ACTIVE)
    missed = standing_of(delegate.edition, letter.recipient, get_language()[:2]).missed
    own = {"missed": missed, "minutes": minutes_of(missed), "url": reverse("clinics:home", args=[delegate.edition.slug])}
    return facts_of(letter, delegate) | own


def passed_on_context(letter) -> dict:
    """Return what whoever was replaced reads: thanks, and what stays hers. Queries: 1."""
    delegate = delegate_of(letter, DelegateState.REPLACED)
    return facts_of(letter, delegate) | {"url": reverse("courses:module_list")}


def withdrawn_context(letter) -> dict:
    """Return the confirmation for whoever gave up her seat. Queries: 1."""
    delegate = delegate_of(letter, DelegateState.WITHDRAWN)
    return facts_of(letter, delegate) | {"url": reverse("courses:module_list"), "left_at": delegate.left_at}


KINDS = [
    Kind(code="clinics.seat_taken_over", context=taken_over_context),
    Kind(code="clinics.seat_passed_on", context=passed_on_context),
    Kind(code="clinics.withdrawn", context=withdrawn_context),
]
