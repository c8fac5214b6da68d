"""Seats: who takes one, and that the last is taken once."""

from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.enums import ConstituentGroup
from accounts.services import bump_audience
from clinics.enums import Act, ApplicationState, DelegateRole, DelegateState
from clinics.memberships import people_changed
from clinics.models import Application, Delegate, Delegation, Edition
from clinics.services.editions import require
from core.errors import DomainError
from core.services import record_event
from reminders.services import tell


@dataclass(frozen=True)
class Places:
    """Seats of one group in one delegation: how many there are, taken, and held by open offers."""

    seats: int
    taken: int
    held: int

    @property
    def free(self) -> int:
        """Return how many nobody has and nobody was promised."""
        return max(0, self.seats - self.taken - self.held)


def places(delegation: Delegation, group: str) -> Places:
    """Return how the seats of a group stand. Queries: 3."""
    seats = delegation.seats.filter(group=group).values_list("number", flat=True).first() or 0
    taken = delegation.delegates.active().filter(group=group).count()
    offers = Application.objects.filter(
        edition=delegation.edition_id, country=delegation.country, group=group, state=ApplicationState.OFFERED
    )
    return Places(seats, taken, offers.filter(offer_until__gt=timezone.now()).count())


def held_of(edition: Edition) -> int:
    """Return how many places of the whole edition open offers hold. Queries: 1."""
    return edition.applications.filter(state=ApplicationState.OFFERED, offer_until__gt=timezone.now()).count()


def close_offer(delegation: Delegation, user, group: str) -> None:
    """Close a person's own open offer of such a seat: she takes one by another road, and is no rival to herself.

    In the caller's transaction, the edition locked. Queries: 1, and 2 with an offer. Logged.
    """
    mine = delegation.edition.applications.filter(user=user, country=delegation.country, group=group)
    for row in mine.filter(state=ApplicationState.OFFERED).select_for_update(of=("self",)):
        row.state, row.answered_at = ApplicationState.ACCEPTED, timezone.now()
        row.save(update_fields=["state", "answered_at", "saved_at"])
        states = {"before": {"state": ApplicationState.OFFERED.value}, "after": {"state": row.state.value}}
        record_event(actor=None, act="application ends", obj=row, reason="has a seat by another road", **states)


def lock(delegation: Delegation) -> Delegation:
    """Return the delegation with its edition's row and its own locked: everybody who takes seats passes here, in turn.

    In the caller's transaction. The edition comes first, because its capacity is shared by all delegations. Queries: 2.
    """
    edition = Edition.objects.select_for_update(of=("self",)).get(pk=delegation.edition_id)
    locked = Delegation.objects.select_for_update(of=("self",)).get(pk=delegation.pk)
    locked.edition = edition
    return locked


def admit(
    *, delegation: Delegation, user, group: str, actor=None, promised: bool = False, over: Delegate | None = None
) -> Delegate:
    """Give a person a seat. The one way in: invitation, link, offer, succession and late joining all end here.

    Args: promised: she holds an offer, so that its seat counts as hers; over: whose seat she takes over (free by then).
    Raises: DomainError "state", "joined" when she has a seat in this edition, "full" when the group's seats, or those of
    the edition, are taken or, unless she holds an offer or takes over, promised. Queries: 14, in one transaction; two at
    once take turns.
    Tells her once, with the letter for her employer; her keys are renewed.
    """
    with transaction.atomic():
        delegation = lock(delegation)
        edition = delegation.edition
        require(edition, Act.SWAP if over else Act.JOIN)
        if edition.delegates.active().filter(user=user).exists():
            raise DomainError(_("You have a seat in this edition already."), code="joined")
        kept = not promised and over is None  # what open offers hold is kept from whoever has no claim to a seat
        if kept:
            close_offer(delegation, user, group)
        room = places(delegation, group)
        if room.seats - room.taken - (room.held if kept else 0) <= 0:
            facts = {"group": ConstituentGroup(group).label, "country": delegation.name}
            raise DomainError(_("All seats for “%(group)s” in the delegation of %(country)s are taken.") % facts, code="full")
        if edition.capacity and edition.delegates.active().count() + (held_of(edition) if kept else 0) >= edition.capacity:
            raise DomainError(_("All seats of this edition are taken."), code="full")
        try:
            with transaction.atomic():
                delegate = Delegate.objects.create(edition=edition, delegation=delegation, user=user, group=group)
        except IntegrityError as error:  # the same person by two roads at once
            raise DomainError(_("You have a seat in this edition already."), code="joined") from error
        record_event(actor=actor or user, act="take a seat", obj=delegate, after={"group": group, "edition": edition.pk})
        bump_audience(user)
        people_changed(edition.pk)
        if over is None:
            tell(kind="clinics.admitted", recipient=user, target=f"clinics.delegate:{delegate.pk}")
    return delegate


def vacate(*, delegate: Delegate, to: DelegateState, actor, reason: str) -> Delegate:
    """End a person's part in an edition; the row stays. In the caller's transaction, the delegation locked.

    Raises: DomainError "gone" when she does not take part any more. Queries: 4.
    """
    changed = (
        Delegate.objects.active()
        .filter(pk=delegate.pk)
        .update(state=to, left_at=timezone.now(), leave_reason=reason[:300], role=DelegateRole.MEMBER)
    )
    if not changed:
        raise DomainError(_("This person does not take part any more."), code="gone")
    delegate.refresh_from_db()
    people_changed(delegate.edition_id)
    record_event(actor=actor, act="leave a seat", obj=delegate, reason=reason, after={"state": to.value})
    if delegate.user_id:
        bump_audience(delegate.user)
    return delegate
