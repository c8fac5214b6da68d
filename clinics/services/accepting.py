"""How a person comes in by her invitation: a short profile, perhaps an account, and the seat, all or nothing."""

from django.db import transaction

from accounts.enums import ConstituentGroup
from accounts.models import User
from accounts.services import give_consent, open_account, save_profile
from clinics.models import Delegate, Delegation, Invitation
from clinics.services.invitations import accept_invitation, locked, refuse_answered
from clinics.services.seat_links import take_seat_by_link
from core import countries
from core.services import once
from core.time import is_zone

PROFILE = ("name", "organisation", "position", "sex")


def accept_with_profile(*, invitation: Invitation, user, profile: dict, client_id: str) -> Delegate:
    """Keep a short profile and take the seat of an invitation; without account, open one that needs no password.

    Args: user: who is signed in, None for whoever has no account; profile: name, organisation, position, language, and
    perhaps sex and zone; client_id: made once for each form that is shown.
    Raises: what `accept_invitation` and `open_account` raise; then there is neither account nor seat.
    Queries: 40, in one transaction. Safe to repeat: a double click of one form is one acceptance.
    """

    def act():
        with transaction.atomic():
            refuse_answered(locked(invitation))
            place = invitation.delegation
            person = user or opened(invitation, profile)
            if user:
                keep_profile(user=user, delegation=place, group=invitation.group, profile=profile)
            return {"delegate": accept_invitation(invitation=invitation, user=person).pk}

    who = user.pk if user else "new"
    kept = once(f"invitation:{invitation.pk}:{who}:{client_id[:40]}", act)
    return Delegate.objects.select_related("user").get(pk=kept["delegate"])


def take_with_profile(*, link, user, profile: dict) -> Delegate:
    """Keep a short profile and take a seat by a link. Raises: as `take_seat_by_link`. Queries: 30, in one transaction."""
    with transaction.atomic():
        delegate = take_seat_by_link(link=link, user=user)
        keep_profile(user=user, delegation=link.delegation, group=link.group, profile=profile)
    return delegate


def opened(invitation: Invitation, profile: dict) -> User:
    """Open the account of an invited person. Her zone is the browser's guess, else her country's. Queries: 6."""
    facts = {field: profile.get(field, "") for field in PROFILE}
    place = invitation.delegation
    facts |= {"country": place.country, "group": invitation.group, "zone": zone_of(place, profile.get("zone", ""))}
    return open_account(email=invitation.email, language=profile["language"], **facts)


def zone_of(delegation: Delegation, guess: str) -> str:
    """Return the zone in which a person of a delegation probably reads times. Pure."""
    if is_zone(guess):
        return guess
    zones = countries.zones_of(delegation.country)
    return zones[0] if len(zones) == 1 else delegation.edition.zone


def keep_profile(*, user, delegation: Delegation, group: str, profile: dict) -> None:
    """Keep what a person with an account wrote in the short profile; country and group only where she said none.

    Raises: ValidationError. Queries: 2, 4 with a new agreement to the privacy notice.
    """
    for field in (*PROFILE, "language"):
        if profile.get(field):
            setattr(user, field, profile[field])
    user.country = user.country or delegation.country
    user.group = user.group or ConstituentGroup(group)
    save_profile(user=user)
    if profile.get("consent") and not user.has_consented:
        give_consent(user=user, language=user.language)
