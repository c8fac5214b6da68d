"""The plan of an edition: the default one, written once, and its dates."""

from datetime import date, datetime, time, timedelta
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clinics.enums import Act, ActivityKind, SessionKind
from clinics.models import Activity, Block, Edition, Session, Week
from clinics.services.editions import require
from core.changes import content_changed
from core.errors import DomainError
from core.services import record_event
from core.starter import Folder, Row, in_languages, read_yaml
from core.time import day, is_zone
from core.translations import LANGUAGES
from courses.enums import ModuleKind
from courses.models import Module
from programme.models import Theme

FOLDER = Folder(Path(__file__).parent.parent / "starter")
FILE = "plan.yaml"
SHAPES = ("3x4", "3x3")  # weeks by blocks
MONDAY, WORKING_DAYS = 0, 5
WEBINAR_AT, WEBINAR_MINUTES = time(14), 90
DATES = ("starts_on", "ends_on", "zone")


# The default plan ---------------------------------------------------------------------------------
def make_plan(*, edition: Edition, shape: str = "3x4", actor) -> Edition:
    """Write the default plan: week 0 before the edition's first Monday, then a week after the other, with webinars.

    Args: shape: one of SHAPES: four blocks in three weeks, or three. Themes and modules that do not stand are left out.
    Raises: DomainError "state", "planned" when a week or block stands, "shape", "dates" beside the field when the edition
    does not start on a Monday or ends before the plan. Queries: 45 at most, in one transaction with the edition's row
    locked: pressed twice, it is written once. Logged; visitors' pages follow.
    """
    if shape not in SHAPES:
        raise DomainError(_("There is no such plan."), code="shape", field="shape")
    plan = read_yaml(FOLDER, FILE)
    rows = plan["shapes"][shape]
    with transaction.atomic():
        edition = Edition.objects.select_for_update(of=("self",)).get(pk=edition.pk)
        require(edition, Act.PLAN)
        refuse_second_plan(edition)
        refuse_other_dates(edition, len(rows) - 1)
        writer = Writer(edition, plan)
        for number, row in enumerate(rows):
            writer.week(number, row)
        record_event(actor=actor, act="make plan", obj=edition, after={"shape": shape})
        content_changed(edition)
    return edition


def refuse_second_plan(edition: Edition) -> None:
    """Refuse to write over a plan that stands. Raises: DomainError "planned". Queries: 2."""
    if edition.weeks.exists() or edition.blocks.exists():
        raise DomainError(_("This edition has a plan already. Change it part by part."), code="planned")


def refuse_other_dates(edition: Edition, weeks: int) -> None:
    """Refuse dates that a plan of so many weeks does not fit. Raises: DomainError "dates". Pure."""
    if edition.starts_on.weekday() != MONDAY:
        text = _("The plan begins on a Monday; %(day)s is none. Change the first day of the edition.")
        raise DomainError(text % {"day": day(edition.starts_on)}, code="dates", field="starts_on")
    last = edition.starts_on + timedelta(weeks=weeks - 1, days=WORKING_DAYS - 1)
    if edition.ends_on < last:
        text = _("The plan goes on until %(last)s; the edition ends on %(end)s. Change its last day.")
        raise DomainError(text % {"last": day(last), "end": day(edition.ends_on)}, code="dates", field="ends_on")


