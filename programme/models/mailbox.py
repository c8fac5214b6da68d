"""The mailbox: enquiries of anyone, the messages of each, and answers kept ready."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.models import StoredFile
from programme.enums import EnquiryState, MessageKind
from programme.models.base import CodedTerm

WAITING = [EnquiryState.NEW, EnquiryState.OPEN]


class EnquiryQuerySet(models.QuerySet):
    def waiting(self):
        """Return the enquiries that wait for the team, the oldest due first. Index: waiting_enquiries."""
        return self.filter(state__in=WAITING).order_by("due_at", "pk")

    def held(self):
        """Return what is held as spam: kept, shown to staff alone, answered by nobody."""
        return self.filter(state=EnquiryState.SPAM)

    def opened_by_key(self):
        """Return what whoever has its address may open: its key is the secret."""
        return self.exclude(state=EnquiryState.SPAM)

    def visible_to(self, user):
        """Return this person's own conversations; none for visitors, who have the address of each."""
        return self.opened_by_key().filter(user=user) if user.is_authenticated else self.none()

    def of_person(self, user, addresses):
        """Return all that one person wrote, signed in or from addresses that are surely hers."""
        return self.filter(Q(user=user) | Q(email__in=[address.lower() for address in addresses]))

    def with_waiting_since(self):
        """Annotate `waiting_since`: when the writer last wrote."""
        theirs = Message.objects.filter(enquiry=OuterRef("pk"), kind=MessageKind.INCOMING).order_by("-pk")
        return self.annotate(waiting_since=Subquery(theirs.values("at")[:1]))


class Enquiry(models.Model):
    """What somebody wrote to the programme or to one clinic, with or without an account."""

    reference = models.CharField(_("reference"), max_length=20, unique=True)
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)  # opens the conversation to who has its address
    mailbox = models.CharField(_("mailbox"), max_length=60, default="programme")
    name = models.CharField(_("name"), max_length=120, blank=True)
    email = models.EmailField(_("e-mail"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("person"), null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    language = models.CharField(_("language"), max_length=2, choices=settings.LANGUAGES)
    subject = models.CharField(_("subject"), max_length=200)
    state = models.CharField(_("state"), max_length=10, choices=EnquiryState, default=EnquiryState.NEW)
    suspicion = models.CharField(_("why it was held"), max_length=200, blank=True)
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("assigned to"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        limit_choices_to={"is_staff": True, "is_active": True},
    )
    due_at = models.DateTimeField(_("due"))
    created_at = models.DateTimeField(_("received"), auto_now_add=True)
    changed_at = models.DateTimeField(_("changed"), auto_now=True)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)

    objects = EnquiryQuerySet.as_manager()

    class Meta:
        verbose_name = _("enquiry")
        verbose_name_plural = _("enquiries")
        ordering = ["-pk"]
        constraints = [models.CheckConstraint(condition=Q(state__in=EnquiryState.values), name="enquiry_state_known")]
        indexes = [
            models.Index(fields=["due_at", "id"], name="waiting_enquiries", condition=Q(state__in=["new", "open"])),
            models.Index(fields=["email", "-id"], name="enquiries_of_address"),
        ]

    def __str__(self):
        return self.reference  # logs keep this: nothing that the writer said

    def get_absolute_url(self):
        """Return the address that opens the conversation to whoever has it."""
        return reverse("programme:enquiry_detail", args=[self.key])

    @property
    def audience(self) -> str:
        """Return the audience key of its files. Nobody has it: they open by the conversation's address alone."""
        return f"enquiry.{self.pk}"

    @property
    def is_held(self) -> bool:
        return self.state == EnquiryState.SPAM

    @property
    def waits(self) -> bool:
        """Say whether the writer waits for the team."""
        return self.state in WAITING

    @property
    def is_overdue(self) -> bool:
        return self.waits and self.due_at < timezone.now()


class Message(models.Model):
    """One message of an enquiry, or an internal note beside it. Never changed after it was sent."""

    enquiry = models.ForeignKey(Enquiry, verbose_name=_("enquiry"), on_delete=models.CASCADE, related_name="messages")
    kind = models.CharField(_("kind"), max_length=10, choices=MessageKind)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("author"), null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    sender = models.EmailField(_("from"), blank=True)  # of a message that came from another address than the writer's
    text = models.TextField(_("text"), max_length=100_000)
    attachments = models.ManyToManyField(StoredFile, verbose_name=_("attachments"), blank=True, related_name="+")
    message_id = models.CharField(max_length=255, blank=True)  # of a mail that came in, for threading
    at = models.DateTimeField(_("at"), auto_now_add=True)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["pk"]
        constraints = [models.CheckConstraint(condition=Q(kind__in=MessageKind.values), name="message_kind_known")]

    def __str__(self):
        return f"{self.get_kind_display()} {self.pk}"

    @property
    def is_incoming(self) -> bool:
        return self.kind == MessageKind.INCOMING

    @property
    def is_note(self) -> bool:
        return self.kind == MessageKind.NOTE

    @property
    def written_by(self) -> str:
        """Return whose words these are: another sender by address, the writer by name, staff by name, "" when forgotten."""
        if self.is_incoming:
            return self.sender or self.enquiry.name or self.enquiry.email
        return str(self.author) if self.author else ""


class CannedAnswer(CodedTerm):
    """An answer kept ready, in every language; {name} and {reference} are filled in."""

    required_texts = ("name", "body")

    body = models.TextField(_("text"), max_length=4000)

    objects = models.Manager()  # for the team alone

    class Meta(CodedTerm.Meta):
        verbose_name = _("canned answer")
        verbose_name_plural = _("canned answers")
