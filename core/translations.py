"""Staff content in three languages: what is missing, what is stale, which language a reader is shown."""

import hashlib

from django.conf import settings
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from modeltranslation.translator import translator
from modeltranslation.utils import build_localized_fieldname

LANGUAGES = [code for code, _name in settings.LANGUAGES]


class TranslatedModel(models.Model):
    """A model whose texts stand in every language, one of which is the source.

    Each translated field remembers the hash of the source it was made from; when that source changes it is stale.
    """

    required_texts: tuple[str, ...] = ()  # fields that a complete language fills

    source_language = models.CharField(_("source language"), max_length=2, choices=settings.LANGUAGES, default="en")
    source_hashes = models.JSONField(default=dict, editable=False)
    changed_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        abstract = True

    def text(self, field: str, language: str) -> str:
        """Return the text of a field in a language, "" when there is none; never another language's."""
        return getattr(self, build_localized_fieldname(field, language)) or ""

    def missing(self, language: str) -> list[str]:
        """Return the names of required fields that are empty in a language."""
        return [field for field in self.required_texts if not self.text(field, language).strip()]

    def reading_language(self, language: str | None = None) -> str:
        """Return the language to show: the reader's when complete, else the source. The page marks the difference."""
        language = (language or get_language() or settings.LANGUAGE_CODE)[:2]
        return self.source_language if self.missing(language) else language

    def source_marks(self) -> dict[str, str]:
        """Return {field: short hash of its source text}, rendered fields left out."""
        fields = translator.get_options_for_model(type(self)).all_fields
        return {f: mark(self.text(f, self.source_language)) for f in sorted(fields) if not f.endswith("_html")}

    def mark_translated(self, *languages: str, fields=None) -> None:
        """Remember that these translations follow the present source. Does not save.

        Args: fields: names of the fields that were looked at; all of them unless given.
        """
        marks = self.source_marks()
        if fields is not None:
            marks = {field: value for field, value in marks.items() if field in fields}
        for code in languages:
            self.source_hashes = self.source_hashes | {code: self.source_hashes.get(code, {}) | marks}

    def stale_fields(self, language: str) -> list[str]:
        """Return the fields whose translation into a language follows an older source, in order of the model's texts."""
        if language == self.source_language or self.missing(language):
            return []
        kept = self.source_hashes.get(language, {})
        marks = self.source_marks()
        return [f for f in marks if kept.get(f) != marks[f] and (self.text(f, self.source_language) or self.text(f, language))]

    def stale(self) -> list[str]:
        """Return the languages of which a translation follows an older source."""
        return [code for code in LANGUAGES if self.stale_fields(code)]


def mark(text: str) -> str:
    """Return a short hash of a text, equal for equal texts."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]
