"""The ledger: everything that is told to a person, or to an address without account, once."""

import hashlib
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.audiences import OwnQuerySet
from core.models import StoredFile
from reminders.enums import Channel, MailState, State


@dataclass(frozen=True)
class Addressee:
    """Who reads a letter to an address without account: what templates and kinds ask of a person, and no more."""

    email: str
    name: str
    language: str
    zone: str
    is_active: bool = True

    def __str__(self):
        return self.name or self.email

    def get_short_name(self) -> str:
        return str(self)


class LetterQuerySet(OwnQuerySet):
    owner_field = "recipient"

    def to_addresses(self, addresses):
        """Return the letters to addresses without account, however these are written. Index: told_address_once."""
        return self.filter(recipient=None, address__in=[address.lower() for address in addresses])

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
    """One letter by one channel: to a person, or by mail to an address without account.

    `address` is kept in small letters, so that one mailbox is told once however it was written. Kinds ask `reader`
    for name, language and zone; it answers for both.
    """

    kind = models.CharField(_("kind"), max_length=60)
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("recipient"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="letters",
    )
    address = models.EmailField(_("address without account"), max_length=254, blank=True, default="")
    name = models.CharField(_("name"), max_length=200, blank=True, default="")
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
            models.UniqueConstraint(
                fields=["address", "kind", "target", "occurrence"], condition=Q(recipient=None), name="told_address_once"
            ),
            models.CheckConstraint(
                condition=Q(recipient__isnull=False, address="")
                | (Q(recipient__isnull=True, channel="mail") & ~Q(address="") & Q(address=Lower("address"))),
                name="letter_to_person_or_address",
            ),
            models.CheckConstraint(condition=Q(state__in=State.values), name="letter_state_known"),
        ]
        indexes = [
            models.Index(fields=["due_at"], name="due_letters", condition=Q(state__in=["planned", "claimed"])),
            models.Index(
                fields=["recipient", "-id"], name="unread_letters", condition=Q(channel="inbox", state="sent", read_at=None)
            ),
            models.Index(fields=["recipient", "-id"], name="inbox_letters", condition=Q(channel="inbox", state="sent")),
            models.Index(fields=["target", "kind"], name="letters_about"),
        ]

    def __str__(self):
        return self.subject or self.kind

    @property
    def reader(self):
        """Return who reads it: the person, or an `Addressee` in the language of the letter and the programme's zone."""
        if self.recipient_id:
            return self.recipient
        return Addressee(self.address, self.name, self.language or settings.LANGUAGE_CODE, settings.PROGRAMME_ZONE)

    @property
    def message_id(self) -> str:
        """Return the Message-ID, the same at every attempt: a mail sent twice can be told as one."""
        mark = hashlib.sha256(f"{settings.SECRET_KEY}{self.pk}".encode()).hexdigest()[:16]
        return f"<letter-{self.pk}-{mark}@{urlsplit(settings.SITE_URL).hostname}>"


class InboundMailQuerySet(models.QuerySet):
    """Mail that came in."""

    def unfinished(self):
        """Return what must be handled once more: it failed, or its worker died. Index: unfinished_mail."""
        return self.filter(state__in=[MailState.RECEIVED, MailState.FAILED])

    def waiting(self):
        """Return what staff should look at: it failed or was refused, and nobody has settled it. Index: waiting_mail."""
        return self.filter(state__in=[MailState.FAILED, MailState.REFUSED], settled_at=None)

    def from_addresses(self, addresses):
        """Return what came from some addresses, however these are written. Index: mail_by_sender."""
        return self.filter(sender__in=[address.lower() for address in addresses])


class InboundMail(models.Model):
    """One mail that came in, and what became of it. The row outlives the mail: a replay finds it and changes nothing."""

    message_id = models.CharField(max_length=255, unique=True)
    sender = models.CharField(_("from"), max_length=254, blank=True)
    to = models.CharField(_("to"), max_length=254, blank=True)
    subject = models.CharField(_("subject"), max_length=200, blank=True)
    received_at = models.DateTimeField(_("received at"), default=timezone.now, db_index=True)
    state = models.CharField(_("state"), max_length=10, choices=MailState, default=MailState.RECEIVED)
    handler = models.CharField(_("handler"), max_length=30, blank=True)
    target = models.CharField(_("what became of it"), max_length=120, blank=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    text = models.TextField(_("text"), blank=True)
    raw = models.ForeignKey(
        StoredFile, verbose_name=_("the mail as it came"), null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    settled_at = models.DateTimeField(_("settled at"), null=True, blank=True)

    objects = InboundMailQuerySet.as_manager()

    class Meta:
        verbose_name = _("mail that came in")
        verbose_name_plural = _("mails that came in")
        ordering = ["-pk"]
        constraints = [models.CheckConstraint(condition=Q(state__in=MailState.values), name="mail_state_known")]
        indexes = [
            models.Index(fields=["sender", "received_at"], name="mail_by_sender"),
            models.Index(fields=["received_at"], name="unfinished_mail", condition=Q(state__in=["received", "failed"])),
            models.Index(fields=["state"], name="waiting_mail", condition=Q(state__in=["failed", "refused"], settled_at=None)),
            models.Index(fields=["target"], name="mail_about"),
            models.Index(fields=["received_at"], name="kept_mail", condition=Q(raw__isnull=False)),
        ]

    def __str__(self):
        return self.subject or self.message_id
