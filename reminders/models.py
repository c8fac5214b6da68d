"""The ledger: everything that is told to a person, once."""

import hashlib
from urllib.parse import urlsplit

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.audiences import OwnQuerySet
from reminders.enums import Channel, State


class LetterQuerySet(OwnQuerySet):
    owner_field = "recipient"

    def claimable(self, now):
        """Return what may be sent now: due and planned, or claimed under a lease that ran out. Index: due_letters."""
        return self.filter(Q(state=State.PLANNED, due_at__lte=now) | Q(state=State.CLAIMED, lease_until__lt=now)).order_by(
            "due_at", "pk"
        )

    def inbox(self):
        """Return what stands in inboxes, newest first (keyset by pk)."""
        return self.filter(channel=Channel.INBOX, state=State.SENT).order_by("-pk")

    def unread(self):
        """Return the inbox letters not yet opened. Index: unread_letters."""
        return self.inbox().filter(read_at=None)


class Letter(models.Model):
    """One letter to one person by one channel."""

    kind = models.CharField(_("kind"), max_length=60)
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("recipient"), on_delete=models.CASCADE, related_name="letters"
    )
    target = models.CharField(_("target"), max_length=120, blank=True, default="")
    occurrence = models.CharField(_("occurrence"), max_length=60, blank=True, default="")
    channel = models.CharField(_("channel"), max_length=10, choices=Channel)
    context = models.JSONField(default=dict, blank=True)
    due_at = models.DateTimeField(_("due at"), default=timezone.now)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.PLANNED)
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    language = models.CharField(_("language"), max_length=2, blank=True)
    subject = models.CharField(_("subject"), max_length=200, blank=True)
    text = models.TextField(_("text"), blank=True)
    url = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    read_at = models.DateTimeField(_("read at"), null=True, blank=True)

    objects = LetterQuerySet.as_manager()

    class Meta:
        verbose_name = _("letter")
        verbose_name_plural = _("letters")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "recipient", "target", "occurrence", "channel"], name="told_once"),
            models.CheckConstraint(condition=Q(state__in=State.values), name="letter_state_known"),
        ]
        indexes = [
            models.Index(fields=["due_at"], name="due_letters", condition=Q(state__in=["planned", "claimed"])),
            models.Index(
                fields=["recipient", "-id"], name="unread_letters", condition=Q(channel="inbox", state="sent", read_at=None)
            ),
            models.Index(fields=["recipient", "-id"], name="inbox_letters", condition=Q(channel="inbox", state="sent")),
        ]

    def __str__(self):
        return self.subject or self.kind

    @property
    def message_id(self) -> str:
        """Return the Message-ID, the same at every attempt: a mail sent twice can be told as one."""
        mark = hashlib.sha256(f"{settings.SECRET_KEY}{self.pk}".encode()).hexdigest()[:16]
        return f"<letter-{self.pk}-{mark}@{urlsplit(settings.SITE_URL).hostname}>"
