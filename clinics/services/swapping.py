"""Staff name a successor or a late joiner by an address: whoever has an account comes at once, others are invited."""

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from clinics.enums import Act
from clinics.models import Delegate, Delegation, Invitation
from clinics.services.editions import require
from clinics.services.invitations import invite
from clinics.services.nominating import accounts_of
from clinics.services.succession import add_late_joiner, needed, standing, take_over
from core.errors import DomainError
from core.services import record_event


def replace_delegate(*, leaving: Delegate, email: str, name: str, language: str, actor, reason: str) -> Delegate | Invitation:
    """Give a seat to whoever has an address: an account takes over at once, otherwise an invitation goes out.

    Until the invitation is accepted the seat stays with who leaves. Args: name, language: of whoever has no account.
    Returns: the successor, or the invitation. Raises: what `take_over` and `invite` raise.
    Queries: 34 at most, in one transaction.
    """
    reason = needed(reason)
    user = person_at(email)
    if user is not None:
        return take_over(leaving=leaving, user=user, actor=actor, reason=reason)
    leaving = standing(leaving)
    facts = {"delegation": leaving.delegation, "group": leaving.group, "replaces": leaving}
    with transaction.atomic():
        require(leaving.edition, Act.SWAP)
        invitation = invite(email=email, name=name, language=language, actor=actor, **facts)
        record_event(actor=actor, act="name a successor", obj=leaving, reason=reason, after={"invitation": invitation.pk})
    return invitation


def join_late(*, delegation: Delegation, group: str, email: str, actor, reason: str) -> Delegate:
    """Give a free seat to whoever has proven an address. Raises: DomainError "nobody", and what `add_late_joiner` raises."""
    user = person_at(email)
    if user is None:
        raise DomainError(
            _("Nobody with an account has proven this address. Invite the person instead."), code="nobody", field="email"
        )
    return add_late_joiner(delegation=delegation, user=user, group=group, actor=actor, reason=reason)


def person_at(email: str) -> User | None:
    """Return who has proven an address and may sign in, None for nobody. Queries: 2."""
    number = accounts_of([email.strip().lower()]).get(email.strip().lower())
    return User.objects.get(pk=number) if number else None
