"""The library: records of documents, held here or linked, in the languages in which they exist."""

from urllib.parse import urlsplit

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.models import StoredFile
from programme.enums import Licence, ResourceKind
from programme.models.base import Published, PublishedQuerySet
from programme.models.people import WEB
from programme.models.vocabularies import Theme


class ResourceQuerySet(PublishedQuerySet):
    def in_order(self):
        """Return the newest first, those without a year after all others, the archive last."""
        newest = F("published_at").desc(nulls_last=True)
        return self.order_by("is_archive", F("year").desc(nulls_last=True), newest, "slug")


class Resource(Published):
    """A publication, factsheet, newsletter, guideline or recording."""

    required_texts = ("title", "summary")

    slug = models.SlugField(_("slug"), max_length=80, unique=True)
    kind = models.CharField(_("kind"), max_length=15, choices=ResourceKind)
    title = models.CharField(_("title"), max_length=250)
    summary = models.TextField(_("summary"), max_length=900)
    authors = models.CharField(_("authors"), max_length=200, blank=True)
    year = models.PositiveSmallIntegerField(
        _("year"), null=True, blank=True, validators=[MinValueValidator(1900), MaxValueValidator(2100)], db_index=True
    )
    licence = models.CharField(_("licence"), max_length=30, choices=Licence, default=Licence.LINKED)
    is_archive = models.BooleanField(_("archive"), default=False, help_text=_("Kept for the record; the page says so."))
    themes = models.ManyToManyField(Theme, verbose_name=_("themes"), blank=True, related_name="resources")

    objects = ResourceQuerySet.as_manager()

    class Meta(Published.Meta):
        verbose_name = _("resource")
        verbose_name_plural = _("library")
        ordering = ["is_archive", "-year", "slug"]

    def __str__(self):
        return self.title or self.slug

    def get_absolute_url(self):
        return reverse("programme:resource_detail", args=[self.slug])


class ResourceCountry(models.Model):
    """A country that a resource is about, whether or not it has a profile."""

    resource = models.ForeignKey(Resource, on_delete=models.CASCADE, related_name="countries")
    code = models.CharField(_("country"), max_length=2)

    class Meta:
        verbose_name = _("country of a resource")
        verbose_name_plural = _("countries of a resource")
        constraints = [models.UniqueConstraint(fields=["resource", "code"], name="country_once_a_resource")]
        indexes = [models.Index(fields=["code"], name="resources_of_country")]

    def __str__(self):
        return self.code


class Document(models.Model):
    """A resource in one language: a file of ours, or an address elsewhere."""

    resource = models.ForeignKey(Resource, verbose_name=_("resource"), on_delete=models.CASCADE, related_name="documents")
    language = models.CharField(_("language"), max_length=2, choices=settings.LANGUAGES)
    file = models.ForeignKey(
        StoredFile, verbose_name=_("file"), null=True, blank=True, on_delete=models.PROTECT, related_name="documents"
    )
    url = models.CharField(_("or a web address"), max_length=500, blank=True, validators=WEB)
    size = models.PositiveBigIntegerField(
        _("size in bytes"), null=True, blank=True, help_text=_("Of what is linked, if known.")
    )
    downloads = models.PositiveIntegerField(_("downloads"), default=0, editable=False)

    class Meta:
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        ordering = ["resource", "language"]
        constraints = [
            models.UniqueConstraint(fields=["resource", "language"], name="document_once_a_language"),
            models.CheckConstraint(condition=Q(file__isnull=True) | Q(url=""), name="document_file_or_address"),
        ]

    def __str__(self):
        return f"{self.resource} ({self.language})"

    @property
    def host(self) -> str:
        """Return the site on which it lies, such as "ilo.org"; "" for a file of ours or when no address is known."""
        return urlsplit(self.url).netloc.lower().removeprefix("www.")

    @property
    def ending(self) -> str:
        """Return what kind of file it is, such as "PDF"; "" for what lies elsewhere."""
        return self.file.name.rpartition(".")[2].upper() if self.file else ""

    @property
    def known_size(self) -> int | None:
        """Return the size in bytes, None where it is not known."""
        return self.file.size if self.file else self.size

    def get_absolute_url(self):
        """Return the address that counts and serves a file of ours, or leads to where it lies."""
        return reverse("programme:document_download", args=[self.resource.slug, self.language])
