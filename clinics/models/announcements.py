"""What staff tell an audience of an edition."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from clinics.enums import AnnouncementAudience
from clinics.models.delegations import Delegation
from clinics.models.editions import Edition
from clinics.models.selection import StaffOnlyQuerySet
from core.richtext import RenderedField
from core.translations import TranslatedModel


class Announcement(TranslatedModel):
    """A letter to an audience: written in every language, previewed, sent once through the ledger."""

    required_texts = ("subject", "body")

    edition = models.ForeignKey(Edition, verbose_name=_("edition"), on_delete=models.CASCADE, related_name="announcements")
    to = models.CharField(_("to"), max_length=20, choices=AnnouncementAudience, default=AnnouncementAudience.PARTICIPANTS)
    delegation = models.ForeignKey(
        Delegation, verbose_name=_("delegation"), null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    subject = models.CharField(_("subject"), max_length=160)
    body = models.TextField(_("text"), max_length=10_000, help_text=_("Markdown."))
    body_html = RenderedField(source="body")
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True, editable=False)
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("sent by"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        editable=False,
    )
    sent_to = models.PositiveIntegerField(_("people told"), default=0, editable=False)

    objects = StaffOnlyQuerySet.as_manager()

    class Meta:
        verbose_name = _("announcement")
        verbose_name_plural = _("announcements")
        ordering = ["-pk"]

    def __str__(self):
        return self.text("subject", self.source_language) or str(self.pk)
