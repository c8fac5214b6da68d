"""Who holds an edition: people by role, some without an account."""

import secrets

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clinics.enums import TeamRole
from clinics.models.editions import Edition
from core import countries
from core.audiences import numbers_for


def new_key() -> str:
    """Return a secret for an address that is mailed to one person."""
    return secrets.token_urlsafe(24)


class WorkGroupQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Return the groups of the editions inside which this person reads."""
        return self.filter(edition__in=Edition.objects.inside(user))


class WorkGroup(models.Model):
    """A work group in a clinic."""

    edition = models.ForeignKey(Edition, verbose_name=_("edition"), on_delete=models.CASCADE, related_name="groups")
    number = models.PositiveSmallIntegerField(_("number"))

    objects = WorkGroupQuerySet.as_manager()

    class Meta:
        verbose_name = _("work group")
        verbose_name_plural = _("work groups")
        ordering = ["edition", "number"]
        constraints = [models.UniqueConstraint(fields=["edition", "number"], name="one_group_a_number")]

    def __str__(self):
        return _("Group %(number)d") % {"number": self.number}


class TeamQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Return the team of the editions inside which this person reads."""
        return self.filter(edition__in=Edition.objects.inside(user))

    def leading(self):
        """Return those who see what the team sees."""
        return self.filter(role__in=[role for role in TeamRole if role.leads])


class TeamMember(models.Model):
    """One person in one role in one edition: with an account, or known by name and address alone."""

    edition = models.ForeignKey(Edition, verbose_name=_("edition"), on_delete=models.CASCADE, related_name="team")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("person"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="team_roles",
    )
    name = models.CharField(_("name"), max_length=200, blank=True, help_text=_("For whoever has no account."))
    email = models.EmailField(_("e-mail address"), max_length=254, blank=True, help_text=_("For whoever has no account."))
    language = models.CharField(_("language of letters"), max_length=2, choices=settings.LANGUAGES, default="en")
    role = models.CharField(_("role"), max_length=12, choices=TeamRole)
    organisation = models.CharField(_("organisation"), max_length=200, blank=True)
    languages = models.JSONField(_("works in"), default=list, blank=True)
    groups = models.ManyToManyField(WorkGroup, verbose_name=_("work groups"), blank=True, related_name="team")
    country = models.CharField(_("country"), max_length=2, blank=True, help_text=_("Of a country focal point."))
    key = models.CharField(max_length=40, unique=True, default=new_key, editable=False)  # of the mailed link
    key_until = models.DateTimeField(_("mailed link works until"), null=True, blank=True)

    objects = TeamQuerySet.as_manager()

    class Meta:
        verbose_name = _("member of the team")
        verbose_name_plural = _("team")
        ordering = ["edition", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(user__isnull=False) | ~Q(email=""),
                name="team_member_known",
                violation_error_message=_("Choose a person, or give a name and an address."),
            ),
            models.UniqueConstraint(
                fields=["edition", "user", "role"], condition=Q(user__isnull=False), name="one_role_once",
                violation_error_message=_("This person has this role already."),
            ),
            models.CheckConstraint(condition=Q(role__in=TeamRole.values), name="team_role_known"),
        ]  # fmt: skip

    def __str__(self):
        return f"{self.shown_name} ({self.get_role_display()})"

    @property
    def shown_name(self) -> str:
        return str(self.user) if self.user_id else self.name or self.email

    @property
    def country_name(self) -> str:
        return countries.name(self.country) if self.country else ""

    def clean(self):
        super().clean()
        if self.role == TeamRole.FOCAL_POINT and not self.country:
            raise ValidationError({"country": _("A country focal point belongs to a country.")})


def led_numbers(user) -> list[int]:
    """Return the numbers of the editions whose desk this person reads. Pure, from her audience keys."""
    return numbers_for(user, "clinic.", ".tutors")
