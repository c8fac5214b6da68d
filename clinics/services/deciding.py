"""Decisions in a batch: set, previewed, released at once by a job; nobody learns of one before."""

import hashlib
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import Max, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from clinics.enums import Act, ApplicationState, Decision, DecisionReason, ReviewState
from clinics.models import Application, Delegate, Delegation, Edition, Invitation, Review
from clinics.services.balance import balance_of
from clinics.services.editions import require
from clinics.services.reviewing import scores
from clinics.services.waiting import order_key, target
from core import countries, jobs, registry
from core.errors import DomainError
from core.models import Event, Job, object_key
from core.services import record_event
from reminders.kinds import Due
from reminders.services import ring, write

RELEASE = "clinics.release"
TOLD = "release decision"  # in the log: one application
BATCH = 200
MOST_NAMES = 8  # in a warning
OPEN = [ApplicationState.SUBMITTED, ApplicationState.WAITING]


def decided(edition: Edition):
    """Return the applications whose decision stands and is not released. Index: applications_by_state."""
    return Application.objects.filter(edition=edition, state__in=OPEN, released_at=None).exclude(decision="")


# Setting ------------------------------------------------------------------------------------------
def decide(*, edition: Edition, applications: list[int], decision: str, reason: str = "", note: str = "", actor) -> int:
    """Set the decision about applications; "" takes it back. What was released before is changed for who waits only.

    Args: applications: their numbers, of which those count that this person may judge; reason: of DecisionReason.
    Returns: how many were changed. Raises: DomainError "state", "releasing" while a release is under way, "decision",
    "reason", "note", "nobody". Queries: 6, in one transaction with the edition's row locked. Logged. Safe to repeat.
    """
    refuse_words(decision, reason, note)
    with transaction.atomic():
        edition = held(edition)
        mine = Application.objects.reviewable_by(actor).filter(edition=edition, pk__in=applications)
        still = Q(state=ApplicationState.SUBMITTED, released_at=None) | Q(state=ApplicationState.WAITING)
        pks = list(mine.filter(still).values_list("pk", flat=True))
        if not pks:
            raise DomainError(_("Choose at least one application that waits for a decision."), code="nobody")
        given = "" if decision == Decision.OFFER else reason
        facts = {"decision": decision, "decision_reason": given, "decision_note": note.strip(), "decided_by": actor}
        rows = Application.objects.filter(pk__in=pks)
        if decision:
            changed = rows.update(**facts, released_at=None)
        else:
            changed = rows.filter(state=ApplicationState.SUBMITTED).update(**facts)
            changed += restore(rows.filter(state=ApplicationState.WAITING, released_at=None))
        record_event(actor=actor, act="decide", obj=edition, reason=note.strip(), after={
            "decision": decision, "reason": given, "applications": pks})  # fmt: skip
    return changed


def restore(rows) -> int:
    """Let who waits go on waiting, for the reason that she was told: what was to end it is taken back. Queries: 3."""
    rows = list(rows)
    told = {}
    for event in Event.objects.filter(object_key__in=[object_key(row) for row in rows], act=TOLD).order_by("pk"):
        told[event.object_key] = (event.after.get("reason", ""), event.reason)
    for row in rows:
        row.decision, row.released_at = Decision.WAIT, timezone.now()
        row.decision_reason, row.decision_note = told.get(object_key(row), ("", ""))
    return Application.objects.bulk_update(rows, ["decision", "decision_reason", "decision_note", "released_at"])


def refuse_words(decision: str, reason: str, note: str) -> None:
    """Refuse what is no decision, no reason, or too long. Raises: DomainError. Pure."""
    if decision and decision not in Decision.values:
        raise DomainError(_("Choose a decision."), code="decision", field="decision")
    if reason and reason not in DecisionReason.values:
        raise DomainError(_("Choose a reason from the list."), code="reason", field="reason")
    if len(note.strip()) > 500:
        raise DomainError(_("At most 500 characters."), code="note", field="note")


