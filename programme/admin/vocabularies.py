"""Vocabularies and the glossary."""

from django import forms
from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from core.admin import TranslatedAdmin, each_language
from programme.models import GlossaryTerm, Goal, Mechanism, Pillar, SubRegion, Theme


class CodedTermAdmin(TranslatedAdmin):
    """An entry of a vocabulary."""

    list_display = ["__str__", "code", "position", "languages"]
    search_fields = ["code", *each_language("name")]
    fieldsets = [(None, {"fields": [each_language("name"), ("code", "position"), "source_language"]})]


@admin.register(Theme)
class ThemeAdmin(CodedTermAdmin):
    pass


@admin.register(GlossaryTerm)
class GlossaryTermAdmin(TranslatedAdmin):
    list_display = ["__str__", "slug", "languages"]
    list_per_page = 50
    search_fields = ["slug", *each_language("term"), *each_language("abbreviation")]
    rows = {"definition": 7}
    fieldsets = [
        (None, {"fields": [("slug", "source_language")]}),
        (_("Texts"), {"fields": [each_language(name) for name in ("term", "abbreviation", "definition")]}),
    ]


@admin.register(SubRegion)
class SubRegionAdmin(CodedTermAdmin):
    rows = {"description": 5}
    fieldsets = [*CodedTermAdmin.fieldsets, (_("Texts"), {"fields": [each_language("description")]})]


@admin.register(Pillar)
class PillarAdmin(SubRegionAdmin):
    pass


@admin.register(Goal)
class GoalAdmin(CodedTermAdmin):
    list_per_page = 20
    rows = {"targets": 8}
    fieldsets = [*CodedTermAdmin.fieldsets, (_("Texts"), {"fields": [each_language("targets")]})]


@admin.register(Mechanism)
class MechanismAdmin(CodedTermAdmin):
    list_display = ["__str__", "sector", "origin", "code", "position", "languages"]
    list_filter = ["sector", "origin"]
    list_per_page = 50
    autocomplete_fields = ["term"]
    rows = {"definition": 7, "caution": 7, "body": 24, "sources": 5}
    fieldsets = [
        *CodedTermAdmin.fieldsets,
        (_("Place"), {"fields": [("sector", "origin"), "term", "goals"]}),
        (_("Texts"), {"fields": [*map(each_language, ("definition", "caution", "body", "sources"))]}),
    ]

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        """Boxes to tick: they work without a script and say aloud what they are."""
        return super().formfield_for_manytomany(db_field, request, **(kwargs | {"widget": forms.CheckboxSelectMultiple}))
