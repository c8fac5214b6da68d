"""Tables that know no app: Event, Once, Loaded, StoredFile, Job, and what people wrote in several languages."""

import uuid

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.audiences import AudienceQuerySet, OwnQuerySet
from core.enums import JobState, Provenance


class EventQuerySet(models.QuerySet):
    """The log, asked by object."""

    def about(self, obj):
        """Return what was done to an object, newest first."""
        return self.filter(object_key=object_key(obj)).order_by("-pk")


def object_key(obj) -> str:
    """Return the text key of any row, such as "courses.module:12"."""
    return f"{obj._meta.label_lower}:{obj.pk}"


class Event(models.Model):
    """One act that matters: who, what, to which object, why, before and after. Never changed, never deleted by code."""

    at = models.DateTimeField(_("at"), auto_now_add=True, db_index=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("who"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    act = models.CharField(_("act"), max_length=60)
    object_key = models.CharField(_("object"), max_length=120, db_index=True)
    object_name = models.CharField(_("name"), max_length=200, blank=True)
    reason = models.TextField(_("reason"), blank=True)
    before = models.JSONField(_("before"), default=dict, blank=True)
    after = models.JSONField(_("after"), default=dict, blank=True)

    objects = EventQuerySet.as_manager()

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ["-pk"]

    def __str__(self):
        return f"{self.act} {self.object_key}"


class Once(models.Model):
    """An idempotency key and the first result under it: a double click, a resent form, a replayed save."""

    key = models.CharField(max_length=120, unique=True)
    result = models.JSONField(default=dict)
    at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        verbose_name = _("act done once")
        verbose_name_plural = _("acts done once")

    def __str__(self):
        return self.key


class Loaded(models.Model):
    """A piece of starter content as it was last loaded: what staff changed or deleted since is left alone (core/starter.py)."""

    key = models.CharField(max_length=160, unique=True)
    digest = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("starter content as loaded")
        verbose_name_plural = _("starter content as loaded")

    def __str__(self):
        return self.key


class StoredFileQuerySet(AudienceQuerySet):
    """Files, each read by its audience."""

    sees_all = "core.view_storedfile"


class StoredFile(models.Model):
    """An uploaded file: allowed by content, renamed, served through its audience."""

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    file = models.FileField(_("file"), upload_to="files/%Y/%m/")
    name = models.CharField(_("name"), max_length=150)
    content_type = models.CharField(_("content type"), max_length=80)
    size = models.PositiveIntegerField(_("size in bytes"))
    sha256 = models.CharField(max_length=64)
    audience = models.CharField(_("audience"), max_length=60, db_index=True)
    at = models.DateTimeField(auto_now_add=True)

    objects = StoredFileQuerySet.as_manager()

    class Meta:
        verbose_name = _("file")
        verbose_name_plural = _("files")

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        """Return the address that serves the file to its audience."""
        return reverse("file", args=[self.key])


class JobQuerySet(OwnQuerySet):
    """Background work, read by who asked for it."""

    owner_field = "owner"

    def unfinished(self):
        """Return the jobs that wait or run."""
        return self.filter(state__in=[JobState.QUEUED, JobState.RUNNING])

    def opened_by_key(self, user):
        """Return what this person may open by its address: her own, and nobody's, whose key is the secret."""
        nobodys = self.filter(owner=None)
        return nobodys | self.filter(owner=user) if user.is_authenticated else nobodys


class Job(models.Model):
    """Background work: this row is the queue of record, and a lease says who works on it (core/jobs.py)."""

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(_("kind"), max_length=60)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("asked by"), null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    args = models.JSONField(_("what for"), default=dict)
    subject = models.CharField(max_length=120, blank=True)  # jobs with one kind, owner and subject run one at a time
    state = models.CharField(_("state"), max_length=10, choices=JobState, default=JobState.QUEUED)
    done = models.PositiveIntegerField(pgettext_lazy("job", "done"), default=0)
    total = models.PositiveIntegerField(pgettext_lazy("job", "of"), default=0)
    lease = models.UUIDField(null=True, blank=True, editable=False)
    lease_until = models.DateTimeField(null=True, blank=True, db_index=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    result = models.JSONField(_("result"), default=dict)
    file = models.ForeignKey(StoredFile, verbose_name=_("file"), null=True, blank=True, on_delete=models.SET_NULL)
    error = models.TextField(_("error"), blank=True)
    created_at = models.DateTimeField(_("asked at"), auto_now_add=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["created_at"], condition=models.Q(state__in=["queued", "running"]), name="unfinished_jobs")
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "owner", "subject"],
                condition=models.Q(state__in=["queued", "running"], owner__isnull=False),
                name="one_unfinished_job_a_subject",
            ),
            models.UniqueConstraint(
                fields=["kind", "subject"],
                condition=models.Q(state__in=["queued", "running"], owner__isnull=True),
                name="one_unfinished_job_of_nobody",
            ),
        ]

    def __str__(self):
        return f"{self.kind} {self.pk}"

    def get_absolute_url(self):
        """Return the page that shows how far the work is."""
        return reverse("job", args=[self.key])

    @property
    def is_finished(self) -> bool:
        """Say whether nothing more will change by itself."""
        return self.state in (JobState.DONE, JobState.FAILED)


