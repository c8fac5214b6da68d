"""What one person has read and answered."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.audiences import OwnQuerySet
from courses.enums import AttemptState
from courses.models.materials import Reflection
from courses.models.modules import Module, Unit
from courses.models.questions import QuestionVersion


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


class Note(models.Model):
    """A person's private note: to a unit, or her answer to a reflection. Nobody else reads it, staff neither."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notes")
    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="notes")
    reflection = models.ForeignKey(Reflection, null=True, blank=True, on_delete=models.CASCADE, related_name="notes")
    text = models.TextField(_("note"), max_length=5000)
    typed_at = models.DateTimeField(_("typed"))
    saved_at = models.DateTimeField(_("saved"), auto_now=True)
    client_id = models.CharField(max_length=40, blank=True)

    objects = OwnQuerySet.as_manager()

    class Meta:
        verbose_name = _("note")
        verbose_name_plural = _("notes")
        ordering = ["unit", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["user", "unit"], condition=Q(reflection__isnull=True), name="one_note_a_unit"),
            models.UniqueConstraint(
                fields=["user", "reflection"], condition=Q(reflection__isnull=False), name="one_answer_a_reflection"
            ),
        ]

    def __str__(self):
        return f"{self.user_id}: {self.unit_id}"


class Bookmark(models.Model):
    """A unit that a person wants to find again."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="bookmarks")
    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="bookmarks")
    at = models.DateTimeField(auto_now_add=True)

    objects = OwnQuerySet.as_manager()

    class Meta:
        verbose_name = _("bookmark")
        verbose_name_plural = _("bookmarks")
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["user", "unit"], name="one_bookmark_a_unit")]

    def __str__(self):
        return f"{self.user_id}: {self.unit_id}"


class Clarity(models.Model):
    """Whether a unit was clear to a person, and what was not; read by staff with her name left out."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    unit = models.ForeignKey(Unit, verbose_name=_("unit"), on_delete=models.CASCADE, related_name="clarity")
    language = models.CharField(_("language"), max_length=2, choices=settings.LANGUAGES)
    is_clear = models.BooleanField(_("clear"))
    remark = models.TextField(_("remark"), max_length=1000, blank=True)
    at = models.DateTimeField(_("at"), auto_now=True)

    objects = OwnQuerySet.as_manager()

    class Meta:
        verbose_name = _("“was this clear?”")
        verbose_name_plural = _("“was this clear?”")
        ordering = ["-at"]
        constraints = [models.UniqueConstraint(fields=["user", "unit"], name="one_clarity_a_unit")]

    def __str__(self):
        return f"{self.unit_id}: {self.is_clear}"


class Statement(models.Model):
    """A statement of completion as it was issued: whoever knows its number can verify it."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="statements")
    module = models.ForeignKey(Module, verbose_name=_("module"), on_delete=models.PROTECT, related_name="statements")
    number = models.CharField(_("number"), max_length=24, unique=True)
    name = models.CharField(_("name"), max_length=200)
    titles = models.JSONField(_("titles"))  # {language: the module's title at that time}
    minutes = models.PositiveSmallIntegerField(_("minutes"))
    score = models.PositiveSmallIntegerField(_("score in per cent"), null=True, blank=True)
    completed_on = models.DateField(_("completed on"))
    issued_at = models.DateTimeField(_("issued"), auto_now_add=True)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)
    withdrawn_because = models.CharField(_("reason"), max_length=300, blank=True)

    objects = OwnQuerySet.as_manager()

    class Meta:
        verbose_name = _("statement of completion")
        verbose_name_plural = _("statements of completion")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "module"], condition=Q(withdrawn_at__isnull=True), name="one_standing_statement"
            )
        ]

    def __str__(self):
        return self.number

    def get_absolute_url(self):
        """Return the page on which anybody verifies it."""
        return reverse("courses:statement_detail", args=[self.number])

    def title(self, language: str) -> str:
        """Return the module's title as it was when the statement was issued."""
        return self.titles.get(language[:2]) or next(iter(self.titles.values()), "")

    @property
    def learning_time(self) -> str:
        """Return "45 min" or "2 h 30 min" in the active language."""
        hours, minutes = divmod(self.minutes, 60)
        if not hours:
            return gettext("%(minutes)d min") % {"minutes": minutes}
        if not minutes:
            return gettext("%(hours)d h") % {"hours": hours}
        return gettext("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": minutes}
