"""People and content for tests: complete in three languages, published, nothing random that matters."""

from datetime import date, timedelta
from decimal import Decimal

import factory
from django.conf import settings
from django.core.files.base import ContentFile
from django.utils import timezone

from accounts.models import User
from core.translations import LANGUAGES
from courses import versions
from courses.enums import MediumKind, ModuleState, QuestionKind, UnitKind
from courses.models import CheckItem, Choice, Figure, Module, Question, Unit
from courses.services import set_medium
from programme.models import (
    CountryFact,
    CountryProfile,
    Enquiry,
    Expert,
    FaqEntry,
    FaqTopic,
    Goal,
    Mechanism,
    MenuItem,
    Message,
    Newsletter,
    Page,
    Partner,
    Pillar,
    Resource,
    SubRegion,
    Subscription,
    Theme,
)
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


class GoalFactory(CheckedFactory):
    class Meta:
        model = Goal

    code = factory.Sequence(lambda n: str(n + 1))
    name_en, name_fr, name_es = "Decent work en", "Decent work fr", "Decent work es"
    targets_en, targets_fr, targets_es = (f"8.3 Jobs {c}\n8.5 Pay {c}" for c in ("en", "fr", "es"))


class PillarFactory(CheckedFactory):
    class Meta:
        model = Pillar

    code = factory.Sequence(lambda n: f"pillar-{n}")
    name_en, name_fr, name_es = "Rights en", "Rights fr", "Rights es"
    description_en, description_fr, description_es = "Standards en", "Standards fr", "Standards es"


class SubRegionFactory(CheckedFactory):
    class Meta:
        model = SubRegion

    code = factory.Sequence(lambda n: f"region-{n}")
    position = factory.Sequence(lambda n: n)
    name_en, name_fr, name_es = (factory.LazyAttribute(lambda o, c=c: f"Region {o.code} {c}") for c in ("en", "fr", "es"))
    description_en, description_fr, description_es = "Our grouping en", "Our grouping fr", "Our grouping es"


class MechanismFactory(CheckedFactory):
    """A mechanism of public money from the country itself."""

    class Meta:
        model = Mechanism

    code = factory.Sequence(lambda n: f"mechanism-{n}")
    sector = "public"
    origin = "domestic"
    position = factory.Sequence(lambda n: n)
    name_en, name_fr, name_es = (factory.LazyAttribute(lambda o, c=c: f"Name {o.code} {c}") for c in ("en", "fr", "es"))
    definition_en, definition_fr, definition_es = (f"In short, what this way of financing is {c}" for c in ("en", "fr", "es"))
    caution_en, caution_fr, caution_es = "Ask who pays en", "Ask who pays fr", "Ask who pays es"
    body_en, body_fr, body_es = (f"First {c}.\n\n## A heading {c}\n\nMore {c}." for c in ("en", "fr", "es"))


class CountryFactory(CheckedFactory):
    """A published profile without facts: add them with FactFactory(profile=…)."""

    class Meta:
        model = CountryProfile

    code = "MW"
    sub_region = factory.SubFactory(SubRegionFactory)
    inff_stage = "strategy"
    accelerator = "roadmap"
    state = "published"
    published_at = factory.LazyFunction(timezone.now)
    summary_en, summary_fr, summary_es = (f"In short, what is known of this country {c}" for c in ("en", "fr", "es"))


class FactFactory(CheckedFactory):
    """What is known of a country's financing framework, as of April 2025."""

    class Meta:
        model = CountryFact

    profile = factory.SubFactory(CountryFactory)
    kind = "inff"
    as_of = date(2025, 4, 16)
    body_en, body_fr, body_es = "It was launched en.", "It was launched fr.", "It was launched es."
    sources = factory.LazyFunction(lambda: [{"title": "UNDP, 2025", "url": "https://www.undp.org/malawi"}])


class PageFactory(CheckedFactory):
    """A published page of two blocks in three languages."""

    class Meta:
        model = Page

    slug = factory.Sequence(lambda n: f"page-{n}")
    state = "published"
    position = factory.Sequence(lambda n: n)
    title_en, title_fr, title_es = (factory.LazyAttribute(lambda o, c=c: f"Title {o.slug} {c}") for c in ("en", "fr", "es"))
    summary_en, summary_fr, summary_es = (f"In short, what this page of the programme says {c}" for c in ("en", "fr", "es"))
    body_en, body_fr, body_es = (f"First {c}.\n\n## A heading {c}\n\nMore {c}." for c in ("en", "fr", "es"))


