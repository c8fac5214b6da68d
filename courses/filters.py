"""What readers narrow the catalogue by. The catalogue is short and kept as outlines, so it is narrowed in Python."""

from collections import Counter

import django_filters
from django import forms
from django.conf import settings
from django.contrib.auth import get_user_model
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.enums import ConstituentGroup
from core import countries
from courses.enums import Whereabouts
from courses.models import Module
from courses.outline import Progress
from courses.services.whereabouts import standing_at

LENGTHS = (30, 60, 120)  # minutes
CHOICE = {"widget": forms.Select(attrs={"class": "form-select"})}


class ModuleFilter(django_filters.FilterSet):
    """By theme, by how long a module takes at most, by the language in which all of it can be read.

    Args: found: Progress of every module the person may read, in order; `queryset`: the same modules.
    """

    theme = django_filters.ChoiceFilter(label=_("Theme"), empty_label=_("Any theme"), method="by_theme", **CHOICE)
    minutes = django_filters.ChoiceFilter(label=_("Time needed"), empty_label=_("Any length"), method="by_minutes", **CHOICE)
    language = django_filters.ChoiceFilter(
        label=_("Language"), empty_label=_("Any language"), choices=settings.LANGUAGES, method="by_language", **CHOICE
    )

    class Meta:
        model = Module
        fields: list[str] = []

    def __init__(self, *args, found: list[Progress], **kwargs):
        super().__init__(*args, **kwargs)
        self.found = found
        names, count = {}, Counter(one.plan.theme_code for one in found)
        for one in found:
            names.setdefault(one.plan.theme_code, f"{one.plan.theme} ({count[one.plan.theme_code]})")
        self.filters["theme"].extra["choices"] = list(names.items())
        self.filters["minutes"].extra["choices"] = [
            (n, ngettext("up to %(n)d minute", "up to %(n)d minutes", n) % {"n": n}) for n in LENGTHS
        ]

    @property
    def chosen(self) -> dict:
        """Return what the reader chose and what could be understood of it."""
        self.is_valid()  # fills cleaned_data
        return {name: value for name, value in self.form.cleaned_data.items() if value}

    def kept(self) -> list[Progress]:
        """Return the modules that fit, in order. Queries: 1."""
        fitting = set(self.qs.values_list("pk", flat=True))
        return [one for one in self.found if one.plan.pk in fitting]

    def by_theme(self, queryset, _name, value: str):
        return self.where(queryset, lambda one: one.plan.theme_code == value)

    def by_minutes(self, queryset, _name, value: str):
        return self.where(queryset, lambda one: one.minutes <= int(value))

    def by_language(self, queryset, _name, value: str):
        return self.where(queryset, lambda one: value in one.plan.languages)

    def where(self, queryset, fits):
        return queryset.filter(pk__in=[one.plan.pk for one in self.found if fits(one)])


class LearnerFilter(django_filters.FilterSet):
    """By where people stand in a module, their country and their constituent group. Args: queryset: of `learners`."""

    where = django_filters.ChoiceFilter(
        label=_("State"), empty_label=_("Any state"), choices=Whereabouts.choices, method="by_where", **CHOICE
    )
    country = django_filters.ChoiceFilter(label=_("Country"), empty_label=_("Any country"), **CHOICE)
    group = django_filters.ChoiceFilter(
        label=_("Constituent group"), empty_label=_("Any group"), choices=ConstituentGroup.choices, **CHOICE
    )

    class Meta:
        model = get_user_model()
        fields = ["where", "country", "group"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.filters["country"].extra["choices"] = countries.choices((get_language() or "en")[:2])

    def by_where(self, queryset, _name, value: str):
        return queryset.filter(standing_at(value))