class Writer:
    """Writes the rows of a plan. Reads themes and modules once. Queries: 3 to begin with."""

    def __init__(self, edition: Edition, plan: Row):
        self.edition, self.number = edition, 0
        self.weeks = {row["code"]: row for row in plan["weeks"]}
        self.blocks = {row["theme"]: row for row in plan["blocks"]}
        self.themes = {theme.code: theme for theme in Theme.objects.filter(code__in=self.blocks)}
        self.modules = list(Module.objects.in_state().select_related("theme"))

    def week(self, number: int, row: Row) -> None:
        """Write one week with its blocks and activities."""
        first = self.edition.starts_on + timedelta(weeks=number - 1)
        told = self.weeks[row["week"]]
        week = Week(edition=self.edition, number=number, starts_on=first, ends_on=first + timedelta(days=WORKING_DAYS - 1))
        kept(week, title=told["title"], summary=told["summary"])
        for part in row.get("blocks", []):
            self.block(first, part)
        for part in row.get("activities", []):
            module = next((one for one in self.modules if one.slug == part.get("module")), None)
            kind, due = ActivityKind(part["kind"]), first + timedelta(days=part["day"])
            Activity.objects.create(week=week, kind=kind, module=module, due_on=due)

    def block(self, first: date, row: Row) -> None:
        """Write one block with its modules and its webinar."""
        self.number += 1
        told, (begins, ends) = self.blocks[row["theme"]], row["days"]
        block = Block(
            edition=self.edition,
            number=self.number,
            theme=self.themes.get(row["theme"]),
            starts_on=first + timedelta(days=begins),
            ends_on=first + timedelta(days=ends),
        )
        kept(block, title=told["title"], objectives=told["objectives"])
        block.modules.set(m for m in self.modules if m.kind == ModuleKind.SELF_GUIDED and m.theme.code == row["theme"])
        session = Session(
            edition=self.edition,
            block=block,
            kind=SessionKind.WEBINAR,
            starts_at=self.edition.moment(first + timedelta(days=row["webinar"]), WEBINAR_AT),
            minutes=WEBINAR_MINUTES,
            zone=self.edition.zone,
        )
        kept(session, title=told["webinar"])


def kept(obj, **texts) -> None:
    """Save a part of a plan with its texts in every language, all of them up to date. Queries: 2."""
    for field, told in texts.items():
        for name, text in in_languages(field, told).items():
            setattr(obj, name, text.strip())
    obj.mark_translated(*LANGUAGES)
    obj.full_clean()
    obj.save()


# Dates --------------------------------------------------------------------------------------------
def check_dates(*, starts_on: date, ends_on: date, zone: str) -> None:
    """Refuse dates that cannot be. Raises: DomainError "dates" beside the day, "zone" beside `zone`. Pure."""
    if not is_zone(zone):
        text = _("“%(zone)s” is not a time zone. Choose one such as Africa/Blantyre.")
        raise DomainError(text % {"zone": zone}, code="zone", field="zone")
    for field, chosen in {"starts_on": starts_on, "ends_on": ends_on}.items():
        if not 2000 < chosen.year < 2200:
            raise DomainError(_("Choose a day in these years."), code="dates", field=field)
    if ends_on < starts_on:
        raise DomainError(_("The edition ends before it starts."), code="dates", field="ends_on")


def check_capacity(*, edition: Edition, capacity: int | None) -> None:
    """Refuse a capacity below the seats that are taken. Raises: DomainError "taken" beside `capacity`. Queries: 1."""
    taken = edition.delegates.active().count() if capacity else 0
    if capacity and capacity < taken:
        text = ngettext("%(n)d person has a seat already.", "%(n)d people have a seat already.", taken)
        raise DomainError(text % {"n": taken}, code="taken", field="capacity")


def change_deadline(*, edition: Edition, until: datetime | None, actor) -> None:
    """Write into the log that the call's deadline moves; the caller saves it. Raises: DomainError "state". Queries: 2."""
    require(edition, Act.PLAN)
    before = Edition.objects.values_list("apply_by", flat=True).get(pk=edition.pk)
    if before != until:
        record_event(actor=actor, act="change deadline", obj=edition, before=logged(before), after=logged(until))


def logged(until: datetime | None) -> dict:
    """Return a deadline as the log keeps it. Pure."""
    return {"apply_by": until.isoformat() if until else ""}


def change_dates(*, edition: Edition, starts_on: date, ends_on: date, zone: str, actor) -> Edition:
    """Give an edition other dates or another zone. Its weeks, blocks and sessions stay where they are.

    Raises: DomainError "state", or those of `check_dates`. Queries: 4 and the followers', in one transaction with the row
    locked; none but the first when nothing differs. Logged; safe to repeat.
    """
    with transaction.atomic():
        edition = Edition.objects.select_for_update(of=("self",)).get(pk=edition.pk)
        before = {name: str(getattr(edition, name)) for name in DATES}
        after = {"starts_on": str(starts_on), "ends_on": str(ends_on), "zone": zone}
        if before == after:
            return edition
        require(edition, Act.PLAN)
        check_dates(starts_on=starts_on, ends_on=ends_on, zone=zone)
        edition.starts_on, edition.ends_on, edition.zone = starts_on, ends_on, zone
        edition.save(update_fields=[*DATES, "changed_at"])
        record_event(actor=actor, act="change dates", obj=edition, before=before, after=after)
        content_changed(edition)
    return edition
