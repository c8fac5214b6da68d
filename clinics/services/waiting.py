"""The waiting list: one line for each group of each country; who is first gets the next free seat.

Whoever declined, let an offer run out or withdrew is in another state and therefore never in line again; neither is
whoever has, or gave up, a seat in the edition. Who waits is told when her decision is released, when a seat is offered to
her, and when her place becomes 1, 2 or 3: each of these places once, so that a long line means no daily letters.
"""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from clinics.enums import Act, ApplicationState, Decision
from clinics.models import Application, Delegate, Delegation, Edition
from clinics.services.admission import held_of, lock, places
from clinics.services.editions import require
from core.errors import DomainError
from core.services import record_event
from reminders.services import tell

NEAR = 3  # places of which people are told


def offer_next(*, delegation: Delegation, group: str, actor=None) -> Application | None:
    """Offer a free seat of a group to whoever stands first on its waiting list.

    Call it after a seat fell free; it does nothing while the edition makes no offers, while no seat is free after those
    that open offers hold, or when nobody waits. Args: actor: None for the portal itself.
    Returns: the application that holds the offer now. Queries: 15, in one transaction; two at once take turns.
    Logged; she is told, and those behind her whose place became one of the first. Repeating offers the next free seat.
    """
    with transaction.atomic():
        delegation = lock(delegation)
        if not delegation.edition.allows(Act.RELEASE) or not has_room(delegation, group):
            return None
        first = first_in_line(delegation, group)
        if first is None:
            return None
        before = line_of(first)
        make_offer(first, delegation.edition)
        record_event(actor=actor, act="offer a seat", obj=first, after={"offer": first.offers, "group": group})
        tell(kind="clinics.offer", recipient=first.user, target=target(first), occurrence=str(first.offers))
        tell_moves(first, before)
    return first


def has_room(delegation: Delegation, group: str) -> bool:
    """Say whether a seat is neither taken nor promised, in the group and in the whole edition. Queries: 3 to 5."""
    if not places(delegation, group).free:
        return False
    edition = delegation.edition
    if not edition.capacity:
        return True
    return edition.delegates.active().count() + held_of(edition) < edition.capacity


def first_in_line(delegation: Delegation, group: str) -> Application | None:
    """Return who is next, locked; who has or had a seat in the edition is passed over. Queries: 2."""
    line = Application.objects.line(delegation.edition_id, delegation.country, group)
    seated = Delegate.objects.filter(edition=delegation.edition_id, user__isnull=False).values("user")
    rows = Application.objects.filter(pk__in=line, state=ApplicationState.WAITING, released_at__isnull=False)
    found = rows.exclude(user__in=seated).select_related("user").select_for_update(of=("self",))
    return min(found, key=lambda one: line[one.pk], default=None)


def make_offer(application: Application, edition: Edition, now=None) -> None:
    """Turn an application into an open offer. In the caller's transaction, the row locked. Queries: 1."""
    now = now or timezone.now()
    application.state, application.rank = ApplicationState.OFFERED, None
    application.offer_until = now + timedelta(days=edition.offer_days)
    application.offers += 1
    application.save(update_fields=["state", "rank", "offer_until", "offers", "saved_at"])


def target(application: Application) -> str:
    """Return the text key by which letters name an application. Pure."""
    return f"clinics.application:{application.pk}"


def line_of(application: Application) -> dict[int, int]:
    """Return {application: place} of the line in which one stands. Queries: 1."""
    return Application.objects.line(application.edition_id, application.country, application.group)


def tell_moves(application: Application, before: dict[int, int]) -> None:
    """Tell those in a line whose place has become better, and is one of the first NEAR. Queries: 2, and 1 a letter."""
    after = line_of(application)
    moved = [pk for pk, place in after.items() if place <= NEAR and place < before.get(pk, 0)]
    rows = Application.objects.filter(pk__in=moved).select_related("user")
    for row in sorted(rows, key=lambda one: after[one.pk]):
        tell(kind="clinics.waiting_moved", recipient=row.user, target=target(row), occurrence=str(after[row.pk]))


# Order --------------------------------------------------------------------------------------------
def in_order(edition: Edition, country: str, group: str):
    """Return who waits for a group of a country and who will, in their order. Index: waiting_applications."""
    rows = Application.objects.filter(edition=edition, country=country, group=group).select_related("user")
    waits = rows.filter(state=ApplicationState.WAITING)
    will = rows.filter(state=ApplicationState.SUBMITTED, decision=Decision.WAIT, released_at=None)
    return sorted([*waits, *will], key=order_key)


def order_key(application: Application) -> tuple:
    """Return by what a line is sorted, as `with_place` sorts it. Pure."""
    unranked = application.rank is None
    return (unranked, application.rank or 0, application.submitted_at or application.started_at, application.pk)


def order_line(*, edition: Edition, country: str, group: str, wanted: dict[int, int], actor, reason: str = "") -> None:
    """Put a line into the order that staff want; those whose place became one of the first are told.

    Args: wanted: {application: place}; who is not in it keeps her place among the others, behind equals.
    Raises: DomainError "state", "conflict" when the actor gives another place to somebody whom she must not judge, "reason"
    when somebody who waits already would move and no reason is given.
    Queries: 10, and 1 a letter, in one transaction with the edition's row locked. Logged. Safe to repeat.
    """
    with transaction.atomic():
        edition = Edition.objects.select_for_update(of=("self",)).get(pk=edition.pk)
        require(edition, Act.REVIEW if edition.allows(Act.REVIEW) else Act.RELEASE)
        rows = in_order(edition, country, group)
        now = {row.pk: place for place, row in enumerate(rows, start=1)}
        refuse_hidden(edition, actor, {pk: place for pk, place in wanted.items() if pk in now and place != now[pk]})
        ordered = sorted(rows, key=lambda row: (wanted.get(row.pk, now[row.pk]), now[row.pk]))
        if [row.pk for row in ordered] == [row.pk for row in rows]:
            return
        if not reason.strip() and any(row.state == ApplicationState.WAITING for row in rows):
            raise DomainError(_("Say why the order changes: people were told their places."), code="reason", field="reason")
        before = line_of(rows[0])
        for place, row in enumerate(ordered, start=1):
            row.rank = place
        Application.objects.bulk_update(ordered, ["rank"])
        places_ = {"before": {"order": list(now)}, "after": {"order": [row.pk for row in ordered]}}
        record_event(actor=actor, act="order waiting list", obj=edition, reason=reason.strip(), **places_)
        tell_moves(rows[0], before)


def refuse_hidden(edition: Edition, actor, moved: dict[int, int]) -> None:
    """Refuse to move whom the actor must not judge: herself, a conflict of interest. Raises: DomainError. Queries: 1."""
    if not moved or actor is None:  # None: the portal itself
        return
    if Application.objects.reviewable_by(actor).filter(edition=edition, pk__in=moved).count() < len(moved):
        text = _("You cannot move an application that is not shown to you: your own, or a conflict of interest.")
        raise DomainError(text, code="conflict")
