"""A country's priorities: written together, versioned, signed by each side, published to the clinic."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.enums import Side
from clinics.enums import PrioritiesState, PriorityField
from clinics.models.delegations import Delegation, OfDelegationQuerySet
from clinics.models.editions import Edition
from core.models import OwnText


class PrioritiesQuerySet(OfDelegationQuerySet):
    def published_to(self, user):
        """Return the published priorities that this person may read: those of the editions she is in."""
        published = self.filter(published_at__isnull=False)
        return published.filter(delegation__edition__in=Edition.objects.inside(user))

    def public(self):
        """Return those that may stand on the country page: published, and agreed by every side with members."""
        return self.filter(published_at__isnull=False, is_public=True)


class Priorities(models.Model):
    """The priorities of one delegation. `published` is a frozen copy: what the clinic reads does not change under it."""

    delegation = models.OneToOneField(
        Delegation, verbose_name=_("delegation"), on_delete=models.CASCADE, related_name="priorities"
    )
    state = models.CharField(_("state"), max_length=10, choices=PrioritiesState, default=PrioritiesState.WRITING)
    version = models.PositiveIntegerField(_("version"), default=0)  # rises with every change of a field
    published = models.JSONField(_("as published"), default=dict, blank=True)
    published_at = models.DateTimeField(_("published"), null=True, blank=True)
    is_public = models.BooleanField(_("may stand on the country page"), default=False)

    objects = PrioritiesQuerySet.as_manager()

    class Meta:
        verbose_name = _("country priorities")
        verbose_name_plural = _("country priorities")
        ordering = ["delegation"]

    def __str__(self):
        return str(self.delegation)


class PriorityTextQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Return the texts of the delegations whose inner page this person reads."""
        return self.filter(priorities__delegation__in=Delegation.objects.visible_to(user))


class PriorityText(OwnText):
    """One field of a country's priorities, in the language in which a member wrote it."""

    priorities = models.ForeignKey(Priorities, on_delete=models.CASCADE, related_name="texts")
    field = models.CharField(_("field"), max_length=20, choices=PriorityField)

    objects = PriorityTextQuerySet.as_manager()

    class Meta:
        verbose_name = _("text of priorities")
        verbose_name_plural = _("texts of priorities")
        ordering = ["priorities", "pk"]
        constraints = [models.UniqueConstraint(fields=["priorities", "field"], name="one_text_a_field")]

    def __str__(self):
        return str(self.get_field_display())


class Signature(models.Model):
    """One side stands by one version of a country's priorities."""

    priorities = models.ForeignKey(Priorities, on_delete=models.CASCADE, related_name="signatures")
    side = models.CharField(_("side"), max_length=12, choices=Side)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("signed by"), null=True, on_delete=models.SET_NULL, related_name="signatures"
    )
    version = models.PositiveIntegerField(_("version"))
    agrees_public = models.BooleanField(_("may stand on the country page"), default=False)
    at = models.DateTimeField(_("signed"), auto_now_add=True)

    class Meta:
        verbose_name = _("signature")
        verbose_name_plural = _("signatures")
        ordering = ["priorities", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["priorities", "side", "version"], name="one_signature_a_side"),
            models.CheckConstraint(condition=Q(side__in=["government", "employers", "workers"]), name="sides_that_sign"),
        ]

    def __str__(self):
        return f"{self.get_side_display()} ({self.version})"
