"""Letters about an invitation: the invitation itself, its reminders, a no to whoever nominated; the link of a focal point."""

from datetime import timedelta

from allauth.account.models import EmailAddress
from django.db.models import F, OuterRef, Q, Subquery
from django.urls import reverse
from django.utils import timezone

from clinics.enums import Act, EditionState, InvitationState, TeamRole
from clinics.invited import answer_by, of_invitation, offer
from clinics.models import Delegation, Invitation, TeamMember
from clinics.services.focal_points import KIND as FOCAL_POINT
from clinics.services.invitations import DECLINED, INVITATION
from core.models import object_key
from reminders.kinds import Due, Kind, Obsolete

REMINDER = "clinics.invitation_reminder"
REMIND_DAYS = (7, 2)  # before the time to answer is over
LATE = timedelta(days=2)


def invitation_of(letter) -> Invitation:
    """Return the invitation that a letter is about. Raises: Obsolete without one, or for a draft edition. Queries: 1."""
    rows = Invitation.objects.select_related("edition", "delegation", "nominated_by", "focal_point__user", "replaces")
    found = rows.filter(pk=letter.target.split(":")[1]).first()
    if found is None or found.edition.state == EditionState.DRAFT:
        raise Obsolete("invitation gone")
    found.delegation.edition = found.edition
    return found


def open_context(letter) -> dict:
    """Return what an invitation says while it waits for an answer. Raises: Obsolete. Queries: 1, and 1 for a person."""
    found = invitation_of(letter)
    if found.state != InvitationState.OPEN:
        raise Obsolete(f"invitation {found.state}")
    if found.expires_at <= timezone.now() or not found.edition.allows(Act.JOIN):
        raise Obsolete("invitation is over")
    if letter.recipient_id and found.edition.delegates.active().filter(user=letter.recipient_id).exists():
        raise Obsolete("has a seat")
    return of_invitation(found) | {
        "name": found.name,
        "organisation": found.organisation,
        "url": reverse("clinics:invitation", args=[found.key]),
    }


def reminder_context(letter) -> dict:
    """Return what a reminder says: the invitation as it stands. Raises: Obsolete, also when there is more time now."""
    context = open_context(letter)
    if not letter.occurrence.endswith(occurrence_of(invitation_of(letter).expires_at)):
        raise Obsolete("more time was given")
    return context


def occurrence_of(expires_at) -> str:
    return f"{expires_at:%Y-%m-%d %H:%M}"


def find_reminders(now):
    """Find open invitations 7 and 2 days before their time is over, unless they were sent later than that.

    Queries: 1, by open_invitations: only what became due within LATE is looked at.
    """
    due = Q()
    for days in REMIND_DAYS:
        ahead = timedelta(days=days)
        since = Q(expires_at__gt=now + ahead - LATE, expires_at__lte=now + ahead, invited_at__lt=F("expires_at") - ahead)
        due |= since
    proven = EmailAddress.objects.filter(email=OuterRef("email"), verified=True, user__is_active=True).values("user")[:1]
    rows = Invitation.objects.open().exclude(edition__state=EditionState.DRAFT).filter(due, expires_at__gt=now)
    for one in rows.annotate(reader=Subquery(proven)).order_by("expires_at"):
        yield from reminders_of(one, now)


def reminders_of(one: Invitation, now):
    """Return the reminders of one invitation that are due. Pure."""
    for days in REMIND_DAYS:
        at = one.expires_at - timedelta(days=days)
        if one.invited_at < at and now - LATE < at <= now:
            facts = {} if one.reader else {"address": one.email, "name": one.name, "language": one.language}
            yield Due(one.reader, object_key(one), f"{days} before {occurrence_of(one.expires_at)}", at, **facts)


def declined_context(letter) -> dict:
    """Return what whoever nominated somebody learns of her no. Raises: Obsolete. Queries: 1."""
    found = invitation_of(letter)
    if found.state != InvitationState.DECLINED:
        raise Obsolete(f"invitation {found.state}")
    point = found.focal_point
    if point and point.key_until and point.key_until > timezone.now():
        url = reverse("clinics:focal_point", args=[point.key])
    else:
        url = reverse("clinics:delegate_invite", args=[found.edition.slug, found.delegation.country.lower()])
    return of_invitation(found) | {
        "name": letter.reader.get_short_name(),
        "invited": found.name,
        "reason": found.reason,
        "suggestion": found.suggestion,
        "url": f"{url}?group={found.group}" if not point else url,
    }


def focal_point_context(letter) -> dict:
    """Return what a country focal point is asked to do, and her link. Raises: Obsolete when it ended. Queries: 3."""
    rows = TeamMember.objects.select_related("edition", "user").filter(role=TeamRole.FOCAL_POINT)
    member = rows.filter(pk=letter.target.split(":")[1], key_until__gt=timezone.now()).first()
    if member is None or not member.edition.allows(Act.INVITE):
        raise Obsolete("link is over")
    delegation = Delegation.objects.filter(edition=member.edition, country=member.country).first()
    if delegation is None:
        raise Obsolete("no delegation")
    groups = [(seats.get_group_display(), seats.number) for seats in delegation.seats.filter(number__gt=0)]
    return offer(delegation, member.edition) | {
        "name": member.shown_name,
        "groups": groups,
        "days": member.edition.invitation_days,
        "until": answer_by(member.key_until, member.edition),
        "url": reverse("clinics:focal_point", args=[member.key]),
    }


KINDS = [
    Kind(code=INVITATION, context=open_context, late=timedelta(days=5)),
    Kind(code=REMINDER, context=reminder_context, finder=find_reminders, late=LATE),
    Kind(code=DECLINED, context=declined_context, late=timedelta(days=5)),
    Kind(code=FOCAL_POINT, context=focal_point_context, late=timedelta(days=5)),
]
