"""The newsletter by mail: who asked for it and confirmed, and what was sent."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.richtext import RenderedField
from programme.enums import SubscriptionState
from programme.models.base import Published


class Newsletter(Published):
    """One issue: written and previewed by staff, sent once to all who confirmed, then kept on the web."""

    required_texts = ("title", "body")

    slug = models.SlugField(_("slug"), max_length=80, unique=True)
    title = models.CharField(_("title"), max_length=160)
    body = models.TextField(_("text"), max_length=20_000)
    body_html = RenderedField(source="body")
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True, editable=False)

    class Meta(Published.Meta):
        verbose_name = _("newsletter")
        verbose_name_plural = _("newsletters")
        ordering = ["-pk"]

    def __str__(self):
        return self.title or self.slug

    def get_absolute_url(self):
        return reverse("programme:newsletter_detail", args=[self.slug])


class SubscriptionQuerySet(models.QuerySet):
    def confirmed(self):
        """Return those who confirmed and have not ended it."""
        return self.filter(state=SubscriptionState.CONFIRMED)

    def told_of(self, newsletter: Newsletter):
        """Return those to whom an issue goes: confirmed before it was sent, and not ended since."""
        return self.confirmed().filter(confirmed_at__lte=newsletter.sent_at)

    def unconfirmed_since(self, moment):
        """Return those who asked before a moment and never confirmed: their addresses are not kept for ever."""
        return self.filter(state=SubscriptionState.ASKED, asked_at__lt=moment)

    def of_person(self, user, addresses):
        """Return the subscriptions of one person: asked for while signed in, or by addresses that are surely hers."""
        return self.filter(Q(user=user) | Q(email__in=[address.lower() for address in addresses]))


class Subscription(models.Model):
    """An address that asked for the newsletter: nothing is sent before its owner confirms.

    `key` ends it and stands in every issue, which people pass on; `confirm_key` confirms it, stands in the letter that
    asks alone, and is made anew when it ends. The address is kept in small letters.
    """

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    confirm_key = models.UUIDField(default=uuid.uuid4, editable=False, db_index=True)
    email = models.EmailField(_("e-mail"))
    language = models.CharField(_("language"), max_length=2, choices=settings.LANGUAGES)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("person"), null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    state = models.CharField(_("state"), max_length=10, choices=SubscriptionState, default=SubscriptionState.ASKED)
    asked_at = models.DateTimeField(_("asked at"), auto_now_add=True)
    asks = models.PositiveSmallIntegerField(default=1, editable=False)  # a new confirmation letter each, up to a limit
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    objects = SubscriptionQuerySet.as_manager()

    class Meta:
        verbose_name = _("subscription")
        verbose_name_plural = _("subscriptions")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(Lower("email"), name="one_subscription_an_address"),
            models.CheckConstraint(condition=Q(state__in=SubscriptionState.values), name="subscription_state_known"),
        ]

    def __str__(self):
        return self.email

    @property
    def is_confirmed(self) -> bool:
        return self.state == SubscriptionState.CONFIRMED

    @property
    def is_ended(self) -> bool:
        return self.state == SubscriptionState.ENDED
