"""People and content for tests: complete in three languages, published, nothing random that matters."""

from datetime import date, time, timedelta
from decimal import Decimal

import factory
from django.conf import settings
from django.core.files.base import ContentFile
from django.utils import timezone

from accounts.models import User
from accounts.services import bump_audience
from clinics.models import (
    Activity,
    Announcement,
    Application,
    Block,
    Criterion,
    Delegate,
    Delegation,
    Edition,
    Invitation,
    Priorities,
    Seats,
    Session,
    TeamMember,
    Week,
)
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


class EditionFactory(CheckedFactory):
    """A published edition in preparation, three weeks from Monday 1 February 2027, without countries or plan.

    Move it with `state=` and `starts_on=`; add DelegationFactory(edition=…), WeekFactory, BlockFactory, SessionFactory.
    """

    class Meta:
        model = Edition

    slug = factory.Sequence(lambda n: f"edition-{n}")
    sub_region = factory.SubFactory(SubRegionFactory)
    state = "preparation"
    zone = "Africa/Blantyre"
    starts_on = date(2027, 2, 1)
    ends_on = factory.LazyAttribute(lambda o: o.starts_on + timedelta(days=18))
    apply_by = factory.LazyAttribute(lambda o: timezone.now() + timedelta(days=30))
    published_at = factory.LazyFunction(timezone.now)
    title_en, title_fr, title_es = (factory.LazyAttribute(lambda o, c=c: f"Clinic {o.slug} {c}") for c in ("en", "fr", "es"))
    summary_en, summary_fr, summary_es = (f"In short, whom this clinic is for {c}" for c in ("en", "fr", "es"))
    description_en, description_fr, description_es = (f"What happens {c}." for c in ("en", "fr", "es"))
    cost_en, cost_fr, cost_es = (f"No fee {c}." for c in ("en", "fr", "es"))
    equipment_en, equipment_fr, equipment_es = (f"A phone {c}." for c in ("en", "fr", "es"))
    certificate_rules_en, certificate_rules_fr, certificate_rules_es = (f"Three webinars {c}." for c in ("en", "fr", "es"))


class WeekFactory(CheckedFactory):
    """Week 1 of an edition, Monday to Friday, unless numbered otherwise."""

    class Meta:
        model = Week

    edition = factory.SubFactory(EditionFactory)
    number = 1
    starts_on = factory.LazyAttribute(lambda o: o.edition.starts_on + timedelta(weeks=o.number - 1))
    ends_on = factory.LazyAttribute(lambda o: o.starts_on + timedelta(days=4))
    title_en, title_fr, title_es = (
        factory.LazyAttribute(lambda o, c=c: f"Week title {o.number} {c}") for c in ("en", "fr", "es")
    )


class ActivityFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Activity

    week = factory.SubFactory(WeekFactory)
    kind = "refresher"
    due_on = factory.LazyAttribute(lambda o: o.week.ends_on)


class BlockFactory(CheckedFactory):
    """Block 1 of an edition, in its first week, without modules or webinar."""

    class Meta:
        model = Block

    edition = factory.SubFactory(EditionFactory)
    number = 1
    starts_on = factory.LazyAttribute(lambda o: o.edition.starts_on)
    ends_on = factory.LazyAttribute(lambda o: o.starts_on + timedelta(days=4))
    title_en, title_fr, title_es = (
        factory.LazyAttribute(lambda o, c=c: f"Block title {o.number} {c}") for c in ("en", "fr", "es")
    )
    objectives_en, objectives_fr, objectives_es = "Aim en\nSecond en", "Aim fr\nSecond fr", "Aim es\nSecond es"


class SessionFactory(CheckedFactory):
    """A webinar on the third day of its block, at 14:00 in the edition's zone."""

    class Meta:
        model = Session

    block = factory.SubFactory(BlockFactory)
    edition = factory.LazyAttribute(lambda o: o.block.edition)
    kind = "webinar"
    zone = factory.LazyAttribute(lambda o: o.edition.zone)
    starts_at = factory.LazyAttribute(lambda o: o.edition.moment(o.block.starts_on + timedelta(days=2), time(14)))
    title_en, title_fr, title_es = "Webinar en", "Webinar fr", "Webinar es"


