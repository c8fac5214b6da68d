"""Delegations, their seats, and the tasks that they set themselves."""

from datetime import date

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.enums import ConstituentGroup
from clinics.enums import ApplicationState
from clinics.memberships import renew_team
from clinics.models import Application, Delegate, Delegation, DelegationTask, Edition, Invitation, Seats
from clinics.services.admission import lock, places
from clinics.services.waiting import offer_next
from core import countries
from core.changes import content_changed
from core.errors import DomainError
from core.services import record_event
from core.text import clean

PROMISED = [ApplicationState.OFFERED, ApplicationState.WAITING]  # applications that count on a seat of the country
MOST_SEATS = 500
MOST_TASKS = 200  # of one delegation, done ones among them


class TooFewSeats(DomainError):
    """Fewer seats than are taken. `groups`: {group, or (delegation pk, group): sentence}, to stand beside each field."""

    def __init__(self, groups: dict):
        super().__init__(" ".join(groups.values()), code="taken", field="seats")
        self.groups = groups


def add_delegation(*, edition: Edition, country: str, seats: dict[str, int], actor) -> Delegation:
    """Let a country take part, with seats for its groups.

    Args: country: ISO code; seats: {group: number}. Raises: DomainError "country", "twice" or "seats". Queries: 8, and 2 a
    member of the team, whose keys are renewed. In one transaction.
    """
    country = country.upper()
    if country not in dict(countries.choices("en")):
        raise DomainError(_("Choose a country."), code="country", field="country")
    numbers = checked(seats)
    with transaction.atomic():
        try:
            with transaction.atomic():
                delegation = Delegation.objects.create(edition=edition, country=country)
        except IntegrityError as error:
            facts = {"country": countries.name(country)}
            raise DomainError(_("%(country)s takes part already.") % facts, code="twice", field="country") from error
        rows = [Seats(delegation=delegation, group=group, number=number) for group, number in numbers.items() if number]
        Seats.objects.bulk_create(rows)
        record_event(actor=actor, act="add a delegation", obj=delegation, after={"seats": numbers})
        renew_team(edition)
        content_changed(edition)
    return delegation


def set_seats(*, delegation: Delegation, numbers: dict[str, int], actor) -> Delegation:
    """Set how many seats groups have; groups that are not named keep theirs. New seats are offered to those who wait.

    Args: numbers: {group: number}. Raises: DomainError "seats" for what is no number of seats; TooFewSeats ("taken") when
    fewer than are taken or promised: then nothing has changed. Queries: 6, 3 a group named, and those of `offer_next`.
    Repeating changes nothing.
    """
    numbers = checked(numbers)
    with transaction.atomic():
        delegation = lock(delegation)
        before = dict(delegation.seats.values_list("group", "number"))
        changed = {group: number for group, number in numbers.items() if number != before.get(group, 0)}
        if not changed:
            return delegation
        refuse_fewer(delegation, changed)
        for group, number in changed.items():
            Seats.objects.update_or_create(delegation=delegation, group=group, defaults={"number": number})
        record_event(actor=actor, act="set seats", obj=delegation, before={"seats": before}, after={"seats": before | changed})
        content_changed(delegation.edition)
        for group in changed:
            offer_new(delegation, group, changed[group] - before.get(group, 0), actor)
    return delegation


def set_all_seats(*, edition: Edition, grid: dict[int, dict[str, int]], actor) -> int:
    """Set the seats of several delegations: all of it, or nothing.

    Args: grid: {delegation pk: {group: number}}; what is as before is left alone. Returns: how many delegations changed.
    Raises: TooFewSeats with {(delegation pk, group): sentence} of all that is refused; DomainError "seats". Queries: 2,
    and those of `set_seats` for each delegation that changes; in one transaction.
    """
    refused, changed = {}, 0
    with transaction.atomic():
        for delegation in edition.delegations.filter(pk__in=list(grid)).prefetch_related("seats"):
            before = {row.group: row.number for row in delegation.seats.all()}
            numbers = {group: number for group, number in grid[delegation.pk].items() if number != before.get(group, 0)}
            if not numbers:
                continue
            try:
                set_seats(delegation=delegation, numbers=numbers, actor=actor)
                changed += 1
            except TooFewSeats as refusal:
                refused |= {(delegation.pk, group): sentence for group, sentence in refusal.groups.items()}
        if refused:
            raise TooFewSeats(refused)
    return changed


def offer_new(delegation: Delegation, group: str, more: int, actor) -> None:
    """Offer new seats of a group, one by one, until nobody waits. Queries: those of `offer_next`, once a seat."""
    for _seat in range(max(0, more)):
        if offer_next(delegation=delegation, group=group, actor=actor) is None:
            break


