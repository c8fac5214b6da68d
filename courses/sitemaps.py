"""Modules and units for search engines."""

from core.sitemaps import NamedPages, VisibleRows
from courses.models import Module, Unit


class CatalogueSitemap(NamedPages):
    names = ("courses:module_list",)


class ModuleSitemap(VisibleRows):
    model = Module

    def rows(self):
        return super().rows().only("slug", "changed_at")


class UnitSitemap(VisibleRows):
    model = Unit

    def rows(self):
        rows = super().rows().select_related("module").order_by("module__position", "module__slug", "position")
        return rows.only("slug", "changed_at", "module__slug")
