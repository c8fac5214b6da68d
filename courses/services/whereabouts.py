"""Who is where in a module, and who has not started: for tutors and staff."""

from dataclasses import dataclass

from django.contrib.auth import get_user_model
from django.db.models import Count, Max, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce

from core.countries import name
from courses.enums import Whereabouts
from courses.models import Attempt, Module, Unit, UnitRecord


def learners(module: Module, needed: int):
    """Return the people who could learn here, each with `done`, `seen`, `finished` and `score`. Staff try things out: not they.

    Args: needed: how many units count (`Unit.objects.counting`). Returns: queryset of users; one query with its rows,
    each looking at one person's records of one module.
    """
    own = UnitRecord.objects.filter(user=OuterRef("pk"), unit__module=module).order_by().values("user")
    counting = Unit.objects.counting().filter(module=module).values("pk")
    done = own.filter(unit__in=counting, completed_at__isnull=False)
    passed = Attempt.objects.filter(user=OuterRef("pk"), unit__module=module, passed=True).order_by().values("user")
    people = get_user_model().objects.filter(is_active=True, is_staff=False).exclude(consent_version="")
    return people.annotate(
        done=Coalesce(Subquery(done.annotate(n=Count("pk")).values("n")), 0),
        seen=Subquery(own.annotate(at=Max("seen_at")).values("at")),
        finished=Subquery(done.annotate(n=Count("pk"), at=Max("completed_at")).filter(n__gte=max(needed, 1)).values("at")),
        score=Subquery(passed.annotate(best=Max("score")).values("best")),
        needed=Value(needed),
    )


def standing_at(where: str) -> Q:
    """Return the condition on `learners` that finds who stands there. Pure."""
    return {
        Whereabouts.NOT_STARTED: Q(seen=None),
        Whereabouts.UNDER_WAY: Q(seen__isnull=False, finished=None),
        Whereabouts.COMPLETED: Q(finished__isnull=False),
    }[Whereabouts(where)]


@dataclass(frozen=True)
class Headcount:
    """How many people stand where."""

    not_started: int
    under_way: int
    completed: int

    @property
    def total(self) -> int:
        return self.not_started + self.under_way + self.completed


def headcount(people) -> Headcount:
    """Return how many of the learners stand where. Queries: 1."""
    found = people.aggregate(
        not_started=Count("pk", filter=standing_at(Whereabouts.NOT_STARTED)),
        under_way=Count("pk", filter=standing_at(Whereabouts.UNDER_WAY)),
        completed=Count("pk", filter=standing_at(Whereabouts.COMPLETED)),
    )
    return Headcount(**found)


def where_is(person) -> Whereabouts:
    """Return where a learner stands. Pure."""
    if person.finished:
        return Whereabouts.COMPLETED
    return Whereabouts.UNDER_WAY if person.seen else Whereabouts.NOT_STARTED


def sheet_rows(people) -> list[list]:
    """Return a row of cells for each learner: name, address, country, group, language, state, done, of, score, seen, completed.

    Queries: 1, read in batches.
    """
    return [
        [
            person.name,
            person.email,
            name(person.country) if person.country else "",
            person.get_group_display(),
            person.language,
            str(where_is(person).label),
            person.done,
            person.needed,
            person.score,
            person.seen.strftime("%Y-%m-%d") if person.seen else "",
            person.finished.strftime("%Y-%m-%d") if person.finished else "",
        ]
        for person in people.iterator(chunk_size=2000)
    ]
