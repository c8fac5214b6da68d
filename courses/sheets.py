"""An attempt as a page shows it: frozen questions, what was answered, and afterwards what was right."""

from dataclasses import dataclass, field

from courses.enums import QuestionKind
from courses.models import Answer


@dataclass
class Option:
    key: str
    label: str
    chosen: bool
    right: bool
    feedback: str


@dataclass
class SheetQuestion:
    position: int
    kind: str
    prompt: str
    lang: str  # "" when it is the page's language
    explanation: str
    options: list[Option] = field(default_factory=list)
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
    else:
        question.typed = posted.get(f"q{answer.position}", "") if error else _typed(value, language)
        question.right_answer = _typed(content["answer"], language) if "answer" in content else ""
    question.had = shown_value([question.typed] if question.typed else [o.key for o in question.options if o.chosen])
    return question


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
