"""Who is behind the programme: people and organisations."""

from urllib.parse import urlsplit

from django.core.validators import URLValidator
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core import countries
from core.models import StoredFile
from programme.enums import ExpertKind, PartnerKind
from programme.models.base import Published

WEB = [URLValidator(schemes=["http", "https"])]


class Partner(Published):
    """An organisation in the programme's field."""

    required_texts = ("name", "description")

    code = models.SlugField(_("code"), max_length=60, unique=True)
    kind = models.CharField(_("kind"), max_length=20, choices=PartnerKind)
    name = models.CharField(_("name"), max_length=160)
    abbreviation = models.CharField(_("abbreviation"), max_length=30, blank=True)
    description = models.TextField(_("description"), max_length=900)
    url = models.CharField(_("web address"), max_length=300, blank=True, validators=WEB)
    country = models.CharField(_("country"), max_length=2, blank=True, db_index=True)
    is_invited = models.BooleanField(_("invited to clinics"), default=False)
    position = models.PositiveSmallIntegerField(_("order"), default=0)

    class Meta(Published.Meta):
        verbose_name = _("partner")
        verbose_name_plural = _("partners")
        ordering = ["kind", "position", "code"]

    def __str__(self):
        return self.name or self.code

    def get_absolute_url(self):
        return f"{reverse('programme:partner_list')}#{self.code}"

    @property
    def country_name(self) -> str:
        """Return the country's name in the active language, "" for an organisation of none."""
        return countries.name(self.country)

    @property
    def host(self) -> str:
        """Return the name of the website, such as "www.ilo.org"; "" without one."""
        return urlsplit(self.url).netloc


class Expert(Published):
    """A trainer, an invited expert or a member of the programme team, shown with her consent."""

    required_texts = ("role",)

    name = models.CharField(_("name"), max_length=120, unique=True)
    honorific = models.CharField(_("form of address"), max_length=20, blank=True)
    kind = models.CharField(_("kind"), max_length=10, choices=ExpertKind)
    role = models.CharField(_("role"), max_length=160)
    bio = models.TextField(_("about the person"), max_length=1500, blank=True)
    organisation = models.ForeignKey(
        Partner, verbose_name=_("organisation"), null=True, blank=True, on_delete=models.SET_NULL, related_name="experts"
    )
    photo = models.ForeignKey(
        StoredFile, verbose_name=_("photo"), null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    languages_spoken = models.JSONField(_("languages spoken"), default=list, blank=True)
    url = models.CharField(_("web address"), max_length=300, blank=True, validators=WEB)
    position = models.PositiveSmallIntegerField(_("order"), default=0)

    class Meta(Published.Meta):
        verbose_name = _("trainer or expert")
        verbose_name_plural = _("trainers and experts")
        ordering = ["kind", "position", "name"]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return f"{reverse('programme:expert_list')}#p{self.pk}"
