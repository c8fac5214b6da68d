"""How the questions of a module's checks are answered, for tutors and staff. Only attempts that were handed in count.

Staff try things out: their own attempts are left out.
"""

from collections import Counter
from dataclasses import dataclass, field

from django.db.models import Count, Exists, OuterRef
from django.utils.translation import gettext as _

from core.translations import LANGUAGES
from courses import versions
from courses.enums import AttemptState, QuestionKind, UnitKind
from courses.models import Answer, Attempt, CheckItem, Module, Question, QuestionVersion, Unit
from courses.sheets import text

BATCH = 2000
TYPED_KEPT = 50  # wrong texts and numbers held for each version while counting; they come commonest first
TYPED_SHOWN = 5
TITLES = [f"title_{code}" for code in LANGUAGES]
TYPED = (QuestionKind.NUMERIC, QuestionKind.SHORT)


def percent(part: int, whole: int) -> int | None:
    """Return a share in whole per cent, None of nothing."""
    return round(100 * part / whole) if whole else None


@dataclass
class Tally:
    """How often something was asked and answered rightly: over all, and at first try."""

    asked: int = 0
    right: int = 0
    first_asked: int = 0
    first_right: int = 0
    blank: int = 0

    def add(self, count: int, *, right: bool, first: bool, blank: bool) -> None:
        self.asked += count
        self.right += count * right
        self.first_asked += count * first
        self.first_right += count * (first and right)
        self.blank += count * blank

    @property
    def share(self) -> int | None:
        return percent(self.right, self.asked)

    @property
    def first_share(self) -> int | None:
        return percent(self.first_right, self.first_asked)

    @property
    def blank_share(self) -> int | None:
        return percent(self.blank, self.asked)


@dataclass
class Share:
    """One choice and how often it was chosen; one pair or item and how often it was placed rightly; one wrong text."""

    label: str
    is_right: bool
    count: int
    of: int
    feedback: str = ""

    @property
    def percent(self) -> int | None:
        return percent(self.count, self.of)


@dataclass
class QuestionStatistics:
    """One question of one check: over all its versions, and for each."""

    key: str
    kind: str
    kind_label: str
    prompt: str
    lang: str  # "" when the prompt is in the page's language
    is_asked: bool  # the check may still ask it
    total: Tally = field(default_factory=Tally)
    versions: list[tuple[int, Tally]] = field(default_factory=list)
    shares: list[Share] = field(default_factory=list)

    @property
    def is_typed(self) -> bool:
        return self.kind in TYPED

    @property
    def is_placed(self) -> bool:
        return self.kind in versions.PLACED


@dataclass
class CheckStatistics:
    title: str
    lang: str  # "" when the title is in the page's language
    url: str
    questions: list[QuestionStatistics]


@dataclass
class Counted:
    """What is counted of one version in one check."""

    tally: Tally = field(default_factory=Tally)
    parts: Counter = field(default_factory=Counter)  # choices chosen, or lines placed rightly
    typed: Counter = field(default_factory=Counter)  # wrong texts or numbers


def item_statistics(module: Module, language: str) -> list[CheckStatistics]:
    """Return how each question of each check of a module was answered, in the order of the checks.

    Counted in the database and read in batches: memory grows with the content, not with the people. Queries: 4.
    """
    checks = list(Unit.objects.filter(module=module, kind=UnitKind.CHECK).only("slug", *TITLES).order_by("position"))
    items = list(CheckItem.objects.filter(unit__in=checks, unit__retired_at=None).select_related("question"))
    frozen = _versions_of(module, items)
    counted = _count(module, frozen)
    found = []
    for unit in checks:
        unit.module = module
        asked = [item.question for item in items if item.unit_id == unit.pk and item.question]
        lines = _questions(unit, asked, frozen, counted, language)
        if lines:
            title, lang = text({code: unit.text("title", code) for code in LANGUAGES}, language)
            found.append(CheckStatistics(title, lang, unit.get_absolute_url(), lines))
    return found


def _handed_in(module: Module):
    """Return the answers that count."""
    return Answer.objects.filter(
        attempt__unit__module=module, attempt__state=AttemptState.SUBMITTED, attempt__user__is_staff=False
    )


def _versions_of(module: Module, items: list[CheckItem]) -> dict[int, QuestionVersion]:
    """Return {pk: version} of all that was asked in a module, or stands to be asked. Queries: 1."""
    standing = [item.question.version_id for item in items if item.question_id and item.question.version_id]
    asked = _handed_in(module).order_by().values("version")
    rows = QuestionVersion.objects.filter(pk__in=asked) | QuestionVersion.objects.filter(pk__in=standing)
    return {version.pk: version for version in rows.select_related("question").order_by("number")}


def _count(module: Module, frozen: dict[int, QuestionVersion]) -> dict[tuple[int, int], Counted]:
    """Return {(unit, version): counted}. The database counts equal answers; they are read in batches. Queries: 1."""
    attempts = Attempt.objects.filter(user=OuterRef("attempt__user"), unit=OuterRef("attempt__unit"))
    earlier = attempts.filter(state=AttemptState.SUBMITTED, number__lt=OuterRef("attempt__number"))
    rows = (
        _handed_in(module)
        .annotate(later_try=Exists(earlier))
        .values_list("attempt__unit", "version", "value", "is_right", "later_try")
        .annotate(n=Count("pk"))
        .order_by("attempt__unit", "version", "-n")
    )
    found: dict[tuple[int, int], Counted] = {}
    for unit, version, value, is_right, later, n in rows.iterator(chunk_size=BATCH):
        counted = found.setdefault((unit, version), Counted())
        counted.tally.add(n, right=bool(is_right), first=not later, blank=value is None)
        if value is not None:
            _count_value(counted, frozen[version].content, value, n, right=bool(is_right))
    return found


