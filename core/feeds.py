"""Atom feeds of what is public: the same for every reader of a language, addresses under SITE_URL whatever host was asked.

    class NewInTheLibrary(PublicFeed):
        address, page = "programme:library_feed", "programme:library"
        title = _("New in the library")  # lazy

        def items(self):
            return LibraryEntry.objects.visible_to(VISITOR).order_by("-published_at")[: self.most]

    path("library/feed.atom", feed_view(NewInTheLibrary), name="library_feed")

A page announces it: `{% block feeds %}{% include "components/feed.html" with title=… url=… %}{% endblock %}`.
"""

from django.contrib.auth.decorators import login_not_required
from django.contrib.syndication.views import Feed
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core.linked_data import absolute
from core.pagecache import for_visitors


class PublicFeed(Feed):
    """Subclasses set `address` and `page` (names of the feed's and its page's URL), `title`, perhaps `subtitle`, and `items`.

    An item has `get_absolute_url`; `item_title`, `item_description`, `item_pubdate`, `item_updateddate` as in Django.
    """

    feed_type = Atom1Feed
    address = page = ""
    most = 30  # items

    def link(self):
        """Return the address of the page that the feed follows."""
        return absolute(reverse(self.page))

    def feed_url(self):
        """Return the feed's own address."""
        return absolute(reverse(self.address))

    def author_name(self):
        """Return the programme's name, for items without an author."""
        return _("Financing Decent Work")

    def item_link(self, item):
        """Return the address of an item."""
        return absolute(item.get_absolute_url())


def feed_view(kind: type[PublicFeed]):
    """Return the view of a feed: open to all, kept for visitors like a page."""
    feed = kind()

    @login_not_required
    @require_safe
    @for_visitors
    def view(request, *args, **kwargs):
        return feed(request, *args, **kwargs)

    return view
