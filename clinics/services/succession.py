"""A seat changes hands, falls free, is taken late; and who heads a delegation."""

from django.db import transaction
from django.utils.translation import gettext as _

from clinics.enums import Act, DelegateRole, DelegateState
from clinics.memberships import people_changed
from clinics.models import Delegate, Delegation
from clinics.services.admission import admit, lock, vacate
from clinics.services.editions import require
from clinics.services.waiting import offer_next
from core.errors import DomainError
from core.services import record_event
from core.text import clean
from reminders.services import tell

MOST = 300  # characters of a reason


def take_over(*, leaving: Delegate, user, actor, reason: str) -> Delegate:
    """Give the seat of a delegate who takes part to her successor: same group, same role, her open tasks.

    Returns: the successor. Raises: DomainError "reason", "same", "gone", "state", "joined" or "full"; then nothing has
    changed. Queries: 30, in one transaction with edition and delegation locked. The log keeps both; each is told once.
    """
    reason = needed(reason)
    if leaving.user_id == user.pk:
        raise DomainError(_("This person has this seat already."), code="same")
    with transaction.atomic():
        delegation = lock(leaving.delegation)
        require(delegation.edition, Act.SWAP)
        role = standing(leaving).role
        leaving = vacate(delegate=leaving, to=DelegateState.REPLACED, actor=actor, reason=reason)
        successor = admit(delegation=delegation, user=user, group=leaving.group, actor=actor, over=leaving)
        if role == DelegateRole.HEAD:
            successor.role = role
            successor.save(update_fields=["role"])
            people_changed(delegation.edition_id)
        leaving.successor = successor
        leaving.save(update_fields=["successor"])
        leaving.tasks.filter(done_at__isnull=True).update(owner=successor)
        pair = {"before": {"delegate": leaving.pk}, "after": {"delegate": successor.pk, "role": role}}
        record_event(actor=actor, act="take over a seat", obj=delegation, reason=reason, **pair)
        tell(kind="clinics.seat_taken_over", recipient=user, target=f"clinics.delegate:{successor.pk}")
        if leaving.user_id:
            tell(kind="clinics.seat_passed_on", recipient=leaving.user, target=f"clinics.delegate:{leaving.pk}")
    return successor


def withdraw_delegate(*, delegate: Delegate, actor, reason: str) -> Delegate:
    """End a delegate's part, by herself or by staff; her seat is offered to whoever waits for it.

    Raises: DomainError "reason", "gone" or "state". Queries: 12 and those of `offer_next`, in one transaction with edition
    and delegation locked. Her open tasks stay, without an owner; she gets a confirmation once.
    """
    reason = needed(reason)
    with transaction.atomic():
        delegation = lock(delegate.delegation)
        require(delegation.edition, Act.SWAP)
        delegate = vacate(delegate=delegate, to=DelegateState.WITHDRAWN, actor=actor, reason=reason)
        delegate.tasks.filter(done_at__isnull=True).update(owner=None)
        if delegate.user_id:
            tell(kind="clinics.withdrawn", recipient=delegate.user, target=f"clinics.delegate:{delegate.pk}")
        offer_next(delegation=delegation, group=delegate.group, actor=actor)
    return delegate


def add_late_joiner(*, delegation: Delegation, user, group: str, actor, reason: str) -> Delegate:
    """Give a free seat to somebody who comes late, without invitation or application; the log says why.

    Raises: DomainError "reason", and what `admit` raises. Queries: 13, in one transaction.
    """
    reason = needed(reason)
    with transaction.atomic():
        delegate = admit(delegation=delegation, user=user, group=group, actor=actor)
        record_event(actor=actor, act="join late", obj=delegate, reason=reason)
    return delegate


def set_head(*, delegate: Delegate, actor) -> Delegate:
    """Let a delegate who takes part head her delegation; who headed it is a member again.

    Raises: DomainError "gone". Queries: 7, in one transaction with the delegation locked; 4 when she heads it already.
    """
    with transaction.atomic():
        delegation = lock(delegate.delegation)
        delegate = standing(delegate)
        if delegate.role == DelegateRole.HEAD:
            return delegate
        former = delegation.delegates.active().filter(role=DelegateRole.HEAD).first()
        if former:
            former.role = DelegateRole.MEMBER
            former.save(update_fields=["role"])
        delegate.role = DelegateRole.HEAD
        delegate.save(update_fields=["role"])
        people_changed(delegation.edition_id)
        states = {"before": {"head": former and former.pk}, "after": {"head": delegate.pk}}
        record_event(actor=actor, act="set head of delegation", obj=delegation, **states)
    return delegate


def standing(delegate: Delegate) -> Delegate:
    """Return a delegate as the row stands now. Raises: DomainError "gone" when she takes part no more. Queries: 1."""
    found = Delegate.objects.active().select_related("user", "delegation").filter(pk=delegate.pk).first()
    if found is None:
        raise DomainError(_("This person does not take part any more."), code="gone")
    return found


def needed(reason: str) -> str:
    """Return a reason that was given, cleaned. Raises: DomainError "reason". Pure."""
    reason = clean(reason)
    if not reason:
        raise DomainError(_("Say why, in a few words."), code="reason", field="reason")
    if len(reason) > MOST:
        raise DomainError(_("Please say it in at most %(most)d characters.") % {"most": MOST}, code="long", field="reason")
    return reason
