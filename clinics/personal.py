"""What clinics hold about a person: handed out, forgotten, and brought together from two accounts.

Handed out is what she wrote, was asked and was told. What the team thought of her application (points, comments, a
decision not yet released) is the team's, and so are the points she gave as a reviewer: of those she gets that she
reviewed, when, and what conflict of interest she declared, not the words about others.
"""

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clinics.enums import Act, ApplicationState, DelegateRole, DelegateState, ReviewState
from clinics.memberships import people_changed
from clinics.models import (
    Announcement,
    Application,
    CountryCandidate,
    Delegate,
    DelegationTask,
    Extension,
    Invitation,
    Priorities,
    PriorityText,
    Review,
    SeatLink,
    Signature,
    TeamMember,
)
from clinics.services.admission import lock, vacate
from clinics.services.waiting import offer_next
from core.changes import content_changed
from core.models import object_key
from core.personal import forget_files, hush, rows_of

EDITION = {"edition": "edition__slug"}
APPLICATION = [
    "state", "language", "country", "group", "organisation", "position", "motivation", "expected_use", "nominator_name",
    "nominator_email", "funding", "languages", "accessibility", "consent_at", "started_at", "submitted_at", "offers",
    "offer_until", "answered_at", "released_at",
]  # fmt: skip
DECIDED = ["decision", "decision_reason", "decision_note"]
FURTHER = ["draft", "withdrawn", "expired", "refused", "not_selected", "submitted", "waiting", "offered", "accepted"]
JUDGED = [ReviewState.OPEN, ReviewState.DONE, ReviewState.CONFLICT]  # of two reviews by one person the later of these stands


def proven_addresses(user) -> list[str]:
    """Return the addresses that are surely this person's, in small letters. Queries: 1."""
    return [email.lower() for email in user.emailaddress_set.filter(verified=True).values_list("email", flat=True)]


def invited(user):
    """Return the invitations to a person: those she answered, and those to her addresses. Queries: 1 for the addresses."""
    return Invitation.objects.filter(Q(user=user) | Q(email__in=proven_addresses(user)))


def team_roles(user):
    """Return the roles a person has in teams, by her account or by her address. Queries: 1 for the addresses."""
    return TeamMember.objects.filter(Q(user=user) | Q(user=None, email__in=proven_addresses(user)))


# Handed out ---------------------------------------------------------------------------------------
def export_clinics(user):
    """All that a person wrote, was invited to, took part in and signed. Queries: 12, read in portions."""
    yield "applications", applications_of(user)
    country = {"country": "delegation__country"}
    fields = ["group", "email", "name", "language", "organisation", "position", "state", "reason", "invited_at", "expires_at"]
    yield "invitations", rows_of(invited(user).order_by("pk"), *fields, "answered_at", **EDITION, **country)
    nominated = Invitation.objects.filter(nominated_by=user).order_by("pk")
    yield "nominations", rows_of(nominated, "group", "state", "invited_at", **EDITION, **country)  # whom: their own data
    seats = Delegate.objects.filter(user=user).order_by("pk")
    yield "seats", rows_of(seats, "group", "role", "state", "joined_at", "left_at", "leave_reason", **EDITION, **country)
    tasks = DelegationTask.objects.filter(owner__user=user).order_by("pk")
    yield "tasks", rows_of(tasks, "title", "language", "due_on", "done_at", edition="delegation__edition__slug", **country)
    where = {"edition": "priorities__delegation__edition__slug", "country": "priorities__delegation__country"}
    written = PriorityText.objects.filter(written_by=user).order_by("pk")
    yield "priorities", rows_of(written, "field", "text", "language", "version", "written_at", **where)
    signed = Signature.objects.filter(user=user).order_by("pk")
    yield "signatures", rows_of(signed, "side", "version", "agrees_public", "at", **where)
    extensions = Extension.objects.filter(user=user).order_by("pk")
    yield "extensions", rows_of(extensions, "until", "reason", "made_at", **EDITION)
    roles = team_roles(user).order_by("pk")
    yield "team_roles", rows_of(roles, "role", "name", "email", "organisation", "languages", "country", **EDITION)
    reviews = Review.objects.filter(reviewer=user).order_by("pk")
    yield "reviews", rows_of(reviews, "state", "conflict", "done_at", edition="application__edition__slug")


