"""Four tables that know no app: Event, Once, StoredFile (and Job, with its first user)."""

import uuid

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.audiences import AudienceQuerySet


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
