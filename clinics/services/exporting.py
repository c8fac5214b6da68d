"""Sheets of an edition to take along: who takes part, who was invited, who applied, the balance, the priorities.

Each sheet is one queryset or figure that a page shows too, narrowed by the same filter, so that both give one number.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.enums import ConstituentGroup, Sex, Side
from clinics.enums import ApplicationState, Decision, DecisionReason, DelegateState, Funding, InvitationState
from clinics.models import Application, Delegate, Edition, Invitation, PriorityText
from clinics.services.balance import FIGURES, SEXES, balance_of
from clinics.services.reviewing import hidden_scores, scores
from core import countries
from core.services import record_event
from programme.enums import InffStage

MOST = 20_000  # rows of one sheet


@dataclass(frozen=True)
class Asked:
    """What narrows a sheet; empty means all."""

    country: str = ""
    group: str = ""
    state: str = ""

    @property
    def facts(self) -> dict[str, str]:
        """Return what was asked for, for the log. Pure."""
        return {name: value for name, value in vars(self).items() if value}


@dataclass(frozen=True)
class Sheet:
    """One sheet.

    Args: label: what it is called; headers: of its columns; rows: f(edition, asked, user) -> rows as the counting sees
    them, a queryset or a list; cells: f(edition, rows, user) -> lists of cells; states: by which it can be narrowed;
    permission: who may take it along.
    """

    label: object
    headers: tuple
    rows: Callable
    cells: Callable
    states: tuple = ()
    permission: str = "clinics.change_edition"


def number_of(sheet: Sheet, edition: Edition, asked: Asked, user) -> int:
    """Return how many rows a sheet has. Queries: 1, or those of the balance sheet."""
    rows = sheet.rows(edition, asked, user)
    return rows.count() if isinstance(rows, QuerySet) else len(rows)


def take_along(*, sheet: Sheet, name: str, edition: Edition, asked: Asked, form: str, user) -> list[list]:
    """Return the cells of a sheet. Logged, with how many rows. Queries: 2 to 6, of any number of rows.

    Args: name: of the sheet; form: "csv" or "xlsx", for the log.
    """
    rows = list(sheet.rows(edition, asked, user)[:MOST])
    cells = sheet.cells(edition, rows, user)
    after = {"sheet": name, "rows": len(cells), "form": form} | asked.facts
    record_event(actor=user, act="export", obj=edition, after=after)
    return cells


def narrowed(rows, asked: Asked, country: str):
    """Return rows narrowed by country, group and state. Args: country: the lookup of the country."""
    wanted = {country: asked.country, "group": asked.group, "state": asked.state}
    return rows.filter(**{lookup: value for lookup, value in wanted.items() if value})


def label(choices, value: str) -> str:
    """Return what a stored value is called in the reader's language. Pure."""
    return str(choices(value).label) if value else ""


def minute(moment) -> str:
    """Return a moment as a spreadsheet sorts it, in UTC. Pure."""
    return f"{moment:%Y-%m-%d %H:%M}" if moment else ""


# Participants -------------------------------------------------------------------------------------
def participants(edition: Edition, asked: Asked, user):
    """Return the delegates: who takes part, unless another state is asked for."""
    rows = Delegate.objects.filter(edition=edition).select_related("user", "delegation", "successor__user")
    asked = Asked(asked.country, asked.group, asked.state or DelegateState.ACTIVE)
    return narrowed(rows, asked, "delegation__country").order_by("delegation__country", "group", "pk")


def participant_cells(edition: Edition, rows, user) -> list[list]:
    """Return a row for each delegate; whoever was erased has no address. Pure."""
    return [
        [
            str(one), one.user.email if one.user else "", one.delegation.name, one.get_group_display(),
            str(Side(one.side).label), one.get_role_display(), one.user.organisation if one.user else "",
            one.user.position if one.user else "", one.user.get_language_display() if one.user else "",
            label(Sex, one.user.sex) if one.user else "", one.get_state_display(), minute(one.joined_at),
            minute(one.left_at), one.leave_reason, str(one.successor) if one.successor else "",
        ]
        for one in rows
    ]  # fmt: skip


# Invitations --------------------------------------------------------------------------------------
def invitations(edition: Edition, asked: Asked, user):
    """Return all invitations of an edition."""
    rows = Invitation.objects.filter(edition=edition).select_related("delegation", "nominated_by", "focal_point__user")
    return narrowed(rows, asked, "delegation__country").order_by("delegation__country", "group", "pk")


def invitation_cells(edition: Edition, rows, user) -> list[list]:
    """Return a row for each invitation. Pure."""
    return [
        [
            one.name, one.email, one.delegation.name, one.get_group_display(), one.organisation, one.position,
            one.get_language_display(), one.get_state_display(), minute(one.invited_at), minute(one.expires_at),
            minute(one.answered_at), one.reason, str(one.nominated_by or one.focal_point or ""),
        ]
        for one in rows
    ]  # fmt: skip


# Applications -------------------------------------------------------------------------------------
def applications(edition: Edition, asked: Asked, user):
    """Return what was handed in, without those about which this person declared a conflict of interest."""
    rows = Application.objects.reviewable_by(user).filter(edition=edition).select_related("user")
    return narrowed(rows, asked, "country").order_by("country", "group", "pk")