class OwnText(models.Model):
    """A text of a person, as it stands, in the language in which it was written; the base of a row that holds one.

    Written and read through `core.own_texts`: earlier versions and translations hang on the row's object key, so that
    every kind of such a text (priorities, posts, practices) has the same history and the same translations.
    """

    text = models.TextField(_("text"), blank=True)
    language = models.CharField(_("language"), max_length=2, choices=settings.LANGUAGES)
    version = models.PositiveIntegerField(_("version"), default=0)
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("written by"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    written_at = models.DateTimeField(_("written"), null=True, blank=True)

    class Meta:
        abstract = True


class TextVersion(models.Model):
    """What a person's text once said, who wrote it, when, why. Also what could not stand because another was quicker."""

    object_key = models.CharField(max_length=120)
    number = models.PositiveIntegerField(_("version"))  # of a text that was put aside: the version that stood instead
    is_aside = models.BooleanField(_("put aside"), default=False)
    text = models.TextField(_("text"), blank=True)
    language = models.CharField(_("language"), max_length=2, choices=settings.LANGUAGES)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("written by"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="text_versions",
    )
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    at = models.DateTimeField(_("written"), auto_now_add=True)
    settled_at = models.DateTimeField(null=True, blank=True)  # put aside: when its writer had seen both texts and chosen

    class Meta:
        verbose_name = _("version of a text")
        verbose_name_plural = _("versions of texts")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["object_key", "-number"], name="versions_of_text")]
        constraints = [
            models.UniqueConstraint(
                fields=["object_key", "number"], condition=models.Q(is_aside=False), name="one_text_a_version"
            )
        ]

    def __str__(self):
        return f"{self.object_key} {self.number}"


class TextTranslation(models.Model):
    """A person's text in another language: by whom or what, and of which version; of an older one it is stale."""

    object_key = models.CharField(max_length=120)
    language = models.CharField(_("language"), max_length=2, choices=settings.LANGUAGES)
    text = models.TextField(_("text"))
    provenance = models.CharField(_("translated by"), max_length=10, choices=Provenance)
    translator = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("translator"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="text_translations",
    )
    of_version = models.PositiveIntegerField(_("of version"))
    at = models.DateTimeField(_("translated"), auto_now=True)

    class Meta:
        verbose_name = _("translation of a text")
        verbose_name_plural = _("translations of texts")
        ordering = ["object_key", "language"]
        constraints = [models.UniqueConstraint(fields=["object_key", "language"], name="one_translation_a_language")]

    def __str__(self):
        return f"{self.object_key} {self.language}"
