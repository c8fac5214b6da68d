"""What the views of courses look up for a person."""

from django.db.models import Q
from django.http import Http404

from core.access import get_readable
from core.translations import LANGUAGES
from courses.models import Answer, Attempt, Module, Unit
from courses.outline import Step
from courses.views.moved import lead_on_from_module, lead_on_from_unit

ROW = ["slug", "state", "audience", "changed_at"]
WIDE = ("body", "body_html", "transcript", "transcript_html", "sources", "summary")
TEXTS = [*WIDE, *(f"{name}_{code}" for name in WIDE for code in LANGUAGES)]


def get_module(user, slug: str) -> Module:
    """Return a module this person may read (its row without the texts).

    Raises: Elsewhere when it was renamed or retired, SignInFirst, Http404. Queries: 1, and 4 more when it is not visible.
    """
    try:
        return get_readable(Module.objects.only(*ROW), user, slug=slug)
    except Http404:
        begun = Module.objects.open_to(user).only(*ROW).filter(slug=slug).first()
        return begun or lead_on_from_module(user, slug)


def get_step(user, module: Module, found: list[Step], slug: str) -> Step:
    """Return one of a module's steps. Raises: Elsewhere when the unit was renamed or retired, Http404. Queries: 0."""
    for step in found:
        if step.slug == slug:
            return step
    return lead_on_from_unit(user, module, slug)


def get_unit(user, module: str, slug: str) -> Unit:
    """Return a unit (without its texts) and its module, or 404, for what a person does in it.

    A page that was opened before the unit was renamed or retired still reaches it. Queries: 1, or 2 for such a page.
    """
    unit = wide_less(Unit.objects.visible_to(user)).filter(module__slug=module, slug=slug).first()
    return unit or one(wide_less(Unit.objects.open_to(user)).filter(at(module, slug)))


def wide_less(units):
    """Return units with their modules and without their texts."""
    return units.select_related("module").defer(*TEXTS)


def one(rows):
    """Return the first of some rows, or 404. Queries: 1."""
    found = rows.first()
    if found is None:
        raise Http404
    return found


def at(module: str, unit: str, prefix: str = "") -> Q:
    """Return the condition for a unit's address, present or old. Args: prefix: leads to the unit, such as "unit__"."""
    now = {f"{prefix}module__slug": module, f"{prefix}slug": unit}
    since_renamed = {f"{prefix}module__old_addresses__path": module, f"{prefix}slug": unit}
    return Q(**now) | Q(**since_renamed) | Q(**{f"{prefix}old_addresses__path": f"{module}/{unit}"})


def check_context(user, unit) -> dict:
    """Return what a check's pages say about a person's attempts. Queries: 1 (0 for visitors)."""
    attempts = list(Attempt.objects.visible_to(user).filter(unit=unit.pk).order_by("number"))
    left = unit.max_attempts - len(attempts) if unit.max_attempts else None
    return {
        "attempts": attempts,
        "standing": next((a for a in attempts if a.is_open), None),
        "left": left,
        "may_start": not unit.is_retired and (left is None or left > 0),
        "has_passed": any(a.passed for a in attempts),
    }


def find_attempt(user, module: str, unit: str, number: int) -> tuple[Attempt, list[Answer]]:
    """Return one of this person's attempts and its answers, or 404. Queries: 2."""
    attempt = get_attempt(user, module, unit, number)
    return attempt, list(attempt.answers.select_related("version"))


def get_attempt(user, module: str, unit: str, number: int) -> Attempt:
    """Return one of this person's attempts with its unit (without the texts) and module, or 404.

    It stays reachable, at its old address too, when the check was renamed or retired. Queries: 1, or 2 at an old address.
    """
    rows = Attempt.objects.visible_to(user).select_related("unit__module").defer(*(f"unit__{name}" for name in TEXTS))
    attempt = rows.filter(unit__module__slug=module, unit__slug=unit, number=number).first()
    return attempt or one(rows.filter(at(module, unit, "unit__"), number=number))
