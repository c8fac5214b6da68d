"""What clinics show on a person's home: her next step in the edition that is nearest."""

from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from clinics.enums import EditionState
from clinics.models import Edition
from clinics.steps import Standing, Step, next_of, standing_of, steps_of
from core.audiences import numbers_for
from core.cards import Card
from core.time import day

OPEN = (
    EditionState.RUNNING,
    EditionState.PREPARATION,
    EditionState.SELECTION,
    EditionState.CALL_OPEN,
    EditionState.FOLLOW_UP,
)  # the nearest first
URGENT = {EditionState.RUNNING: 30, EditionState.PREPARATION: 20}  # the next unit of a module has 10


def clinic_card(request) -> Card | None:
    """Return the next step of the nearest edition in which a person takes part or which she holds.

    Queries: 0 for whoever is in none, else 4, and those of a plan that is not kept.
    """
    numbers = numbers_for(request.user, "clinic.")
    if not numbers:
        return None
    editions = Edition.objects.filter(pk__in=numbers, state__in=OPEN)
    found = min(editions, key=lambda one: (OPEN.index(one.state), one.starts_on), default=None)
    if found is None:
        return None
    standing = standing_of(found, request.user, get_language()[:2])
    steps = steps_of(standing)
    return card_of(standing, steps, next_of(steps))


def card_of(standing: Standing, steps: list[Step], step: Step | None) -> Card:
    """Return what the card says: the clinic, when it begins, the one act. Pure but for URLs."""
    home = reverse("clinics:home", args=[standing.edition.slug])
    has_act = step is not None and step.url
    return Card(
        label=_("My clinic"),
        title=standing.plan.title,
        text=step.title if step else "",
        lang=standing.plan.lang,
        url=step.url if has_act else home,
        action=step.action if has_act else _("Open the clinic"),
        done=sum(one.is_done for one in steps),
        total=len(steps),
        left=when(standing),
        urgency=URGENT.get(standing.edition.state, 0),
    )


def when(standing: Standing) -> str:
    """Return when week 1 begins, in words; "" once it has. Pure."""
    if not standing.days_left:
        return ""
    words = ngettext("week 1 begins in %(n)d day, on %(day)s", "week 1 begins in %(n)d days, on %(day)s", standing.days_left)
    return words % {"n": standing.days_left, "day": day(standing.plan.starts_on)}
