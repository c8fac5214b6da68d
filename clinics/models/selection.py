"""Weighted criteria, and the countries that were weighed by them."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clinics.enums import CandidateDecision, CriterionPurpose
from clinics.models.editions import Edition
from core import countries
from core.translations import TranslatedModel

MOST_POINTS = 5


class StaffOnlyQuerySet(models.QuerySet):
    """What only the team decides by: never shown to those whom it concerns."""

    def visible_to(self, user):
        """Return all rows to staff who may select, none to others."""
        if user.is_authenticated and user.is_staff and user.has_perm("clinics.select_edition"):
            return self.all()
        return self.none()


class Criterion(TranslatedModel):
    """One thing by which an edition's countries or applicants are weighed."""

    required_texts = ("name",)

    edition = models.ForeignKey(Edition, verbose_name=_("edition"), on_delete=models.CASCADE, related_name="criteria")
    purpose = models.CharField(_("what for"), max_length=10, choices=CriterionPurpose)
    code = models.SlugField(_("code"), max_length=40)
    name = models.CharField(_("name"), max_length=160)
    description = models.TextField(_("what to look at"), max_length=600, blank=True)
    weight = models.PositiveSmallIntegerField(_("weight"), default=1, validators=[MinValueValidator(1), MaxValueValidator(100)])
    position = models.PositiveSmallIntegerField(_("order"), default=0)

    class Meta:
        verbose_name = _("criterion")
        verbose_name_plural = _("criteria")
        ordering = ["edition", "purpose", "position", "pk"]
        constraints = [models.UniqueConstraint(fields=["edition", "purpose", "code"], name="one_criterion_a_code")]

    def __str__(self):
        return self.text("name", self.reading_language()) or self.code


class CountryCandidate(models.Model):
    """A country that was considered for an edition, and why it was taken or not."""

    edition = models.ForeignKey(Edition, verbose_name=_("edition"), on_delete=models.CASCADE, related_name="candidates")
    country = models.CharField(_("country"), max_length=2, validators=[RegexValidator("^[A-Z]{2}$", _("Two capital letters."))])
    decision = models.CharField(_("decision"), max_length=12, choices=CandidateDecision, default=CandidateDecision.OPEN)
    rationale = models.TextField(_("rationale"), max_length=2000, blank=True)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True, editable=False)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", editable=False
    )

    objects = StaffOnlyQuerySet.as_manager()

    class Meta:
        verbose_name = _("country considered")
        verbose_name_plural = _("countries considered")
        ordering = ["edition", "country"]
        constraints = [models.UniqueConstraint(fields=["edition", "country"], name="considered_once")]

    def __str__(self):
        return countries.name(self.country)


class CandidateScore(models.Model):
    """Points of one country by one criterion."""

    candidate = models.ForeignKey(CountryCandidate, on_delete=models.CASCADE, related_name="scores")
    criterion = models.ForeignKey(Criterion, verbose_name=_("criterion"), on_delete=models.CASCADE, related_name="+")
    points = models.PositiveSmallIntegerField(_("points"), validators=[MaxValueValidator(MOST_POINTS)])
    note = models.CharField(_("note"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("points of a country")
        verbose_name_plural = _("points of countries")
        constraints = [
            models.UniqueConstraint(fields=["candidate", "criterion"], name="country_points_once"),
            models.CheckConstraint(condition=Q(points__lte=MOST_POINTS), name="country_points_in_range"),
        ]

    def __str__(self):
        return f"{self.criterion_id}: {self.points}"
