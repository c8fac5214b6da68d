"""The sitemap: what a visitor may read, in every language, each address under SITE_URL whatever host was asked.

An app registers its sections in `core.registry.sitemaps`. A section lists what `visible_to` a visitor, and nothing that
its own page marks with `noindex`.
"""

import functools
from types import SimpleNamespace
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import AnonymousUser
from django.contrib.sitemaps import Sitemap
from django.contrib.sitemaps.views import x_robots_tag
from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from core import registry
from core.linked_data import absolute
from core.pagecache import for_visitors

LIMIT = 5000  # addresses in one file; more of them, and /sitemap.xml becomes an index of files
MIME = "application/xml"
VISITOR = AnonymousUser()


class PublicSitemap(Sitemap):
    """A section: `items()` are what a visitor may read, with `get_absolute_url` or an own `location`, perhaps `lastmod`."""

    i18n = alternates = x_default = True
    limit = LIMIT

    def get_urls(self, page=1, site=None, protocol=None):
        """Return the entries of a page of the section, under SITE_URL."""
        own = urlsplit(settings.SITE_URL)
        return super().get_urls(page=page, site=SimpleNamespace(domain=own.netloc), protocol=own.scheme)


class VisibleRows(PublicSitemap):
    """A section of the rows of a model that visitors may read. Subclasses set `model`, and may narrow `rows`."""

    model = None

    def rows(self):
        """Return what a visitor may read, in the order of the file. Queries: none itself."""
        return self.model.objects.visible_to(VISITOR)

    @functools.cached_property
    def found(self) -> list:
        """Return the rows, fetched once: Django asks for the items for every page that it counts. Queries: 1."""
        return list(self.rows())

    def items(self):
        """Return the rows. Queries: 1, the first time."""
        return self.found

    def lastmod(self, item):
        """Return when a row last changed."""
        return item.changed_at


class NamedPages(PublicSitemap):
    """A section of single pages. Subclasses set `names`, the names of their URLs."""

    names: tuple[str, ...] = ()

    def items(self):
        """Return the names."""
        return list(self.names)

    def location(self, item):
        """Return the path of a name in the active language."""
        return reverse(item)


@login_not_required
@require_safe
@x_robots_tag
@for_visitors
def sitemap(request):
    """All that visitors may read; an index of the sections' files when it is more than LIMIT addresses."""
    sections = {name: registry.sitemaps[name]() for name in registry.sitemaps.names()}
    if sum(section.paginator.count for section in sections.values()) <= LIMIT:
        urls = [url for section in sections.values() for url in section.get_urls()]
        return render(request, "sitemap.xml", {"urlset": urls}, content_type=MIME)
    files = [
        {"location": absolute(reverse("sitemap_section", args=[name, number])), "last_mod": None}
        for name, section in sections.items()
        for number in section.paginator.page_range
    ]
    return render(request, "sitemap_index.xml", {"sitemaps": files}, content_type=MIME)


@login_not_required
@require_safe
@x_robots_tag
@for_visitors
def sitemap_section(request, section, number):
    """One file of a section."""
    if section not in registry.sitemaps:
        raise Http404(section)
    found = registry.sitemaps[section]()
    if not 1 <= number <= found.paginator.num_pages:
        raise Http404(number)
    return render(request, "sitemap.xml", {"urlset": found.get_urls(page=number)}, content_type=MIME)
