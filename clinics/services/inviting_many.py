"""A whole list of people is invited: rehearsed first, written in one piece, or not at all."""

from dataclasses import dataclass, field

from django.db import transaction
from django.utils.translation import gettext as _

from clinics.enums import Act
from clinics.invitees import Reader, Row, country_of, group_of, language_of
from clinics.models import Delegation, Edition, Invitation
from clinics.services.editions import require
from clinics.services.invitations import INVITATION
from clinics.services.nominating import Nominee, Standing, accounts_of, answer_by, new_invitation, nominee, standing
from core import registry
from core.errors import DomainError
from core.models import object_key
from core.services import record_event
from reminders.kinds import Due
from reminders.services import ring, write

STEP = 250  # rows between two words about progress
KNOWN = {"invited", "joined"}  # no faults: the row has nothing left to do


@dataclass(frozen=True)
class Fault:
    """Why a line of a list is not sent."""

    line: int
    name: str
    reason: str


@dataclass
class Plan:
    """What a list would do: whom it invites, which lines have faults, whose lines have nothing left to do."""

    good: list[tuple[Delegation, Nominee]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    known: list[Fault] = field(default_factory=list)

    @property
    def counts(self) -> dict[str, int]:
        """Return how many lines of each sort there are. Pure."""
        return {"good": len(self.good), "faults": len(self.faults), "known": len(self.known)}


def plan_invitations(
    *, rows: list[Row], edition: Edition, delegation: Delegation | None = None, progress=lambda done, total: None
) -> Plan:
    """Say what a list would do, and write nothing.

    Args: delegation: all are of its country, and another country in a line is a fault; progress: f(done, total).
    Returns: a plan, with every fault by line number and reason. Queries: 5, for any number of rows.
    """
    places = {one.country: one for one in edition.delegations.all()}
    speaks = standing(edition)
    plan, seen, read = Plan(), {}, Reader()
    for done, row in enumerate(rows, start=1):
        try:
            place = place_of(row, places, delegation, read)
            one = meant(row, edition, read)
            judge(plan, row, place, one, speaks, seen)
        except DomainError as fault:
            plan.faults.append(Fault(row.line, row.name or row.email, str(fault)))
        if done % STEP == 0:
            progress(done, len(rows))
    return plan


def judge(plan: Plan, row: Row, place: Delegation, one: Nominee, speaks: Standing, seen: dict[str, int]) -> None:
    """Put one line where it belongs in the plan. Raises: DomainError for a fault."""
    if one.email in seen:
        facts = {"email": one.email, "line": seen[one.email]}
        raise DomainError(_("%(email)s stands in line %(line)d already.") % facts, code="twice")
    seen[one.email] = row.line
    refusal = speaks.refusal(place, one)
    if refusal is None:
        plan.good.append((place, one))
    elif refusal.code in KNOWN:
        plan.known.append(Fault(row.line, one.name, str(refusal)))
    else:
        raise refusal


def place_of(row: Row, places: dict[str, Delegation], delegation: Delegation | None, read: Reader) -> Delegation:
    """Return the delegation of a line. Raises: DomainError "country". Pure."""
    if not row.country and delegation:
        return delegation
    if not row.country:
        raise DomainError(_("The country is missing."), code="country")
    code = read(country_of, row.country)
    if not code:
        raise DomainError(_("“%(word)s” is no country.") % {"word": row.country}, code="country")
    if delegation and code != delegation.country:
        raise DomainError(_("This list is for %(country)s alone.") % {"country": delegation.name}, code="country")
    if code not in places:
        text = _("%(country)s has no delegation in this edition.") % {"country": row.country}
        raise DomainError(text, code="country")
    return places[code]


def meant(row: Row, edition: Edition, read: Reader) -> Nominee:
    """Return what a line says of a person; without language the first of the edition. Raises: DomainError. Pure."""
    group = read(group_of, row.group)
    if not group:
        word = row.group or "–"
        raise DomainError(_("“%(word)s” is no constituent group.") % {"word": word}, code="group")
    language = read(language_of, row.language) if row.language else edition.languages[0]
    if not language:
        text = _("“%(word)s”: choose English, French or Spanish.") % {"word": row.language}
        raise DomainError(text, code="language")
    facts = {"email": row.email, "name": row.name, "organisation": row.organisation, "position": row.position}
    return nominee(group=group, language=language, **facts)


def invite_many(
    *,
    rows: list[Row],
    actor,
    edition: Edition | None = None,
    delegation: Delegation | None = None,
    only_good: bool = False,
    progress=lambda done, total: None,
) -> Plan:
    """Invite everybody on a list, in one piece; each is told in her language. Logged once, with the numbers.

    Args: only_good: send the good lines though others have faults. Raises: DomainError "state", "over", "faults".
    Queries: 12 and 4 for each 500 people, in one transaction with the edition locked. Repeating adds nobody.
    """
    with transaction.atomic():
        number = delegation.edition_id if delegation else edition.pk
        edition = Edition.objects.select_for_update(of=("self",)).get(pk=number)
        require(edition, Act.INVITE)
        until = answer_by(edition)
        plan = plan_invitations(rows=rows, edition=edition, delegation=delegation, progress=progress)
        if plan.faults and not only_good:
            raise DomainError(_("Some lines have faults. Nobody was invited."), code="faults")
        fresh = [new_invitation(place, one, until, nominated_by=actor) for place, one in plan.good]
        made = Invitation.objects.bulk_create(fresh, batch_size=500)
        tell_all(made)
        record_event(actor=actor, act="invite by list", obj=edition, after=plan.counts)
    return plan


def tell_all(invitations: list[Invitation]) -> None:
    """Write the letters of many invitations. Queries: 1 for each 400 addresses and for each 500 letters."""
    accounts = accounts_of([one.email for one in invitations])
    dues = []
    for one in invitations:
        user = accounts.get(one.email)
        facts = {} if user else {"address": one.email, "name": one.name, "language": one.language}
        dues.append(Due(user, object_key(one), "", one.invited_at, **facts))
    if dues:
        write(registry.letter_kinds[INVITATION], dues)
        transaction.on_commit(ring)
