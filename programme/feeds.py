"""What is new in the library, for feed readers: one feed for each choice of filters."""

from django.utils.translation import gettext as _

from core.feeds import PublicFeed
from core.linked_data import absolute
from core.sitemaps import VISITOR
from programme.library import Narrowed
from programme.models import Resource


class LibraryFeed(PublicFeed):
    """The newest records that visitors may read and that fit the filters of the address."""

    address, page = "programme:resource_feed", "programme:resource_list"

    def get_object(self, request):
        return Narrowed(VISITOR, request.GET)

    def title(self, found):
        return title_of(found)

    def subtitle(self):
        return _("Publications, guidelines and recordings on financing decent work.")

    def link(self, found):
        return absolute(found.url)

    def feed_url(self, found):
        return absolute(found.feed_url)

    def items(self, found):
        return Resource.objects.filter(pk__in=found.found).order_by("-published_at", "-pk")[: self.most]

    def item_title(self, item):
        return item.text("title", item.reading_language())

    def item_description(self, item):
        return item.text("summary", item.reading_language())

    def item_categories(self, item):
        return [item.get_kind_display()]

    def item_pubdate(self, item):
        return item.published_at

    def item_updateddate(self, item):
        return item.changed_at


def title_of(found: Narrowed) -> str:
    """Return what the feed of some filters is called."""
    return _("Library: %(filters)s") % {"filters": found.words} if found.words else _("New in the library")
