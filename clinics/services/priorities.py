"""A country's priorities: written field by field, signed side by side, published as a frozen copy."""

from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import Case, Count, Exists, OuterRef, Value, When
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.enums import ConstituentGroup, Side
from clinics.enums import Act, PrioritiesState, PriorityField
from clinics.memberships import people_changed
from clinics.models import Delegation, Priorities, PriorityText, Signature
from clinics.services.editions import require
from core import own_texts
from core.changes import content_changed
from core.errors import DomainError
from core.models import object_key
from core.own_texts import Written
from core.services import record_event
from core.translations import LANGUAGES
from programme.enums import InffStage
from programme.models import Mechanism
from reminders.services import tell

MOST = 5000  # characters of one field
MOST_CODES = 60
CODED_LANGUAGE = LANGUAGES[0]  # codes are of no language, and a row needs one
REQUIRED = (
    PriorityField.PLAN_GOAL,
    PriorityField.DEFICIT,
    PriorityField.FINANCING_GAP,
    PriorityField.SUPPORT_SOUGHT,
)
SIDES = (Side.GOVERNMENT, Side.EMPLOYERS, Side.WORKERS)
CALM = timedelta(hours=1)  # who changed a signed text may finish before the signers are told
GROUPS = {side: [group.value for group in ConstituentGroup if group.side == side] for side in SIDES}
SIDE = Case(*(When(group__in=groups, then=Value(side.value)) for side, groups in GROUPS.items()), default=Value(""))


@dataclass(frozen=True)
class SideStanding:
    """How one side stands to the version that stands."""

    side: Side
    members: int
    signature: Signature | None = None

    @property
    def state(self) -> str:
        """Return "signed", "not_signed" or, without a member, "not_represented"."""
        if self.signature:
            return "signed"
        return "not_signed" if self.members else "not_represented"


# Reading ------------------------------------------------------------------------------------------
def open_priorities(delegation: Delegation) -> Priorities:
    """Return the priorities of a delegation, made at the first time. Queries: 1, or 4. Safe to repeat and at once."""
    priorities, _new = Priorities.objects.get_or_create(delegation=delegation)
    priorities.delegation = delegation
    return priorities


def own_side(user, delegation: Delegation) -> Side | None:
    """Return the side for which a person may sign: that of her seat in this delegation, if it is one that signs.

    Queries: 1.
    """
    seat = delegation.delegates.active().filter(user=user).first() if user.is_authenticated else None
    return seat.side if seat and seat.side in SIDES else None


def standing(priorities: Priorities) -> list[SideStanding]:
    """Return how the three sides stand to the version that stands, in their order. Queries: 2."""
    members = dict.fromkeys(SIDES, 0)
    for group in priorities.delegation.delegates.active().filter(user__isnull=False).values_list("group", flat=True):
        side = ConstituentGroup(group).side
        if side in members:
            members[side] += 1
    signed = {}
    if priorities.pk and priorities.version:
        rows = priorities.signatures.filter(version=priorities.version).select_related("user")
        signed = {row.side: row for row in rows}
    return [SideStanding(side, members[side], signed.get(side)) for side in SIDES]


def missing(priorities: Priorities) -> list[PriorityField]:
    """Return the required fields without text, in their order. Queries: 1."""
    filled = set(priorities.texts.exclude(text="").values_list("field", flat=True)) if priorities.pk else set()
    return [field for field in REQUIRED if field not in filled]


def required_filled(delegation_ref: str):
    """Return the subquery that counts the required fields a delegation has filled. No query by itself.

    Args: delegation_ref: where the outer row names its delegation.
    """
    rows = PriorityText.objects.filter(priorities__delegation=OuterRef(delegation_ref), field__in=REQUIRED).exclude(text="")
    return rows.order_by().values("priorities").annotate(n=Count("pk")).values("n")


