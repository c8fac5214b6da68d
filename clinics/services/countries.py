"""Which countries take part: weighed by criteria, decided with a rationale, all of it on record.

The weighted total of a country is out of 100: the sum over the criteria of points times weight, divided by what it would be
with the most points everywhere, times 100, rounded to a tenth. A criterion without points counts as nought, and the total
then says that it is not complete. Countries rank by their totals; equal totals share a rank.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from clinics.enums import Act, ApplicationState, CandidateDecision, CriterionPurpose
from clinics.models import Application, CandidateScore, CountryCandidate, Criterion, Delegation, Edition
from clinics.models.selection import MOST_POINTS
from clinics.services.delegations import add_delegation, remove_delegation
from clinics.services.editions import require
from core import countries
from core.errors import DomainError
from core.models import Event, object_key
from core.services import record_event
from core.text import clean, fold
from programme.models import CountryProfile

MOST_WEIGHT = 100
LONGEST = 2000  # characters of a rationale
TENTH = Decimal("0.1")
SHOWN_EVENTS = 100
Sheet = dict[str, int | str | None]


# The table ----------------------------------------------------------------------------------------
@dataclass
class Row:
    """One country considered, with its points by criterion, what they come to, and what is known of the country."""

    candidate: CountryCandidate
    points: dict[int, int]  # criterion's number in the database: points
    total: Decimal
    lacking: list[Criterion]
    profile: CountryProfile | None
    has_delegation: bool
    rank: int = 0


@dataclass(frozen=True)
class Table:
    """All countries considered, by rank, and what they are weighed by."""

    criteria: list[Criterion]
    rows: list[Row]
    beside: list[Delegation]  # delegations whose country was not considered here


def weighted_total(points: dict[int, int], criteria: Iterable[Criterion]) -> Decimal:
    """Return what points come to out of 100, by the formula above; 0 without criteria. Pure."""
    criteria = list(criteria)
    most = MOST_POINTS * sum(one.weight for one in criteria)
    if not most:
        return Decimal(0)
    reached = sum(one.weight * points.get(one.pk, 0) for one in criteria)
    return (Decimal(100 * reached) / most).quantize(TENTH, ROUND_HALF_UP)


def country_criteria(edition: Edition) -> list[Criterion]:
    """Return what an edition's countries are weighed by, in order. Queries: 1."""
    return list(edition.criteria.filter(purpose=CriterionPurpose.COUNTRY))


def country_table(edition: Edition) -> Table:
    """Return the countries considered, best first, with points, totals and hints. Queries: 5, of any number of countries."""
    criteria = country_criteria(edition)
    candidates = list(edition.candidates.select_related("decided_by"))
    points = points_of(edition)
    codes = [one.country for one in candidates]
    profiles = {one.code: one for one in CountryProfile.objects.in_state().filter(code__in=codes)}
    delegations = list(edition.delegations.all())
    taking_part = {one.country for one in delegations}
    rows = []
    for one in candidates:
        own = points.get(one.pk, {})
        lacking = [criterion for criterion in criteria if criterion.pk not in own]
        total = weighted_total(own, criteria)
        rows.append(Row(one, own, total, lacking, profiles.get(one.country), one.country in taking_part))
    return Table(criteria, ranked(rows), [one for one in delegations if one.country not in codes])


def points_of(edition: Edition) -> dict[int, dict[int, int]]:
    """Return {candidate: {criterion: points}}. Queries: 1."""
    found: dict[int, dict[int, int]] = {}
    scores = CandidateScore.objects.filter(candidate__edition=edition)
    for candidate, criterion, points in scores.values_list("candidate", "criterion", "points"):
        found.setdefault(candidate, {})[criterion] = points
    return found


def ranked(rows: list[Row]) -> list[Row]:
    """Return rows by total, then by name, their ranks set: equal totals share one (1, 2, 2, 4). Pure."""
    rows = sorted(rows, key=lambda row: (-row.total, fold(str(row.candidate))))
    for place, row in enumerate(rows, start=1):
        before = rows[place - 2] if place > 1 else None
        row.rank = before.rank if before and before.total == row.total else place
    return rows


