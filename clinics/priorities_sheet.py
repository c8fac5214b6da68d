"""A country's priorities as pages show them: the sheet on which they are written, and the copy that was published. Pure but
for what each function names.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime

from django.conf import settings
from django.utils.dateparse import parse_datetime
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.enums import Side
from clinics.enums import PriorityField
from clinics.models import Priorities, PriorityText
from core import own_texts
from core.models import TextVersion, object_key
from core.own_texts import Shown
from programme.enums import InffStage
from programme.models import Mechanism

HELP = {
    PriorityField.PLAN_GOAL: _(
        "The goal of your national development plan to which decent work belongs. For example: “Raise the share of formal jobs "
        "from 11 to 20 per cent by 2030 (National Development Plan, goal 4).”"
    ),
    PriorityField.DEFICIT: _(
        "The decent-work deficit that weighs most, with a figure and its source. For example: “Nine in ten workers have no "
        "social protection (labour force survey, 2023).”"
    ),
    PriorityField.SDG_TARGET: _(
        "One target that this would move, with its number. For example: “1.3, social protection systems for all.”"
    ),
    PriorityField.FRAMEWORK_LINK: _(
        "Where your Decent Work Country Programme and the UN cooperation framework say the same. For example: “DWCP outcome "
        "2.1; cooperation framework, pillar 3.”"
    ),
    PriorityField.FINANCING_GAP: _(
        "What is spent today, by whom, and what is missing. For example: “The budget covers 0.4 per cent of GDP; the costed "
        "plan needs 1.1.”"
    ),
    PriorityField.MECHANISMS: _(
        "The ways of financing that your delegation wants to look at. For example: contributions, a levy and a blended fund."
    ),
    PriorityField.INFF_STAGE: _(
        "How far your integrated national financing framework is, to your knowledge. For example: a financing strategy is "
        "being written."
    ),
    PriorityField.INSTITUTION: _(
        "Who leads, and who has to agree. For example: “Ministry of Labour, with the Budget Division of the Ministry of "
        "Finance.”"
    ),
    PriorityField.SOCIAL_PARTNERS: _(
        "What employers’ and workers’ organisations do in it, and where they are heard. For example: “Both sit on the board of "
        "the fund; neither takes part in the budget hearings.”"
    ),
    PriorityField.OBSTACLE: _(
        "The one thing that has held this back so far. For example: “Nobody has costed the plan, so it never reaches the "
        "budget call.”"
    ),
    PriorityField.SUPPORT_SOUGHT: _(
        "What you want to learn from another country. For example: “How Rwanda collects contributions of informal workers by "
        "phone.”"
    ),
    PriorityField.SUPPORT_OFFERED: _(
        "What others can learn from you. For example: “Our tripartite budget committee shares its rules and a year’s minutes.”"
    ),
}
FIELDS = list(PriorityField)
STATES = {
    "signed": _("signed"),
    "not_signed": _("not signed"),
    "not_represented": _("not represented"),
}


@dataclass
class Line:
    """One field of the sheet: the text that stands, what its reader typed, and her text that waits beside it."""

    position: int
    code: PriorityField
    row: PriorityText | None = None
    options: list[tuple[str, str]] = field(default_factory=list)  # of a coded field
    aside: TextVersion | None = None
    typed: str | None = None
    typed_language: str = ""
    error: str = ""
    is_draft: bool = False  # a note of hers, put here to be worked on, not saved
    required: bool = False

    @property
    def label(self) -> str:
        return self.code.label

    @property
    def help(self) -> str:
        return HELP[self.code]

    @property
    def text(self) -> str:
        return self.row.text if self.row else ""

    @property
    def had(self) -> int:
        return self.row.version if self.row else 0

    @property
    def shown(self) -> str:
        return self.text if self.typed is None else self.typed

    @property
    def language(self) -> str:
        """Return the language of what is shown; of an empty field that of the reader, who is about to write."""
        return self.typed_language or (self.row.language if self.text else (get_language() or "en")[:2])

    @property
    def chosen(self) -> list[str]:
        return self.shown.split()

    @property
    def words(self) -> str:
        """Return the text as words: of codes their names."""
        return worded(self.code, self.text, dict(self.options))

    @property
    def aside_words(self) -> str:
        return worded(self.code, self.aside.text, dict(self.options)) if self.aside else ""


def worded(code: str, text: str, names: dict[str, str]) -> str:
    """Return a text as words: codes give way to their names, one a line. Pure."""
    if not PriorityField(code).is_coded:
        return text
    return "\n".join(str(names.get(one, one)) for one in text.split())


def place(code: str) -> int:
    """Return the place of a field on the sheet, counted from 1."""
    return FIELDS.index(PriorityField(code)) + 1


def field_at(position: int | None) -> PriorityField | None:
    """Return the field of a place on the sheet, None for any other number."""
    return FIELDS[position - 1] if position and 1 <= position <= len(FIELDS) else None


def options_of(code: PriorityField, mechanisms: list[Mechanism]) -> list[tuple[str, str]]:
    """Return the codes of a coded field with their names in the reader's language, none of any other."""
    if code == PriorityField.MECHANISMS:
        return [(one.code, one.text("name", one.reading_language())) for one in mechanisms]
    return [(code, label) for code, label in InffStage.choices] if code == PriorityField.INFF_STAGE else []