def unsigned(delegates):
    """Narrow delegates to those who take part and whose side has not signed the version that stands. No query by itself.

    Args: delegates: a queryset of Delegate. Annotates `side_of`. Also where nothing has been written yet.
    """
    signed = Signature.objects.filter(
        priorities__delegation=OuterRef("delegation"),
        version=OuterRef("delegation__priorities__version"),
        side=OuterRef("side_of"),
    )
    groups = [group for of_side in GROUPS.values() for group in of_side]
    return delegates.active().filter(user__isnull=False, group__in=groups).annotate(side_of=SIDE).filter(~Exists(signed))


# Writing ------------------------------------------------------------------------------------------
def lock(priorities: Priorities) -> Priorities:
    """Return the present row, which nobody else changes before the caller's transaction ends. Queries: 1."""
    rows = Priorities.objects.select_for_update(of=("self",)).select_related("delegation__edition")
    return rows.get(pk=priorities.pk)


def known_codes(field: PriorityField, text: str) -> str:
    """Return the codes of a coded field, each once, one a line, in the order of the vocabulary.

    Raises: DomainError "code" for one that the vocabulary does not have, or for two stages. Queries: 1 for mechanisms.
    """
    codes = set(text.split()) if len(text) <= MOST else {text}
    if field == PriorityField.INFF_STAGE:
        known = [code for code in InffStage.values if code in codes][:1]
    else:
        rows = Mechanism.objects.filter(code__in=list(codes)[:MOST_CODES])
        known = list(rows.order_by("position", "code").values_list("code", flat=True))
    if codes - set(known):
        raise DomainError(_("Choose from the list: this is not in it."), code="code")
    return "\n".join(known)


def save_field(*, priorities: Priorities, field: str, text: str, language: str, had: int, author) -> Written:
    """Save one field; different fields never meet, and in the same field whoever was slower finds both texts.

    Args: field: a value of PriorityField; text: words, or codes one a line; had: the version of this field before her.
    Returns: Written. When a text changes that sides had signed, they are asked once to read and sign it anew.
    Raises: DomainError "field", "code", "long", "language" or "state". Queries: 8 at most, and 3 a signature that falls,
    in one transaction with the row of the priorities locked. Safe to repeat.
    """
    if field not in PriorityField.values:
        raise DomainError(_("There is no such field."), code="field")
    field = PriorityField(field)
    if field.is_coded:
        text, language = known_codes(field, text), CODED_LANGUAGE
    with transaction.atomic():
        present = lock(priorities)
        require(present.delegation.edition, Act.WRITE)
        row = present.texts.filter(field=field).first() or PriorityText(priorities=present, field=field, language=language)
        written = own_texts.write(row=row, text=text, language=language, author=author, had=had, most=MOST)
        if written.changed:
            renew(present, field, author)
    written.row.priorities = present
    return written


def renew(priorities: Priorities, field: PriorityField, author) -> None:
    """Count a change; ask whoever had signed the former version to read and sign this one. The row is locked."""
    fallen = list(priorities.signatures.filter(version=priorities.version).select_related("user")) if priorities.version else []
    before, priorities.version = priorities.version, priorities.version + 1
    priorities.save(update_fields=["version"])
    if not fallen:
        return
    facts = {"before": {"version": before, "sides": [one.side for one in fallen]}, "after": {"version": priorities.version}}
    record_event(actor=author, act="change signed priorities", obj=priorities, reason=str(field.label), **facts)
    for user in {one.user for one in fallen if one.user}:
        tell(
            kind="clinics.priorities_to_sign",
            recipient=user,
            target=object_key(priorities),
            occurrence=str(priorities.version),
            due_at=timezone.now() + CALM,
            context={"changed": True},
        )


