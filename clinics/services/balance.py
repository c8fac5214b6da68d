"""The balance sheet: who comes, country by country and group by group, against the seats."""

from collections import Counter
from dataclasses import dataclass, field

from django.db.models import Count, F, Q
from django.utils import timezone

from accounts.enums import ConstituentGroup, Sex, Side
from clinics.enums import ApplicationState, Decision, DelegateState, InvitationState
from clinics.models import Application, Delegate, Edition, Invitation, Seats
from core import countries
from core.text import fold

COMING = ("taken", "held", "proposed")  # who is in, may come in by an open offer, or is to get one
FIGURES = ("seats", "taken", "held", "invited", "applied", "proposed", "waiting")
SEXES = (*Sex.values, "unsaid")
SIDES = (Side.GOVERNMENT, Side.EMPLOYERS, Side.WORKERS)
IN_THE_CALL = [state for state in ApplicationState.values if state not in ("draft", "withdrawn")]


@dataclass
class Line:
    """The figures of one group of one country, of a country, or of the edition.

    `sexes` and `languages` count those who are coming: seats taken, held by an offer, or proposed.
    """

    country: str = ""
    group: str = ""
    figures: Counter = field(default_factory=Counter)
    sexes: Counter = field(default_factory=Counter)
    languages: Counter = field(default_factory=Counter)

    @property
    def coming(self) -> int:
        """Return how many seats are taken, promised or about to be."""
        return sum(self.figures[name] for name in COMING)

    @property
    def over(self) -> int:
        """Return by how many they exceed the seats."""
        return max(0, self.coming - self.figures["seats"])

    @property
    def tight(self) -> bool:
        """Say whether the seats would not suffice if all who are invited came."""
        return not self.over and self.coming + self.figures["invited"] > self.figures["seats"]

    @property
    def free(self) -> int:
        """Return how many seats nobody has and nobody is to get."""
        return max(0, self.figures["seats"] - self.coming)

    @property
    def group_label(self) -> str:
        """Return the group in the reader's language."""
        return str(ConstituentGroup(self.group).label) if self.group else ""

    def add(self, other: "Line") -> None:
        """Count another line in."""
        for name in ("figures", "sexes", "languages"):
            getattr(self, name).update(getattr(other, name))


@dataclass
class Country:
    """A country's lines, their total, and the sides for which nobody comes."""

    code: str
    lines: list[Line]
    total: Line

    @property
    def name(self) -> str:
        """Return the country in the reader's language."""
        return countries.name(self.code) if self.code else ""

    @property
    def empty_sides(self) -> list[str]:
        """Return the sides of tripartism for which nobody is coming or invited."""
        there = {ConstituentGroup(one.group).side for one in self.lines if one.group and (one.coming or one.figures["invited"])}
        return [str(side.label) for side in SIDES if side not in there]


@dataclass
class Sheet:
    """The balance sheet of an edition."""

    countries: list[Country]
    total: Line

    def line(self, country: str, group: str) -> Line:
        """Return one line, empty when nothing stands in it."""
        found = (one for part in self.countries if part.code == country for one in part.lines if one.group == group)
        return next(found, Line(country, group))


# The four queries ---------------------------------------------------------------------------------
def held_now() -> Q:
    """Return what is true of an application whose open offer holds a seat."""
    return Q(state=ApplicationState.OFFERED, offer_until__gt=timezone.now())


def proposed_now() -> Q:
    """Return what is true of an application that is to get an offer at the next release."""
    open_states = [ApplicationState.SUBMITTED, ApplicationState.WAITING]
    return Q(decision=Decision.OFFER, released_at=None, state__in=open_states)


def chosen(figure: str) -> Q:
    """Return what is true of the applications behind a figure."""
    return {
        "held": held_now(),
        "proposed": proposed_now(),
        "applied": Q(state__in=IN_THE_CALL),
        "waiting": Q(state=ApplicationState.WAITING),
    }[figure]


def balance_of(edition: Edition) -> Sheet:
    """Return the balance sheet. Queries: 4, one for each kind of figure, of any number of rows."""
    lines: dict[tuple, Line] = {}

    def line(country: str, group: str) -> Line:
        return lines.setdefault((country, group), Line(country, group))

    for country, group, number in Seats.objects.filter(delegation__edition=edition).values_list(
        "delegation__country", "group", "number"
    ):
        line(country, group).figures["seats"] += number
    count_delegates(edition, line)
    count_invitations(edition, line)
    count_applications(edition, line)
    return sheet_of(lines)


