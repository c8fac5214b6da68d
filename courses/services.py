"""What changes in courses: progress, attempts, publication."""

from datetime import datetime, timedelta

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError
from core.pagecache import forget_pages
from core.services import record_event
from courses import versions
from courses.enums import AttemptState, ModuleState, UnitKind
from courses.models import Answer, Attempt, Module, Question, Unit, UnitRecord

SEEN_EVERY = timedelta(minutes=5)


def record_reading(*, user, unit_id: int, record) -> None:
    """Remember that a person opened a unit. Writes at most once in SEEN_EVERY, so that reading stays cheap.

    Args: record: the standing row (or its `pk` and `seen_at`) if the page has it, else None. Queries: 0 or 1. Safe to repeat.
    """
    now = timezone.now()
    if record is None:
        UnitRecord.objects.bulk_create(
            [UnitRecord(user=user, unit_id=unit_id, seen_at=now)],
            update_conflicts=True,
            unique_fields=["user", "unit"],
            update_fields=["seen_at"],
        )
    elif now - record.seen_at > SEEN_EVERY:
        UnitRecord.objects.filter(pk=record.pk).update(seen_at=now)


def record_place(*, user, unit: Unit, block: int) -> None:
    """Remember the block at which a person stopped, for any device. Queries: 1. Safe to repeat."""
    UnitRecord.objects.filter(user=user, unit=unit).update(block=min(block, 9999), seen_at=timezone.now())


def complete_unit(*, user, unit: Unit) -> None:
    """Mark a unit as done; the first time counts. A check is done by passing it, not by this. Queries: 2."""
    if unit.is_check:
        raise DomainError(_("A knowledge check is done when you pass it."), code="check")
    _complete(user, unit)


def _complete(user, unit: Unit) -> None:
    now = timezone.now()
    UnitRecord.objects.bulk_create(
        [UnitRecord(user=user, unit=unit, seen_at=now)],
        update_conflicts=True,
        unique_fields=["user", "unit"],
        update_fields=["seen_at"],
    )
    UnitRecord.objects.filter(user=user, unit=unit, completed_at=None).update(completed_at=now)


def start_attempt(*, user, unit: Unit) -> Attempt:
    """Open an attempt at a check, or return the one that is open.

    The limit holds in the transaction: the person's row is locked, so two tabs cannot start two.
    Raises: DomainError "limit" or "empty". Queries: 6. Safe to repeat.
    """
    with transaction.atomic():
        get_user_model().objects.select_for_update().get(pk=user.pk)
        standing = list(Attempt.objects.filter(user=user, unit=unit).order_by("number"))
        for attempt in standing:
            if attempt.is_open:
                return attempt
        if unit.max_attempts and len(standing) >= unit.max_attempts:
            raise DomainError(_("You have used all your attempts at this check."), code="limit")
        shown = list(
            Question.objects.filter(unit=unit, is_active=True, version__isnull=False)
            .order_by("position")
            .values_list("version_id", flat=True)
        )
        if not shown:
            raise DomainError(_("This check has no questions yet."), code="empty")
        attempt = Attempt.objects.create(user=user, unit=unit, number=len(standing) + 1)
        Answer.objects.bulk_create([Answer(attempt=attempt, version_id=pk, position=n) for n, pk in enumerate(shown, start=1)])
        return attempt


def save_answer(
    *, attempt: Attempt, answer: Answer, raw: list[str], language: str, client_id: str = "", age: timedelta = timedelta(0)
) -> Answer:
    """Keep what a person answered to one question of an open attempt.

    Args:
        raw: the field's values as the form sent them.
        client_id: "<browser>-<count>", made for each change; replaying it changes nothing.
        age: how long ago it was typed. Of two devices the later typed answer stays, whichever arrives last.
    Returns: the row as it now stands: perhaps a newer answer from elsewhere.
    Raises: DomainError for a value the question cannot take, or "closed" when the attempt was handed in.
    Queries: 3 at most, in one transaction with the attempt's row locked.
    """
    value = versions.parse(answer.version.content, raw, language)
    now = timezone.now()
    typed = max(now - max(age, timedelta(0)), attempt.started_at)
    with transaction.atomic():
        state = Attempt.objects.select_for_update(of=("self",)).values_list("state", flat=True).get(pk=attempt.pk)
        if state != AttemptState.OPEN:
            raise DomainError(_("This attempt was handed in already; answers can no longer change."), code="closed")
        answer.refresh_from_db(fields=["value", "answered_at", "saved_at", "client_id"])
        if supersedes(client_id, typed, answer):
            answer.value, answer.answered_at, answer.saved_at, answer.client_id = value, typed, now, client_id
            answer.save(update_fields=["value", "answered_at", "saved_at", "client_id"])
    return answer


