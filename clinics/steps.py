"""How one person stands in an edition, and what she does next there."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.enums import Side
from clinics.catching_up import Missed, catch_up, joined_late
from clinics.enums import ActivityKind, EditionState
from clinics.models import Delegate, Edition, Priorities, Signature
from clinics.outline import Plan, plan_of, progress_in
from core.time import day
from courses.outline import Progress

SIGNING = (Side.GOVERNMENT, Side.EMPLOYERS, Side.WORKERS)


@dataclass(frozen=True)
class Standing:
    """One person in one edition. `delegate` is None for the team; `priorities` None before anybody wrote."""

    edition: Edition
    plan: Plan
    user: object
    delegate: Delegate | None
    progress: dict[int, Progress]
    priorities: Priorities | None
    signed: bool
    now: datetime

    @property
    def today(self) -> date:
        """Return the day it is in the edition's zone."""
        return self.edition.today(self.now)

    @property
    def days_left(self) -> int:
        """Return how many days there are until week 1, 0 from its first day on."""
        return max(0, (self.plan.starts_on - self.today).days)

    @property
    def is_over(self) -> bool:
        return self.edition.state in (EditionState.FOLLOW_UP, EditionState.CLOSED)

    @property
    def priorities_url(self) -> str:
        """Return where the delegation writes and signs, "" for whoever has none."""
        if self.delegate is None:
            return ""
        return reverse("clinics:priorities_edit", args=[self.edition.slug, self.delegate.delegation.country.lower()])

    @property
    def missed(self) -> list[Missed]:
        """Return what a late joiner or a successor has to make good; nothing for others."""
        if self.delegate is None or self.is_over or not self.came_late:
            return []
        url = self.priorities_url if self.delegate.side in SIGNING else ""
        facts = {"now": self.now, "today": self.today, "priorities_url": url, "signed": self.signed}
        return catch_up(self.plan, self.progress, **facts)

    @property
    def came_late(self) -> bool:
        took_over = getattr(self.delegate, "took_over", False)
        return took_over or joined_late(self.plan, self.edition.today(self.delegate.joined_at))


@dataclass(frozen=True)
class Step:
    """One thing to do before or while an edition runs."""

    code: str
    title: str
    url: str
    action: str
    is_done: bool
    note: str = ""
    lang: str = ""
    minutes: int = 0  # that it still takes, 0 where nobody can say


def standing_of(edition: Edition, user, language: str, *, progress: dict | None = None) -> Standing:
    """Return how a person stands. Queries: 3 (her seat with its priorities, her records, her side's signature).

    Args: progress: of the plan's modules, when the caller has it already.
    """
    plan = plan_of(edition, language)
    rows = Delegate.objects.active().filter(edition=edition, user=user).select_related("delegation__priorities")
    rows = rows.defer("delegation__priorities__published")
    delegate = rows.annotate(took_over=has_predecessor()).first()
    priorities = getattr(delegate.delegation, "priorities", None) if delegate else None
    if progress is None:
        progress = progress_in(plan, user, language)
    signed = priorities is not None and has_signed(priorities, delegate.side)
    return Standing(edition, plan, user, delegate, progress, priorities, signed, timezone.now())


def has_predecessor():
    """Return an expression: whether a delegate took over somebody's seat. An index answers it."""
    return Exists(Delegate.objects.filter(successor=OuterRef("pk")))


def has_signed(priorities: Priorities, side: str) -> bool:
    """Say whether a side stands by the present version. Queries: 1, 0 for sides that do not sign."""
    if side not in SIGNING:
        return False
    return Signature.objects.filter(priorities=priorities, side=side, version=priorities.version).exists()


def steps_of(one: Standing) -> list[Step]:
    """Return what a delegate does, in order; nothing for the team, or when the edition is over. Pure but for URLs."""
    if one.delegate is None or one.is_over:
        return []
    return [*_profile(one), *_refresher(one), *_priorities(one), *_modules(one)]


def next_of(steps: list[Step]) -> Step | None:
    """Return the first thing that is not done."""
    return next((step for step in steps if not step.is_done), None)


def _profile(one: Standing) -> list[Step]:
    user = one.user
    known = all([user.country, user.group, user.organisation, user.position])
    return [
        Step("profile", _("Say who you are and where you work"), reverse("accounts:profile"), _("Complete my profile"), known)
    ]


def _refresher(one: Standing) -> list[Step]:
    found = one.progress.get(one.plan.refresher)
    due = one.plan.due(ActivityKind.REFRESHER)
    return [_of_module("refresher", found, due if due and due >= one.today else None)] if found else []


def _modules(one: Standing) -> list[Step]:
    """Return the modules of the blocks that run today."""
    here = [block for block in one.plan.blocks if block.starts_on <= one.today <= block.ends_on]
    pks = dict.fromkeys(pk for block in here for pk in block.modules if pk != one.plan.refresher)
    ends = {pk: block.ends_on for block in here for pk in block.modules}
    return [_of_module("module", one.progress[pk], ends[pk]) for pk in pks if pk in one.progress]


def _of_module(code: str, found: Progress, due: date | None) -> Step:
    begun = found.seen_at is not None
    words = ngettext("about %(n)d minute left", "about %(n)d minutes left", found.minutes_left) % {"n": found.minutes_left}
    note = _("%(left)s, by %(day)s") % {"left": words, "day": day(due)} if due else words
    return Step(
        code,
        found.plan.title,
        reverse("courses:module_continue", args=[found.plan.slug]) if begun else found.plan.url,
        _("Go on where I was") if begun else _("Begin"),
        found.is_complete,
        "" if found.is_complete else note,
        found.plan.lang,
        found.minutes_left,
    )


def _priorities(one: Standing) -> list[Step]:
    """Return the writing, then the signing: once written, whoever speaks for a side that signs reads and signs."""
    due = one.plan.due(ActivityKind.PRIORITIES)
    if due is None:
        return []
    note = _("by %(day)s") % {"day": day(due)}
    written = one.priorities is not None and one.priorities.version > 0
    if not written:
        title = _("Write your country’s priorities with your delegation")
        return [Step("write", title, one.priorities_url, _("Write with my delegation"), False, note)]
    signs = one.delegate.side in SIGNING
    done = one.signed if signs else one.priorities.published_at is not None
    title = _("Read your delegation’s priorities, and sign for your side") if signs else _("Read your delegation’s priorities")
    return [Step("sign", title, one.priorities_url, _("Read the priorities"), done, "" if done else note)]
