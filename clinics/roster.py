"""A delegation as its page shows it: members, empty seats, signatures, tasks."""

from dataclasses import dataclass

from accounts.enums import ConstituentGroup, Side, Visibility
from clinics.models import Delegate, Delegation, DelegationTask, Signature
from clinics.steps import SIGNING

LAST_DONE = 10  # finished tasks shown
SHOWN = [
    "title",
    "language",
    "due_on",
    "done_at",
    "delegation",
    "owner__user__name",
    "owner__user__email",
    "owner__user__erased_at",
]


@dataclass(frozen=True)
class Member:
    """One person on the page. `has_photo`: she shows it to the people in her clinics."""

    delegate: Delegate
    has_photo: bool

    @property
    def side_label(self) -> str:
        return Side(self.delegate.side).label


@dataclass(frozen=True)
class GroupSeats:
    """Seats of one group: how many, taken, empty."""

    group: str
    seats: int
    taken: int

    @property
    def label(self) -> str:
        return ConstituentGroup(self.group).label

    @property
    def empty(self) -> int:
        return max(0, self.seats - self.taken)


@dataclass(frozen=True)
class SideState:
    """One side that signs: whether it has a member, and who signed the present version."""

    side: str
    is_represented: bool
    signature: Signature | None

    @property
    def label(self) -> str:
        return Side(self.side).label


@dataclass(frozen=True)
class Roster:
    """Who sits in a delegation, which seats are empty, which sides signed: the same for all who read its page."""

    members: list[Member]
    seats: list[GroupSeats]
    sides: list[SideState]

    @property
    def is_head_missing(self) -> bool:
        return not any(one.delegate.role == "head" for one in self.members)


def roster_of(delegation: Delegation) -> Roster:
    """Return who is in a delegation. Queries: 3 (members, seats, signatures), 2 before anybody wrote."""
    delegates = list(delegation.delegates.active().select_related("user").order_by("group", "pk"))
    delegates.sort(key=lambda one: one.role != "head")
    numbers = list(delegation.seats.values_list("group", "number"))
    return Roster(
        members=[Member(one, shows_photo(one.user)) for one in delegates],
        seats=[GroupSeats(group, n, sum(one.group == group for one in delegates)) for group, n in numbers],
        sides=sides_of(delegation, delegates),
    )


@dataclass(frozen=True)
class Tasks:
    """What a delegation has set itself: what is open, by date, and what was done last."""

    open: list[DelegationTask]
    done: list[DelegationTask]


def tasks_of(delegation: Delegation) -> Tasks:
    """Return the tasks of a delegation. Queries: 1."""
    tasks = list(delegation.tasks.select_related("owner__user").only(*SHOWN))
    done = sorted((task for task in tasks if task.done_at), key=lambda task: task.done_at, reverse=True)
    to_do = sorted((task for task in tasks if not task.done_at), key=lambda task: (task.due_on is None, str(task.due_on)))
    return Tasks(open=to_do, done=done[:LAST_DONE])


def shows_photo(user) -> bool:
    """Say whether a person has a photo that the people in her clinics may see. Pure."""
    return bool(user and user.photo_id and user.visibility == Visibility.PEERS)


def sides_of(delegation: Delegation, delegates: list[Delegate]) -> list[SideState]:
    """Return how each side that signs stands to the present version. Queries: 1, 0 before anybody wrote."""
    priorities = getattr(delegation, "priorities", None)
    signed = {}
    if priorities is not None:
        rows = Signature.objects.filter(priorities=priorities, version=priorities.version).select_related("user")
        signed = {one.side: one for one in rows}
    present = {one.side for one in delegates if one.user_id}
    return [SideState(side, side in present, signed.get(side)) for side in SIGNING]