def supersedes(client_id: str, typed: datetime, standing: Answer) -> bool:
    """Say whether a change takes the place of the answer that stands. Pure.

    From the same browser its own count decides (`<browser>-<count>`), since a slow line delays one message more than
    the next; a replay has the same count and changes nothing. Between devices the later typed answer stays.
    """
    browser, _dash, count = client_id.rpartition("-")
    before, _dash, last = standing.client_id.rpartition("-")
    if browser and browser == before and count.isdecimal() and last.isdecimal():
        return int(count) > int(last)
    return standing.answered_at is None or typed >= standing.answered_at


def submit_attempt(*, attempt: Attempt) -> Attempt:
    """Hand an attempt in: mark it, and complete the unit when it is passed.

    A second submit returns the first one's result. Queries: 6, in one transaction.
    """
    with transaction.atomic():
        attempt = Attempt.objects.select_for_update(of=("self",)).select_related("unit", "user").get(pk=attempt.pk)
        if not attempt.is_open:
            return attempt
        answers = list(attempt.answers.select_related("version"))
        for answer in answers:
            answer.is_right = versions.is_right(answer.version.content, answer.value)
        Answer.objects.bulk_update(answers, ["is_right"])
        attempt.score = round(100 * sum(a.is_right for a in answers) / len(answers))
        attempt.passed = attempt.score >= attempt.unit.pass_mark
        attempt.state, attempt.submitted_at = AttemptState.SUBMITTED, timezone.now()
        attempt.save(update_fields=["score", "passed", "state", "submitted_at"])
        if attempt.passed:
            _complete(attempt.user, attempt.unit)
        return attempt


def publish_module(*, module: Module, actor, reason: str = "") -> None:
    """Show a module to its audience: refused while a language is incomplete and not marked as fallback.

    Questions are frozen for new attempts. Raises: DomainError "incomplete" naming what is missing, or "fault".
    Queries: grow with the questions (a staff act). Logged. Safe to repeat.
    """
    gaps = {code: parts for code, parts in module.gaps().items() if parts and code not in module.fallback_languages}
    if gaps:
        what = "; ".join(
            f"{code.upper()}: " + ", ".join(f"{part} ({part._meta.get_field(field).verbose_name})" for part, field in parts[:5])
            for code, parts in gaps.items()
        )
        raise DomainError(_("Some texts are missing: %(what)s.") % {"what": what}, code="incomplete")
    if empty := nothing_to_read(module):
        raise DomainError(empty, code="empty")
    with transaction.atomic():
        for question in Question.objects.filter(unit__module=module).prefetch_related("choices"):
            versions.freeze(question)
        if module.state != ModuleState.PUBLISHED:
            record_event(actor=actor, act="publish", obj=module, reason=reason)
            module.published_at = module.published_at or timezone.now()
        module.state = ModuleState.PUBLISHED
        module.save()
    transaction.on_commit(forget_pages)


def nothing_to_read(module: Module):
    """Return why a module has nothing to show, or None: no units, or a check that asks nothing. Queries: 2."""
    if not module.units.exists():
        return _("A module needs at least one unit.")
    asking = Question.objects.filter(unit=OuterRef("pk"), is_active=True)
    silent = module.units.filter(kind=UnitKind.CHECK).exclude(Exists(asking)).first()
    return _("The check “%(name)s” asks no question.") % {"name": silent} if silent else None


def unpublish_module(*, module: Module, actor, reason: str = "") -> None:
    """Take a module back to draft; records and attempts stay. Logged. Queries: 2."""
    with transaction.atomic():
        module.state = ModuleState.DRAFT
        module.save(update_fields=["state"])
        record_event(actor=actor, act="unpublish", obj=module, reason=reason)
    transaction.on_commit(forget_pages)
