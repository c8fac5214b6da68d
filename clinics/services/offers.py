"""Offers: accepted, declined, run out; and applications taken back. An offer ends once, whoever is quicker."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from clinics.enums import ApplicationState, DecisionReason
from clinics.models import Application, Delegate, Delegation, Edition
from clinics.services.admission import admit, lock, places
from clinics.services.waiting import line_of, offer_next, target, tell_moves
from core.errors import DomainError
from core.services import record_event
from reminders.services import tell

BATCH = 500  # offers that run out in one round


def delegation_of(application: Application) -> Delegation | None:
    """Return the delegation for which an application asks; None when the country does not take part. Queries: 1."""
    return Delegation.objects.filter(edition=application.edition_id, country=application.country).first()


def held(application: Application) -> tuple[Application, Delegation | None]:
    """Return an application and its delegation, locked: edition, delegation, application. Queries: 4 at most."""
    delegation = delegation_of(application)
    if delegation is None:
        Edition.objects.select_for_update(of=("self",)).get(pk=application.edition_id)
    else:
        delegation = lock(delegation)
    rows = Application.objects.select_for_update(of=("self",)).select_related("user", "edition")
    return rows.get(pk=application.pk), delegation


def end(row: Application, state: ApplicationState, *, actor, reason: str = "") -> None:
    """Bring an application to a state in which it stays. In the caller's transaction. Queries: 2. Logged."""
    before = row.state
    row.state, row.rank, row.answered_at = state, None, timezone.now()
    row.save(update_fields=["state", "rank", "answered_at", "saved_at"])
    states = {"before": {"state": before}, "after": {"state": state.value}}
    record_event(actor=actor, act="application ends", obj=row, reason=reason.strip()[:300], **states)


# Accepting ----------------------------------------------------------------------------------------
def accept_offer(*, application: Application) -> Delegate:
    """Take the seat that was offered to whoever wrote the application.

    When the seat is gone all the same (more offers than seats, or seats were taken away), she stands first on the
    waiting list, with the reason, and is told: then this raises "full", with all that written. Call it outside
    transactions, or that would be rolled back.
    Raises: DomainError "state", "late", "gone" (the country takes no part any more), "full".
    Queries: 21, in one transaction with edition, delegation and application locked; two at once take turns.
    Logged. Safe to repeat: a double click finds the seat.
    """
    with transaction.atomic():
        row, delegation = held(application)
        if row.state == ApplicationState.ACCEPTED:
            return seat_of(row)
        refuse_if_over(row, delegation)
        if seated := settle(row, delegation):
            return seated
        try:
            with transaction.atomic():
                delegate = admit(delegation=delegation, user=row.user, group=row.group, promised=True)
        except DomainError as refusal:
            if refusal.code != "full":
                raise
            delegate = None
            put_back(row, delegation)
        else:
            end(row, ApplicationState.ACCEPTED, actor=row.user)
    if delegate is None:
        raise DomainError(
            _("The last seat was taken a moment ago. You are first on the waiting list: the next free seat is offered to you."),
            code="full",
        )
    return delegate


def seat_of(row: Application) -> Delegate:
    """Return the seat that came of an application. Raises: DomainError "state" when it was given up. Queries: 1."""
    delegate = Delegate.objects.active().filter(edition=row.edition_id, user=row.user_id).first()
    if delegate is None:
        raise DomainError(_("You had this seat and gave it up."), code="state")
    return delegate


def settle(row: Application, delegation: Delegation | None) -> Delegate | None:
    """Close the open offer of whoever has a seat by another road; the seat that it held goes on. None without a seat.

    Queries: 1, and 21 with a seat. In the caller's transaction, the row locked.
    """
    delegate = Delegate.objects.active().filter(edition=row.edition_id, user=row.user_id).first()
    if delegate:
        end(row, ApplicationState.ACCEPTED, actor=None, reason="has a seat by another road")
        if delegation:
            offer_next(delegation=delegation, group=row.group)
    return delegate


