"""Which audience keys a person has by taking part in clinics, or by holding them."""

from django.db.models import F

from accounts.models import User
from accounts.services import bump_audience
from clinics.enums import TeamRole
from clinics.models import Delegate, Delegation, Edition, TeamMember


def keys_of(user) -> list[str]:
    """Return a person's keys: of her edition and delegation; for the team that leads, of the desk and all delegations.

    Queries: 2, and 1 for whoever leads.
    """
    keys = []
    for edition, delegation in Delegate.objects.active().filter(user=user).values_list("edition", "delegation"):
        keys += [f"clinic.{edition}", f"delegation.{delegation}"]
    roles = [(edition, TeamRole(role)) for edition, role in TeamMember.objects.filter(user=user).values_list("edition", "role")]
    keys += [f"clinic.{edition}" for edition, role in roles if role.attends]
    led = [edition for edition, role in roles if role.leads]
    keys += [f"clinic.{edition}.tutors" for edition in led]
    if led:
        keys += [f"delegation.{pk}" for pk in Delegation.objects.filter(edition__in=led).values_list("pk", flat=True)]
    return keys


def people_changed(edition_id: int) -> None:
    """Let the pages that tell who sits in an edition, and which side signed, be rendered anew. Queries: 1."""
    Edition.objects.filter(pk=edition_id).update(people_version=F("people_version") + 1)


def renew_team(edition: Edition) -> None:
    """Let the team's keys be asked anew: a delegation came or went. Queries: 1, and 1 a member."""
    for user in User.objects.filter(team_roles__edition=edition).distinct():
        bump_audience(user)
