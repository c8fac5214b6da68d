"""The next edition as a copy of an earlier one: what is copied, when everything then is, and that nobody comes along.

Whatever is chosen, never copied are the team, delegates, invitations, links, applications, reviews, later deadlines,
priorities, tasks, announcements, letters, keys of mailed links and files. The copy is a draft, and a draft sends nothing.
"""

from collections.abc import Collection
from datetime import date
from itertools import chain, count

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from modeltranslation.translator import NotRegistered, translator

from clinics.enums import CopyPart, EditionState
from clinics.models import Activity, Block, Delegation, Edition, Seats, Session, Week
from clinics.services.shifting import Line, Shift, shift_to
from core.audiences import PUBLIC
from core.changes import content_changed
from core.errors import DomainError
from core.services import record_event
from core.translations import LANGUAGES, mark

FRESH = {"state": EditionState.DRAFT, "published_at": None, "audience": PUBLIC}
NEEDS_PLAN = (CopyPart.MODULES, CopyPart.SESSIONS)


# The dry run --------------------------------------------------------------------------------------
def preview_copy(
    *, edition: Edition, starts_on: date, zone: str | None = None, what: Collection[str] = tuple(CopyPart)
) -> list[Line]:
    """Return every date that a copy of an edition would have, with what it has now. Writes nothing.

    Args: zone: of the copy, the edition's own unless given; what: values of CopyPart.
    Raises: DomainError as `shift_to`, or "what". Queries: 4 at most.
    """
    parts = parts_of(what)
    shift = shift_to(edition=edition, starts_on=starts_on, zone=zone)
    lines = [span(shift, "edition", _("Edition"), edition)]
    if edition.apply_by:
        lines.append(moment(shift, "edition", _("Deadline for applications"), edition.apply_by, edition.zone))
    if CopyPart.PLAN in parts:
        lines += [span(shift, "weeks", str(week), week) for week in edition.weeks.all()]
        lines += [span(shift, "blocks", str(block), block) for block in edition.blocks.all()]
        activities = Activity.objects.filter(week__edition=edition).select_related("week").order_by("week__number", "pk")
        lines += [one_day(shift, "activities", str(one), one.due_on) for one in activities]
    if CopyPart.SESSIONS in parts:
        lines += [moment(shift, "sessions", named(one), one.starts_at, one.zone) for one in edition.sessions.all()]
    return lines


def parts_of(what: Collection[str]) -> set[CopyPart]:
    """Return what is to be copied. Raises: DomainError "what" for the unknown, and for parts of blocks without blocks. Pure."""
    if set(what) - set(CopyPart.values):
        raise DomainError(_("This cannot be copied."), code="what", field="what")
    parts = {CopyPart(one) for one in what}
    if CopyPart.PLAN not in parts and (needy := [part for part in NEEDS_PLAN if part in parts]):
        text = _("“%(part)s” belong to the blocks: copy “%(plan)s” as well.")
        facts = {"part": needy[0].label, "plan": CopyPart.PLAN.label}
        raise DomainError(text % facts, code="what", field="what")
    return parts


def named(session: Session) -> str:
    """Return what a session is called for a reader. Pure."""
    return session.text("title", session.reading_language()) or str(session.get_kind_display())


def span(shift: Shift, group: str, name: str, part) -> Line:
    """Return the line of what has a first and a last day. Pure but for the clock."""
    first, last = part.starts_on + shift.by, part.ends_on + shift.by
    return Line(group, name, part.starts_on, first, part.ends_on, last, is_past=first < timezone.now().date())


def one_day(shift: Shift, group: str, name: str, value: date) -> Line:
    """Return the line of a day. Pure but for the clock."""
    return Line(group, name, value, value + shift.by, is_past=value + shift.by < timezone.now().date())


def moment(shift: Shift, group: str, name: str, value, zone: str) -> Line:
    """Return the line of a moment. Pure but for the clock."""
    new = shift.moment(value, zone)
    return Line(group, name, value, new, zone=zone, new_zone=shift.zone(zone), is_past=new < timezone.now())


