from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from core.admin import TranslatedAdmin, each_language
from programme.models import GlossaryTerm, Theme


@admin.register(Theme)
class ThemeAdmin(TranslatedAdmin):
    list_display = ["__str__", "code", "position"]
    search_fields = ["code", *each_language("name")]
    fieldsets = [(None, {"fields": [each_language("name"), ("code", "position")]})]


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
