"""The shared vocabularies: coded, in every language, public."""

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.richtext import RenderedField
from core.translations import TranslatedModel
from programme.enums import Origin, Sector
from programme.models.base import CodedTerm, PublicQuerySet


def place_in_list(vocabulary: str, code: str) -> str:
    """Return the address of an entry on the page of vocabularies."""
    return f"{reverse('programme:vocabulary_list')}#{vocabulary}-{code}"


class Theme(CodedTerm):
    """What a text is about."""

    class Meta(CodedTerm.Meta):
        verbose_name = _("theme")
        verbose_name_plural = _("themes")


class SubRegion(CodedTerm):
    """The programme's own grouping of countries; it need not be anybody else's."""

    required_texts = ("name", "description")

    description = models.TextField(_("description"), max_length=600, blank=True)

    class Meta(CodedTerm.Meta):
        verbose_name = _("sub-region")
        verbose_name_plural = _("sub-regions")

    def get_absolute_url(self):
        return place_in_list("region", self.code)


class Pillar(CodedTerm):
    """One of the four pillars of the Decent Work Agenda."""

    required_texts = ("name", "description")

    description = models.TextField(_("description"), max_length=600, blank=True)

    class Meta(CodedTerm.Meta):
        verbose_name = _("decent-work pillar")
        verbose_name_plural = _("decent-work pillars")

    def get_absolute_url(self):
        return place_in_list("pillar", self.code)


class Goal(CodedTerm):
    """One of the seventeen Sustainable Development Goals; its code is its number."""

    targets = models.TextField(_("targets about financing"), max_length=2000, blank=True, help_text=_("One a line."))

    class Meta(CodedTerm.Meta):
        verbose_name = _("Sustainable Development Goal")
        verbose_name_plural = _("Sustainable Development Goals")

    def __str__(self):
        return f"{self.code}. {self.name}"

    def get_absolute_url(self):
        return place_in_list("goal", self.code)


class Mechanism(CodedTerm):
    """A way of financing: whose money, from where, what it is, and what to look at before using it."""

    required_texts = ("name", "definition", "caution")

    sector = models.CharField(_("whose money"), max_length=10, choices=Sector)
    origin = models.CharField(_("from where"), max_length=15, choices=Origin)
    definition = models.TextField(_("definition"), max_length=900)
    caution = models.TextField(_("caution"), max_length=900)
    body = models.TextField(_("text"), blank=True, max_length=20_000)
    body_html = RenderedField(source="body")
    sources = models.TextField(_("sources"), blank=True, max_length=4000, help_text=_("One a line, as Markdown."))
    term = models.ForeignKey(
        "programme.GlossaryTerm", verbose_name=_("glossary term"), null=True, blank=True, on_delete=models.SET_NULL
    )
    goals = models.ManyToManyField(Goal, verbose_name=_("Sustainable Development Goals"), blank=True, related_name="mechanisms")

    class Meta(CodedTerm.Meta):
        verbose_name = _("financing mechanism")
        verbose_name_plural = _("financing mechanisms")

    def get_absolute_url(self):
        return reverse("programme:mechanism_detail", args=[self.code])


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
