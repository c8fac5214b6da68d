"""Letters about a country's priorities: to write, to sign, published."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta

from django.db.models import Q, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse

from clinics.enums import Act, EditionState
from clinics.models import Delegate, Delegation, Edition, Priorities
from clinics.services.priorities import REQUIRED, missing, own_side, required_filled, standing, unsigned
from core.models import object_key
from reminders.kinds import Due, Kind, Obsolete

TO_WRITE = (14, 5)  # days before week 1
TO_SIGN = (7, 2)
MORNING = time(9)  # in the zone of the edition
LATE = timedelta(days=2)
KEPT = {"id", "starts_on", "zone"}  # what a finder needs of an edition


def coming_up(now: datetime, days: tuple[int, ...]) -> Q:
    """Return the condition on a delegate's edition: in preparation, and so many days before its week 1, give or take zones."""
    near = {now.date() + timedelta(days=count + shift) for count in days for shift in range(-LATE.days - 1, 2)}
    return Q(edition__state=EditionState.PREPARATION, edition__starts_on__in=near, user__is_active=True)


def moments(edition: Edition, now: datetime, days: tuple[int, ...]) -> Iterator[tuple[str, datetime]]:
    """Return (occurrence, instant) of the letters that are due now: nine in the morning, so many days before. Pure."""
    for count in days:
        at = edition.moment(edition.starts_on - timedelta(days=count), MORNING)
        if at <= now < at + LATE:
            yield f"{edition.starts_on}-{count}", at


def members(now: datetime, days: tuple[int, ...]):
    """Return those who take part in an edition that starts in so many days, whose country has published nothing."""
    rows = Delegate.objects.active().filter(coming_up(now, days), delegation__priorities__published_at__isnull=True)
    rows = rows.annotate(filled=Coalesce(Subquery(required_filled("delegation")), 0)).select_related("edition")
    return rows.defer(*(f"edition__{field.name}" for field in Edition._meta.concrete_fields if field.name not in KEPT))


def find_to_write(now: datetime):
    """Find the members of delegations in which a required field is still empty. Queries: 1."""
    for row in members(now, TO_WRITE).filter(filled__lt=len(REQUIRED)):
        for occurrence, at in moments(row.edition, now, TO_WRITE):
            yield Due(row.user_id, f"clinics.delegation:{row.delegation_id}", occurrence, at)


def find_to_sign(now: datetime):
    """Find the members of sides that have not signed a text that is ready to be signed. Queries: 1."""
    for row in unsigned(members(now, TO_SIGN)).filter(filled=len(REQUIRED)).select_related("edition", "delegation__priorities"):
        for occurrence, at in moments(row.edition, now, TO_SIGN):
            yield Due(row.user_id, object_key(row.delegation.priorities), occurrence, at)


def facts_of(letter, delegation: Delegation, page: str) -> dict:
    """Return what every letter about priorities says. Raises: Obsolete for who takes no part any more. Queries: 1."""
    if not delegation.delegates.active().filter(user=letter.recipient).exists():
        raise Obsolete("takes no part")
    if delegation.edition.is_draft:
        raise Obsolete("edition is a draft")
    return {
        "name": letter.reader.get_short_name(),
        "edition": delegation.edition,
        "country": delegation.name,
        "starts_on": delegation.edition.starts_on,
        "url": reverse(f"clinics:{page}", args=[delegation.edition.slug, delegation.country.lower()]),
    }


def priorities_in(letter) -> Priorities:
    """Return the priorities a letter is about. Raises: Obsolete when they are gone. Queries: 1."""
    rows = Priorities.objects.select_related("delegation__edition")
    found = rows.filter(pk=letter.target.split(":")[1]).first()
    if found is None:
        raise Obsolete("priorities are gone")
    return found


def to_write_context(letter) -> dict:
    """Return which required fields are empty; Obsolete when none is, or nothing is written any more. Queries: 3."""
    rows = Delegation.objects.select_related("edition", "priorities")
    delegation = rows.filter(pk=letter.target.split(":")[1]).first()
    if delegation is None:
        raise Obsolete("delegation is gone")
    facts = facts_of(letter, delegation, "priorities_edit")
    priorities = getattr(delegation, "priorities", None) or Priorities(delegation=delegation)
    if not delegation.edition.allows(Act.WRITE) or priorities.published_at:
        raise Obsolete("written")
    if not (lacking := missing(priorities)):
        raise Obsolete("nothing is missing")
    return facts | {"fields": [field.label for field in lacking]}


def to_sign_context(letter) -> dict:
    """Return what waits for the signature of a side; Obsolete when it has signed, or it is not ready. Queries: 6."""
    priorities = priorities_in(letter)
    facts = facts_of(letter, priorities.delegation, "priorities_sign")
    if not priorities.delegation.edition.allows(Act.WRITE):
        raise Obsolete("not signed at this stage")
    side = own_side(letter.recipient, priorities.delegation)
    if side is None or missing(priorities):
        raise Obsolete("not ready for this person")
    sides = standing(priorities)
    if any(one.side == side and one.signature for one in sides):
        raise Obsolete("signed")
    signed = [str(one.side.label) for one in sides if one.signature]
    return facts | {"side": side.label, "signed": signed, "changed": bool(letter.context.get("changed"))}


def published_context(letter) -> dict:
    """Return where the published priorities stand. Queries: 2."""
    priorities = priorities_in(letter)
    if priorities.published_at is None:
        raise Obsolete("not published")
    facts = facts_of(letter, priorities.delegation, "priorities_detail")
    return facts | {"is_public": priorities.is_public, "day": priorities.published_at}


KINDS = [
    Kind(code="clinics.priorities_to_write", context=to_write_context, finder=find_to_write, late=LATE),
    Kind(code="clinics.priorities_to_sign", context=to_sign_context, finder=find_to_sign, late=LATE),
    Kind(code="clinics.priorities_published", context=published_context),
]