def settle_field(*, priorities: Priorities, field: str, author, had: int, mine: bool) -> Written | None:
    """End the choice between a text that stands and the one its writer had put aside.

    Args: mine: whether hers takes the place of the other; had: the version beside which she saw hers.
    Returns: Written when hers was saved, with `aside` when a third came in between; None when the other stands.
    Raises: as `save_field`. Queries: 3, and those of `save_field`. Safe to repeat.
    """
    row = priorities.texts.filter(field=field).first()
    waits = own_texts.waiting_aside([row], author).get(object_key(row)) if row else None
    if waits is None:
        return None
    with transaction.atomic():
        written = None
        if mine:
            text = {"text": waits.text, "language": waits.language}
            written = save_field(priorities=priorities, field=field, had=had, author=author, **text)
        if written is None or not written.aside:
            own_texts.settle(row=row, author=author)
    return written


# Signing ------------------------------------------------------------------------------------------
def sign(*, priorities: Priorities, user, side: str, version: int, agrees_public: bool) -> Signature:
    """Let one side stand by the version that its member has read; the last signature publishes.

    Args: version: the one she read; agrees_public: whether it may stand on the country's page.
    Returns: the signature of her side, another member's when that one was quicker.
    Raises: DomainError "state", "side" when she has no seat on that side, "version" when the text has changed since,
    "missing" with the required fields that are empty. Queries: 9, and those of publishing, in one transaction with the row
    locked. Safe to repeat.
    """
    with transaction.atomic():
        present = lock(priorities)
        require(present.delegation.edition, Act.WRITE)
        if side not in SIDES or own_side(user, present.delegation) != side:
            raise DomainError(_("Only a member of this side signs for it."), code="side")
        if version != present.version:
            facts = {"read": version, "stands": present.version}
            text = _("The text has changed since you opened this page: you read version %(read)d, now it is %(stands)d.")
            raise DomainError(text % facts + " " + _("Read it again, then sign."), code="version")
        if lacking := missing(present):
            names = ", ".join(f"“{field.label}”" for field in lacking)
            raise DomainError(
                _("Before anybody signs, these fields need a text: %(names)s.") % {"names": names}, code="missing"
            )
        facts = {"user": user, "agrees_public": agrees_public}
        signature, is_new = present.signatures.get_or_create(side=side, version=version, defaults=facts)
        if is_new:
            people_changed(present.delegation.edition_id)
            after = {"side": str(side), "version": version, "agrees_public": agrees_public}
            record_event(actor=user, act="sign priorities", obj=present, after=after)
        publish_when_complete(present, user)
    return signature


def publish_when_complete(priorities: Priorities, actor) -> None:
    """Publish when every side that has members has signed, unless this very state is published. The row is locked."""
    sides = standing(priorities)
    told = {one["side"]: one["state"] for one in priorities.published.get("sides", [])}
    same = priorities.published.get("version") == priorities.version and told == {one.side: one.state for one in sides}
    if not same and all(one.state != "not_signed" for one in sides):
        publish(priorities, actor, sides)


def publish_as_is(*, priorities: Priorities, actor, reason: str) -> Priorities:
    """Publish what stands although a side has not signed; the copy says so.

    Raises: DomainError "state", "reason", or "empty" when nothing is written. Queries: 8, and 1 a member, in one
    transaction with the row locked. Logged. Repeating publishes anew; nobody is told twice.
    """
    if not reason.strip():
        raise DomainError(_("Say why this is published without all signatures."), code="reason", field="reason")
    with transaction.atomic():
        present = lock(priorities)
        require(present.delegation.edition, Act.WRITE)
        if not present.texts.exclude(text="").exists():
            raise DomainError(_("Nothing is written yet."), code="empty")
        publish(present, actor, standing(present), reason=reason.strip())
    return present


def publish(priorities: Priorities, actor, sides: list[SideStanding], reason: str = "") -> None:
    """Freeze what stands, and tell the delegation. In the caller's transaction, the row locked."""
    now = timezone.now()
    priorities.published = frozen(priorities, sides, now)
    priorities.published_at, priorities.state = now, PrioritiesState.PUBLISHED
    priorities.is_public = agreed(sides)
    priorities.save(update_fields=["published", "published_at", "state", "is_public"])
    after = {"version": priorities.version, "sides": {str(one.side): one.state for one in sides}}
    record_event(actor=actor, act="publish priorities", obj=priorities, reason=reason, after=after)
    content_changed(priorities)
    for member in priorities.delegation.delegates.active().filter(user__isnull=False).select_related("user"):
        about = {"target": object_key(priorities), "occurrence": str(priorities.version)}
        tell(kind="clinics.priorities_published", recipient=member.user, **about)