def lines_of(priorities: Priorities | None, required=(), author=None) -> list[Line]:
    """Return all fields in their order. Args: author: whose texts put aside wait beside them. Queries: 1 to 3."""
    rows = {row.field: row for row in priorities.texts.select_related("written_by")} if priorities and priorities.pk else {}
    mechanisms = list(Mechanism.objects.all())
    waiting = own_texts.waiting_aside(rows.values(), author) if rows and author else {}
    lines = []
    for position, code in enumerate(FIELDS, start=1):
        row = rows.get(code.value)
        aside = waiting.get(object_key(row)) if row else None
        lines.append(Line(position, code, row, options_of(code, mechanisms), aside, required=code in required))
    return lines


# What was published -------------------------------------------------------------------------------
@dataclass(frozen=True)
class PublishedLine:
    """One field of the published copy, in the reader's language where somebody translated it."""

    code: PriorityField
    row: PriorityText  # as it was published, unsaved
    shown: Shown
    words: str

    @property
    def label(self) -> str:
        return self.code.label

    @property
    def position(self) -> int:
        return place(self.code)

    @property
    def is_coded(self) -> bool:
        return self.code.is_coded

    @property
    def original_language(self) -> str:
        return language_name(self.row.language)

    @property
    def lang(self) -> str:
        """Return the `lang` to mark the text with, "" when it is in the page's language."""
        return "" if self.is_coded or self.shown.language == (get_language() or "en")[:2] else self.shown.language


@dataclass(frozen=True)
class PublishedSide:
    """How one side stood when the copy was made."""

    side: str
    state: str
    name: str = ""
    at: datetime | None = None

    @property
    def label(self) -> str:
        return Side(self.side).label

    @property
    def state_label(self) -> str:
        return STATES[self.state]


def language_name(code: str) -> str:
    """Return the name of a language in itself."""
    return dict(settings.LANGUAGES).get(code, code)


def published_rows(priorities: Priorities) -> list[PriorityText]:
    """Return the texts of a published copy as rows of their time, not to be saved. Pure."""
    known = [one for one in priorities.published.get("texts", []) if one["field"] in PriorityField.values]
    return [
        PriorityText(
            pk=one["pk"],
            priorities=priorities,
            field=one["field"],
            text=one["text"],
            language=one["language"],
            version=one["version"],
        )
        for one in known
    ]


def published_lines(*copies: Priorities) -> dict[int, list[PublishedLine]]:
    """Return {pk: fields} of published copies. Queries: 1 for all of them where any text is in another language, else 0."""
    language = (get_language() or "en")[:2]
    rows = {one.pk: published_rows(one) for one in copies}
    shown = own_texts.shown_in([row for found in rows.values() for row in found if not PriorityField(row.field).is_coded])
    lines = {}
    for one in copies:
        names = {code: texts.get(language, code) for code, texts in one.published.get("mechanisms", {}).items()}
        names |= dict(InffStage.choices)
        lines[one.pk] = [published_line(row, shown, names) for row in rows[one.pk]]
    return lines


def published_line(row: PriorityText, shown: dict[int, Shown], names: dict) -> PublishedLine:
    """Return one field of a published copy. Pure."""
    seen = shown.get(row.pk) or Shown(row.text, row.language, is_original=True)
    return PublishedLine(PriorityField(row.field), row, seen, worded(row.field, seen.text, names))


def published_sides(priorities: Priorities) -> list[PublishedSide]:
    """Return the sides of a published copy, in its order. Pure."""
    return [
        PublishedSide(one["side"], one["state"], one.get("name", ""), parse_datetime(one["at"]) if one.get("at") else None)
        for one in priorities.published.get("sides", [])
        if one["side"] in Side.values and one["state"] in STATES
    ]


# History ------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Change:
    """What one person changed in one go: from the text before to her last save."""

    version: TextVersion
    before: str
    first: int
    words: str


def changes_of(versions: list[TextVersion], names: dict[str, str], code: str, pause) -> list[Change]:
    """Return a field's versions, newest first, as changes: saves of one person within `pause` of each other are one. Pure.

    Args: versions: newest first, one more than shown perhaps; texts put aside stand for themselves.
    """
    stood = [one for one in versions if not one.is_aside]
    pairs = [(older, newer) for older, newer in zip(stood[1:], stood, strict=False) if older.language == newer.language]
    earlier = {newer.pk: worded(code, older.text, names) for older, newer in pairs}  # across languages words do not compare
    found, run, since = [], None, None  # the place of the change to which an earlier version may belong, and its time so far
    for one in versions:
        change = Change(one, earlier.get(one.pk, ""), one.number, worded(code, one.text, names))
        if one.is_aside or run is None or found[run].version.author_id != one.author_id or since - one.at > pause:
            found.append(change)
            run, since = (run, since) if one.is_aside else (len(found) - 1, one.at)
        else:
            found[run], since = replace(found[run], before=change.before, first=one.number), one.at
    return found