def refuse_if_over(row: Application, delegation: Delegation | None) -> None:
    """Refuse what is no open offer. Raises: DomainError "state", "late", "gone". Pure."""
    if row.state != ApplicationState.OFFERED:
        raise DomainError(_("No seat is offered to you now."), code="state")
    if not row.has_open_offer:
        raise DomainError(_("This offer has ended. The seat goes to the next person on the waiting list."), code="late")
    if delegation is None:
        raise DomainError(_("Your country does not take part in this edition any more."), code="gone")


def put_back(row: Application, delegation: Delegation) -> None:
    """Put whoever came too late for the last seat first on the waiting list, and tell her why. Queries: 7."""
    room = places(delegation, row.group)
    row.decision_reason = DecisionReason.GROUP_FULL if room.seats <= room.taken else ""
    row.state, row.rank, row.offer_until = ApplicationState.WAITING, 0, None
    row.save(update_fields=["state", "rank", "offer_until", "decision_reason", "saved_at"])
    record_event(actor=None, act="back to the waiting list", obj=row, reason="the last seat was taken", after={"place": 1})
    tell(kind="clinics.decision", recipient=row.user, target=target(row), occurrence=f"waiting.{row.offers}")


# Declining and withdrawing ------------------------------------------------------------------------
def decline_offer(*, application: Application, reason: str = "") -> Application:
    """Refuse the seat that was offered; the next in line gets it, and whoever declined is never asked again by the list.

    Raises: DomainError "state", "late". Queries: 23, in one transaction. Logged. Safe to repeat.
    """
    with transaction.atomic():
        row, delegation = held(application)
        if row.state == ApplicationState.REFUSED:
            return row
        if row.state != ApplicationState.OFFERED:
            raise DomainError(_("No seat is offered to you now."), code="state")
        if not row.has_open_offer:
            raise DomainError(_("This offer has ended. There is nothing to decline any more."), code="late")
        end(row, ApplicationState.REFUSED, actor=row.user, reason=reason)
        if delegation:
            offer_next(delegation=delegation, group=row.group)
    return row


def withdraw_application(*, application: Application, reason: str = "") -> Application:
    """Take an application back, wherever it stands before its end; a seat that it held is offered to the next.

    Raises: DomainError "state" when it was never handed in, or has come to an end. Queries: 23, in one transaction.
    Logged. Safe to repeat. Who withdrew is never offered a seat by the waiting list.
    """
    with transaction.atomic():
        row, delegation = held(application)
        if row.state == ApplicationState.WITHDRAWN:
            return row
        if not row.may_be_withdrawn:
            raise DomainError(_("This application can no longer be withdrawn."), code="state")
        was, before = row.state, line_of(row) if row.state == ApplicationState.WAITING else {}
        end(row, ApplicationState.WITHDRAWN, actor=row.user, reason=reason)
        if was == ApplicationState.WAITING:
            tell_moves(row, before)
        if was == ApplicationState.OFFERED and delegation:
            offer_next(delegation=delegation, group=row.group)
    return row


# Running out --------------------------------------------------------------------------------------
def expire_offers(now: datetime | None = None) -> int:
    """End the offers whose time is over; each person is told, and the next in line gets the seat.

    Returns: how many ended. Queries: 1 when nothing is due; else 24 for each of at most BATCH, each in its own
    transaction. Safe to repeat and to run twice at once. Index: open_offers.
    """
    now = now or timezone.now()
    due = Application.objects.filter(state=ApplicationState.OFFERED, offer_until__lte=now).order_by("offer_until")
    return sum(expire(row, now) for row in due[:BATCH])


def expire(application: Application, now: datetime) -> bool:
    """End one offer whose time is over. Returns: whether this call did. Queries: 24, in one transaction."""
    with transaction.atomic():
        row, delegation = held(application)
        if row.state != ApplicationState.OFFERED or row.offer_until > now:
            return False
        if settle(row, delegation):
            return True
        end(row, ApplicationState.EXPIRED, actor=None, reason="no answer in time")
        tell(kind="clinics.offer_expired", recipient=row.user, target=target(row), occurrence=str(row.offers))
        if delegation:
            offer_next(delegation=delegation, group=row.group)
    return True
