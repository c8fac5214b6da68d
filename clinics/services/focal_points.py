"""Country focal points: their mailed link, and the seats they fill."""

from dataclasses import dataclass

from django.db import transaction
from django.db.models import Count, F
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.enums import ConstituentGroup
from clinics.enums import Act, DelegateState, InvitationState, TeamRole
from clinics.models import Application, Delegation, Edition, TeamMember
from clinics.models.team import new_key
from clinics.services.editions import require
from clinics.services.nominating import end_of
from core.errors import DomainError
from core.models import object_key
from core.services import record_event
from reminders.services import tell

KIND = "clinics.focal_point"


@dataclass(frozen=True)
class SeatsOf:
    """How the seats of one group in one delegation stand."""

    group: str
    label: str
    seats: int
    taken: int
    invited: int
    held: int

    @property
    def free(self) -> int:
        """Return how many seats nobody has, nobody was promised and nobody was invited to."""
        return max(0, self.seats - self.taken - self.held - self.invited)


def seats_of_edition(edition: Edition) -> dict[int, list[SeatsOf]]:
    """Return {delegation: its seats by group}, the groups in their order. Queries: 4, for any number of delegations."""
    seats = {}
    for place, group, number in edition_seats(edition):
        seats.setdefault(place, {})[group] = number
    counted = Count("pk")
    active = edition.delegates.filter(state=DelegateState.ACTIVE).order_by().values_list("delegation", "group")
    taken = {(place, group): n for place, group, n in active.annotate(n=counted)}
    asked = edition.invitations.filter(state=InvitationState.OPEN, replaces__isnull=True).order_by()
    invited = {(place, group): n for place, group, n in asked.values_list("delegation", "group").annotate(n=counted)}
    held = offers_of(edition)
    order = {group: n for n, group in enumerate(ConstituentGroup.values)}
    return {
        place: [
            SeatsOf(group, ConstituentGroup(group).label, own[group], taken.get((place, group), 0),
                    invited.get((place, group), 0), held.get((place, group), 0))
            for group in sorted(own, key=order.__getitem__)
        ]
        for place, own in seats.items()
    }  # fmt: skip


def edition_seats(edition: Edition):
    """Return (delegation, group, number) of all seats. Queries: 1."""
    return edition.delegations.filter(seats__isnull=False).values_list("pk", "seats__group", "seats__number")


def offers_of(edition: Edition) -> dict[tuple[int, str], int]:
    """Return {(delegation, group): seats held by open offers of the open call}. Queries: 1."""
    rows = Application.objects.filter(edition=edition, state="offered", offer_until__gt=timezone.now())
    rows = rows.filter(edition__delegations__country=F("country"))
    rows = rows.order_by().values_list("edition__delegations", "group").annotate(n=Count("pk"))
    return {(place, group): n for place, group, n in rows}


def seats_of(delegation: Delegation) -> list[SeatsOf]:
    """Return how the seats of a delegation stand, by group. Queries: 4."""
    return seats_of_edition(delegation.edition).get(delegation.pk, [])


def find_focal_point(key: str) -> TeamMember | None:
    """Return the focal point of a mailed link, whether it still works or not; None for any other key. Queries: 1."""
    rows = TeamMember.objects.select_related("edition", "user").filter(role=TeamRole.FOCAL_POINT, key_until__isnull=False)
    return rows.filter(key=key[:40]).first()


def send_focal_link(*, member: TeamMember, actor) -> TeamMember:
    """Mail a focal point a new link to the seats of her country; an earlier one ends. Logged.

    Raises: DomainError "role" for another role or a country that is not in the edition, "address" when nobody could be
    written to, "state", "over". Queries: 7.
    """
    edition = member.edition
    require(edition, Act.INVITE)
    if member.role != TeamRole.FOCAL_POINT:
        raise DomainError(_("Only country focal points get this link."), code="role")
    if not (member.email or member.user_id and member.user.is_active):
        raise DomainError(_("The account of this focal point is closed. Give an address in the team first."), code="address")
    if not edition.delegations.filter(country=member.country).exists():
        text = _("%(country)s has no delegation in this edition.") % {"country": member.country_name}
        raise DomainError(text, code="role")
    if end_of(edition) <= timezone.now():
        raise DomainError(_("This edition is over."), code="over")
    with transaction.atomic():
        member.key, member.key_until = new_key(), end_of(edition)
        member.save(update_fields=["key", "key_until"])
        event = record_event(actor=actor, act="send link to focal point", obj=member)
        tell(kind=KIND, target=object_key(member), occurrence=str(event.pk), **reader_of(member))
    return member


def reader_of(member: TeamMember) -> dict:
    """Return whom a letter to a member of the team goes to, as `tell` wants it. Pure, with `user` fetched."""
    if member.user_id and member.user.is_active:
        return {"recipient": member.user}
    return {"address": member.email, "name": member.shown_name, "language": member.language}


def focal_points_of(edition: Edition) -> list[TeamMember]:
    """Return the focal points of an edition. Queries: 1."""
    return list(edition.team.filter(role=TeamRole.FOCAL_POINT).select_related("user", "edition"))
