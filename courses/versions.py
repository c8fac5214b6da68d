"""Freezing questions, and marking answers against what was frozen. Pure but for `freeze`.

The frozen content: {"kind", "prompt": {lang: text}, "explanation": {lang: text}} and, by kind,
"choices": [{"key", "right", "label": {lang}, "feedback": {lang}}] | "answer": bool | "answer", "tolerance": str |
"accepted": [folded text] | "choices": [{"key", "match", "label", "feedback"}], "matches": [{"key", "label"}] |
"choices": [{"key", "place", "label", "feedback"}].
Pairs and items to order are kept in an order of their own, so that the page does not give the answer away.
"""

import hashlib
import json
from decimal import Decimal, InvalidOperation

from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError
from core.text import clean, fold
from core.translations import LANGUAGES
from courses.enums import QuestionKind
from courses.models import Question, QuestionVersion

LONGEST = 300
PLACED = (QuestionKind.MATCHING, QuestionKind.ORDERING)
MOST_PARTS = 8  # pairs to match or items to order


def content_of(question: Question) -> dict:
    """Return the frozen form of a question. Queries: 1 for its choices unless prefetched."""
    content = {
        "kind": question.kind,
        "prompt": _texts(question, "prompt"),
        "explanation": _texts(question, "explanation"),
    }
    if question.kind in (QuestionKind.SINGLE, QuestionKind.MULTIPLE):
        content["choices"] = [{"key": str(c.pk), "right": c.is_right} | _told(c) for c in question.choices.all()]
    elif question.kind == QuestionKind.MATCHING:
        content |= _pairs(question)
    elif question.kind == QuestionKind.ORDERING:
        items = [{"key": str(c.pk), "place": n} | _told(c) for n, c in enumerate(question.choices.all(), start=1)]
        content["choices"] = _scrambled(items)
    elif question.kind == QuestionKind.TRUE_FALSE:
        content["answer"] = bool(question.right_is_true)
    elif question.kind == QuestionKind.NUMERIC:
        content["answer"], content["tolerance"] = (format(n.normalize(), "f") for n in (question.answer, question.tolerance))
    else:
        lines = "\n".join(question.text("accepted", code) for code in LANGUAGES).splitlines()
        content["accepted"] = sorted({fold(line) for line in lines if line.strip()})
    return content


def _texts(part, field: str) -> dict[str, str]:
    return {code: part.text(field, code) for code in LANGUAGES}


def _told(choice) -> dict:
    return {"label": _texts(choice, "label"), "feedback": _texts(choice, "feedback")}


def _pairs(question: Question) -> dict:
    """Return the left halves in their order, and the right halves in an order that says nothing."""
    choices = list(question.choices.all())
    halves = _scrambled([{"label": _texts(c, "match"), "of": c.pk} for c in choices])
    keys = {half["of"]: f"m{n}" for n, half in enumerate(halves, start=1)}
    return {
        "choices": [{"key": str(c.pk), "match": keys[c.pk]} | _told(c) for c in choices],
        "matches": [{"key": keys[half["of"]], "label": half["label"]} for half in halves],
    }


def _scrambled(parts: list[dict]) -> list[dict]:
    """Return parts sorted by a hash of their words: always the same order, never the one in which editors wrote them."""
    found = sorted(parts, key=lambda part: hashlib.sha256(json.dumps(part["label"], sort_keys=True).encode()).hexdigest())
    return found[1:] + found[:1] if found == parts else found


def fault(question: Question) -> str | None:
    """Return why a question cannot be asked, in the reader's language, or None."""
    if question.kind in (QuestionKind.SINGLE, QuestionKind.MULTIPLE):
        right = [c.is_right for c in question.choices.all()]
        if len(right) < 2 or not any(right):
            return _("Give at least two choices, one of them right.")
        if question.kind == QuestionKind.SINGLE and sum(right) != 1:
            return _("Exactly one choice must be right.")
    if question.kind in PLACED:
        parts = list(question.choices.all())
        if not 3 <= len(parts) <= MOST_PARTS:
            return _("Give three to %(most)d of them.") % {"most": MOST_PARTS}
        for field in ("label", "match") if question.kind == QuestionKind.MATCHING else ("label",):
            for code in LANGUAGES:
                said = [fold(part.text(field, code)) for part in parts if part.text(field, code)]
                if len(set(said)) < len(said):
                    return _("Two of them say the same.")
    if question.kind == QuestionKind.TRUE_FALSE and question.right_is_true is None:
        return _("Say whether the right answer is “true”.")
    if question.kind == QuestionKind.NUMERIC and question.answer is None:
        return _("Give the right number.")
    if question.kind == QuestionKind.SHORT and not any(question.text("accepted", code).strip() for code in LANGUAGES):
        return _("Give at least one accepted answer.")
    return None


