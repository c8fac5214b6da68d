"""The index: one row a text and language, and the words from which near misses are offered."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.audiences import AudienceQuerySet
from search import engines
from search.sources import TITLE_MOST, URL_MOST


class SearchDocQuerySet(AudienceQuerySet):
    """The texts that a person may read; `visible_to` asks the copy of the audience that stands here."""

    def matching(self, *demands):
        """Return the rows that meet one of the demands (search/engines.py). Queries: none itself."""
        return engines.matching(self, list(demands))

    def ranked(self, *demands):
        """Return the rows that meet one of the demands, each with `rank`, more being better. Queries: none itself."""
        return engines.matching(self, list(demands), rank=True)


class SearchDoc(models.Model):
    """One text in one language, as it stands in the index. Written by search.services alone.

    The small columns come first: SQLite reads a row from its beginning. The engine's own index over the three columns of
    stems (FTS5; a generated tsvector with GIN) is made by the migration and is no part of the model.
    """

    kind = models.CharField(_("kind"), max_length=30)
    language = models.CharField(_("language"), max_length=2, choices=settings.LANGUAGES)
    audience = models.CharField(_("audience"), max_length=60)
    object_key = models.CharField(_("object"), max_length=120)
    url = models.CharField(_("address"), max_length=URL_MOST)
    title = models.CharField(_("title"), max_length=TITLE_MOST)
    changed_at = models.DateTimeField(_("changed"), auto_now=True)
    title_stems = models.TextField()
    marks = models.TextField()  # words about the text: its kind, and those that stand in its title
    text_stems = models.TextField()
    text = models.TextField(_("text"))

    objects = SearchDocQuerySet.as_manager()

    class Meta:
        verbose_name = _("text in the index")
        verbose_name_plural = _("texts in the index")
        indexes = [models.Index(fields=["kind"], name="texts_of_a_kind")]
        constraints = [models.UniqueConstraint(fields=["object_key", "language"], name="one_text_a_language")]

    def __str__(self):
        return f"{self.object_key} {self.language}"


class Spelling(models.Model):
    """A word that some text holds, under one of the keys by which words that are spelt alike find each other.

    Several rows a word (search/spelling.py). A word stays until the next rebuild when its last text goes; it is offered
    to nobody who finds nothing by it.
    """

    language = models.CharField(max_length=2, choices=settings.LANGUAGES)
    word = models.CharField(max_length=24)
    key = models.CharField(max_length=8)

    class Meta:
        verbose_name = _("word in the index")
        verbose_name_plural = _("words in the index")
        indexes = [models.Index(fields=["key"], name="words_spelt_alike")]
        constraints = [models.UniqueConstraint(fields=["word", "language", "key"], name="one_row_a_key")]

    def __str__(self):
        return f"{self.word} {self.language}"