def _count_value(counted: Counted, content: dict, value, n: int, *, right: bool) -> None:
    kind = content["kind"]
    if kind in TYPED:
        if not right and (value in counted.typed or len(counted.typed) < TYPED_KEPT):
            counted.typed[value] += n
    elif kind in versions.PLACED:
        belongs = {choice["key"]: versions.place_of(content, choice) for choice in content["choices"]}
        counted.parts.update({key: n for key, place in value.items() if belongs.get(key) == place})
    elif kind == QuestionKind.TRUE_FALSE:
        counted.parts["true" if value else "false"] += n
    else:
        counted.parts.update(dict.fromkeys(value if isinstance(value, list) else [value], n))


def _questions(unit: Unit, asked: list[Question], frozen: dict, counted: dict, language: str) -> list[QuestionStatistics]:
    """Return the lines of one check: what it asks in order, then what it drew or asked before, by key. Pure."""
    by_question: dict[int, list[QuestionVersion]] = {}
    for version in frozen.values():
        if (unit.pk, version.pk) in counted or version.question in asked:
            by_question.setdefault(version.question_id, []).append(version)
    order = {question.pk: n for n, question in enumerate(asked)}
    groups = sorted(
        by_question.values(), key=lambda group: (order.get(group[0].question_id, len(order)), group[0].question.key)
    )
    return [_question(unit, group, counted, language, is_asked=group[0].question_id in order) for group in groups]


def _question(unit: Unit, group: list[QuestionVersion], counted: dict, language: str, *, is_asked: bool) -> QuestionStatistics:
    """Return one question of one check. Args: group: its versions, oldest first."""
    content = group[-1].content
    prompt, lang = text(content["prompt"], language)
    label = QuestionKind(content["kind"]).label
    found = QuestionStatistics(group[0].question.key, content["kind"], str(label), prompt, lang, is_asked)
    same_kind = []
    for version in group:
        one = counted.get((unit.pk, version.pk), Counted())
        found.versions.append((version.number, one.tally))
        for name, value in vars(one.tally).items():
            setattr(found.total, name, getattr(found.total, name) + value)
        if version.content["kind"] == content["kind"]:
            same_kind.append((version.content, one))
    found.shares = _shares(same_kind, language)
    return found


def _shares(counted: list[tuple[dict, Counted]], language: str) -> list[Share]:
    """Return the shares over the versions of one kind: what the newest version offers, then what only older ones did."""
    kind, of = counted[-1][0]["kind"], sum(one.tally.asked for _content, one in counted)
    if kind in TYPED:
        wrong = sum((one.typed for _content, one in counted), Counter())
        return [Share(str(value), False, n, of) for value, n in wrong.most_common(TYPED_SHOWN)]
    offered: dict[str, Share] = {}
    for content, _one in reversed(counted):
        for key, label, is_right, feedback in _parts(content, language):
            offered.setdefault(key, Share(label, is_right, 0, 0, feedback))
    for content, one in counted:
        for key, *_told in _parts(content, language):
            offered[key].of += one.tally.asked
            offered[key].count += one.parts[key]
    return list(offered.values())


def _parts(content: dict, language: str):
    """Yield (key, label, whether it is right, feedback) of what a version offers."""
    if content["kind"] == QuestionKind.TRUE_FALSE:
        for key, label, is_right in (("true", _("True"), True), ("false", _("False"), False)):
            yield key, label, content["answer"] is is_right, ""
        return
    halves = {half["key"]: text(half["label"], language)[0] for half in content.get("matches", [])}
    choices = content["choices"]
    if content["kind"] == QuestionKind.ORDERING:
        choices = sorted(choices, key=lambda choice: choice["place"])
    for choice in choices:
        label = text(choice["label"], language)[0]
        if content["kind"] in versions.PLACED:
            place = versions.place_of(content, choice)
            label = f"{label} → {halves.get(place, place)}"
        yield choice["key"], label, choice.get("right", True), text(choice["feedback"], language)[0]


def rows_for_export(module: Module, language: str = "en") -> tuple[list[str], list[list]]:
    """Return (headers, rows) of the statistics: a row for each question, and one for each of its answers. Queries: 4.

    Cells are text, whole numbers or None. Typed answers may begin with "=": whoever writes a sheet neutralises formulas.
    """
    headers = [
        _("Check"), _("Key"), _("Kind"), _("Question"), _("Versions"), _("Answer"), _("Right answer"), _("Times"), _("Asked"),
        _("Share in per cent"), _("Right at first try, in per cent"), _("No answer"), _("Feedback"),
    ]  # fmt: skip
    rows = []
    for check in item_statistics(module, language):
        for question in check.questions:
            about = [check.title, question.key, question.kind_label, question.prompt, len(question.versions)]
            total = question.total
            rows.append([*about, "", None, total.right, total.asked, total.share, total.first_share, total.blank, ""])
            for share in question.shares:
                right = _("yes") if share.is_right else _("no")
                rows.append([*about, share.label, right, share.count, share.of, share.percent, None, None, share.feedback])
    return headers, rows
