"""An attempt as a page shows it: frozen questions, what was answered, and afterwards what was right."""

from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from courses import versions
from courses.enums import QuestionKind
from courses.models import Answer

LETTERS = "ABCDEFGH"


@dataclass
class Option:
    key: str
    label: str
    chosen: bool
    right: bool
    feedback: str


@dataclass
class Place:
    """Where a pair's half or an item may be put. `mark` is its letter or number, `label` the words of a matching half."""

    value: str  # "<choice>:<place>", as the form sends it
    mark: str
    label: str
    chosen: bool

    @property
    def name(self) -> str:
        return f"{self.mark} · {self.label}" if self.label else self.mark


@dataclass
class Row:
    """A pair's left half, or an item to put in order: where it may go, where it was put, where it belongs."""

    label: str
    places: list[Place]
    put: Place | None
    belongs: Place
    feedback: str

    @property
    def is_right(self) -> bool:
        return self.put is self.belongs


@dataclass
class SheetQuestion:
    position: int
    kind: str
    prompt: str
    lang: str  # "" when it is the page's language
    explanation: str
    options: list[Option] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    note: str = ""  # what is odd about places given so far, said kindly
    typed: str = ""
    had: str = ""  # what the page shows, to tell later what was changed on it
    right_answer: str = ""
    is_right: bool | None = None
    saved_at: object = None
    error: str = ""


def text(texts: dict[str, str], language: str) -> tuple[str, str]:
    """Return (text, its language): the reader's when there is one, else the first that has one."""
    if texts.get(language):
        return texts[language], ""
    code = next((code for code, value in texts.items() if value), language)
    return texts.get(code, ""), code


def sheet(answers: list[Answer], language: str, errors: dict[int, str], posted) -> list[SheetQuestion]:
    """Return the questions of an attempt in a language. Pure: no query.

    Args: errors: {position: message}; posted: the refused form's fields, so that what was typed comes back.
    """
    return [_question(a, language, errors.get(a.position, ""), posted) for a in answers]


def _question(answer: Answer, language: str, error: str, posted) -> SheetQuestion:
    content = answer.version.content
    prompt, lang = text(content["prompt"], language)
    value = answer.value
    question = SheetQuestion(
        position=answer.position,
        kind=content["kind"],
        prompt=prompt,
        lang=lang,
        explanation=text(content["explanation"], language)[0],
        is_right=answer.is_right,
        saved_at=answer.saved_at if value is not None else None,
        error=error,
    )
    if content["kind"] in (QuestionKind.SINGLE, QuestionKind.MULTIPLE):
        chosen = value if isinstance(value, list) else [value]
        question.options = [
            Option(c["key"], text(c["label"], language)[0], c["key"] in chosen, c["right"], text(c["feedback"], language)[0])
            for c in content["choices"]
        ]
    elif content["kind"] == QuestionKind.TRUE_FALSE:
        question.options = [
            Option(key, "", value is right, content["answer"] is right, "") for key, right in (("true", True), ("false", False))
        ]
    elif content["kind"] in versions.PLACED:
        question.rows = _rows(content, value or {}, language)
        question.note = placing_note(content, value)
        if answer.is_right is not None and content["kind"] == QuestionKind.ORDERING:
            question.rows.sort(key=lambda row: int(row.belongs.mark))  # the result tells the right order
    else:
        question.typed = posted.get(f"q{answer.position}", "") if error else _typed(value, language)
        question.right_answer = _typed(content["answer"], language) if "answer" in content else ""
    question.had = shown_value([question.typed, *(o.key for o in question.options if o.chosen), *_put(question.rows)])
    return question


def _rows(content: dict, value: dict[str, str], language: str) -> list[Row]:
    """Return the rows of a matching or ordering question, in the order in which they are asked."""
    labels = {half["key"]: text(half["label"], language)[0] for half in content.get("matches", [])}
    rows = []
    for choice in content["choices"]:
        key, put = choice["key"], value.get(choice["key"])
        places = {
            place: Place(f"{key}:{place}", LETTERS[n] if labels else place, labels.get(place, ""), place == put)
            for n, place in enumerate(versions.places_of(content))
        }
        belongs = places[versions.place_of(content, choice)]
        told = text(choice["label"], language)[0], text(choice["feedback"], language)[0]
        rows.append(Row(told[0], list(places.values()), places.get(put), belongs, told[1]))
    return rows


def _put(rows: list[Row]) -> list[str]:
    return [row.put.value for row in rows if row.put]


def placing_note(content: dict, value) -> str:
    """Return what is odd about the places given so far, "" when nothing is: some are missing, or one is used twice."""
    if content["kind"] not in versions.PLACED or not value:
        return ""
    said = []
    if len(value) < len(content["choices"]):
        said.append(_("%(n)d of %(total)d placed.") % {"n": len(value), "total": len(content["choices"])})
    if len(set(value.values())) < len(value):
        matching = content["kind"] == QuestionKind.MATCHING
        said.append(_("Two lines have the same match.") if matching else _("Two items have the same place."))
    return " ".join(said)


def shown_value(raw: list[str]) -> str:
    """Return a form field's values as one text, in order, without empty ones."""
    return "|".join(sorted(value.strip() for value in raw if value.strip()))


def _typed(value, language: str) -> str:
    """Return a stored text or number as this language writes it."""
    if value is None:
        return ""
    return str(value).replace(".", ",") if language != "en" and _is_number(value) else str(value)


def _is_number(value) -> bool:
    return str(value).replace(".", "", 1).lstrip("-").isdigit()