def freeze(question: Question) -> QuestionVersion:
    """Make the question's current text the version that new attempts are shown.

    Queries: up to 5. Safe to repeat: equal content keeps its version. Raises DomainError for a question with a fault.
    """
    if reason := fault(question):
        raise DomainError(reason, code="fault")
    content = content_of(question)
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:32]
    version = question.versions.filter(digest=digest).first()
    if version is None:
        number = (question.versions.aggregate(n=Max("number"))["n"] or 0) + 1
        version = question.versions.create(number=number, content=content, digest=digest)
    if question.version_id != version.pk:
        Question.objects.filter(pk=question.pk).update(version=version)
        question.version = version
    return version


def parse(content: dict, raw: list[str], language: str):
    """Return the stored value of what a form sent for one question; None for nothing.

    Args: raw: the field's values; language: of the page, for decimal commas.
    Raises: DomainError for what the question cannot take.
    """
    kind = content["kind"]
    raw = [text for text in map(clean, raw) if text]
    if not raw:
        return None
    if kind in (QuestionKind.SINGLE, QuestionKind.MULTIPLE):
        known = [choice["key"] for choice in content["choices"]]
        if not set(raw) <= set(known) or (kind == QuestionKind.SINGLE and len(raw) > 1):
            raise DomainError(_("This is not one of the choices."), code="choice")
        return raw[0] if kind == QuestionKind.SINGLE else [key for key in known if key in raw]
    if kind in PLACED:
        return _placed(content, raw)
    if len(raw) > 1 or len(raw[0]) > LONGEST:
        raise DomainError(_("This answer is too long: at most %(most)d characters.") % {"most": LONGEST}, code="long")
    if kind == QuestionKind.TRUE_FALSE:
        if raw[0] not in ("true", "false"):
            raise DomainError(_("This is not one of the choices."), code="choice")
        return raw[0] == "true"
    if kind == QuestionKind.NUMERIC:
        return number(raw[0], language)
    return raw[0]


def _placed(content: dict, raw: list[str]) -> dict[str, str]:
    """Return {key of a choice: where it was put} of values such as "31:m2" or "31:4"; some may still be missing."""
    known = {choice["key"] for choice in content["choices"]}
    places = places_of(content)
    put = dict(text.split(":", 1) for text in raw if text.count(":") == 1)
    if len(put) < len(raw) or not set(put) <= known or not set(put.values()) <= set(places):
        raise DomainError(_("This is not one of the choices."), code="choice")
    return {choice["key"]: put[choice["key"]] for choice in content["choices"] if choice["key"] in put}


def places_of(content: dict) -> list[str]:
    """Return where a choice of a matching or ordering question may be put, as texts."""
    if content["kind"] == QuestionKind.MATCHING:
        return [half["key"] for half in content["matches"]]
    return [str(n) for n in range(1, len(content["choices"]) + 1)]


def is_open(content: dict, value) -> bool:
    """Say whether a question still waits for an answer, or for the rest of one."""
    return value is None or (content["kind"] in PLACED and len(value) < len(content["choices"]))


def place_of(content: dict, choice: dict) -> str:
    """Return where a choice of a matching or ordering question belongs."""
    return choice["match"] if content["kind"] == QuestionKind.MATCHING else str(choice["place"])


def number(text: str, language: str) -> str:
    """Return a plain decimal number, as text, from what a person typed: "1 400", "3,3" (fr, es), "1,400" (en)."""
    digits = "".join(text.split()).replace("\u202f", "").replace("\u00a0", "").replace("%", "").replace("’", "")
    comma, point = digits.rfind(","), digits.rfind(".")
    if comma >= 0 and point >= 0:
        thousands = "," if point > comma else "."
        digits = digits.replace(thousands, "")
    elif comma >= 0 and language == "en" and _groups(digits, ","):
        digits = digits.replace(",", "")
    elif point >= 0 and language != "en" and _groups(digits, "."):
        digits = digits.replace(".", "")
    digits = digits.replace(",", ".")
    try:
        value = Decimal(digits)
    except InvalidOperation:
        value = None
    if value is None or not value.is_finite() or abs(value.adjusted()) > 17 or len(digits) > 24:
        raise DomainError(_("Please write a number, in digits."), code="number")
    return format(value.normalize(), "f")


def _groups(digits: str, separator: str) -> bool:
    """Say whether a separator parts thousands: each later part has three digits."""
    head, *rest = digits.lstrip("+-").split(separator)
    return 1 <= len(head) <= 3 and head != "0" and all(len(part) == 3 for part in rest)


def is_right(content: dict, value) -> bool:
    """Mark one stored value. Several choices, pairs or places count as right only together."""
    if value is None:
        return False
    kind = content["kind"]
    if kind == QuestionKind.SINGLE:
        return any(c["right"] for c in content["choices"] if c["key"] == value)
    if kind == QuestionKind.MULTIPLE:
        return {c["key"] for c in content["choices"] if c["right"]} == set(value)
    if kind in PLACED:
        return all(value.get(choice["key"]) == place_of(content, choice) for choice in content["choices"])
    if kind == QuestionKind.TRUE_FALSE:
        return value is content["answer"]
    if kind == QuestionKind.NUMERIC:
        return abs(Decimal(value) - Decimal(content["answer"])) <= Decimal(content["tolerance"])
    return fold(value).strip(" .") in {fold(text) for text in content["accepted"]}  # frozen before fold learned something
