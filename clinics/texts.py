"""Texts of clinics that stand in three languages, for the translation desk."""

from django.urls import reverse

from clinics import models
from core import registry
from core.translating import Text, Translatable, in_admin

ON_THEIR_PAGES = [models.Edition, models.Week, models.Block, models.Session]


def criterion_texts():
    """Every criterion of the editions, written on the edition's page of criteria. Queries: 1."""
    for criterion in models.Criterion.objects.all():
        page = reverse("admin:clinics_edition_change", args=[criterion.edition_id])
        yield Text(criterion, lambda name, language, page=page: page)


def register_translatables() -> None:
    """Offer the texts of editions and their plans to the translation desk."""
    for model in ON_THEIR_PAGES:
        offer = Translatable(model._meta.verbose_name_plural, in_admin(model.objects.all))
        registry.translatables.register(model._meta.label_lower, offer)
    criteria = Translatable(models.Criterion._meta.verbose_name_plural, criterion_texts)
    registry.translatables.register(models.Criterion._meta.label_lower, criteria)
