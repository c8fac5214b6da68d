"""The question bank: questions as editors see them, and as they were frozen."""

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.translations import TranslatedModel
from courses.enums import QuestionKind
from courses.models.modules import Unit


class Question(TranslatedModel):
    """A question of the bank as editors see it; any check may ask it.

    What a person was shown is a QuestionVersion and never changes.
    """

    key = models.SlugField(_("key"), max_length=80, unique=True)
    tags = models.ManyToManyField("QuestionTag", verbose_name=_("tags"), blank=True, related_name="questions")
    kind = models.CharField(_("kind"), max_length=12, choices=QuestionKind, default=QuestionKind.SINGLE)
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
    is_active = models.BooleanField(_("may be asked"), default=True)
    version = models.ForeignKey("QuestionVersion", null=True, editable=False, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        ordering = ["key"]

    def __str__(self):
        return self.text("prompt", self.source_language)[:80] or self.key

    @property
    def required_texts(self) -> tuple[str, ...]:
        return ("prompt", "explanation", "accepted") if self.kind == QuestionKind.SHORT else ("prompt", "explanation")


class QuestionTag(models.Model):
    """A set of questions from which checks draw."""

    slug = models.SlugField(_("tag"), max_length=60, unique=True)

    class Meta:
        verbose_name = _("tag of questions")
        verbose_name_plural = _("tags of questions")
        ordering = ["slug"]

    def __str__(self):
        return self.slug


class CheckItem(models.Model):
    """What a check asks at one place: a certain question, or so many at random among those with a tag."""

    unit = models.ForeignKey(Unit, verbose_name=_("knowledge check"), on_delete=models.CASCADE, related_name="items")
    position = models.PositiveSmallIntegerField(_("order"), default=0)
    question = models.ForeignKey(
        Question, verbose_name=_("question"), null=True, blank=True, on_delete=models.PROTECT, related_name="items"
    )
    tag = models.ForeignKey(
        QuestionTag, verbose_name=_("draw from tag"), null=True, blank=True, on_delete=models.PROTECT, related_name="items"
    )
    count = models.PositiveSmallIntegerField(_("how many"), default=1, validators=[MinValueValidator(1)])

    class Meta:
        verbose_name = _("question of a check")
        verbose_name_plural = _("questions of a check")
        ordering = ["unit", "position"]
        constraints = [
            models.UniqueConstraint(fields=["unit", "question"], name="question_once_in_check"),
            models.CheckConstraint(
                condition=Q(question__isnull=False, tag__isnull=True, count=1) | Q(question__isnull=True, tag__isnull=False),
                name="item_is_question_or_draw",
                violation_error_message=_("Choose either a question or a tag to draw from."),
            ),
        ]

    def __str__(self):
        return str(self.question or f"{self.tag} × {self.count}")

    def pool(self) -> list[Question]:
        """Return the questions that may be asked here. Queries: 0 after `Module.with_parts`, else 1."""
        found = [self.question] if self.question else self.tag.questions.all()
        return [question for question in found if question.is_active]


class Choice(TranslatedModel):
    """A choice; in a matching question a pair; in an ordering question an item, in the right order."""

    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="choices")
    position = models.PositiveSmallIntegerField(_("order"), default=0)
    label = models.CharField(_("choice"), max_length=300)
    match = models.CharField(_("belongs to"), max_length=300, blank=True, help_text=_("The other half of a pair."))
    feedback = models.CharField(_("feedback"), max_length=500, blank=True)
    is_right = models.BooleanField(_("right"), default=False)

    class Meta:
        verbose_name = _("choice")
        verbose_name_plural = _("choices")
        ordering = ["question", "position"]

    def __str__(self):
        return self.text("label", self.source_language)

    @property
    def required_texts(self) -> tuple[str, ...]:
        if self.question.kind == QuestionKind.MATCHING:
            return ("label", "match")
        return ("label",) if self.question.kind == QuestionKind.ORDERING else ("label", "feedback")


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
