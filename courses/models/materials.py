"""What stands in a unit beside its text: figures, reflections, films and files."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.models import StoredFile
from core.svg import safe_drawing
from core.translations import TranslatedModel
from courses.enums import MediumKind
from courses.models.modules import Module, Unit


class Figure(TranslatedModel):
    """A drawing in three languages, with its words: shown where a text says `![](figure:key)`."""

    required_texts = ("title", "description", "svg")

    module = models.ForeignKey(Module, verbose_name=_("module"), on_delete=models.CASCADE, related_name="figures")
    key = models.SlugField(_("key"), max_length=60)
    title = models.CharField(_("title"), max_length=200, help_text=_("Says in one line what the figure shows."))
    description = models.TextField(
        _("description"), max_length=2000, help_text=_("All that the figure says, as text. Shown on request, and read aloud.")
    )
    svg = models.TextField(_("drawing (SVG)"), max_length=40_000, validators=[safe_drawing])

    class Meta:
        verbose_name = _("figure")
        verbose_name_plural = _("figures")
        ordering = ["module", "key"]
        constraints = [models.UniqueConstraint(fields=["module", "key"], name="figure_key_in_module")]

    def __str__(self):
        return self.text("title", self.source_language) or self.key


class Reflection(TranslatedModel):
    """A question about the reader's own country; what she answers is her private note."""

    required_texts = ("prompt",)

    unit = models.ForeignKey(Unit, verbose_name=_("unit"), on_delete=models.CASCADE, related_name="reflections")
    key = models.SlugField(_("key"), max_length=60)
    position = models.PositiveSmallIntegerField(_("order"), default=0)
    prompt = models.TextField(_("question"), max_length=600)
    is_active = models.BooleanField(_("asked"), default=True)

    class Meta:
        verbose_name = _("reflection")
        verbose_name_plural = _("reflections")
        ordering = ["unit", "position"]
        constraints = [models.UniqueConstraint(fields=["unit", "key"], name="reflection_key_in_unit")]

    def __str__(self):
        return self.text("prompt", self.source_language)[:80] or self.key


class Medium(models.Model):
    """A film, its sound or captions, or a file to download, in one language: stored here, or a link to another site."""

    unit = models.ForeignKey(Unit, verbose_name=_("unit"), on_delete=models.CASCADE, related_name="media")
    kind = models.CharField(_("kind"), max_length=10, choices=MediumKind)
    language = models.CharField(_("language"), max_length=2, choices=settings.LANGUAGES)
    file = models.ForeignKey(
        StoredFile, verbose_name=_("file"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    url = models.URLField(_("address on another site"), max_length=500, blank=True)
    bytes = models.PositiveBigIntegerField(
        _("size in bytes"), null=True, blank=True, help_text=_("Of what lies on another site.")
    )
    seconds = models.PositiveIntegerField(_("length in seconds"), null=True, blank=True)

    class Meta:
        verbose_name = _("film, sound or file")
        verbose_name_plural = _("films, sound and files")
        ordering = ["unit", "kind", "language"]
        constraints = [
            models.UniqueConstraint(fields=["unit", "kind", "language"], name="medium_of_unit"),
            models.CheckConstraint(
                condition=Q(file__isnull=False, url="") | (Q(file__isnull=True) & ~Q(url="")),
                name="medium_is_file_or_link",
                violation_error_message=_("Give either a file or an address."),
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()} {self.language.upper()}"

    @property
    def size(self) -> int | None:
        """Return its size in bytes, None when it is not known."""
        return self.file.size if self.file else self.bytes