def applications_of(user):
    """Return an iterator of a person's applications; what was decided only once she was told. Queries: 1."""
    rows = Application.objects.filter(user=user).order_by("pk")
    for row in rows_of(rows, *APPLICATION, *DECIDED, **EDITION, letter="letter__name"):
        yield row if row["released_at"] else row | dict.fromkeys(DECIDED, "")


# Forgotten ----------------------------------------------------------------------------------------
def erase_clinics(user):
    """Delete a person's applications with their letters, invitations, extensions and roles; what was done together stays,
    without her name. Her seat in an edition that is not over falls free. Safe to repeat.

    Queries: 30, and 20 a seat or an open offer. While her addresses are known.
    """
    addresses = proven_addresses(user)
    leave_seats(user)
    forget_applications(list(Application.objects.filter(user=user).select_related("letter")))
    named = Application.objects.filter(nominator_email__in=addresses)
    named.update(nominator_name="", nominator_email="")
    for rows in (invited(user), team_roles(user), Extension.objects.filter(user=user)):
        found = list(rows)
        hush(map(object_key, found))
        type(found[0]).objects.filter(pk__in=[row.pk for row in found]).delete() if found else None
    forget_signatures(user)
    Review.objects.filter(reviewer=user).update(reviewer=None, conflict="")
    for model, field in ACTED:
        model.objects.filter(**{field: user}).update(**{field: None})


ACTED = [
    (Invitation, "nominated_by"),
    (PriorityText, "written_by"),
    (Application, "decided_by"),
    (CountryCandidate, "decided_by"),
    (Announcement, "sent_by"),
    (SeatLink, "made_by"),
    (Extension, "made_by"),
]


def leave_seats(user) -> None:
    """Take a person off her seats: the rows stay for headcounts, without her; where seats still change hands, hers is free."""
    seats = Delegate.objects.filter(user=user).select_related("delegation__edition", "user")
    for seat in seats:
        if seat.state == DelegateState.ACTIVE and seat.delegation.edition.allows(Act.JOIN):
            free_seat(seat, reason="")
    hush(map(object_key, seats))
    Delegate.objects.filter(user=user).update(user=None, leave_reason="")
    for edition in {seat.edition_id for seat in seats}:  # pages that are kept named her
        people_changed(edition)


def free_seat(seat: Delegate, *, reason: str) -> None:
    """End one seat and offer it to whoever waits for it."""
    delegation = lock(seat.delegation)
    vacate(delegate=seat, to=DelegateState.WITHDRAWN, actor=None, reason=reason)
    seat.tasks.filter(done_at__isnull=True).update(owner=None)
    offer_next(delegation=delegation, group=seat.group)


def forget_applications(rows: list[Application]) -> None:
    """Delete applications and their letters; a seat that was offered goes to the next."""
    if not rows:
        return
    offered = [row for row in rows if row.state == ApplicationState.OFFERED]
    reviews = Review.objects.filter(application__in=rows)
    hush(map(object_key, [*rows, *reviews]))
    files = [row.letter for row in rows if row.letter]
    Application.objects.filter(pk__in=[row.pk for row in rows]).delete()
    forget_files(files)
    for row in offered:
        delegation = row.edition.delegations.filter(country=row.country).first()
        if delegation and row.edition.allows(Act.RELEASE):
            offer_next(delegation=lock(delegation), group=row.group)


def forget_signatures(user) -> None:
    """Take a person's name from what she signed, and from the frozen copies that were published with it."""
    rename(user, {"user": None, "name": ""})
    Signature.objects.filter(user=user).update(user=None)


def rename(user, facts: dict) -> None:
    """Change in the published copies who a person was that signed them; pages that show them follow."""
    signed = Signature.objects.filter(user=user).values("priorities")
    for priorities in Priorities.objects.filter(pk__in=signed, published_at__isnull=False):
        sides = priorities.published.get("sides", [])
        changed = [side | facts if side.get("user") == user.pk else side for side in sides]
        priorities.published = priorities.published | {"sides": changed}
        priorities.save(update_fields=["published"])
        content_changed(priorities)


