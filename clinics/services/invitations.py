"""The main road to a seat: a named person is nominated, invited, and answers."""

from datetime import datetime

from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.enums import ConstituentGroup
from accounts.models import User
from clinics.enums import Act, DelegateState, InvitationState
from clinics.models import Delegate, Delegation, Edition, Invitation
from clinics.services.admission import admit, lock, places
from clinics.services.editions import require
from clinics.services.nominating import accounts_of, answer_by, end_of, new_invitation, nominee, standing
from clinics.services.succession import take_over
from core.errors import DomainError
from core.models import Event, object_key
from core.services import record_event
from core.text import clean
from programme.services.mailbox import one_line
from reminders.services import tell

INVITATION, DECLINED = "clinics.invitation", "clinics.invitation_declined"  # kinds of letter
MOST = 300  # characters of a reason
AGAIN = 3600  # seconds before an invitation is sent once more


def invite(
    *,
    delegation: Delegation,
    group: str,
    email: str,
    name: str,
    language: str,
    organisation: str = "",
    position: str = "",
    actor=None,
    focal_point=None,
    replaces: Delegate | None = None,
) -> Invitation:
    """Invite a named person to a seat, and tell her in her language. Who may is asked before (`clinics.invite_delegate`).

    Args: actor: who nominates, with an account; focal_point: the member of the team who does so by her mailed link;
    replaces: whose seat is taken over when she accepts.
    Raises: DomainError "state" or "over"; "email", "name", "group", "language", "long" with the field; "seats" for a
    group without seats; "joined", "invited"; "full" when somebody who does not lead the edition invites beyond its seats.
    Queries: 16, in one transaction with the edition locked. Repeating raises "invited".
    """
    facts = {"name": name, "language": language, "organisation": organisation, "position": position}
    one = nominee(group=group, email=email, **facts)
    with transaction.atomic():
        delegation = lock(delegation)
        require(delegation.edition, Act.INVITE)
        if refusal := standing(delegation.edition, [one.email]).refusal(delegation, one):
            raise refusal
        if replaces is None and not may_exceed(actor, focal_point, delegation.edition):
            refuse_beyond_seats(delegation, one.group)
        who = {"nominated_by": actor, "focal_point": focal_point, "replaces": replaces}
        invitation = kept(new_invitation(delegation, one, answer_by(delegation.edition), **who))
        said = {"group": one.group, "focal_point": focal_point and focal_point.pk}
        record_event(actor=actor, act="invite", obj=invitation, after=said)
        tell_invited(invitation)
    return invitation


def kept(invitation: Invitation) -> Invitation:
    """Save a new invitation. Raises: DomainError "invited" when the address has an open one. Queries: 1."""
    try:
        with transaction.atomic():
            invitation.save()
    except IntegrityError as error:
        text = _("%(email)s has an invitation to this edition that waits for an answer.") % {"email": invitation.email}
        raise DomainError(text, code="invited", field="email") from error
    return invitation


def may_exceed(actor, focal_point, edition: Edition) -> bool:
    """Say whether more people may be invited than there are free seats: staff and the team, who know why. Queries: 1."""
    if actor is None:
        return focal_point is None
    return Edition.objects.led_by(actor).filter(pk=edition.pk).exists()


def refuse_beyond_seats(delegation: Delegation, group: str) -> None:
    """Raises: DomainError "full" when every free seat of a group is promised to somebody invited. Queries: 4."""
    invited = delegation.invitations.open().filter(group=group, replaces__isnull=True).count()
    if places(delegation, group).free - invited <= 0:
        facts = {"group": ConstituentGroup(group).label, "country": delegation.name}
        text = _(
            "All seats for “%(group)s” in the delegation of %(country)s are taken, or people are invited to them. "
            "Take an open invitation back first, or write to the programme team."
        )
        raise DomainError(text % facts, code="full", field="group")


def tell_invited(invitation: Invitation, occurrence: str = "") -> None:
    """Write the letter of an invitation: to the account that has proven the address, else to the address. Queries: 3."""
    tell(kind=INVITATION, target=object_key(invitation), occurrence=occurrence, **reader_of(invitation))


def reader_of(invitation: Invitation) -> dict:
    """Return whom letters about an invitation go to, as `tell` wants it. Queries: 2."""
    number = accounts_of([invitation.email]).get(invitation.email)
    if number:
        return {"recipient": User.objects.get(pk=number)}
    return {"address": invitation.email, "name": invitation.name, "language": invitation.language}


