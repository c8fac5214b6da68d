"""The programme's pages for search engines."""

import functools

from django.db.models import Max

from core.sitemaps import NamedPages, VisibleRows
from programme.models import CountryProfile, FaqEntry, GlossaryTerm, Mechanism, Newsletter, Page, Resource


class GlossarySitemap(NamedPages):
    names = ("programme:glossary",)

    def lastmod(self, item):
        return self.newest

    @functools.cached_property
    def newest(self):
        """Return when a term last changed, None without terms. Queries: 1."""
        return GlossaryTerm.objects.aggregate(last=Max("changed_at"))["last"]


class AboutSitemap(NamedPages):
    names = ("programme:page_list", "programme:faq", "programme:partner_list", "programme:expert_list", "programme:contact",
             "programme:resource_list", "programme:newsletter")  # fmt: skip


class PageSitemap(VisibleRows):
    model = Page

    def rows(self):
        return super().rows().only("slug", "changed_at")


class FaqSitemap(VisibleRows):
    model = FaqEntry

    def rows(self):
        return super().rows().only("slug", "changed_at")


class VocabularySitemap(NamedPages):
    names = ("programme:country_list", "programme:mechanism_list", "programme:vocabulary_list")


class CountrySitemap(VisibleRows):
    model = CountryProfile

    def rows(self):
        return super().rows().only("code", "changed_at")


class MechanismSitemap(VisibleRows):
    model = Mechanism

    def rows(self):
        return super().rows().only("code", "changed_at")


class ResourceSitemap(VisibleRows):
    model = Resource

    def rows(self):
        return super().rows().only("slug", "changed_at")


class NewsletterSitemap(VisibleRows):
    model = Newsletter

    def rows(self):
        return super().rows().only("slug", "changed_at")