def application_cells(edition: Edition, rows, user) -> list[list]:
    """Return a row an application; points stay hidden where the reader has not saved her own review. Queries: 3."""
    judged, hidden = scores(edition), hidden_scores(edition, user)
    return [application_row(one, None if one.pk in hidden else judged.get(one.pk)) for one in rows]


def application_row(one: Application, score) -> list:
    """Return one application as cells. Args: score: None where it is not known or not shown. Pure."""
    points = [round(score.mean, 1), score.reviews, round(score.spread, 1)] if score else ["", 0, ""]
    return [
        str(one.user), one.user.email, one.country_name, label(ConstituentGroup, one.group), one.organisation, one.position,
        one.get_language_display(), label(Sex, one.user.sex), label(Funding, one.funding), one.accessibility,
        one.nominator_name, one.nominator_email, one.get_state_display(), minute(one.submitted_at), *points,
        label(Decision, one.decision), label(DecisionReason, one.decision_reason), one.decision_note,
        minute(one.released_at), minute(one.offer_until), one.motivation, one.expected_use,
    ]  # fmt: skip


# The balance sheet --------------------------------------------------------------------------------
def balance(edition: Edition, asked: Asked, user) -> list:
    """Return the lines of the balance sheet."""
    parts = [part for part in balance_of(edition).countries if asked.country in ("", part.code)]
    return [line for part in parts for line in part.lines if asked.group in ("", line.group)]


def balance_cells(edition: Edition, rows, user) -> list[list]:
    """Return a row for each line of the balance sheet. Pure."""
    return [
        [
            countries.name(one.country) if one.country else "", one.group_label,
            *(one.figures[name] for name in FIGURES), one.free, *(one.sexes[sex] for sex in SEXES),
        ]
        for one in rows
    ]  # fmt: skip


# Priorities ---------------------------------------------------------------------------------------
def priorities(edition: Edition, asked: Asked, user):
    """Return the texts of all countries' priorities as they stand."""
    rows = PriorityText.objects.filter(priorities__delegation__edition=edition).exclude(text="")
    wanted = {"priorities__delegation__country": asked.country, "priorities__state": asked.state}
    rows = rows.filter(**{lookup: value for lookup, value in wanted.items() if value})
    related = rows.select_related("priorities__delegation", "written_by")
    return related.order_by("priorities__delegation__country", "field")


def priority_cells(edition: Edition, rows, user) -> list[list]:
    """Return a row for each text of priorities. Pure."""
    return [
        [
            one.priorities.delegation.name, one.get_field_display(), words_of(one), one.get_language_display(), one.version,
            one.priorities.get_state_display(), str(one.written_by or ""), minute(one.written_at),
        ]
        for one in rows
    ]  # fmt: skip


def words_of(one: PriorityText) -> str:
    """Return a text as words: the stage by its name, mechanisms by their codes. Pure."""
    if one.field == "inff_stage" and one.text in InffStage.values:
        return str(InffStage(one.text).label)
    return ", ".join(one.text.split()) if one.field == "mechanisms" else one.text


# All of them --------------------------------------------------------------------------------------
PERSON = (_("Name"), _("E-mail address"), _("Country"), _("Constituent group"))
SHEETS = {
    "participants": Sheet(
        _("Participants"),
        (*PERSON, _("Side"), _("Role"), _("Organisation"), _("Position"), _("Language"), _("Sex"), _("State"),
         _("Joined (UTC)"), _("Left (UTC)"), _("Why"), _("Successor")),
        participants,
        participant_cells,
        tuple(DelegateState.choices),
    ),
    "invitations": Sheet(
        _("Invitations"),
        (*PERSON, _("Organisation"), _("Position"), _("Language"), _("State"), _("Invited (UTC)"), _("Answer by (UTC)"),
         _("Answered (UTC)"), _("Reason"), _("Nominated by")),
        invitations,
        invitation_cells,
        tuple(InvitationState.choices),
    ),
    "applications": Sheet(
        _("Applications"),
        (*PERSON, _("Organisation"), _("Position"), _("Language"), _("Sex"), _("Time and line"), _("Accessibility needs"),
         _("Nominated by"), _("Address of who nominates"), _("State"), _("Handed in (UTC)"), _("Score out of 100"),
         _("Reviews"), _("Spread"), _("Decision"), _("Reason"), _("Words to the applicant"), _("Released (UTC)"),
         _("Offer open until (UTC)"), _("Motivation"), _("Expected use")),
        applications,
        application_cells,
        tuple(choice for choice in ApplicationState.choices if choice[0] != ApplicationState.DRAFT),
        "clinics.select_edition",
    ),
    "balance": Sheet(
        _("Balance sheet"),
        (_("Country"), _("Constituent group"), _("Seats"), _("Taken"), _("Held by offers"), _("Invited"), _("Applied"),
         _("Proposed"), _("Waiting list"), _("Free"), _("Coming: women"), _("Coming: men"),
         _("Coming: other"), _("Coming: not said")),
        balance,
        balance_cells,
        permission="clinics.select_edition",
    ),
    "priorities": Sheet(
        _("Country priorities"),
        (_("Country"), _("Field"), _("Text"), _("Language"), _("Version"), _("State"), _("Written by"), _("Written (UTC)")),
        priorities,
        priority_cells,
    ),
}  # fmt: skip