# Answers ------------------------------------------------------------------------------------------
def locked(invitation: Invitation) -> Invitation:
    """Return an invitation as it stands now, its edition, its delegation and itself locked, in this order. Queries: 4."""
    delegation = lock(invitation.delegation)
    found = Invitation.objects.select_for_update(of=("self",)).select_related("replaces__user", "replaces__delegation")
    found = found.get(pk=invitation.pk)
    found.delegation, found.edition = delegation, delegation.edition
    return found


def refuse_answered(invitation: Invitation) -> None:
    """Raises: DomainError "answered", "revoked" or "expired" for an invitation that no longer waits. Pure."""
    if reason := over_because(invitation):
        code = {"expired": "expired", "revoked": "revoked", "open": "expired"}.get(invitation.state, "answered")
        raise DomainError(reason, code=code)


def over_because(invitation: Invitation) -> str:
    """Return why an invitation can no longer be answered, in the reader's language; "" while it can. Pure."""
    match InvitationState(invitation.state):
        case InvitationState.ACCEPTED:
            return _("This invitation was accepted already.")
        case InvitationState.DECLINED:
            return _("This invitation was declined.")
        case InvitationState.REVOKED:
            return _("This invitation was taken back.")
        case InvitationState.EXPIRED:
            return _("The time to answer this invitation is over.")
    return "" if invitation.expires_at > timezone.now() else _("The time to answer this invitation is over.")


def is_hers(invitation: Invitation, user) -> bool:
    """Say whether an invitation was sent to an address that this person has proven. Queries: 1."""
    rows = EmailAddress.objects.filter(user=user, verified=True, email__iexact=invitation.email)
    return rows.exists()


def accept_invitation(*, invitation: Invitation, user) -> Delegate:
    """Give the seat of an invitation to the person it was sent to.

    Returns: her part in the edition; the same once more when she accepts again. Raises: DomainError "answered",
    "revoked", "expired", "address" when the address is not among those she has proven, and what `admit` or `take_over`
    raise ("state", "full", "joined", "gone"); then nothing has changed. Queries: 24, 40 with a seat taken over, in one
    transaction with edition, delegation and invitation locked.
    """
    with transaction.atomic():
        invitation = locked(invitation)
        own = invitation.edition.delegates.active().filter(user=user)
        if invitation.state == InvitationState.ACCEPTED and invitation.user_id == user.pk and (seat := own.first()):
            return seat
        refuse_answered(invitation)
        if not is_hers(invitation, user):
            text = _(
                "This invitation was sent to %(email)s, which is not among your confirmed addresses. Add the address to "
                "your account, or sign out and open the link again."
            )
            raise DomainError(text % {"email": invitation.email}, code="address")
        if invitation.replaces and invitation.replaces.state == DelegateState.ACTIVE:
            reason = _("A successor was invited to take the seat over.")  # no name: this stays when she is forgotten
            delegate = take_over(leaving=invitation.replaces, user=user, actor=user, reason=reason)
        else:
            delegate = admit(delegation=invitation.delegation, user=user, group=invitation.group)
        settle(invitation, InvitationState.ACCEPTED, user=user)
        record_event(actor=user, act="accept invitation", obj=invitation, after={"delegate": delegate.pk})
    return delegate


def settle(invitation: Invitation, state: InvitationState, **facts) -> Invitation:
    """Write how an invitation ended. In the caller's transaction, the row locked. Queries: 1."""
    facts |= {"state": state, "answered_at": timezone.now()}
    for field, value in facts.items():
        setattr(invitation, field, value)
    invitation.save(update_fields=list(facts))
    return invitation


def decline_invitation(*, invitation: Invitation, reason: str, suggestion: str = "", user=None) -> Invitation:
    """Say no, perhaps with a colleague's name and address; nobody is invited by that. Who nominated her is told.

    Raises: DomainError "answered", "revoked" or "expired"; "long". Queries: 8, in one transaction, locked. Declining
    again returns what stands.
    """
    reason, suggestion = clean(reason), one_line(suggestion)
    for field, text in {"reason": reason, "suggestion": suggestion}.items():
        if len(text) > MOST:
            raise DomainError(_("Please write at most %(most)d characters.") % {"most": MOST}, code="long", field=field)
    with transaction.atomic():
        invitation = locked(invitation)
        if invitation.state == InvitationState.DECLINED:
            return invitation
        refuse_answered(invitation)
        settle(invitation, InvitationState.DECLINED, user=user, reason=reason, suggestion=suggestion)
        record_event(actor=user, act="decline invitation", obj=invitation, reason=reason)
        tell_nominators(invitation)
    return invitation


