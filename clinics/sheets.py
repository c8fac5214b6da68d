"""An application as its page shows it: groups of questions with what was answered, what could not be kept, and why. Pure."""

from dataclasses import dataclass, field
from datetime import datetime

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from clinics import asked
from clinics.models import Application, Edition
from core.time import moment


@dataclass(frozen=True)
class Option:
    value: str
    words: object
    chosen: bool


@dataclass
class Field:
    """One question on the page. `had` tells later what the page showed as saved."""

    question: asked.Question
    chosen: list[str]  # as typed, where that could not be saved; else as saved
    had: str
    shelves: list[tuple[object, list[Option]]] = field(default_factory=list)  # options under headings, "" for none
    saved_at: datetime | None = None
    error: str = ""

    @property
    def shown(self) -> str:
        """Return a written answer."""
        return self.chosen[0] if self.chosen else ""

    @property
    def options(self) -> list[Option]:
        return [option for _heading, options in self.shelves for option in options]

    @property
    def words(self) -> str:
        """Return the answer as people read it, "" while there is none."""
        return ", ".join(str(option.words) for option in self.options if option.chosen) if self.shelves else self.shown

    @property
    def described(self) -> str:
        """Return the ids of what explains the field, for `aria-describedby`."""
        ids = [f"h-{self.question.name}" if self.question.why else "", f"e-{self.question.name}" if self.error else ""]
        return " ".join(filter(None, ids))


@dataclass(frozen=True)
class Part:
    title: object
    note: object
    fields: list[Field]


def sheet(application: Application, *, countries=(), typed=None, errors=None) -> list[Part]:
    """Return the groups of questions of an application.

    Args: countries: codes of the countries that have a delegation, offered first; typed: {question: values} of a form that
    could not be kept, so that nothing typed is lost; errors: {question: reason}.
    """
    typed, errors = typed or {}, errors or {}

    def one(question: asked.Question) -> Field:
        saved = asked.values(application, question.name)
        chosen = typed.get(question.name, saved)
        _id, at = application.typed.get(question.name, ("", None))
        return Field(
            question=question,
            chosen=chosen,
            had=asked.had(question.name, saved),
            shelves=shelves(application.edition, question.name, chosen, countries),
            saved_at=parse_datetime(at) if at and saved else None,
            error=errors.get(question.name, ""),
        )

    return [Part(group.title, group.note, [one(question) for question in group.questions]) for group in asked.GROUPS]


def shelves(edition: Edition, name: str, chosen: list[str], countries) -> list[tuple[object, list[Option]]]:
    """Return the options of a question under headings; countries that take part stand first."""
    options = [Option(value, words, value in chosen) for value, words in asked.choices(edition, name)]
    if name != "country" or not countries:
        return [("", options)] if options else []
    inside = [option for option in options if option.value in countries]
    outside = [option for option in options if option.value not in countries]
    return [(_("Countries of this edition"), inside), (_("Other countries"), outside)]


def in_zone(when: datetime | None, edition: Edition) -> str:
    """Return a moment in the edition's zone, "" where that is what the reader's own zone says as well."""
    if when is None or timezone.localtime(when).utcoffset() == when.astimezone(edition.tz).utcoffset():
        return ""
    with timezone.override(edition.tz):
        return moment(when)
