"""What changes in the question bank."""

from django.db import transaction
from django.db.models import Max, Q

from core.errors import DomainError
from core.services import record_event
from courses import versions
from courses.models import CheckItem, Question, Unit


def copy_question(*, question: Question, actor) -> Question:
    """Copy a question with its choices and tags under a key of its own; nobody is asked the copy before a check names it.

    A tag is a set to draw from: the copy may not be asked until somebody says so. Logged.
    Queries: 4, and one a choice (a staff act). Repeating makes another copy.
    """
    with transaction.atomic():
        copy = Question.objects.get(pk=question.pk)
        copy.pk, copy.version, copy.is_active, copy.key = None, None, False, free_key(question.key)
        copy.save(force_insert=True)
        copy.tags.set(question.tags.all())
        for choice in question.choices.all():
            choice.pk, choice.question = None, copy
            choice.save(force_insert=True)
        record_event(actor=actor, act="copy", obj=question, after={"key": copy.key})
    return copy


def free_key(key: str) -> str:
    """Return a key of which no question has it: "levy-copy", "levy-copy-2" … Queries: 1."""
    base = f"{key[:70]}-copy"
    taken = set(Question.objects.filter(key__startswith=base).values_list("key", flat=True))
    return next(name for n in range(1, len(taken) + 2) if (name := base if n == 1 else f"{base}-{n}") not in taken)


def ask_in_check(*, question: Question, unit: Unit) -> CheckItem:
    """Let a check ask a question in the last place. Queries: 2. Safe to repeat."""
    last = unit.items.aggregate(last=Max("position"))["last"] or 0
    return CheckItem.objects.get_or_create(unit=unit, question=question, defaults={"position": last + 1})[0]


def freeze_asked(*, unit: Unit) -> list[str]:
    """Freeze all that a published check may ask, so that new attempts are asked it as it now stands.

    Returns: why some cannot be asked, a sentence each. Queries: grow with the questions (a staff act). Safe to repeat.
    """
    refused = []
    asked = Q(items__unit=unit) | Q(tags__items__unit=unit)
    for question in Question.objects.filter(asked, is_active=True).distinct().prefetch_related("choices"):
        try:
            versions.freeze(question)
        except DomainError as refusal:
            refused.append(f"{question}: {refusal}")
    return refused
