"""From files to the question bank, and to what a check asks."""

from decimal import Decimal, InvalidOperation

from django.utils.translation import gettext as _

from core.starter import (
    ContentError,
    Row,
    at,
    in_languages,
    put,
    read_rows,
)
from courses import versions
from courses.enums import UnitKind
from courses.exchange.load import Change, Load
from courses.models import CheckItem, Choice, Module, Question, QuestionTag, Unit

QUESTION_KEYS = (
    "key",
    "kind",
    "tags",
    "active",
    "source_language",
    "prompt",
    "explanation",
    "answer",
    "tolerance",
    "accepted",
    "choices",
    "pairs",
    "items",
)


PART_KEYS = (
    "text",
    "match",
    "feedback",
    "right",
)


def load_items(load: Load, unit: Unit) -> None:
    """Load what a check asks, in order."""
    if unit.kind != UnitKind.CHECK:
        return
    kept = []
    for position, row in enumerate(read_rows(load.source, f"{unit.slug}.questions.yaml"), start=1):
        with at(row, load.faults):
            kept.append(_item(load, unit, position, row, kept).pk)
    for item in unit.items.exclude(pk__in=kept):
        load.changes.append(Change("removed", f"{item} from {unit.slug}"))
        item.delete()


def _item(load: Load, unit: Unit, position: int, row: Row, kept: list[int]) -> CheckItem:
    """Load one place of a check. Args: kept: the items that stand already; a check may draw twice from one tag."""
    if "draw" not in row:
        load.once("item", unit.pk, row["key"])
        question = _question(load, row, unit.source_language)
        return load.put(CheckItem, {"unit": unit, "question": question}, {"position": position}, f"{row['key']} in {unit.slug}")
    row.only("draw")
    row["draw"].only("tag", "count")
    tag, values = _tag(row["draw"]["tag"]), {"position": position, "count": row["draw"]["count"]}
    standing = unit.items.filter(tag=tag).exclude(pk__in=kept).first()
    keys = {"pk": standing.pk} if standing else {"unit": unit, "tag": tag, "question": None, "position": position}
    return load.put(CheckItem, keys, values, f"draw from {row['draw']['tag']}")


def load_bank(load: Load, module: Module) -> None:
    """Load the questions that checks only draw."""
    for row in load.rows("bank.yaml"):
        with at(row, load.faults):
            _question(load, row, module.source_language)


def _tag(slug: str) -> QuestionTag:
    if not isinstance(slug, str):
        raise ContentError(_("“%(key)s” is a list of texts") % {"key": "tags"})
    return put(QuestionTag, {"slug": slug}, {})[0]


def _question(load: Load, row: Row, source_language: str) -> Question:
    """Load one question of the bank with its choices, pairs or items."""
    row.only(*QUESTION_KEYS)
    before = len(load.changes)
    source_language = row.get("source_language", source_language)
    values = {"kind": row["kind"], "source_language": source_language, "is_active": row.get("active", True)}
    for name in ("prompt", "explanation"):
        values |= in_languages(name, row[name])
    accepted = row.get("accepted") or {}
    values |= in_languages("accepted", {code: "\n".join(lines) for code, lines in accepted.items()})
    values["right_is_true"] = row["answer"] if row["kind"] == "true_false" else None
    is_number = row["kind"] == "numeric"
    values["answer"] = _number(row, "answer") if is_number else None
    values["tolerance"] = _number(row, "tolerance") if is_number and "tolerance" in row else Decimal(0)
    question = load.put(Question, {"key": row["key"]}, values, f"question {row['key']}")
    tags = [_tag(slug) for slug in row.get("tags") or []]
    if set(tags) != set(question.tags.all()):
        question.tags.set(tags)
        load.changes.append(Change("changed", f"tags of {row['key']}"))
    parts = row.get("choices") or row.get("pairs") or row.get("items") or []
    for position, part in enumerate(parts, start=1):
        with at(part, load.faults):
            _choice(load, question, position, part)
    for choice in question.choices.filter(position__gt=len(parts)) | question.choices.filter(position=0):
        load.changes.append(Change("removed", f"choice {choice.position} of {row['key']}"))
        choice.delete()
    if len(load.changes) > before:
        load.questions.add(question.pk)
    if reason := versions.fault(question):
        raise ContentError(reason, row.file, row.line)
    return question


def _choice(load: Load, question: Question, position: int, part: Row) -> None:
    part.only(*PART_KEYS)
    values = in_languages("label", part["text"])
    values |= in_languages("feedback", part.get("feedback") or {}) | in_languages("match", part.get("match") or {})
    values |= {"is_right": bool(part.get("right")), "source_language": question.source_language}
    load.put(Choice, {"question": question, "position": position}, values, f"choice {position} of {question.key}")


def _number(row: Row, name: str) -> Decimal:
    try:
        return Decimal(str(row[name]))
    except InvalidOperation as error:
        raise ContentError(_("“%(key)s” is a number") % {"key": name}, row.file, row.line_of(name)) from error
