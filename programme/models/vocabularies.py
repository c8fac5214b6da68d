"""The shared vocabularies: themes and the glossary (pages and profiles join them)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.translations import TranslatedModel


class PublicQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Return all rows: vocabularies are public."""
        return self.all()


class Theme(models.Model):
    """What a text is about: a coded vocabulary."""

    code = models.SlugField(_("code"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=120)
    position = models.PositiveSmallIntegerField(_("order"), default=0)

    objects = PublicQuerySet.as_manager()

    class Meta:
        verbose_name = _("theme")
        verbose_name_plural = _("themes")
        ordering = ["position", "code"]

    def __str__(self):
        return self.name or self.code


class GlossaryTerm(TranslatedModel):
    """A term of the field, defined in every language; texts link it as `[words](term:slug)`."""

    required_texts = ("term", "definition")

    slug = models.SlugField(_("slug"), max_length=60, unique=True)
    term = models.CharField(_("term"), max_length=120)
    abbreviation = models.CharField(_("abbreviation"), max_length=20, blank=True)
    definition = models.TextField(_("definition"), max_length=600)

    objects = PublicQuerySet.as_manager()

    class Meta:
        verbose_name = _("glossary term")
        verbose_name_plural = _("glossary terms")
        ordering = ["slug"]

    def __str__(self):
        return self.term or self.slug
