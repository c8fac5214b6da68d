"""Modules, units and their questions; what a person has read and answered."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Count, Q, Sum
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.audiences import PUBLIC, AudienceQuerySet, OwnQuerySet
from core.richtext import RenderedField
from core.translations import LANGUAGES, TranslatedModel
from courses.enums import AttemptState, ModuleKind, ModuleState, QuestionKind, UnitKind
from programme.models import Theme

CHECK_MINUTES_MOST = 600
PARTS = ("units__questions__choices",)


def of_units(aggregate):
    """Return a subquery: an aggregate over the units of the module in the outer row (a join would group wide rows)."""
    units = Unit.objects.filter(module=models.OuterRef("pk")).order_by().values("module")
    return models.Subquery(units.annotate(found=aggregate).values("found"))


class ModuleQuerySet(AudienceQuerySet):
    sees_all = "courses.view_module"

    def in_state(self):
        return self.filter(state=ModuleState.PUBLISHED)

    def with_parts(self):
        """Fetch units, questions and choices with the modules. Queries: 3 for any number of modules."""
        return self.prefetch_related(*PARTS)

    def with_progress(self, user):
        """Add `minutes`, `unit_count` and `done_count` (0 for visitors). One query with the rows."""
        rows = self.annotate(minutes=Coalesce(of_units(Sum("minutes")), 0), unit_count=Coalesce(of_units(Count("pk")), 0))
        if not user.is_authenticated:
            return rows.annotate(done_count=models.Value(0))
        done = (
            UnitRecord.objects.filter(user=user, unit__module=models.OuterRef("pk"), completed_at__isnull=False)
            .order_by()
            .values("unit__module")
            .annotate(n=Count("pk"))
            .values("n")
        )
        return rows.annotate(done_count=Coalesce(models.Subquery(done), 0))


class Module(TranslatedModel):
    """What a person learns in one go or ten: a refresher or a self-guided module, in every language at once."""

    required_texts = ("title", "summary", "objectives")

    slug = models.SlugField(_("slug"), max_length=80, unique=True)
    kind = models.CharField(_("kind"), max_length=20, choices=ModuleKind, default=ModuleKind.SELF_GUIDED)
    theme = models.ForeignKey(Theme, verbose_name=_("theme"), on_delete=models.PROTECT, related_name="modules")
    title = models.CharField(_("title"), max_length=160)
    summary = models.TextField(_("summary"), max_length=600)
    objectives = models.TextField(_("objectives"), help_text=_("One a line."), max_length=2000)
    prerequisites = models.ManyToManyField(
        "self", verbose_name=_("prerequisites"), symmetrical=False, blank=True, related_name="leads_to"
    )
    position = models.PositiveSmallIntegerField(_("order"), default=0)
    state = models.CharField(_("state"), max_length=10, choices=ModuleState, default=ModuleState.DRAFT)
    fallback_languages = models.JSONField(
        _("languages that may show the source"), default=list, blank=True, help_text=_('Codes, such as ["es"].')
    )
    audience = models.CharField(_("audience"), max_length=60, default=PUBLIC, db_index=True)
    published_at = models.DateTimeField(_("published"), null=True, blank=True, editable=False)

    objects = ModuleQuerySet.as_manager()

    class Meta:
        verbose_name = _("module")
        verbose_name_plural = _("modules")
        ordering = ["position", "slug"]

    def __str__(self):
        return self.text("title", self.source_language) or self.slug

    def get_absolute_url(self):
        return reverse("courses:module_detail", args=[self.slug])

    @property
    def objective_list(self) -> list[str]:
        return [line for line in self.text("objectives", self.reading_language()).splitlines() if line.strip()]

    def parts(self) -> list[TranslatedModel]:
        """Return the module, its units, their questions and choices. Queries: 3, or 0 after `with_parts`."""
        if "units" not in getattr(self, "_prefetched_objects_cache", {}):
            models.prefetch_related_objects([self], *PARTS)
        units = list(self.units.all())
        questions = [question for unit in units for question in unit.questions.all()]
        return [self, *units, *questions, *(choice for question in questions for choice in question.choices.all())]

    def gaps(self) -> dict[str, list[tuple[TranslatedModel, str]]]:
        """Return {language: [(object, field)]} of every text that is missing in the module. Queries: as `parts`."""
        return {code: [(part, field) for part in self.parts() for field in part.missing(code)] for code in LANGUAGES}


class UnitQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Return the units of the modules this person may read."""
        return self.filter(module__in=Module.objects.visible_to(user))


