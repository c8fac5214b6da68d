"""A link with seats: the first N people who open it and sign in take them."""

from datetime import timedelta

from allauth.account.models import EmailAddress
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.enums import ConstituentGroup
from clinics.enums import Act, InvitationState
from clinics.models import Delegate, Delegation, Invitation, SeatLink
from clinics.services.admission import admit, lock
from clinics.services.editions import require
from clinics.services.invitations import settle
from clinics.services.nominating import end_of
from core.errors import DomainError
from core.services import record_event

MOST_DAYS = 90


def make_link(*, delegation: Delegation, group: str, seats: int, days: int, actor) -> SeatLink:
    """Make a link by which the first `seats` people take seats of one group. Logged.

    Raises: DomainError "state", "over"; "seats" when the group has fewer seats; "days". Queries: 7, in one transaction.
    """
    if not 1 <= days <= MOST_DAYS:
        raise DomainError(_("Choose between 1 and %(most)d days.") % {"most": MOST_DAYS}, code="days", field="days")
    with transaction.atomic():
        delegation = lock(delegation)
        require(delegation.edition, Act.INVITE)
        own = delegation.seats.filter(group=group).values_list("number", flat=True).first() or 0
        if not 1 <= seats <= own:
            facts = {"seats": own, "group": dict(ConstituentGroup.choices).get(group, group), "country": delegation.name}
            text = _("The delegation of %(country)s has %(seats)d seats for “%(group)s”: give a number from 1 to that.")
            raise DomainError(text % facts, code="seats", field="seats")
        until = min(timezone.now() + timedelta(days=days), end_of(delegation.edition))
        if until <= timezone.now():
            raise DomainError(_("This edition is over."), code="over")
        link = SeatLink.objects.create(delegation=delegation, group=group, seats=seats, expires_at=until, made_by=actor)
        record_event(actor=actor, act="make link with seats", obj=link, after={"group": group, "seats": seats})
    return link


def over_because(link: SeatLink) -> str:
    """Return why a link gives no seats any more, in the reader's language; "" while it may. Full is another thing. Pure."""
    if link.revoked_at:
        return _("This link was taken back.")
    return "" if link.expires_at > timezone.now() else _("The time of this link is over.")


def take_seat_by_link(*, link: SeatLink, user) -> Delegate:
    """Give a person one of the seats of a link; an invitation to one of her addresses counts as accepted by it.

    Raises: DomainError "revoked" or "expired"; "taken" for whoever comes after the last seat of the link; and what `admit`
    raises. Queries: 24, in one transaction with edition, delegation and link locked: of two at once for the last seat, one
    gets it. Repeating raises "joined".
    """
    with transaction.atomic():
        delegation = lock(link.delegation)
        link = SeatLink.objects.select_for_update(of=("self",)).get(pk=link.pk)
        if reason := over_because(link):
            raise DomainError(reason, code="revoked" if link.revoked_at else "expired")
        if delegation.edition.delegates.active().filter(user=user).exists():
            raise DomainError(_("You have a seat in this edition already."), code="joined")
        if link.taken.count() >= link.seats:
            raise DomainError(_("All seats of this link are taken."), code="taken")
        delegate = admit(delegation=delegation, user=user, group=link.group)
        invitation = asked(delegate) or Invitation(
            edition=delegation.edition,
            delegation=delegation,
            group=link.group,
            email=user.email.lower(),
            name=user.name,
            language=user.language,
            organisation=user.organisation,
            position=user.position,
            expires_at=link.expires_at,
        )
        remember(invitation, link, user)
        record_event(actor=user, act="take a seat by link", obj=link, after={"delegate": delegate.pk})
    return delegate


def asked(delegate: Delegate) -> Invitation | None:
    """Return the open invitation of whoever just took a seat: it is settled by that. Queries: 2."""
    addresses = EmailAddress.objects.filter(user=delegate.user, verified=True).values_list("email", flat=True)
    rows = Invitation.objects.open().filter(edition=delegate.edition_id, email__in=[email.lower() for email in addresses])
    return rows.first()


def remember(invitation: Invitation, link: SeatLink, user) -> None:
    """Let an invitation stand for a seat of a link, so that the link is counted by rows. Queries: 1."""
    invitation.link = link
    if invitation.pk is None:
        invitation.user, invitation.state, invitation.answered_at = user, InvitationState.ACCEPTED, timezone.now()
        invitation.save()
    else:
        settle(invitation, InvitationState.ACCEPTED, user=user, link=link)


def revoke_link(*, link: SeatLink, actor) -> SeatLink:
    """Take a link back: nobody comes in by it any more; who did stays. Logged.

    Raises: DomainError "revoked". Queries: 3, in one transaction.
    """
    with transaction.atomic():
        standing = SeatLink.objects.filter(pk=link.pk, revoked_at__isnull=True)
        if not standing.update(revoked_at=timezone.now()):
            raise DomainError(_("This link was taken back already."), code="revoked")
        record_event(actor=actor, act="take link back", obj=link)
    link.refresh_from_db()
    return link