class TeamMemberFactory(factory.django.DjangoModelFactory):
    """A tutor with an account."""

    class Meta:
        model = TeamMember
        skip_postgeneration_save = True

    edition = factory.SubFactory(EditionFactory)
    user = factory.SubFactory(UserFactory)
    role = "tutor"
    languages = factory.LazyFunction(lambda: ["en"])

    @factory.post_generation
    def keys(self, create, extracted, **kwargs):
        if self.user:
            bump_audience(self.user)


class DelegationFactory(factory.django.DjangoModelFactory):
    """A delegation with two seats each for labour, finance, employers and workers; `seats={"workers": 1}` sets others."""

    class Meta:
        model = Delegation
        skip_postgeneration_save = True

    edition = factory.SubFactory(EditionFactory)
    country = "MW"

    @factory.post_generation
    def seats(self, create, extracted, **kwargs):
        numbers = extracted or dict.fromkeys(("labour", "finance", "employers", "workers"), 2)
        Seats.objects.bulk_create([Seats(delegation=self, group=group, number=n) for group, n in numbers.items()])


class DelegateFactory(factory.django.DjangoModelFactory):
    """Somebody on a seat for workers."""

    class Meta:
        model = Delegate
        skip_postgeneration_save = True

    delegation = factory.SubFactory(DelegationFactory)
    edition = factory.LazyAttribute(lambda o: o.delegation.edition)
    user = factory.SubFactory(UserFactory)
    group = "workers"

    @factory.post_generation
    def keys(self, create, extracted, **kwargs):
        if self.user:
            bump_audience(self.user)


class InvitationFactory(factory.django.DjangoModelFactory):
    """An invitation that waits for an answer."""

    class Meta:
        model = Invitation

    delegation = factory.SubFactory(DelegationFactory)
    edition = factory.LazyAttribute(lambda o: o.delegation.edition)
    group = "workers"
    email = factory.Sequence(lambda n: f"invited{n}@union.example")
    name = factory.Sequence(lambda n: f"Invited {n}")
    expires_at = factory.LazyFunction(lambda: timezone.now() + timedelta(days=14))


class ApplicationFactory(factory.django.DjangoModelFactory):
    """An application that was handed in, for a seat of workers of Malawi."""

    class Meta:
        model = Application

    edition = factory.SubFactory(EditionFactory, state="selection")
    user = factory.SubFactory(UserFactory)
    state = "submitted"
    language = "en"
    country = "MW"
    group = "workers"
    organisation = "Congress of Trade Unions"
    position = "Researcher"
    motivation = "We negotiate the budget and want to learn from others."
    expected_use = "We will brief the budget committee."
    funding = "work_time"
    languages = factory.LazyFunction(lambda: ["en"])
    consent_at = factory.LazyFunction(timezone.now)
    submitted_at = factory.LazyFunction(timezone.now)


class CriterionFactory(CheckedFactory):
    """A criterion for applicants, of weight 1."""

    class Meta:
        model = Criterion

    edition = factory.SubFactory(EditionFactory)
    purpose = "person"
    code = factory.Sequence(lambda n: f"criterion-{n}")
    position = factory.Sequence(lambda n: n)
    name_en, name_fr, name_es = (factory.LazyAttribute(lambda o, c=c: f"Name {o.code} {c}") for c in ("en", "fr", "es"))


class PrioritiesFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Priorities

    delegation = factory.SubFactory(DelegationFactory)


class AnnouncementFactory(CheckedFactory):
    """A draft to all participants of an edition."""

    class Meta:
        model = Announcement

    edition = factory.SubFactory(EditionFactory)
    subject_en, subject_fr, subject_es = "News en", "News fr", "News es"
    body_en, body_fr, body_es = "We meet on Monday en.", "We meet on Monday fr.", "We meet on Monday es."
