"""Who may be invited to a seat: what is said of a person is cleaned and checked, for one nominee as for five thousand."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.enums import ConstituentGroup
from clinics.enums import DelegateState, InvitationState
from clinics.models import Delegate, Delegation, Edition, Invitation, Seats
from core.errors import DomainError
from programme.services.mailbox import one_line

LONGEST = 200  # characters of a name, an organisation, a position
PORTION = 400  # addresses asked for in one query


@dataclass(frozen=True)
class Nominee:
    """What is said of a person who is to be invited, cleaned."""

    group: str
    email: str
    name: str
    language: str
    organisation: str = ""
    position: str = ""


def nominee(*, group: str, email: str, name: str, language: str, organisation: str = "", position: str = "") -> Nominee:
    """Return what is said of a person, cleaned: one line each, the address in small letters. Pure.

    Raises: DomainError "group", "email", "name", "language" or "long", with the field.
    """
    email = email.strip().lower()
    texts = {"name": one_line(name), "organisation": one_line(organisation), "position": one_line(position)}
    if group not in ConstituentGroup.values:
        raise DomainError(_("Choose a constituent group."), code="group", field="group")
    try:
        validate_email(email)
    except ValidationError as error:
        raise DomainError(_("“%(email)s” is not an e-mail address.") % {"email": email}, code="email", field="email") from error
    if len(email) > 254:
        raise DomainError(_("“%(email)s” is not an e-mail address.") % {"email": email[:80]}, code="email", field="email")
    if not texts["name"]:
        raise DomainError(_("Write the name of the person."), code="name", field="name")
    if language not in dict(settings.LANGUAGES):
        raise DomainError(_("Choose English, French or Spanish."), code="language", field="language")
    for field, text in texts.items():
        if len(text) > LONGEST:
            raise DomainError(_("Please write at most %(most)d characters.") % {"most": LONGEST}, code="long", field=field)
    return Nominee(group=group, email=email, language=language, **texts)


@dataclass(frozen=True)
class Standing:
    """What in an edition speaks against inviting somebody: groups without seats, open invitations, who takes part."""

    seats: dict[tuple[int, str], int]
    asked: set[str]
    joined: set[str]

    def refusal(self, delegation: Delegation, one: Nominee) -> DomainError | None:
        """Return why a nominee cannot be invited: "seats", "joined" or "invited"; None when she can. Pure."""
        facts = {"email": one.email, "group": ConstituentGroup(one.group).label, "country": delegation.name}
        if not self.seats.get((delegation.pk, one.group)):
            text = _("The delegation of %(country)s has no seats for “%(group)s”.")
            return DomainError(text % facts, code="seats", field="group")
        if one.email in self.joined:
            return DomainError(_("%(email)s takes part in this edition already.") % facts, code="joined", field="email")
        if one.email in self.asked:
            text = _("%(email)s has an invitation to this edition that waits for an answer.")
            return DomainError(text % facts, code="invited", field="email")
        return None


def standing(edition: Edition, emails: list[str] | None = None) -> Standing:
    """Return what speaks against inviting people to an edition.

    Args: emails: only these addresses matter, in small letters. Queries: 4, however many people.
    """
    seats = Seats.objects.filter(delegation__edition=edition, number__gt=0).values_list("delegation", "group", "number")
    asked = Invitation.objects.open().filter(edition=edition)
    members = Delegate.objects.active().filter(edition=edition, user__isnull=False)
    proven = EmailAddress.objects.filter(
        verified=True, user__delegates__edition=edition, user__delegates__state=DelegateState.ACTIVE
    )
    if emails is not None:
        asked, proven = asked.filter(email__in=emails), proven.filter(email__in=emails)
        members = members.filter(user__email__in=emails)
    joined = {*members.values_list("user__email", flat=True), *proven.values_list("email", flat=True)}
    return Standing(
        {(delegation, group): number for delegation, group, number in seats},
        set(asked.values_list("email", flat=True)),
        {email.lower() for email in joined},
    )


def accounts_of(emails: list[str]) -> dict[str, int]:
    """Return {address: user} of the open accounts that have proven an address. Queries: 1 for each PORTION addresses."""
    found = {}
    for start in range(0, len(emails), PORTION):
        rows = EmailAddress.objects.filter(email__in=emails[start : start + PORTION], verified=True, user__is_active=True)
        found |= {email.lower(): user for email, user in rows.values_list("email", "user")}
    return found


def end_of(edition: Edition) -> datetime:
    """Return the instant at which an edition is over, in its zone. Pure."""
    return edition.moment(edition.ends_on + timedelta(days=1))


def answer_by(edition: Edition, now: datetime | None = None) -> datetime:
    """Return until when a new invitation is answered: the edition's days, never after its end.

    Raises: DomainError "over". Pure but for the clock.
    """
    now = now or timezone.now()
    if end_of(edition) <= now:
        raise DomainError(_("This edition is over."), code="over")
    return min(now + timedelta(days=edition.invitation_days), end_of(edition))


def new_invitation(delegation: Delegation, one: Nominee, until: datetime, **facts) -> Invitation:
    """Return an invitation that is not saved yet. Pure."""
    return Invitation(
        edition_id=delegation.edition_id,
        delegation=delegation,
        group=one.group,
        email=one.email,
        name=one.name,
        language=one.language,
        organisation=one.organisation,
        position=one.position,
        state=InvitationState.OPEN,
        expires_at=until,
        **facts,
    )
