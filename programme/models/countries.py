"""Country profiles: one public page a country, keyed by its ISO 3166-1 code."""

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core import countries
from core.richtext import RenderedField
from core.translations import LANGUAGES, TranslatedModel
from programme.enums import Accelerator, FactKind, InffStage
from programme.models.base import Published, PublishedQuerySet
from programme.models.people import WEB
from programme.models.vocabularies import SubRegion

FACT = "facts."  # before the kind of a fact where fields of a profile are named


class CountryQuerySet(PublishedQuerySet):
    def with_newest(self):
        """Annotate `newest`: the date of a profile's newest fact, None without facts."""
        return self.annotate(newest=models.Max("facts__as_of"))


class CountryProfile(Published):
    """What is publicly known of financing decent work in a country; compiled for illustration, dated, with sources."""

    required_texts = ("summary",)

    code = models.CharField(
        _("country"), max_length=2, unique=True, validators=[RegexValidator("^[A-Z]{2}$", _("Two capital letters."))]
    )
    sub_region = models.ForeignKey(SubRegion, verbose_name=_("sub-region"), on_delete=models.PROTECT, related_name="countries")
    inff_stage = models.CharField(_("financing framework"), max_length=15, choices=InffStage, default=InffStage.NOT_FOUND)
    accelerator = models.CharField(_("Global Accelerator"), max_length=15, choices=Accelerator, default=Accelerator.NOT_LISTED)
    summary = models.TextField(_("summary"), max_length=900)

    objects = CountryQuerySet.as_manager()

    class Meta(Published.Meta):
        verbose_name = _("country profile")
        verbose_name_plural = _("country profiles")
        ordering = ["code"]

    def __str__(self):
        return countries.name(self.code)

    @property
    def name(self) -> str:
        """Return the country's name in the active language."""
        return countries.name(self.code)

    def get_absolute_url(self):
        return reverse("programme:country_detail", args=[self.code.lower()])

    def gaps(self) -> dict[str, list[str]]:
        """Return what its own texts and its facts lack, a fact as "facts." and its kind. Queries: 1, 0 when prefetched."""
        found = super().gaps()
        for code in (code for code in LANGUAGES if code not in self.fallback_languages):
            if lacking := [f"{FACT}{fact.kind}" for fact in self.facts.all() if fact.missing(code)]:
                found[code] = found.get(code, []) + lacking
        return found

    def languages(self) -> list[str]:
        """Return the codes of the languages in which summary and facts stand. Queries: 1, 0 when prefetched."""
        return [code for code in super().languages() if not any(fact.missing(code) for fact in self.facts.all())]

    def field_name(self, field: str) -> str:
        kind = field.removeprefix(FACT)
        return str(FactKind(kind).label) if kind != field else super().field_name(field)


class FactQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Return the facts of the profiles that this person may read."""
        return self.filter(profile__in=CountryProfile.objects.visible_to(user))


class CountryFact(TranslatedModel):
    """One thing that is known of a country, as of a date, from named sources."""

    required_texts = ("body",)

    profile = models.ForeignKey(CountryProfile, verbose_name=_("country"), on_delete=models.CASCADE, related_name="facts")
    kind = models.CharField(_("what about"), max_length=30, choices=FactKind)
    body = models.TextField(_("text"), max_length=3000)
    body_html = RenderedField(source="body")
    as_of = models.DateField(_("as of"))
    sources = models.JSONField(
        _("sources"), default=list, blank=True, help_text=_("A list of title and web address; titles in their own language.")
    )

    objects = FactQuerySet.as_manager()

    class Meta:
        verbose_name = _("fact about a country")
        verbose_name_plural = _("facts about countries")
        ordering = ["profile", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["profile", "kind"], name="one_fact_a_kind"),
            models.CheckConstraint(condition=Q(kind__in=FactKind.values), name="fact_kind_known"),
        ]

    def __str__(self):
        return f"{self.profile}: {self.get_kind_display()}"

    @property
    def place(self) -> int:
        """Return where a fact stands among those of its profile: as its kind among the kinds."""
        return FactKind.values.index(self.kind)

    def clean(self):
        super().clean()
        check_sources(self.sources)


def check_sources(sources) -> None:
    """Refuse sources that are no list of title and web address. Raises: ValidationError for "sources". Pure."""
    if not isinstance(sources, list) or not all(isinstance(one, dict) and one.keys() == {"title", "url"} for one in sources):
        raise ValidationError({"sources": _("Each source has a title and a web address, and nothing else.")})
    faults = []
    for n, one in enumerate(sources, start=1):
        if not (isinstance(one["title"], str) and one["title"].strip()):
            faults.append(_("Source %(n)d has no title.") % {"n": n})
        if not _is_address(one["url"]):
            faults.append(_("Source %(n)d has no web address that begins with http:// or https://.") % {"n": n})
    if faults:
        raise ValidationError({"sources": faults})


def _is_address(url) -> bool:
    try:
        for validate in WEB:
            validate(url)
    except ValidationError:
        return False
    return isinstance(url, str)