def frozen(priorities: Priorities, sides: list[SideStanding], now) -> dict:
    """Return the copy that readers see, whatever is written later. Queries: 2."""
    texts = {row.field: row for row in priorities.texts.exclude(text="")}
    return {
        "version": priorities.version,
        "date": now.isoformat(),
        "texts": [
            {"pk": row.pk, "field": field.value, "version": row.version, "language": row.language, "text": row.text}
            for field in PriorityField
            if (row := texts.get(field))
        ],
        "mechanisms": named(texts.get(PriorityField.MECHANISMS)),
        "sides": [signed_by(one) for one in sides],
    }


def named(row: PriorityText | None) -> dict[str, dict[str, str]]:
    """Return the names of chosen mechanisms in every language, as they are called today. Queries: 1 when any is chosen."""
    chosen = Mechanism.objects.filter(code__in=row.text.split()) if row else []
    return {one.code: {code: one.text("name", one.reading_language(code)) for code in LANGUAGES} for one in chosen}


def signed_by(one: SideStanding) -> dict:
    """Return one side's line of the frozen copy. Pure."""
    line = {"side": one.side.value, "state": one.state}
    if one.signature:
        user = one.signature.user
        line |= {"user": user and user.pk, "name": str(user) if user else "", "at": one.signature.at.isoformat()}
    return line


def agreed(sides: list[SideStanding]) -> bool:
    """Say whether this may stand on the country's page: every side that has members signed, and agrees. Pure."""
    signatures = [one.signature for one in sides if one.state != "not_represented"]
    return bool(signatures) and all(one and one.agrees_public for one in signatures)


# The country's page -------------------------------------------------------------------------------
def withdraw_agreement(*, priorities: Priorities, actor, side: str) -> Priorities:
    """Take what is published off the country's page: any side may, at any time, and staff for it.

    Raises: DomainError "side" when the actor neither has a seat on that side nor is staff, or the side never signed.
    Queries: 7, in one transaction with the row locked. Logged. Safe to repeat.
    """
    return agree(priorities, actor, side, agrees=False)


def give_agreement(*, priorities: Priorities, actor, side: str) -> Priorities:
    """Let what a side has signed stand on the country's page after all. Otherwise as `withdraw_agreement`."""
    return agree(priorities, actor, side, agrees=True)


def agree(priorities: Priorities, actor, side: str, *, agrees: bool) -> Priorities:
    """Change what a side says about the country's page, of what is published and of what it has signed since."""
    with transaction.atomic():
        present = lock(priorities)
        shown = present.published.get("version", 0)
        signed = present.signatures.filter(side=side, version__gte=shown) if side in SIDES else Signature.objects.none()
        stands_in = not agrees and actor.is_staff and actor.has_perm("clinics.change_edition")
        if not (stands_in or own_side(actor, present.delegation) == side) or not signed.exists():
            raise DomainError(_("Only a side that has signed decides about the country’s page."), code="side")
        if signed.exclude(agrees_public=agrees).update(agrees_public=agrees):
            after = {"side": str(side), "agrees_public": agrees}
            record_event(actor=actor, act="agree to country page", obj=present, after=after)
        answers = list(present.signatures.filter(version=shown).values_list("agrees_public", flat=True))
        is_whole = all(one["state"] != "not_signed" for one in present.published.get("sides", []))
        public = present.published_at is not None and is_whole and bool(answers) and all(answers)
        if present.is_public != public:
            present.is_public = public
            present.save(update_fields=["is_public"])
            content_changed(present)
    return present
