"""The edition's home for those inside it, and a person's own clinics."""

import functools

from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from clinics.catching_up import minutes_of
from clinics.enums import TeamRole
from clinics.models import Edition
from clinics.models.editions import LONG_TEXTS
from clinics.models.team import led_numbers
from clinics.outline import Plan
from clinics.sessions import session_rows
from clinics.steps import next_of, standing_of, steps_of
from core.audiences import numbers_for
from core.text import fold


@require_safe
def home(request, slug):
    """What is next, the weeks, the modules, the sessions, the people. For whoever is inside."""
    edition = get_object_or_404(Edition.objects.inside(request.user).defer(*LONG_TEXTS), slug=slug)
    standing = standing_of(edition, request.user, get_language()[:2])
    steps = steps_of(standing)
    plan, missed = standing.plan, standing.missed
    may_manage = request.user.is_staff and request.user.has_perm("clinics.manage_edition")
    context = {
        "edition": edition,
        "plan": plan,
        "standing": standing,
        "steps": steps,
        "next": next_of(steps),
        "missed": missed,
        "missed_minutes": minutes_of(missed),
        "blocks": blocks_of(plan, standing.progress),
        "learnt": learnt(standing.progress),
        "cards": [{"week": week, "state": week.stands(standing.today)} for week in plan.weeks],
        "sessions": functools.partial(session_rows, plan, request.user.zone),
        "zone": timezone.get_current_timezone_name(),
        "kept": f"{plan.key}.{edition.people_version}",
        "delegations": functools.partial(delegations_of, edition),
        "team": edition.team.exclude(role=TeamRole.OBSERVER).select_related("user"),
        "leads": may_manage or edition.pk in led_numbers(request.user),
        "may_manage": may_manage,
    }
    return render(request, "clinics/home.html", context)


def delegations_of(edition: Edition) -> list:
    """Return the delegations with their seats and priorities, by name in the active language. Queries: 1."""
    rows = edition.delegations.with_seats().select_related("priorities").defer("priorities__published")
    return sorted(rows, key=lambda one: fold(one.name))


def blocks_of(plan: Plan, progress: dict) -> list[dict]:
    """Return the blocks that have modules the person reads, with her progress; a module of two blocks once. Pure."""
    found, told = [], set()
    for block in plan.blocks:
        modules = [progress[pk] for pk in block.modules if pk in progress and pk not in told]
        told.update(block.modules)
        if modules:
            found.append({"block": block, "modules": modules})
    return found


def learnt(progress: dict) -> str:
    """Return how far a person is in each module, as a key: whoever is as far is shown the same. Pure."""
    return ";".join(f"{pk}:{one.done}/{one.total}:{one.minutes_left}:{one.is_complete}" for pk, one in sorted(progress.items()))


@require_safe
def mine(request):
    """The clinics in which a person takes or took part, newest first."""
    editions = Edition.objects.in_state().filter(pk__in=numbers_for(request.user, "clinic.")).select_related("sub_region")
    return render(request, "clinics/mine.html", {"editions": editions})
