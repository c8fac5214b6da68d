"""People and content for tests: complete in three languages, published, nothing random that matters."""

from decimal import Decimal

import factory
from django.conf import settings
from django.core.files.base import ContentFile

from accounts.models import User
from core.translations import LANGUAGES
from courses import versions
from courses.enums import MediumKind, ModuleState, QuestionKind, UnitKind
from courses.models import CheckItem, Choice, Figure, Module, Question, Unit
from courses.services import set_medium
from programme.models import Theme
from reminders.enums import Channel
from reminders.models import Letter


def texts(field: str, words: str) -> dict[str, str]:
    """Return {"title_en": "Words en", …}: another text in each language."""
    return {f"{field}_{code}": f"{words} {code}" for code in LANGUAGES}


class UserFactory(factory.django.DjangoModelFactory):
    """A person with a verified address who agreed to the present notice; without a password unless given."""

    class Meta:
        model = User

    email = factory.Sequence(lambda n: f"person{n}@demo.example")
    name = factory.Sequence(lambda n: f"Person {n}")
    consent_version = settings.CONSENT_VERSION

    @classmethod
    def _create(cls, model, *args, **fields):
        return model.objects.create_user(fields.pop("email"), fields.pop("password", None), **fields)


class CheckedFactory(factory.django.DjangoModelFactory):
    """Translated rows: translations marked as current, validated, saved."""

    class Meta:
        abstract = True

    @classmethod
    def _create(cls, model, *args, **fields):
        obj = model(**fields)
        if hasattr(obj, "mark_translated"):
            obj.mark_translated(*LANGUAGES)
        obj.full_clean()
        obj.save()
        return obj


class ThemeFactory(CheckedFactory):
    class Meta:
        model = Theme

    class Params:
        words = "Theme"

    code = factory.Sequence(lambda n: f"theme-{n}")
    name_en, name_fr, name_es = (factory.LazyAttribute(lambda o, c=c: f"{o.words} {c}") for c in ("en", "fr", "es"))


class ModuleFactory(CheckedFactory):
    """A published module without units: add them with UnitFactory(module=…)."""

    class Meta:
        model = Module

    slug = factory.Sequence(lambda n: f"module-{n}")
    theme = factory.SubFactory(ThemeFactory)
    state = ModuleState.PUBLISHED
    position = factory.Sequence(lambda n: n)
    title_en, title_fr, title_es = (factory.LazyAttribute(lambda o, c=c: f"Title {o.slug} {c}") for c in ("en", "fr", "es"))
    summary_en, summary_fr, summary_es = "Summary en", "Summary fr", "Summary es"
    objectives_en, objectives_fr, objectives_es = "Aim en\nSecond en", "Aim fr\nSecond fr", "Aim es\nSecond es"


class UnitFactory(CheckedFactory):
    """A reading of two blocks in three languages."""

    class Meta:
        model = Unit

    module = factory.SubFactory(ModuleFactory)
    slug = factory.Sequence(lambda n: f"unit-{n}")
    position = factory.Sequence(lambda n: n)
    title_en, title_fr, title_es = (factory.LazyAttribute(lambda o, c=c: f"Title {o.slug} {c}") for c in ("en", "fr", "es"))
    summary_en, summary_fr, summary_es = "Short en", "Short fr", "Short es"
    body_en, body_fr, body_es = "Text en.\n\nMore en.", "Text fr.\n\nMore fr.", "Text es.\n\nMore es."
    sources_en, sources_fr, sources_es = "Source, 2024 en", "Source, 2024 fr", "Source, 2024 es"


DRAWING = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 360 220"><rect class="blue" width="80" height="40" fill="#1F3FA6"/>'
    '<text x="8" y="90" font-size="14">{}</text></svg>'
)
WEBM = b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm" + bytes(5000)


class FigureFactory(CheckedFactory):
    """A drawing with one word in each language; a text shows it by `![](figure:<key>)`."""

    class Meta:
        model = Figure

    module = factory.SubFactory(ModuleFactory)
    key = factory.Sequence(lambda n: f"figure-{n}")
    title_en, title_fr, title_es = "Four blocks en", "Four blocks fr", "Four blocks es"
    description_en, description_fr, description_es = (
        "First en.\n\nSecond en.",
        "First fr.\n\nSecond fr.",
        "First es.\n\nSecond es.",
    )
    svg_en, svg_fr, svg_es = (DRAWING.format(code) for code in ("en", "fr", "es"))


class FilmFactory(UnitFactory):
    """A film with its transcript, stored here in English: nothing but the head of a WebM file."""

    kind = UnitKind.VIDEO
    transcript_en, transcript_fr, transcript_es = "Said en.", "Said fr.", "Said es."

    @factory.post_generation
    def film(self, create, extracted, **kwargs):
        set_medium(unit=self, kind=MediumKind.VIDEO, language="en", upload=ContentFile(WEBM, "My film.webm"), seconds=95)


class QuestionFactory(CheckedFactory):
    class Meta:
        model = Question

    key = factory.Sequence(lambda n: f"question-{n}")
    prompt_en, prompt_fr, prompt_es = (factory.LazyAttribute(lambda o, c=c: f"Prompt {o.key} {c}") for c in ("en", "fr", "es"))
    explanation_en, explanation_fr, explanation_es = "Because en", "Because fr", "Because es"


FIVE = [
    (QuestionKind.SINGLE, {}, [True, False, False]),
    (QuestionKind.MULTIPLE, {}, [True, True, False]),
    (QuestionKind.TRUE_FALSE, {"right_is_true": True}, []),
    (QuestionKind.NUMERIC, {"answer": Decimal("2.5"), "tolerance": Decimal("0.1")}, []),
    (QuestionKind.SHORT, {"accepted_en": "Social dialogue", "accepted_fr": "Dialogue social", "accepted_es": "Diálogo social"},
     []),
]  # fmt: skip


def asked(unit: Unit):
    """Return the fixed questions of a check, in order."""
    return Question.objects.filter(items__unit=unit).order_by("items__position")


def add_question(unit: Unit, kind: str, facts: dict, choices: list[bool], position: int) -> Question:
    """Make one question with its choices and freeze it."""
    question = QuestionFactory(kind=kind, **facts)
    CheckItem.objects.create(unit=unit, question=question, position=position)
    for n, right in enumerate(choices, start=1):
        words = texts("label", f"Choice {n}") | texts("feedback", f"Why {n}")
        if kind == QuestionKind.MATCHING:
            words |= texts("match", f"Match {n}")
        choice = Choice(question=question, position=n, is_right=right, **words)
        choice.mark_translated(*LANGUAGES)
        choice.full_clean()
        choice.save()
    versions.freeze(question)
    question.refresh_from_db()
    return question


class CheckFactory(UnitFactory):
    """A knowledge check with one frozen question of each kind, in the order of FIVE (`questions=3` keeps three)."""

    kind = UnitKind.CHECK
    pass_mark = 60
    max_attempts = 2

    @factory.post_generation
    def questions(self, create, count, **kwargs):
        for n, (kind, facts, choices) in enumerate(FIVE[: 5 if count is None else count], start=1):
            add_question(self, kind, facts, choices, n)


class LetterFactory(factory.django.DjangoModelFactory):
    """A planned welcome by mail."""

    class Meta:
        model = Letter

    kind = "accounts.welcome"
    recipient = factory.SubFactory(UserFactory)
    channel = Channel.MAIL
    occurrence = factory.Sequence(str)