# Countries come in --------------------------------------------------------------------------------
def consider_country(*, edition: Edition, country: str, actor) -> CountryCandidate:
    """Put a country among those considered, at any time at which the plan may change. Logged.

    Raises: DomainError "state", "country" for an unknown code, "considered" when it stands there. Queries: 5, in one
    transaction with the edition's row locked.
    """
    if country not in dict(countries.choices("en")):
        raise DomainError(_("Choose a country."), code="country", field="country")
    with transaction.atomic():
        edition = locked(edition)
        candidate, made = CountryCandidate.objects.get_or_create(edition=edition, country=country)
        if not made:
            facts = {"country": candidate}
            raise DomainError(_("%(country)s is considered already.") % facts, code="considered", field="country")
        record_event(actor=actor, act="consider country", obj=candidate, after={"country": country})
    return candidate


def locked(edition: Edition) -> Edition:
    """Return the edition with its row locked, its plan open to change. In the caller's transaction.

    Raises: DomainError "state". Queries: 1.
    """
    edition = Edition.objects.select_for_update(of=("self",)).get(pk=edition.pk)
    require(edition, Act.PLAN)
    return edition


# Points, weights and rationales, saved at once ----------------------------------------------------
class ChangedMeanwhile(DomainError):
    """Somebody else saved since the page was shown. `changes`: {cell: (as shown, as it stands)}; `sheet`: as all stands."""

    def __init__(self, changes: dict[str, tuple], sheet: Sheet):
        super().__init__(
            _("Somebody else has saved since you opened this page. Nothing of yours was saved yet."), code="changed"
        )
        self.changes, self.sheet = changes, sheet


def sheet_of(edition: Edition) -> Sheet:
    """Return what may be typed on the page of countries, as it stands: {cell: value}.

    Cells: "w-<criterion>" (weight), "p-<candidate>-<criterion>" (points or None), "r-<candidate>" (rationale), and to be
    shown, not typed, "d-<candidate>" (decision). Queries: 3.
    """
    criteria, points = country_criteria(edition), points_of(edition)
    sheet: Sheet = {f"w-{one.pk}": one.weight for one in criteria}
    for candidate in edition.candidates.all():
        sheet |= {f"r-{candidate.pk}": candidate.rationale, f"d-{candidate.pk}": candidate.decision}
        own = points.get(candidate.pk, {})
        sheet |= {f"p-{candidate.pk}-{one.pk}": own.get(one.pk) for one in criteria}
    return sheet


def save_sheet(*, edition: Edition, typed: Sheet, had: Sheet, actor) -> int:
    """Save points, weights and rationales that were typed on one page, all or none.

    Args: had: what the page showed. When anything of it has changed since, and not to what was typed, all is refused.
    Returns: how many cells changed. Raises: DomainError "state", "range", "long", "decided" for the rationale of a
    decision that stands; ChangedMeanwhile. Queries: 4, and those of each country that changed, in one transaction with the
    edition's row locked. Logged with before and after; safe to repeat.
    """
    typed = {cell: clean(value.replace("\r\n", "\n")) if isinstance(value, str) else value for cell, value in typed.items()}
    with transaction.atomic():
        edition = locked(edition)
        now = sheet_of(edition)
        moved = {cell: (value, now.get(cell)) for cell, value in had.items() if value != now.get(cell, "gone")}
        if any(typed.get(cell) != stands for cell, (_shown, stands) in moved.items()):
            raise ChangedMeanwhile(moved, now)
        changed = {cell: value for cell, value in typed.items() if cell in now and value != now[cell]}
        refuse_cells(changed)
        write_weights(edition, changed, now, actor)
        write_countries(edition, changed, now, actor)
    return len(changed)


def refuse_cells(cells: Sheet) -> None:
    """Refuse values out of range. Raises: DomainError "range" or "long", the cell as its field. Pure."""
    for cell, value in cells.items():
        if cell[0] == "r" and len(value) > LONGEST:
            text = _("This text takes at most %(most)d characters; yours has %(count)d.")
            raise DomainError(text % {"most": LONGEST, "count": len(value)}, code="long", field=cell)
        if cell[0] == "p" and value is not None and not 0 <= value <= MOST_POINTS:
            raise DomainError(_("Give 0 to %(most)d points.") % {"most": MOST_POINTS}, code="range", field=cell)
        if cell[0] == "w" and (value is None or not 1 <= value <= MOST_WEIGHT):
            raise DomainError(_("A weight lies between 1 and %(most)d.") % {"most": MOST_WEIGHT}, code="range", field=cell)