def held(edition: Edition) -> Edition:
    """Return the edition, locked, in a state in which decisions are made and while none are released.

    Raises: DomainError "state", "releasing". Queries: 2.
    """
    edition = Edition.objects.select_for_update(of=("self",)).get(pk=edition.pk)
    require(edition, Act.REVIEW if edition.allows(Act.REVIEW) else Act.RELEASE)
    if Job.objects.unfinished().filter(kind=RELEASE, subject=str(edition.pk)).exists():
        raise DomainError(_("Decisions of this edition are being released. Wait until that is done."), code="releasing")
    return edition


# Previewing ---------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Preview:
    """What a release would do now.

    Args: decisions: [(Decision, number, {language: number}, {country code: number})]; warnings: what staff may accept;
    faults: what must be put right first; mark: says whether anything changed since.
    """

    total: int
    decisions: list[tuple]
    warnings: list[str]
    faults: list[str]
    mark: str


def preview(edition: Edition, user) -> Preview:
    """Return what a release would do, for this person's eyes. Queries: 10, of any number of rows."""
    rows = list(decided(edition).select_related("user").order_by("pk"))
    facts, hidden = Facts.of(edition, rows), hidden_from(edition, user)
    return Preview(
        total=len(rows),
        decisions=[counted(decision, [row for row in rows if row.decision == decision]) for decision in Decision],
        warnings=warnings(edition, rows, facts, hidden),
        faults=faults(rows, facts, hidden),
        mark=mark_of(rows),
    )


def hidden_from(edition: Edition, user) -> set[int]:
    """Return which decided applications a person must not judge: her own, conflicts of interest. Queries: 1."""
    seen = Application.objects.reviewable_by(user).values("pk")
    return set(decided(edition).exclude(pk__in=seen).values_list("pk", flat=True))


def counted(decision: Decision, rows: list) -> tuple:
    """Return a decision with its numbers: in all, by language, by country. Pure."""
    languages, places = Counter(row.user.language for row in rows), Counter(row.country for row in rows)
    return decision, len(rows), dict(sorted(languages.items())), dict(sorted(places.items()))