class Unit(TranslatedModel):
    """One sitting: a reading, a case study, or a knowledge check."""

    module = models.ForeignKey(Module, verbose_name=_("module"), on_delete=models.CASCADE, related_name="units")
    slug = models.SlugField(_("slug"), max_length=80)
    kind = models.CharField(_("kind"), max_length=10, choices=UnitKind, default=UnitKind.READING)
    position = models.PositiveSmallIntegerField(_("order"), default=0)
    minutes = models.PositiveSmallIntegerField(
        _("minutes"), default=8, validators=[MinValueValidator(1), MaxValueValidator(CHECK_MINUTES_MOST)]
    )
    title = models.CharField(_("title"), max_length=160)
    summary = models.CharField(_("summary"), max_length=300, blank=True)
    body = models.TextField(_("text"), blank=True, help_text=_("Markdown. A glossary term: [words](term:slug)."))
    body_html = RenderedField(source="body")
    sources = models.TextField(_("sources"), blank=True, help_text=_("One a line, with year."))
    pass_mark = models.PositiveSmallIntegerField(
        _("pass mark in per cent"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(100)]
    )
    max_attempts = models.PositiveSmallIntegerField(_("attempts at most"), null=True, blank=True, help_text=_("Empty: any."))

    objects = UnitQuerySet.as_manager()

    class Meta:
        verbose_name = _("unit")
        verbose_name_plural = _("units")
        ordering = ["module", "position"]
        constraints = [
            models.UniqueConstraint(fields=["module", "slug"], name="unit_slug_in_module"),
            models.CheckConstraint(
                condition=Q(kind="check", pass_mark__isnull=False) | (~Q(kind="check") & Q(pass_mark__isnull=True)),
                name="only_checks_have_a_pass_mark",
                violation_error_message=_("A knowledge check has a pass mark; other units have none."),
            ),
        ]

    def __str__(self):
        return self.text("title", self.source_language) or self.slug

    def get_absolute_url(self):
        return reverse("courses:unit_detail", args=[self.module.slug, self.slug])

    @property
    def required_texts(self) -> tuple[str, ...]:
        return ("title", "body")

    @property
    def is_check(self) -> bool:
        return self.kind == UnitKind.CHECK


