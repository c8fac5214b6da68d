"""What changes when a person answers a knowledge check."""

from datetime import datetime, timedelta

from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError
from courses import draws, versions
from courses.enums import AttemptState
from courses.models import Answer, Attempt, CheckItem, Question, Unit
from courses.services.reading import mark_complete


def start_attempt(*, user, unit: Unit) -> Attempt:
    """Open an attempt at a check, or return the one that is open.

    The limit holds in the transaction: the person's row is locked, so two tabs cannot start two.
    Raises: DomainError "retired", "limit" or "empty". Queries: 6. Safe to repeat.
    """
    with transaction.atomic():
        get_user_model().objects.select_for_update().get(pk=user.pk)
        standing = list(Attempt.objects.filter(user=user, unit=unit).order_by("number"))
        for attempt in standing:
            if attempt.is_open:
                return attempt
        if unit.retired_at:
            raise DomainError(_("This check was taken out; what you handed in stays."), code="retired")
        if unit.max_attempts and len(standing) >= unit.max_attempts:
            raise DomainError(_("You have used all your attempts at this check."), code="limit")
        shown = [question.version_id for question in drawn(unit)]
        if not shown:
            raise DomainError(_("This check has no questions yet."), code="empty")
        attempt = Attempt.objects.create(user=user, unit=unit, number=len(standing) + 1)
        Answer.objects.bulk_create([Answer(attempt=attempt, version_id=pk, position=n) for n, pk in enumerate(shown, start=1)])
        return attempt


def drawn(unit: Unit) -> list[Question]:
    """Return the questions of a new attempt: the fixed ones, and fresh draws from the tagged sets, none twice.

    Queries: 3 for any number of questions.
    """
    return [question for _item, found in asked(unit) for question in found if question.version_id]


def asked(unit: Unit, *, frozen: bool = True) -> list[tuple[CheckItem, list[Question]]]:
    """Return what a check would ask now: each item, and its question or a fresh draw that leaves out the fixed questions.

    Args: frozen: draw only questions that have been frozen; before publishing none has been. Queries: 3.
    """
    items = list(unit.items.select_related("question").prefetch_related("tag__questions"))
    pools = {item.pk: [q for q in item.pool() if q.version_id or not frozen] for item in items}
    fixed = {question for item in items if item.question_id for question in pools[item.pk]}
    sets = [item for item in items if not item.question_id]
    free = [[question for question in pools[item.pk] if question not in fixed] for item in sets]
    drawn_by = dict(zip([item.pk for item in sets], draws.allot(free, [item.count for item in sets]), strict=True))
    return [(item, drawn_by.get(item.pk, pools[item.pk])) for item in items]


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
        if supersedes(client_id, typed, answer.client_id, answer.answered_at):
            answer.value, answer.answered_at, answer.saved_at, answer.client_id = value, typed, now, client_id
            answer.save(update_fields=["value", "answered_at", "saved_at", "client_id"])
    return answer


def supersedes(client_id: str, typed: datetime, kept_id: str, kept_at: datetime | None) -> bool:
    """Say whether a change takes the place of what stands, an answer or a note. Pure.

    Args: kept_id: the id of the change that stands; kept_at: when that was typed, None when nothing stands.
    From the same browser its own count decides (`<browser>-<count>`), since a slow line delays one message more than
    the next; a replay has the same count and changes nothing. Between devices the later typed answer stays.
    """
    browser, _dash, count = client_id.rpartition("-")
    before, _dash, last = kept_id.rpartition("-")
    if browser and browser == before and count.isdecimal() and last.isdecimal():
        return int(count) > int(last)
    return kept_at is None or typed >= kept_at


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
            mark_complete(attempt.user, attempt.unit)
        return attempt