def count_delegates(edition: Edition, line) -> None:
    """Count the seats that are taken, by sex and language. Queries: 1."""
    rows = Delegate.objects.filter(edition=edition, state=DelegateState.ACTIVE).order_by()
    for country, group, sex, language, number in rows.values_list(
        "delegation__country", "group", "user__sex", "user__language"
    ).annotate(number=Count("pk")):
        one = line(country, group)
        one.figures["taken"] += number
        come(one, sex, language, number)


def count_invitations(edition: Edition, line) -> None:
    """Count the invitations that wait for an answer. Queries: 1."""
    rows = Invitation.objects.filter(edition=edition, state=InvitationState.OPEN).order_by()
    for country, group, number in rows.values_list("delegation__country", "group").annotate(number=Count("pk")):
        line(country, group).figures["invited"] += number


def count_applications(edition: Edition, line) -> None:
    """Count what was handed in, by what became of it, sex and language. Queries: 1."""
    rows = Application.objects.filter(edition=edition).exclude(state=ApplicationState.DRAFT).order_by()
    names = ("applied", "held", "proposed", "waiting")
    counts = [Count("pk", filter=chosen(name)) for name in names]
    cut = rows.values("country", "group", sex=F("user__sex"), reads=F("user__language"))
    for row in cut.annotate(**{f"n_{name}": count for name, count in zip(names, counts, strict=True)}):
        one = line(row["country"], row["group"])
        for name in names:
            one.figures[name] += row[f"n_{name}"]
        come(one, row["sex"], row["reads"], row["n_held"] + row["n_proposed"])


def come(line: Line, sex: str | None, language: str | None, number: int) -> None:
    """Count people who are coming by sex and language. Pure."""
    if number:
        line.sexes[sex or "unsaid"] += number
        line.languages[language or "unsaid"] += number


def sheet_of(lines: dict[tuple, Line]) -> Sheet:
    """Return the lines by country, each with its total. Pure."""
    order = {group: place for place, group in enumerate(ConstituentGroup.values)}
    found: dict[str, list[Line]] = {}
    for (country, _group), one in sorted(lines.items(), key=lambda item: order.get(item[0][1], 99)):
        found.setdefault(country, []).append(one)
    parts = [Country(code, own, summed(own, code)) for code, own in found.items()]
    parts.sort(key=lambda part: fold(part.name))
    return Sheet(parts, summed([part.total for part in parts]))


def summed(lines: list[Line], country: str = "") -> Line:
    """Return the sum of lines. Pure."""
    total = Line(country)
    for one in lines:
        total.add(one)
    return total


# Behind a number ----------------------------------------------------------------------------------
@dataclass(frozen=True)
class Where:
    """Which number: its figure ("coming" for sexes and languages), and what narrows it; empty means all."""

    figure: str
    country: str = ""
    group: str = ""
    sex: str = ""
    language: str = ""


def narrowed(rows, where: Where, country: str):
    """Return rows with a country, a group and a person, narrowed. Args: country: the lookup of the country."""
    if where.country:
        rows = rows.filter(**{country: where.country})
    if where.group:
        rows = rows.filter(group=where.group)
    if where.sex:
        unsaid = Q(user__sex="") | Q(user__isnull=True)
        rows = rows.filter(unsaid if where.sex == "unsaid" else Q(user__sex=where.sex))
    if where.language:
        rows = rows.filter(user__isnull=True) if where.language == "unsaid" else rows.filter(user__language=where.language)
    return rows


def behind(edition: Edition, where: Where, user) -> list:
    """Return the rows behind a number: seats, delegates, invitations or applications. Queries: 1 to 2.

    Applications about which this person declared a conflict of interest are counted in the sheet, but not listed.
    """
    if where.figure == "seats":
        rows = Seats.objects.filter(delegation__edition=edition, number__gt=0).select_related("delegation")
        return list(narrowed(rows, Where("seats", where.country, where.group), "delegation__country"))
    if where.figure == "invited":
        rows = Invitation.objects.filter(edition=edition, state=InvitationState.OPEN).select_related("delegation")
        return list(narrowed(rows, Where("invited", where.country, where.group), "delegation__country"))
    found = []
    if where.figure in ("taken", "coming"):
        rows = Delegate.objects.active().filter(edition=edition).select_related("delegation", "user")
        found += narrowed(rows, where, "delegation__country")
    if where.figure != "taken":
        wanted = held_now() | proposed_now() if where.figure == "coming" else chosen(where.figure)
        rows = Application.objects.reviewable_by(user).filter(wanted, edition=edition).select_related("user")
        found += narrowed(rows, where, "country").order_by("country", "group", "pk")
    return found