class UnitRecord(models.Model):
    """How far one person is in one unit: opened, last seen at which block, completed."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="unit_records")
    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="records")
    opened_at = models.DateTimeField(_("opened"), auto_now_add=True)
    seen_at = models.DateTimeField(_("last seen"))
    completed_at = models.DateTimeField(_("completed"), null=True, blank=True)
    block = models.PositiveSmallIntegerField(default=0)

    objects = OwnQuerySet.as_manager()

    class Meta:
        verbose_name = _("progress")
        verbose_name_plural = _("progress")
        constraints = [models.UniqueConstraint(fields=["user", "unit"], name="one_record_a_unit")]
        indexes = [
            models.Index(fields=["user", "-seen_at"], name="last_seen_units"),
            models.Index(fields=["seen_at"], name="units_by_last_seen"),
        ]

    def __str__(self):
        return f"{self.user_id}: {self.unit_id}"


class Question(TranslatedModel):
    """A question as editors see it. What a person was shown is a QuestionVersion and never changes."""

    unit = models.ForeignKey(Unit, verbose_name=_("knowledge check"), on_delete=models.CASCADE, related_name="questions")
    key = models.SlugField(_("key"), max_length=60)
    kind = models.CharField(_("kind"), max_length=12, choices=QuestionKind, default=QuestionKind.SINGLE)
    position = models.PositiveSmallIntegerField(_("order"), default=0)
    prompt = models.TextField(_("question"), max_length=600)
    explanation = models.TextField(_("explanation"), max_length=1200, help_text=_("Shown afterwards; it teaches."))
    right_is_true = models.BooleanField(_("the right answer is “true”"), null=True, blank=True)
    answer = models.DecimalField(_("right number"), max_digits=18, decimal_places=4, null=True, blank=True)
    tolerance = models.DecimalField(
        _("tolerance, plus or minus"), max_digits=18, decimal_places=4, default=0, validators=[MinValueValidator(0)]
    )
    accepted = models.TextField(
        _("accepted answers"), blank=True, max_length=1000, help_text=_("One a line; case and accents do not matter.")
    )
    is_active = models.BooleanField(_("asked"), default=True)
    version = models.ForeignKey("QuestionVersion", null=True, editable=False, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        ordering = ["unit", "position"]
        constraints = [models.UniqueConstraint(fields=["unit", "key"], name="question_key_in_check")]

    def __str__(self):
        return self.text("prompt", self.source_language)[:80] or self.key

    @property
    def required_texts(self) -> tuple[str, ...]:
        return ("prompt", "explanation", "accepted") if self.kind == QuestionKind.SHORT else ("prompt", "explanation")


class Choice(TranslatedModel):
    required_texts = ("label", "feedback")

    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="choices")
    position = models.PositiveSmallIntegerField(_("order"), default=0)
    label = models.CharField(_("choice"), max_length=300)
    feedback = models.CharField(_("feedback"), max_length=500)
    is_right = models.BooleanField(_("right"), default=False)

    class Meta:
        verbose_name = _("choice")
        verbose_name_plural = _("choices")
        ordering = ["question", "position"]

    def __str__(self):
        return self.text("label", self.source_language)


class QuestionVersion(models.Model):
    """A question frozen in all languages, as attempts were shown it (shape: courses/versions.py). Never changed."""

    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField(_("number"))
    content = models.JSONField()
    digest = models.CharField(max_length=32)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("version of a question")
        verbose_name_plural = _("versions of questions")
        constraints = [
            models.UniqueConstraint(fields=["question", "number"], name="version_number_of_question"),
            models.UniqueConstraint(fields=["question", "digest"], name="version_once"),
        ]

    def __str__(self):
        return f"{self.question_id}.{self.number}"


class AttemptQuerySet(OwnQuerySet):
    def open(self):
        """Return the attempts that are not handed in."""
        return self.filter(state=AttemptState.OPEN)


class Attempt(models.Model):
    """One try at a knowledge check: open until the person hands it in, on as many devices and days as she likes."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="attempts")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="attempts")
    number = models.PositiveSmallIntegerField(_("number"))
    state = models.CharField(_("state"), max_length=10, choices=AttemptState, default=AttemptState.OPEN)
    started_at = models.DateTimeField(_("started"), auto_now_add=True)
    submitted_at = models.DateTimeField(_("submitted"), null=True, blank=True)
    score = models.PositiveSmallIntegerField(_("score in per cent"), null=True, blank=True)
    passed = models.BooleanField(_("passed"), null=True, blank=True)

    objects = AttemptQuerySet.as_manager()

    class Meta:
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["user", "unit", "number"], name="attempt_number"),
            models.UniqueConstraint(fields=["user", "unit"], condition=Q(state="open"), name="one_open_attempt"),
            models.CheckConstraint(
                condition=Q(state="open", score__isnull=True, submitted_at__isnull=True)
                | Q(state="submitted", score__isnull=False, submitted_at__isnull=False),
                name="submitted_attempts_have_a_score",
            ),
        ]

    def __str__(self):
        return f"{self.user_id}: {self.unit_id} #{self.number}"

    def get_absolute_url(self):
        return reverse("courses:attempt_detail", args=[self.unit.module.slug, self.unit.slug, self.number])

    @property
    def is_open(self) -> bool:
        return self.state == AttemptState.OPEN


class Answer(models.Model):
    """One question of an attempt and what the person answered; made empty when the attempt starts."""

    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="answers")
    version = models.ForeignKey(QuestionVersion, on_delete=models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField()
    value = models.JSONField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)  # when it was typed
    saved_at = models.DateTimeField(null=True, blank=True)  # when it reached us
    client_id = models.CharField(max_length=40, blank=True)
    is_right = models.BooleanField(null=True, blank=True)

    class Meta:
        verbose_name = _("answer")
        verbose_name_plural = _("answers")
        ordering = ["attempt", "position"]
        constraints = [
            models.UniqueConstraint(fields=["attempt", "version"], name="one_answer_a_question"),
            models.CheckConstraint(condition=Q(value__isnull=True) | Q(saved_at__isnull=False), name="answers_have_a_time"),
        ]

    def __str__(self):
        return f"{self.attempt_id}.{self.position}"
