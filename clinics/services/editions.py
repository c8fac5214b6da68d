"""An edition from draft to closed: what each step asks for."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinics.enums import Act, EditionState, SessionKind
from clinics.models import Edition
from core.changes import content_changed
from core.errors import DomainError
from core.services import record_event

REFUSALS = {
    Act.SHOW: gettext_lazy("This edition is not published yet."),
    Act.PLAN: gettext_lazy("The plan of this edition no longer changes."),
    Act.APPLY: gettext_lazy("The call of this edition is not open."),
    Act.INVITE: gettext_lazy("Nobody can be invited to this edition now."),
    Act.JOIN: gettext_lazy("Seats of this edition can no longer be accepted."),
    Act.REVIEW: gettext_lazy("Applications are not reviewed at this stage."),
    Act.RELEASE: gettext_lazy("Decisions are not released at this stage."),
    Act.WRITE: gettext_lazy("Priorities are not written at this stage."),
    Act.SWAP: gettext_lazy("Delegates are not replaced at this stage."),
}


def require(edition: Edition, act: Act) -> None:
    """Refuse what the state of an edition does not allow. Raises: DomainError "state". Pure."""
    if not edition.allows(act):
        facts = {"reason": REFUSALS[act], "state": edition.get_state_display()}
        raise DomainError(_("%(reason)s It stands at “%(state)s”.") % facts, code="state")


def move_edition(*, edition: Edition, to: EditionState, actor, reason: str = "") -> Edition:
    """Bring an edition to the next state, or with a reason one state back. Logged; visitors' pages follow.

    Raises: DomainError "order", "reason", or "incomplete" with all that the next state lacks. Queries: 12 at most, in one
    transaction with the edition's row locked. Repeating raises "order".
    """
    with transaction.atomic():
        edition = Edition.objects.select_for_update(of=("self",)).get(pk=edition.pk)
        here, order = EditionState(edition.state), list(EditionState)
        step = order.index(EditionState(to)) - order.index(here)
        if step not in (1, -1):
            raise DomainError(_("An edition moves one step at a time; this one stands at “%(state)s”.") % {
                "state": here.label}, code="order")  # fmt: skip
        if step == -1 and not reason.strip():
            raise DomainError(_("Say why the edition goes back."), code="reason", field="reason")
        if here == EditionState.DRAFT and (lacking := lacks(edition)):
            raise DomainError(" ".join(lacking), code="incomplete")
        edition.state = to
        if edition.published_at is None and to != EditionState.DRAFT:
            edition.published_at = timezone.now()
        edition.save(update_fields=["state", "published_at", "changed_at"])
        states = {"before": {"state": here.value}, "after": {"state": EditionState(to).value}}
        record_event(actor=actor, act="move edition", obj=edition, reason=reason, **states)
        content_changed(edition)
    return edition


def lacks(edition: Edition) -> list[str]:
    """Return what an edition lacks before it can be shown, as sentences in the reader's language. Queries: 6."""
    found = []
    parts = [edition, *edition.weeks.all(), *edition.blocks.all(), *edition.sessions.all()]
    for part in parts:
        gaps = [code.upper() for code in edition_languages(edition) if part.missing(code)]
        if gaps:
            found.append(_("“%(name)s” lacks texts in %(languages)s.") % {"name": part, "languages": ", ".join(gaps)})
    if not edition.delegations.filter(seats__number__gt=0).exists():
        found.append(_("No country has seats."))
    if not edition.blocks.exists():
        found.append(_("There is no building block."))
    for block in edition.blocks.exclude(sessions__kind=SessionKind.WEBINAR):
        found.append(_("“%(block)s” has no webinar.") % {"block": block})
    if edition.is_open_call and edition.apply_by is None:
        found.append(_("The open call has no deadline."))
    elif edition.is_open_call and edition.apply_by <= timezone.now():
        found.append(_("The deadline of the open call is over."))
    return [*found, *beyond(edition)]


def edition_languages(edition: Edition) -> list[str]:
    """Return the languages in which its texts must stand. Pure."""
    return [code for code in ("en", "fr", "es") if code not in edition.fallback_languages]


def beyond(edition: Edition) -> list[str]:
    """Return which blocks, weeks and sessions lie outside the edition's dates, as sentences. Queries: 3."""
    found = []
    for part in [*edition.weeks.filter(number__gt=0), *edition.blocks.all()]:
        if part.starts_on < edition.starts_on or part.ends_on > edition.ends_on:
            found.append(_("“%(name)s” lies outside the dates of the edition.") % {"name": part})
    for session in edition.sessions.filter(block__isnull=False).select_related("block"):
        day = session.starts_at.astimezone(edition.tz).date()
        if not session.block.starts_on <= day <= session.block.ends_on:
            found.append(_("“%(name)s” lies outside the dates of its block.") % {"name": session})
    return found