def refuse_fewer(delegation: Delegation, numbers: dict[str, int]) -> None:
    """Refuse seats below those taken or promised. Raises: TooFewSeats. Queries: 3 a group."""
    found = {}
    for group, number in numbers.items():
        room = places(delegation, group)
        if number < room.taken + room.held:
            facts = {"group": ConstituentGroup(group).label, "n": room.taken + room.held, "country": delegation.name}
            words = ngettext(
                "%(country)s, “%(group)s”: %(n)d seat is taken or offered. Free it first.",
                "%(country)s, “%(group)s”: %(n)d seats are taken or offered. Free them first.",
                facts["n"],
            )
            found[group] = words % facts
    if found:
        raise TooFewSeats(found)


def checked(numbers: dict) -> dict[str, int]:
    """Return numbers of seats that can be kept. Raises: DomainError "seats". Pure."""
    for group, number in numbers.items():
        if group not in ConstituentGroup.values or not isinstance(number, int) or not 0 <= number <= MOST_SEATS:
            facts = {"most": MOST_SEATS}
            raise DomainError(_("Give each group a number of seats from 0 to %(most)d.") % facts, code="seats", field="seats")
    return numbers


def remove_delegation(*, delegation: Delegation, actor) -> None:
    """Take a country out of an edition: only while nobody sat, sits, was invited, waits or was promised a seat there. Logged.

    Raises: DomainError "in use". Queries: 11, and 2 a member of the team. In one transaction.
    """
    with transaction.atomic():
        delegation = lock(delegation)
        promised = Application.objects.filter(edition=delegation.edition_id, country=delegation.country, state__in=PROMISED)
        of_people = (Delegate.objects.filter(delegation=delegation), Invitation.objects.filter(delegation=delegation), promised)
        if any(rows.exists() for rows in of_people):
            facts = {"country": delegation.name}
            words = _("%(country)s has members or invitations, so it stays. Set its free seats to 0 instead.")
            raise DomainError(words % facts, code="in use")
        record_event(actor=actor, act="remove a delegation", obj=delegation, before={"country": delegation.country})
        edition = delegation.edition
        delegation.delete()
        renew_team(edition)
        content_changed(edition)


def add_task(
    *, delegation: Delegation, title: str, language: str, actor, owner: int | None = None, due_on: date | None = None
) -> DelegationTask:
    """Keep a task that a delegation sets itself. Who may: `clinics.write_tasks`.

    Args: language: in which the title is written; owner: the pk of a member who takes part.
    Raises: DomainError "empty", "long", "language", "owner" or "full". Queries: 4, in one transaction.
    """
    facts = told(title, language)
    with transaction.atomic():
        delegation = Delegation.objects.select_for_update(of=("self",)).get(pk=delegation.pk)
        if delegation.tasks.count() >= MOST_TASKS:
            raise DomainError(
                _("Please finish some tasks first: a delegation keeps at most %(n)d.") % {"n": MOST_TASKS}, code="full"
            )
        member = owner_of(delegation, owner)
        return DelegationTask.objects.create(delegation=delegation, owner=member, due_on=due_on, **facts)


def change_task(
    *, task: DelegationTask, title: str, language: str, actor, owner: int | None = None, due_on: date | None = None
) -> DelegationTask:
    """Change what a task says, who has it and until when. Raises and args: as `add_task`. Queries: 2. Safe to repeat."""
    for name, value in told(title, language).items():
        setattr(task, name, value)
    task.owner, task.due_on = owner_of(task.delegation, owner), due_on
    task.save(update_fields=["title", "language", "owner", "due_on"])
    return task


def finish_task(*, task: DelegationTask, actor) -> DelegationTask:
    """Mark a task as done; the first time counts. Queries: 2. Safe to repeat."""
    DelegationTask.objects.filter(pk=task.pk, done_at__isnull=True).update(done_at=timezone.now())
    task.refresh_from_db(fields=["done_at"])
    return task


def reopen_task(*, task: DelegationTask, actor) -> DelegationTask:
    """Let a task be open again. Queries: 2. Safe to repeat."""
    DelegationTask.objects.filter(pk=task.pk).update(done_at=None)
    task.refresh_from_db(fields=["done_at"])
    return task


def owner_of(delegation: Delegation, owner: int | None) -> Delegate | None:
    """Return the member who gets a task. Raises: DomainError "owner" for whoever takes no part in it. Queries: 1 or 0."""
    if owner is None:
        return None
    found = delegation.delegates.active().filter(pk=owner).first()
    if found is None:
        raise DomainError(_("Choose a member of your delegation."), code="owner", field="owner")
    return found


def told(title: str, language: str) -> dict:
    """Return title and language of a task as they are kept. Raises: DomainError "empty", "long" or "language". Pure."""
    title = " ".join(clean(title).split())
    if not title:
        raise DomainError(_("Say what is to be done."), code="empty", field="title")
    most = DelegationTask._meta.get_field("title").max_length
    if len(title) > most:
        raise DomainError(_("Please say it in at most %(most)d characters.") % {"most": most}, code="long", field="title")
    if language not in dict(settings.LANGUAGES):
        raise DomainError(_("This is not one of the portal’s languages."), code="language", field="language")
    return {"title": title, "language": language}
