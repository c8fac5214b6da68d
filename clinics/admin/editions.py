"""Editions: texts, dates and plan on one form; everything else on the pages beside it."""

from django.contrib import admin

from clinics.admin.pages import page_urls, tabs
from clinics.models import Edition
from core.admin import TranslatedAdmin, each_language


@admin.register(Edition)
class EditionAdmin(TranslatedAdmin):
    list_display = ["title", "state", "sub_region", "starts_on", "languages"]
    list_select_related = ["sub_region"]
    search_fields = [*each_language("title"), "slug"]
    readonly_fields = ["state", "published_at", "copied_from"]
    change_form_template = "admin/clinics/edition/change_form.html"

    def get_urls(self):
        return [*page_urls(self.admin_site), *super().get_urls()]

    def change_view(self, request, object_id, form_url="", extra_context=None):
        edition = self.get_object(request, object_id)
        own = {"tabs": tabs(request, edition)} if edition else {}
        return super().change_view(request, object_id, form_url, own | (extra_context or {}))
