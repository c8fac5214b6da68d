"""What an application asks, why, and which answers it takes. Pure: nothing here reads or writes a row."""

from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _

from accounts.enums import ConstituentGroup
from clinics.enums import Funding
from clinics.models import Application
from core import countries
from core.errors import DomainError
from core.text import clean
from core.translations import mark

LINE, LONG, MAIL, CHOICE, MANY, YES = "line", "long", "mail", "choice", "many", "yes"
AGREED = "yes"  # the one answer of a box to tick


@dataclass(frozen=True)
class Question:
    """One thing that is asked. Args: why: what the answer is for, in words that stand beside it."""

    name: str
    kind: str
    label: object
    why: object = ""
    required: bool = True

    @property
    def most(self) -> int | None:
        """Return how many characters the answer takes at most, None where it is chosen."""
        return Application._meta.get_field(self.name).max_length if self.kind in (LINE, LONG, MAIL) else None


@dataclass(frozen=True)
class Group:
    """Questions that stand together."""

    title: object
    questions: tuple[Question, ...]
    note: object = ""


GROUPS = (
    Group(
        gettext_lazy("You and your work"),
        (
            Question(
                "country", CHOICE, gettext_lazy("Your country"), gettext_lazy("The country whose delegation you would join.")
            ),
            Question(
                "group",
                CHOICE,
                gettext_lazy("Your constituent group"),
                gettext_lazy("Seats are shared out by group, so that government, employers and workers learn together."),
            ),
            Question("organisation", LINE, gettext_lazy("Your organisation")),
            Question("position", LINE, gettext_lazy("Your position")),
        ),
        gettext_lazy("Taken from your profile where it knows. What you change here changes this application alone."),
    ),
    Group(
        gettext_lazy("Why this clinic"),
        (
            Question(
                "motivation",
                LONG,
                gettext_lazy("Why do you want to take part?"),
                gettext_lazy("What you work on, and what you are looking for. A few sentences are enough."),
            ),
            Question(
                "expected_use",
                LONG,
                gettext_lazy("How will you use what you learn?"),
                gettext_lazy("A plan, a budget, a negotiation, a training: what could move in the year after the clinic."),
            ),
        ),
        gettext_lazy("Write in the language that comes easiest: English, French or Spanish are read alike."),
    ),
    Group(
        gettext_lazy("Who supports you"),
        (
            Question(
                "nominator_name",
                LINE,
                gettext_lazy("Who nominates you"),
                gettext_lazy("Optional: a person or a body."),
                required=False,
            ),
            Question(
                "nominator_email",
                MAIL,
                gettext_lazy("Address of who nominates you"),
                gettext_lazy("Optional. We write there only with a question about your application."),
                required=False,
            ),
        ),
    ),
    Group(
        gettext_lazy("How you will follow"),
        (
            Question(
                "languages",
                MANY,
                gettext_lazy("Languages in which you can follow"),
                gettext_lazy("Tick all that you understand when people speak. It decides where interpretation is needed."),
            ),
            Question(
                "funding",
                CHOICE,
                gettext_lazy("Your time and your internet connection"),
                gettext_lazy("No answer counts against you: it tells us who needs support."),
            ),
            Question(
                "accessibility",
                LONG,
                gettext_lazy("What would make it easier for you to take part?"),
                gettext_lazy(
                    "Optional: captions, a sign language, more time, anything else. Used only to organise, never to select."
                ),
                required=False,
            ),
        ),
    ),
    Group(
        gettext_lazy("Your agreement"),
        (
            Question(
                "consent",
                YES,
                gettext_lazy(
                    "I agree that the programme team and the reviewers read this application to choose who takes part."
                ),
                gettext_lazy(
                    "Nobody else reads it. It is kept with the edition’s records; if you erase your account, it is deleted."
                ),
            ),
        ),
    ),
)
QUESTIONS = {question.name: question for group in GROUPS for question in group.questions}
REQUIRED = [question.name for question in QUESTIONS.values() if question.required]
LANGUAGE_NAMES = {"en": gettext_lazy("English"), "fr": gettext_lazy("French"), "es": gettext_lazy("Spanish")}


def choices(edition, name: str) -> list[tuple[str, object]]:
    """Return what may be chosen for a question, as (value, words); none where it is written."""
    if name == "country":
        return countries.choices((get_language() or "en")[:2])
    if name == "languages":
        return [
            (code, LANGUAGE_NAMES[code]) for code in LANGUAGE_NAMES if code in {*edition.languages, *edition.interpretation}
        ]
    if name == "consent":
        return [(AGREED, pgettext_lazy("consent", "Yes"))]
    return {"group": ConstituentGroup.choices, "funding": Funding.choices}.get(name, [])


def values(application: Application, name: str) -> list[str]:
    """Return what stands as an answer, as a form sends it; empty while there is none."""
    if name == "consent":
        return [AGREED] if application.consent_at else []
    kept = getattr(application, name)
    return list(kept) if isinstance(kept, list) else [kept] if kept else []


def words(application: Application, name: str) -> str:
    """Return an answer as people read it, "" while there is none."""
    named = dict(choices(application.edition, name)) | (LANGUAGE_NAMES if name == "languages" else {})
    return ", ".join(str(named.get(value, value)) for value in values(application, name))


def parse(edition, name: str, raw: list[str]) -> list[str]:
    """Return what a form sent for a question, clean; empty for no answer.

    Raises: DomainError "unknown" for a question or a choice that there is not, "long", "address".
    """
    question = QUESTIONS.get(name)
    if question is None:
        raise DomainError(_("This question is not part of the application."), code="unknown")
    given = [text for text in map(clean, raw) if text]
    if question.kind in (LINE, LONG, MAIL):
        return [_written(question, given[0])] if given else []
    known = {value for value, _words in choices(edition, name)}
    if set(given) - known or (question.kind != MANY and len(given) > 1):
        raise DomainError(_("Choose one of the answers that the page offers."), code="unknown", field=name)
    return [value for value, _words in choices(edition, name) if value in given]


def _written(question: Question, text: str) -> str:
    """Return a written answer that fits its field. Raises: DomainError "long" or "address"."""
    if question.kind != LONG:
        text = " ".join(text.split())
    if len(text) > question.most:
        facts = {"most": question.most, "count": len(text)}
        told = _("At most %(most)d characters fit here; these are %(count)d.") % facts
        raise DomainError(told, code="long", field=question.name)
    if question.kind == MAIL:
        try:
            validate_email(text)
        except ValidationError as error:
            raise DomainError(_("This is not an e-mail address."), code="address", field=question.name) from error
    return text


def put(application: Application, name: str, answer: list[str]) -> list[str]:
    """Set a parsed answer on an application; return the fields to save."""
    if name == "consent":
        application.consent_at = (application.consent_at or timezone.now()) if answer else None
        return ["consent_at"]
    setattr(application, name, answer if name == "languages" else (answer or [""])[0])
    return [name]


def had(name: str, raw: list[str]) -> str:
    """Return a mark of what a page shows: the form sends it back, so that an old page is known as such."""
    question = QUESTIONS.get(name)
    if question and question.kind == LONG:
        return mark(clean(raw[0] if raw else ""))
    return "|".join(sorted(value.strip() for value in raw if value.strip()))


def missing(application: Application) -> list[str]:
    """Return the names of the required questions without an answer, in the order in which they are asked."""
    return [name for name in REQUIRED if not values(application, name)]


def answered(application: Application) -> int:
    """Return how many of the required questions have an answer."""
    return len(REQUIRED) - len(missing(application))
