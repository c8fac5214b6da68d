"""What staff write for readers: published or not, for an audience, in every language."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.audiences import PUBLIC, AudienceQuerySet
from core.translations import LANGUAGES, TranslatedModel
from programme.enums import State


class PublicQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Return all rows: vocabularies are public."""
        return self.all()


class PublishedQuerySet(AudienceQuerySet):
    """Rows that readers see once they are published."""

    @property
    def sees_all(self) -> str:
        """Return the permission by which staff see drafts as well: to view this model."""
        return f"programme.view_{self.model._meta.model_name}"

    def in_state(self):
        return self.filter(state=State.PUBLISHED)


class Published(TranslatedModel):
    """A text or record of its own: a draft until staff publish it."""

    state = models.CharField(_("state"), max_length=10, choices=State, default=State.DRAFT)
    audience = models.CharField(_("audience"), max_length=60, default=PUBLIC, db_index=True)
    fallback_languages = models.JSONField(_("languages that may show the source"), default=list, blank=True)
    published_at = models.DateTimeField(_("published at"), null=True, blank=True, editable=False)

    objects = PublishedQuerySet.as_manager()

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(condition=Q(state__in=State.values), name="%(class)s_state_known"),
        ]

    @property
    def is_draft(self) -> bool:
        return self.state == State.DRAFT

    def gaps(self) -> dict[str, list[str]]:
        """Return {language: names of required fields without text}, those left out that may show the source. Pure."""
        gaps = {code: self.missing(code) for code in LANGUAGES if code not in self.fallback_languages}
        return {code: fields for code, fields in gaps.items() if fields}

    def field_name(self, field: str) -> str:
        """Return the name of a field of `gaps` as staff read it. Pure."""
        return str(self._meta.get_field(field).verbose_name)

    def languages(self) -> list[str]:
        """Return the codes of the languages in which all of it stands, in the order of settings. Pure."""
        return [code for code, _name in settings.LANGUAGES if not self.missing(code)]


class CodedTerm(TranslatedModel):
    """An entry of a vocabulary: its code never changes, its name stands in every language."""

    required_texts = ("name",)

    code = models.SlugField(_("code"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=120)
    position = models.PositiveSmallIntegerField(_("order"), default=0)

    objects = PublicQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering = ["position", "code"]

    def __str__(self):
        return self.name or self.code