def mark_of(rows: list) -> str:
    """Return a digest of decisions, so that exactly what was previewed is released. Pure."""
    told = "\n".join(f"{row.pk} {row.decision} {row.decision_reason} {row.decision_note}" for row in rows)
    return hashlib.sha256(told.encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Facts:
    """What is known around the decisions: who sits, who is invited, who was reviewed, which delegations there are."""

    seated: set
    invited: set
    reviewed: set
    delegations: dict

    @classmethod
    def of(cls, edition: Edition, rows: list) -> "Facts":
        """Ask once for all rows. Queries: 4."""
        reviews = Review.objects.filter(application__edition=edition, state=ReviewState.DONE)
        return cls(
            seated=set(Delegate.objects.active().filter(edition=edition).values_list("user", flat=True)),
            invited={one.lower() for one in Invitation.objects.open().filter(edition=edition).values_list("email", flat=True)},
            reviewed=set(reviews.values_list("application", flat=True)),
            delegations=dict(Delegation.objects.filter(edition=edition).values_list("country", "pk")),
        )


def names(rows: list, hidden: set) -> str:
    """Return the first names of a list, without those who are hidden from the reader. Pure."""
    shown = [str(row.user) for row in rows if row.pk not in hidden][:MOST_NAMES]
    return ", ".join(shown) + (" …" if len(rows) > len(shown) else "")


def faults(rows: list, facts: Facts, hidden: set) -> list[str]:
    """Return what cannot be released: offers for countries that have no delegation. Pure."""
    nowhere = [row for row in rows if row.decision == Decision.OFFER and row.country not in facts.delegations]
    if not nowhere:
        return []
    told = _("A seat is offered for a country that does not take part: %(names)s.")
    return [told % {"names": names(nowhere, hidden)}]


def warnings(edition: Edition, rows: list, facts: Facts, hidden: set) -> list[str]:
    """Return what staff should know before they release, as sentences. Queries: 4."""
    reasonless = [row for row in rows if row.decision != Decision.OFFER and not row.decision_reason]
    unseen = [row for row in rows if row.pk not in facts.reviewed]
    outside = [row for row in rows if row.decision == Decision.WAIT and row.country not in facts.delegations]
    seated = [row for row in rows if row.user_id in facts.seated]
    invited = [row for row in rows if row.user.email.lower() in facts.invited and row.user_id not in facts.seated]
    told = [
        (reasonless, gettext_lazy("No reason is given: %(names)s. The letter says that others were chosen, not why.")),
        (unseen, gettext_lazy("No review is done: %(names)s.")),
        (outside, gettext_lazy("On the waiting list of a country that does not take part: %(names)s.")),
        (seated, gettext_lazy("Has a seat already: %(names)s. The application is closed without a letter.")),
        (invited, gettext_lazy("Has an invitation that waits for an answer: %(names)s.")),
    ]
    return [*over_seats(edition), *(str(words) % {"names": names(some, hidden)} for some, words in told if some)]


def over_seats(edition: Edition) -> list[str]:
    """Return where more people would have a seat or an offer than there are seats. Queries: 4."""
    sheet = balance_of(edition)
    told = []
    for part in sheet.countries:
        for line in part.lines:
            if line.over and line.figures["proposed"]:
                words = ngettext(
                    "%(country)s, %(group)s: %(over)d offer more than seats.",
                    "%(country)s, %(group)s: %(over)d offers more than seats.",
                    line.over,
                )
                told.append(words % {"country": part.name, "group": line.group_label, "over": line.over})
    if edition.capacity and sheet.total.coming > edition.capacity:
        told.append(_("The offers exceed the capacity of the edition, %(capacity)d people.") % {"capacity": edition.capacity})
    return told


# Releasing ----------------------------------------------------------------------------------------
def release(*, edition: Edition, mark: str, actor) -> Job:
    """Release the decisions that were previewed, all at once, in the background.

    Args: mark: of the preview that the person saw. Returns: the job, whose page shows how far it is.
    Raises: DomainError "state", "releasing", "nobody", "changed" when it is no longer what was previewed, "nowhere".
    Queries: 16, in one transaction with the edition's row locked. Logged. A double click raises "releasing".
    """
    with transaction.atomic():
        edition = held(edition)
        require(edition, Act.RELEASE)
        rows = list(decided(edition).select_related("user").order_by("pk"))
        if not rows:
            raise DomainError(_("No decision waits for its release."), code="nobody")
        if mark != mark_of(rows):
            raise DomainError(_("Decisions changed since you opened this page. Look at the numbers again."), code="changed")
        if found := faults(rows, Facts.of(edition, rows), hidden_from(edition, actor)):
            raise DomainError(found[0], code="nowhere")
        numbers = dict(Counter(row.decision for row in rows))
        record_event(actor=actor, act="release decisions", obj=edition, after=numbers)
        args = {"edition": edition.pk, "actor": actor.pk}
        return jobs.ask(kind=RELEASE, owner=actor, subject=str(edition.pk), args=args)


def run_release(running: jobs.Running) -> dict:
    """Release the decisions of an edition, batch by batch. A worker that dies leaves whole batches: the next goes on.

    Each batch is one transaction, in which only what is not released yet changes: so each person is told once.
    Queries: 8, and 10 for each BATCH.
    """
    edition = Edition.objects.get(pk=running.job.args["edition"])
    rows = in_turn(edition)
    for start in range(0, len(rows), BATCH):
        release_batch(edition, rows[start : start + BATCH], running.job.args.get("actor"))
        running.progress(min(start + BATCH, len(rows)), len(rows))
    return {"released": len(rows), "url": decisions_page(running.job)}


def in_turn(edition: Edition) -> list[int]:
    """Return the applications to release; those that will wait stand in the order of their lines. Queries: 2."""
    known = scores(edition)
    rows = list(decided(edition).defer("motivation", "expected_use"))

    def key(row):
        judged = -known[row.pk].mean if row.pk in known else 0
        return (
            row.decision == Decision.WAIT,
            row.country,
            row.group,
            row.rank is None,
            row.rank or 0,
            judged,
            *order_key(row)[2:],
        )

    return [row.pk for row in sorted(rows, key=key)]


def release_batch(edition: Edition, pks: list[int], actor_id: int | None) -> None:
    """Release some decisions: states, log, letters. In one transaction. Queries: 10. Safe to repeat.

    Raises: DomainError "state" when the edition has moved since the release was asked for: what is released stands.
    """
    now = timezone.now()
    with transaction.atomic():
        edition = Edition.objects.select_for_update(of=("self",)).get(pk=edition.pk)
        require(edition, Act.RELEASE)
        found = decided(edition).filter(pk__in=pks).select_related("user").select_for_update(of=("self",))
        rows = sorted(found, key=lambda row: pks.index(row.pk))
        seated = set(Delegate.objects.active().filter(edition=edition).values_list("user", flat=True))
        before = {row.pk: row.state for row in rows}
        next_rank = Ranks(edition)
        for row in rows:
            settle(row, edition, now, seated, next_rank)
        Application.objects.bulk_update(rows, ["state", "released_at", "offer_until", "offers", "rank", "answered_at"])
        Event.objects.bulk_create([event_of(row, before[row.pk], actor_id) for row in rows])
        tell_all(rows, seated, now)
        transaction.on_commit(ring)


class Ranks:
    """The next free rank in each line of an edition. Queries: 1, when first asked."""

    def __init__(self, edition: Edition):
        self.edition, self.last = edition, None

    def __call__(self, row: Application) -> int:
        if self.last is None:
            waits = Application.objects.filter(edition=self.edition, state=ApplicationState.WAITING).order_by()
            rows = waits.values_list("country", "group").annotate(last=Max("rank"))
            self.last = defaultdict(int, {(country, group): last or 0 for country, group, last in rows})
        self.last[row.country, row.group] += 1
        return self.last[row.country, row.group]


def settle(row: Application, edition: Edition, now, seated: set, next_rank) -> None:
    """Bring one application to the state that its decision means. Does not save."""
    row.released_at = now
    if row.user_id in seated:
        row.state, row.rank, row.answered_at = ApplicationState.ACCEPTED, None, now
    elif row.decision == Decision.OFFER:
        row.state, row.rank, row.offers = ApplicationState.OFFERED, None, row.offers + 1
        row.offer_until = now + timedelta(days=edition.offer_days)
    elif row.decision == Decision.WAIT:
        row.state = ApplicationState.WAITING
        row.rank = next_rank(row) if row.rank is None else row.rank
    else:
        row.state, row.rank = ApplicationState.NOT_SELECTED, None


def event_of(row: Application, before: str, actor_id: int | None) -> Event:
    """Return the line of the log about one release. Pure."""
    after = {"state": row.state, "decision": row.decision, "reason": row.decision_reason}
    return Event(
        actor_id=actor_id, act=TOLD, object_key=object_key(row), object_name=str(row)[:200],
        reason=row.decision_note, before={"state": before}, after=after,
    )  # fmt: skip


def tell_all(rows: list, seated: set, now) -> None:
    """Write the letters of a batch into the ledger. Queries: 1 for each kind."""
    dues = defaultdict(list)
    for row in rows:
        if row.user_id in seated:
            continue
        offer = row.state == ApplicationState.OFFERED
        kind = "clinics.offer" if offer else "clinics.decision"
        dues[kind].append(Due(row.user_id, target(row), str(row.offers) if offer else f"{row.state}.{row.offers}", now))
    for kind, found in dues.items():
        write(registry.letter_kinds[kind], found)


def decisions_page(job: Job) -> str:
    """Return the page from which a release was asked."""
    return reverse("admin:clinics_edition_decisions", args=[job.args["edition"]])


RELEASE_JOB = jobs.Kind(run=run_release, title=lambda job: _("Release of decisions"), back=decisions_page)


def country_names(numbers: dict[str, int]) -> list[tuple[str, int]]:
    """Return [(country in the reader's language, number)]. Pure."""
    return [(countries.name(code) if code else "–", number) for code, number in numbers.items()]
