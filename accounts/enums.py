from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Side(models.TextChoices):
    """The sides of tripartism, and those beside them."""

    GOVERNMENT = "government", _("Government")
    EMPLOYERS = "employers", _("Employers")
    WORKERS = "workers", _("Workers")
    OTHER = "other", pgettext_lazy("side", "Other")


class ConstituentGroup(models.TextChoices):
    """Nine constituent groups; each belongs to a side."""

    LABOUR = "labour", _("Government: labour")
    FINANCE = "finance", _("Government: planning, finance, statistics, SDG reporting")
    EMPLOYERS = "employers", _("Employers’ organisation")
    WORKERS = "workers", _("Workers’ organisation")
    RESEARCH = "research", _("Research and academia")
    INTERNATIONAL = "international", _("International organisation or UN country team")
    COOPERATION = "cooperation", _("Development cooperation agency")
    NGO = "ngo", _("Non-governmental organisation")
    ILO = "ilo", _("ILO or ITC-ILO")

    @property
    def side(self) -> Side:
        return {
            "labour": Side.GOVERNMENT,
            "finance": Side.GOVERNMENT,
            "employers": Side.EMPLOYERS,
            "workers": Side.WORKERS,
        }.get(self.value, Side.OTHER)


class Sex(models.TextChoices):
    FEMALE = "female", pgettext_lazy("sex", "Female")
    MALE = "male", pgettext_lazy("sex", "Male")
    OTHER = "other", pgettext_lazy("sex", "Other")


class Visibility(models.TextChoices):
    NOBODY = "nobody", _("Only me and the programme team")
    PEERS = "peers", _("People in my clinics and groups")