def write_weights(edition: Edition, changed: Sheet, now: Sheet, actor) -> None:
    """Save changed weights, with one line of the log. Queries: 1, and 1 a criterion."""
    before, after = {}, {}
    for criterion in country_criteria(edition):
        cell = f"w-{criterion.pk}"
        if cell in changed:
            before[criterion.code], after[criterion.code] = now[cell], changed[cell]
            Criterion.objects.filter(pk=criterion.pk).update(weight=changed[cell])
    if after:
        record_event(actor=actor, act="weigh criteria", obj=edition, before=before, after=after)


def write_countries(edition: Edition, changed: Sheet, now: Sheet, actor) -> None:
    """Save changed points and rationales, with one line of the log a country. Raises: DomainError "decided"."""
    codes = {one.pk: one.code for one in country_criteria(edition)}
    for candidate in edition.candidates.all():
        before, after = {}, {}
        for pk, code in codes.items():
            cell = f"p-{candidate.pk}-{pk}"
            if cell in changed:
                before[code], after[code] = now[cell], changed[cell]
                put_points(candidate, pk, changed[cell])
        if (cell := f"r-{candidate.pk}") in changed:
            before["rationale"], after["rationale"] = now[cell], changed[cell]
            put_rationale(candidate, changed[cell])
        if after:
            record_event(actor=actor, act="weigh country", obj=candidate, before=before, after=after)


def put_points(candidate: CountryCandidate, criterion: int, points: int | None) -> None:
    """Give or take away points. In the caller's transaction. Queries: 1 to 3."""
    if points is None:
        CandidateScore.objects.filter(candidate=candidate, criterion=criterion).delete()
    else:
        CandidateScore.objects.update_or_create(candidate=candidate, criterion_id=criterion, defaults={"points": points})


def put_rationale(candidate: CountryCandidate, text: str) -> None:
    """Keep the rationale of a country that is not decided. Raises: DomainError "decided". Queries: 1."""
    if candidate.decision != CandidateDecision.OPEN:
        text = _("The rationale of a decision stays as it is. Open the country again to change it.")
        raise DomainError(text, code="decided", field=f"r-{candidate.pk}")
    CountryCandidate.objects.filter(pk=candidate.pk).update(rationale=text)


# Decisions ----------------------------------------------------------------------------------------
def select_country(*, candidate: CountryCandidate, rationale: str, actor, seats: dict[str, int] | None = None) -> Delegation:
    """Let a country take part: its delegation is made, without seats unless they are given; one that stands is kept.

    A country must have been judged by every criterion; 0 points are a judgement. Logged with the points of the day.
    Args: seats: {constituent group: number}. Raises: DomainError "state", "decided", "rationale", "criteria" without any,
    "points" naming what lacks them, "seats". Queries: 14 and 2 a member of the team, in one transaction with the edition's
    row locked; two at once: the second finds it decided.
    """
    with transaction.atomic():
        edition = locked(candidate.edition)
        candidate = open_candidate(candidate)
        after = judged(edition, candidate)
        decide(candidate, CandidateDecision.SELECTED, needed(candidate, rationale), actor, after)
        delegation = edition.delegations.filter(country=candidate.country).first()
        if delegation is None:
            delegation = add_delegation(edition=edition, country=candidate.country, seats=seats or {}, actor=actor)
    return delegation


def turn_down_country(*, candidate: CountryCandidate, rationale: str, actor) -> CountryCandidate:
    """Say that a country does not take part, and why. Logged.

    Raises: DomainError "state", "decided", "rationale", "delegation" when it has one already. Queries: 7, in one transaction.
    """
    with transaction.atomic():
        edition = locked(candidate.edition)
        candidate = open_candidate(candidate)
        if edition.delegations.filter(country=candidate.country).exists():
            text = _("%(country)s has a delegation in this edition. Select the country, or remove the delegation first.")
            raise DomainError(text % {"country": candidate}, code="delegation")
        decide(candidate, CandidateDecision.NOT_SELECTED, needed(candidate, rationale), actor, {})
    return candidate