def mark_of(lines: list[Line]) -> str:
    """Return a short mark of a dry run: equal as long as it says the same. Pure."""
    told = [(line.group, line.name, str(line.old), str(line.new), str(line.old_end), line.new_zone) for line in lines]
    return mark(repr(told))


# The copy -----------------------------------------------------------------------------------------
def duplicate_edition(
    *,
    edition: Edition,
    titles: dict[str, str],
    slug: str,
    starts_on: date,
    zone: str | None = None,
    what: Collection[str] = tuple(CopyPart),
    actor,
) -> Edition:
    """Begin an edition as a copy of another: a draft, all its dates moved by the same whole weeks.

    Args: titles: {language: title}, that of the source language at least; otherwise as `preview_copy`.
    Returns: the draft. Raises: DomainError as `preview_copy`, "slug" for an address that is taken or none, "title". Queries:
    grow with the parts (a staff act), in one transaction: refused, nothing is written. Logged. Repeating raises "slug".
    """
    parts = parts_of(what)
    shift = shift_to(edition=edition, starts_on=starts_on, zone=zone)
    with transaction.atomic():
        made = make_edition(edition, shift, parts, slug=slug, titles=titles)
        blocks = copy_plan(edition, made, shift, CopyPart.MODULES in parts) if CopyPart.PLAN in parts else {}
        if CopyPart.SESSIONS in parts:
            copy_sessions(edition, made, shift, blocks)
        if CopyPart.CRITERIA in parts:
            for criterion in edition.criteria.all():
                copied(criterion, edition=made).save()
        if CopyPart.COUNTRIES in parts:
            copy_countries(edition, made)
        after = {"of": edition.slug, "weeks": shift.by.days // 7, "zone": made.zone, "what": sorted(parts)}
        record_event(actor=actor, act="duplicate edition", obj=made, after=after)
        content_changed(made)
    return made


def make_edition(edition: Edition, shift: Shift, parts: set[CopyPart], *, slug: str, titles: dict[str, str]) -> Edition:
    """Save the copy's own row. In the caller's transaction. Raises: DomainError "slug", "title". Queries: 5."""
    made = copied(edition, **FRESH, slug=slug, zone=shift.new_zone, copied_from_id=edition.pk, apply_by=None)
    made.starts_on, made.ends_on = edition.starts_on + shift.by, edition.ends_on + shift.by
    if edition.apply_by:
        made.apply_by = shift.moment(edition.apply_by, edition.zone)
    if CopyPart.TEXTS not in parts:
        forget_texts(made)
    for code in LANGUAGES:
        setattr(made, f"title_{code}", titles.get(code, "").strip())
    made.mark_translated(*LANGUAGES, fields=["title"])
    refuse_faults(made)
    try:
        with transaction.atomic():
            made.save()
    except IntegrityError as error:  # the same address, taken in the same moment
        raise DomainError(_("Another edition has this address."), code="slug", field="slug") from error
    return made


def check_names(*, edition: Edition, slug: str, titles: dict[str, str]) -> None:
    """Refuse what a copy cannot be called. Raises: DomainError "slug", "title". Queries: 1."""
    refuse_faults(copied(edition, slug=slug, **{f"title_{code}": titles.get(code, "").strip() for code in LANGUAGES}))


def refuse_faults(made: Edition) -> None:
    """Refuse an address or a title that cannot be. Raises: DomainError "slug", "title". Queries: 1."""
    if Edition.objects.filter(slug=made.slug).exists():
        raise DomainError(_("Another edition has this address."), code="slug", field="slug")
    if not made.text("title", made.source_language):
        text = _("Write this in the source language first.")
        raise DomainError(text, code="title", field=f"title_{made.source_language}")
    for name in ("slug", *(f"title_{code}" for code in LANGUAGES)):
        try:
            field = made._meta.get_field(name)
            if value := getattr(made, name):
                field.run_validators(value)
            elif name == "slug":
                raise ValidationError(_("The edition needs an address."))
        except ValidationError as error:
            raise DomainError(error.messages[0], code=name.split("_")[0], field=name) from error


def forget_texts(made: Edition) -> None:
    """Empty an edition's texts. Pure."""
    for field in translated_fields(Edition):
        for code in LANGUAGES:
            setattr(made, f"{field}_{code}", "")
    made.source_hashes = {}


def copy_plan(edition: Edition, made: Edition, shift: Shift, with_modules: bool) -> dict[int, Block]:
    """Copy weeks, activities and blocks. Returns: {old block's number in the database: its copy}. Queries: 2 a part."""
    weeks, blocks = {}, {}
    for week in edition.weeks.all():
        weeks[week.pk] = saved(moved(week, shift, edition=made))
    for activity in Activity.objects.filter(week__in=weeks):
        week = weeks[activity.week_id]
        module = activity.module_id if with_modules else None
        copied(activity, week_id=week.pk, due_on=activity.due_on + shift.by, module_id=module).save()
    for block in edition.blocks.prefetch_related("modules"):
        blocks[block.pk] = saved(moved(block, shift, edition=made))
        if with_modules:
            blocks[block.pk].modules.set(block.modules.all())
    return blocks


def copy_sessions(edition: Edition, made: Edition, shift: Shift, blocks: dict[int, Block]) -> None:
    """Copy the live sessions, each to its block's copy. Queries: 1, and 2 a session."""
    for session in edition.sessions.all():
        block = blocks.get(session.block_id)
        starts_at, zone = shift.moment(session.starts_at, session.zone), shift.zone(session.zone)
        copied(session, edition=made, block_id=block.pk if block else None, starts_at=starts_at, zone=zone).save()


def copy_countries(edition: Edition, made: Edition) -> None:
    """Copy the countries with their seats, all of them empty. Queries: 2, and 2 a country."""
    for delegation in edition.delegations.prefetch_related("seats"):
        other = Delegation.objects.create(edition=made, country=delegation.country)
        Seats.objects.bulk_create(Seats(delegation=other, group=one.group, number=one.number) for one in delegation.seats.all())


def moved(part: Week | Block, shift: Shift, **changes):
    """Return an unsaved copy of what has a first and a last day, moved. Pure."""
    return copied(part, starts_on=part.starts_on + shift.by, ends_on=part.ends_on + shift.by, **changes)


def saved(row):
    """Save a row and return it. Queries: 1, and 1 for its history."""
    row.save()
    return row


def copied(row: models.Model, **changes):
    """Return an unsaved copy of a row; the marks of its translations are kept, nothing is shared. Pure."""
    made = type(row)()
    for field in row._meta.concrete_fields:
        if not field.primary_key and field.name not in translated_fields(type(row)):
            value = getattr(row, field.attname)
            setattr(made, field.attname, value.copy() if isinstance(value, list | dict) else value)
    for name, value in changes.items():
        setattr(made, name, value)
    return made


# What to begin with -------------------------------------------------------------------------------
def last_edition() -> Edition | None:
    """Return the edition that started last of those that were published, else of all. Queries: 2 at most."""
    return Edition.objects.in_state().first() or Edition.objects.first()


def suggested_names(edition: Edition, starts_on: date) -> dict[str, str]:
    """Return a free address and titles for the next edition, the year in them moved on. Queries: 1."""
    old, new = str(edition.starts_on.year), str(starts_on.year)
    slug = edition.slug.replace(old, new) if old in edition.slug else f"{edition.slug[:70].rstrip('-')}-{new}"
    taken = set(Edition.objects.filter(slug__startswith=slug[:70]).values_list("slug", flat=True))
    free = (name for name in chain([slug], (f"{slug[:70].rstrip('-')}-{n}" for n in count(2))) if name not in taken)
    titles = {f"title_{code}": edition.text("title", code).replace(old, new) for code in LANGUAGES}
    return {"slug": next(free), **titles}


# Rows ---------------------------------------------------------------------------------------------
def translated_fields(model) -> list[str]:
    """Return the names of the fields that stand in every language. Pure."""
    try:
        return sorted(translator.get_options_for_model(model).all_fields)
    except NotRegistered:
        return []
