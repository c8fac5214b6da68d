"""Clinics for search engines."""

from clinics.models import Edition
from core.sitemaps import NamedPages, VisibleRows


class ClinicsSitemap(NamedPages):
    names = ("clinics:edition_list",)


class EditionSitemap(VisibleRows):
    model = Edition

    def rows(self):
        return super().rows().only("slug", "changed_at")