def unselect_country(*, candidate: CountryCandidate, actor, reason: str = "") -> CountryCandidate:
    """Open the decision about a country again; of one that was selected, its empty delegation goes. Logged.

    The rationale stays, to be written anew. Raises: DomainError "state", "open" when nothing is decided, "people" when the
    delegation has people, invitations, links or applications. Queries: 20 and 2 a member of the team, in one transaction.
    """
    with transaction.atomic():
        edition = locked(candidate.edition)
        candidate = CountryCandidate.objects.select_for_update(of=("self",)).get(pk=candidate.pk)
        if candidate.decision == CandidateDecision.OPEN:
            raise DomainError(_("Nothing is decided about %(country)s.") % {"country": candidate}, code="open")
        was_selected = candidate.decision == CandidateDecision.SELECTED
        before = {"decision": candidate.decision, "rationale": candidate.rationale}
        candidate.decision, candidate.decided_at, candidate.decided_by = CandidateDecision.OPEN, None, None
        candidate.save(update_fields=["decision", "decided_at", "decided_by"])
        after = {"decision": candidate.decision}
        record_event(actor=actor, act="open country again", obj=candidate, reason=reason, before=before, after=after)
        if was_selected:
            end_delegation(edition, candidate, actor)
    return candidate


def open_candidate(candidate: CountryCandidate) -> CountryCandidate:
    """Return the candidate's row, locked and undecided. Raises: DomainError "decided". Queries: 1."""
    candidate = CountryCandidate.objects.select_for_update(of=("self",)).get(pk=candidate.pk)
    if candidate.decision != CandidateDecision.OPEN:
        facts = {"country": candidate, "decision": candidate.get_decision_display()}
        raise DomainError(_("%(country)s is decided already: %(decision)s.") % facts, code="decided")
    return candidate


def needed(candidate: CountryCandidate, rationale: str) -> str:
    """Return the words of a rationale. Raises: DomainError "rationale" without any, "long". Pure."""
    rationale, cell = clean(rationale.replace("\r\n", "\n")), f"r-{candidate.pk}"
    if not rationale:
        text = _("Write the rationale for %(country)s first: it stays on record.")
        raise DomainError(text % {"country": candidate}, code="rationale", field=cell)
    refuse_cells({cell: rationale})
    return rationale


def judged(edition: Edition, candidate: CountryCandidate) -> dict:
    """Return total, points and weights for the log. Raises: DomainError "criteria", "points". Queries: 2."""
    criteria = country_criteria(edition)
    if not criteria:
        raise DomainError(_("There are no criteria yet. Begin with those of the programme."), code="criteria")
    points = dict(CandidateScore.objects.filter(candidate=candidate).values_list("criterion", "points"))
    if lacking := [str(one) for one in criteria if one.pk not in points]:
        facts = {"country": candidate, "criteria": ", ".join(lacking)}
        raise DomainError(_("Give %(country)s points for: %(criteria)s.") % facts, code="points")
    return {
        "total": str(weighted_total(points, criteria)),
        "points": {one.code: points[one.pk] for one in criteria},
        "weights": {one.code: one.weight for one in criteria},
    }


def decide(candidate: CountryCandidate, decision: CandidateDecision, rationale: str, actor, facts: dict) -> None:
    """Write a decision and its line of the log. In the caller's transaction. Queries: 2."""
    before = {"decision": candidate.decision}
    candidate.decision, candidate.rationale = decision, rationale
    candidate.decided_at, candidate.decided_by = timezone.now(), actor
    candidate.save(update_fields=["decision", "rationale", "decided_at", "decided_by"])
    act = "select country" if decision == CandidateDecision.SELECTED else "turn down country"
    after = {"decision": decision.value} | facts
    record_event(actor=actor, act=act, obj=candidate, reason=rationale, before=before, after=after)


def end_delegation(edition: Edition, candidate: CountryCandidate, actor) -> None:
    """Remove a country's delegation in which nobody is. Raises: DomainError "people". Queries: 5 and those of its removal."""
    delegation = edition.delegations.filter(country=candidate.country).first()
    applications = Application.objects.filter(edition=edition, country=candidate.country).exclude(state=ApplicationState.DRAFT)
    held = delegation and any(rows.exists() for rows in (delegation.delegates, delegation.invitations, delegation.links))
    if held or applications.exists():
        text = _("%(country)s has people, invitations or applications in this edition, and stays selected.")
        raise DomainError(text % {"country": candidate}, code="people")
    if delegation:
        remove_delegation(delegation=delegation, actor=actor)


# The record ---------------------------------------------------------------------------------------
def events_of(edition: Edition) -> list[Event]:
    """Return what was done about the edition's countries and their criteria, newest first, at most 100. Queries: 2."""
    keys = [object_key(one) for one in edition.candidates.all()]
    about = Event.objects.filter(object_key__in=keys) | Event.objects.filter(
        object_key=object_key(edition), act="weigh criteria"
    )
    return list(about.select_related("actor").order_by("-pk")[:SHOWN_EVENTS])