class FaqTopicFactory(CheckedFactory):
    class Meta:
        model = FaqTopic

    code = factory.Sequence(lambda n: f"topic-{n}")
    position = factory.Sequence(lambda n: n)
    name_en, name_fr, name_es = (factory.LazyAttribute(lambda o, c=c: f"Topic {o.code} {c}") for c in ("en", "fr", "es"))


class FaqEntryFactory(CheckedFactory):
    """A published question with its answer."""

    class Meta:
        model = FaqEntry

    topic = factory.SubFactory(FaqTopicFactory)
    slug = factory.Sequence(lambda n: f"question-{n}")
    state = "published"
    position = factory.Sequence(lambda n: n)
    question_en, question_fr, question_es = (
        factory.LazyAttribute(lambda o, c=c: f"Question {o.slug} {c}?") for c in ("en", "fr", "es")
    )
    answer_en, answer_fr, answer_es = (f"This is the answer to the question, in {c}." for c in ("en", "fr", "es"))


class PartnerFactory(CheckedFactory):
    """A published organisation."""

    class Meta:
        model = Partner

    code = factory.Sequence(lambda n: f"partner-{n}")
    kind = "un_agency"
    state = "published"
    position = factory.Sequence(lambda n: n)
    name_en, name_fr, name_es = (factory.LazyAttribute(lambda o, c=c: f"Partner {o.code} {c}") for c in ("en", "fr", "es"))
    description_en, description_fr, description_es = "What it does en", "What it does fr", "What it does es"


class ExpertFactory(CheckedFactory):
    """A published trainer."""

    class Meta:
        model = Expert

    name = factory.Sequence(lambda n: f"Expert {n}")
    kind = "trainer"
    state = "published"
    position = factory.Sequence(lambda n: n)
    role_en, role_fr, role_es = "Trainer en", "Trainer fr", "Trainer es"


class ResourceFactory(CheckedFactory):
    """A published record without documents: add them with set_document(resource=…)."""

    class Meta:
        model = Resource

    slug = factory.Sequence(lambda n: f"resource-{n}")
    kind = "report"
    state = "published"
    year = 2024
    published_at = factory.LazyFunction(timezone.now)
    title_en, title_fr, title_es = (factory.LazyAttribute(lambda o, c=c: f"Title {o.slug} {c}") for c in ("en", "fr", "es"))
    summary_en, summary_fr, summary_es = (f"In short, what this record of the library holds {c}" for c in ("en", "fr", "es"))


class NewsletterFactory(CheckedFactory):
    """A published issue that has not been sent."""

    class Meta:
        model = Newsletter

    slug = factory.Sequence(lambda n: f"issue-{n}")
    state = "published"
    published_at = factory.LazyFunction(timezone.now)
    title_en, title_fr, title_es = (factory.LazyAttribute(lambda o, c=c: f"Title {o.slug} {c}") for c in ("en", "fr", "es"))
    body_en, body_fr, body_es = (f"News {c}.\n\n## More\n\n- [The library](/library/)" for c in ("en", "fr", "es"))


class SubscriptionFactory(factory.django.DjangoModelFactory):
    """An address that confirmed the newsletter."""

    class Meta:
        model = Subscription

    email = factory.Sequence(lambda n: f"reader{n}@ministry.example")
    language = "en"
    state = "confirmed"
    confirmed_at = factory.LazyFunction(timezone.now)


class MenuItemFactory(CheckedFactory):
    """A line of the main menu that leads to the glossary."""

    class Meta:
        model = MenuItem

    menu = "main"
    route = "programme:glossary"
    position = factory.Sequence(lambda n: n)
    label_en, label_fr, label_es = "Words en", "Words fr", "Words es"


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


class EnquiryFactory(factory.django.DjangoModelFactory):
    """What a visitor wrote, with her first message; the next mail of the programme answers it."""

    class Meta:
        model = Enquiry
        skip_postgeneration_save = True

    reference = factory.Sequence(lambda n: f"FDW-{n:04d}-AB")
    name = "Vera Visitor"
    email = factory.Sequence(lambda n: f"visitor{n}@ministry.example")
    language = "en"
    subject = factory.Sequence(lambda n: f"Question {n}")
    due_at = factory.LazyFunction(lambda: timezone.now() + timedelta(days=5))

    @factory.post_generation
    def text(self, create, extracted, **kwargs):
        Message.objects.create(enquiry=self, kind="incoming", author=self.user, text=extracted or "How do I apply?")