# Brought together ---------------------------------------------------------------------------------
def pairs(model, keep, drop, key: str, field: str = "user", **conditions) -> list[tuple]:
    """Return [(row of keep, row of drop)] about one thing. Queries: 2."""
    standing = {getattr(row, key): row for row in model.objects.filter(**{field: keep}, **conditions)}
    others = model.objects.filter(**{field: drop}, **conditions)
    return [(standing[getattr(row, key)], row) for row in others if getattr(row, key) in standing]


def preview_clinics(keep, drop):
    """Say what moves, what stands in both accounts and what then holds. Queries: 12 and 1 a collision."""
    yield from told_moves(drop)
    for mine, other in pairs(Application, keep, drop, "edition_id"):
        facts = {"edition": mine.edition, "state": further(mine, other).get_state_display()}
        yield (
            _("Both applied to “%(edition)s”: the application that is further stays (%(state)s), the other is deleted.") % facts
        )
    for mine, _other in pairs(Delegate, keep, drop, "edition_id", state=DelegateState.ACTIVE):
        facts = {"edition": mine.edition, "country": mine.delegation.name}
        yield (
            _("Both have a seat in “%(edition)s”: that of the account which stays holds (%(country)s), the other is free.")
            % facts
        )
    if both := len(pairs(Extension, keep, drop, "edition_id")):
        yield ngettext(
            "%(count)d deadline was extended for both: the later one holds.",
            "%(count)d deadlines were extended for both: the later ones hold.",
            both,
        ) % {"count": both}


def told_moves(drop):
    """Say how many rows of each kind belong to the account that ends."""
    for model, field in MOVING:
        if count := model.objects.filter(**{field: drop}).count():
            name = model._meta.verbose_name if count == 1 else model._meta.verbose_name_plural
            yield _("%(what)s of the account which ends: %(count)d.") % {"what": str(name).capitalize(), "count": count}


MOVING = [
    (Application, "user"),
    (Invitation, "user"),
    (Delegate, "user"),
    (TeamMember, "user"),
    (Signature, "user"),
    (Extension, "user"),
    (Review, "reviewer"),
]


def further(mine: Application, other: Application) -> Application:
    """Return which of two applications is further, the first of two that are equal. Pure."""
    return max(mine, other, key=lambda one: FURTHER.index(one.state))


def merge_clinics(keep, drop):
    """Move everything to `keep`. Queries: grow with the rows (a staff act)."""
    for mine, other in pairs(Application, keep, drop, "edition_id"):
        forget_applications([other if further(mine, other) is mine else mine])
    for mine, other in pairs(Delegate, keep, drop, "edition_id", state=DelegateState.ACTIVE):
        merge_seats(mine, other)
    for mine, other in pairs(Extension, keep, drop, "edition_id"):
        Extension.objects.filter(pk=min(mine, other, key=lambda one: one.until).pk).delete()
    for mine, other in pairs(Review, keep, drop, "application_id", "reviewer"):
        Review.objects.filter(pk=(other if JUDGED.index(mine.state) >= JUDGED.index(other.state) else mine).pk).delete()
    merge_roles(keep, drop)
    rename(drop, {"user": keep.pk})
    for edition in set(Delegate.objects.filter(user=drop).values_list("edition", flat=True)):
        people_changed(edition)
    for model, field in [*MOVING, *ACTED]:
        model.objects.filter(**{field: drop}).update(**{field: keep})


def merge_seats(mine: Delegate, other: Delegate) -> None:
    """Of two seats in one edition the first holds; within one delegation it takes over the other's tasks and its lead."""
    together = mine.delegation_id == other.delegation_id
    if together:
        DelegationTask.objects.filter(owner=other).update(owner=mine)
    was_head = other.role == DelegateRole.HEAD
    free_seat(other, reason=_("Two accounts of one person were merged; the other seat holds."))
    if together and was_head:
        Delegate.objects.filter(pk=mine.pk).update(role=DelegateRole.HEAD)


def merge_roles(keep, drop) -> None:
    """Of one role in one edition the row of `keep` stays, with the languages and groups of both."""
    standing = {(row.edition_id, row.role): row for row in TeamMember.objects.filter(user=keep)}
    for other in TeamMember.objects.filter(user=drop):
        if mine := standing.get((other.edition_id, other.role)):
            mine.languages = [*mine.languages, *(code for code in other.languages if code not in mine.languages)]
            mine.save(update_fields=["languages"])
            mine.groups.add(*other.groups.all())
            other.delete()