def tell_nominators(invitation: Invitation) -> None:
    """Tell who nominated somebody that she declined: the focal point, or the person; else the managers. Queries: 3."""
    point, target = invitation.focal_point, object_key(invitation)
    if point and not point.user_id:
        about = {"address": point.email, "name": point.name, "language": point.language}
        tell(kind=DECLINED, target=target, **about)
        return
    person = point.user if point else invitation.nominated_by
    people = [person] if person else list(User.objects.filter(team_roles__in=managers(invitation.edition)).distinct())
    for one in people:
        tell(kind=DECLINED, recipient=one, target=target)


def managers(edition: Edition):
    """Return the activity managers of an edition who have an account."""
    return edition.team.filter(role="manager", user__isnull=False)


# What staff and time do with it -------------------------------------------------------------------
def revoke_invitation(*, invitation: Invitation, actor, reason: str, focal_point=None) -> Invitation:
    """Take an open invitation back; its link then says so. She is not told: her next visit says whom to write to.

    Raises: DomainError "reason", "answered", "revoked" or "expired". Queries: 6, in one transaction, locked.
    """
    reason = clean(reason)[:MOST]
    if not reason:
        raise DomainError(_("Say why, in a few words."), code="reason", field="reason")
    with transaction.atomic():
        invitation = locked(invitation)
        refuse_answered(invitation)
        settle(invitation, InvitationState.REVOKED, reason=reason)
        said = {"focal_point": focal_point.pk} if focal_point else {}
        record_event(actor=actor, act="take invitation back", obj=invitation, reason=reason, after=said)
    return invitation


def extend_invitation(*, invitation: Invitation, until: datetime, actor, reason: str) -> Invitation:
    """Give more time to answer, also when the time was over; she is told the new day.

    Raises: DomainError "state"; "until" for a moment that is past, not later than before, or after the edition's end;
    "answered" or "revoked"; "invited" when the address has another open invitation. Queries: 12, locked.
    """
    with transaction.atomic():
        invitation = locked(invitation)
        require(invitation.edition, Act.INVITE)
        if invitation.state not in (InvitationState.OPEN, InvitationState.EXPIRED):
            refuse_answered(invitation)
        if until <= max(timezone.now(), invitation.expires_at):
            raise DomainError(_("Choose a later day than before."), code="until", field="until")
        if until > end_of(invitation.edition):
            raise DomainError(_("Choose a day before the edition ends."), code="until", field="until")
        before = {"until": invitation.expires_at.isoformat(), "state": invitation.state}
        invitation.state, invitation.expires_at, invitation.answered_at = InvitationState.OPEN, until, None
        kept(invitation)
        after = {"until": until.isoformat()}
        record_event(
            actor=actor, act="extend invitation", obj=invitation, reason=clean(reason)[:MOST], before=before, after=after
        )
        tell_invited(invitation, occurrence=f"until {until:%Y-%m-%d %H:%M}")
    return invitation


def resend_invitation(*, invitation: Invitation, actor) -> Invitation:
    """Send the letter of an open invitation once more, at most once an hour. Logged.

    Raises: DomainError "answered", "revoked", "expired", "often". Queries: 10, in one transaction, locked.
    """
    with transaction.atomic():
        invitation = locked(invitation)
        refuse_answered(invitation)
        again = Event.objects.about(invitation).filter(act="send invitation again").order_by("-pk").first()
        last = again.at if again else invitation.invited_at
        if (timezone.now() - last).total_seconds() < AGAIN:
            raise DomainError(
                _("This letter was sent within the last hour. Please wait before you send it again."), code="often"
            )
        event = record_event(actor=actor, act="send invitation again", obj=invitation)
        tell_invited(invitation, occurrence=f"again {event.pk}")
    return invitation


def expire_invitations(now: datetime | None = None) -> int:
    """End the invitations whose time is over. Returns: how many. Queries: 1, by open_invitations. Safe to repeat."""
    now = now or timezone.now()
    return Invitation.objects.open().filter(expires_at__lte=now).update(state=InvitationState.EXPIRED, answered_at=now)
