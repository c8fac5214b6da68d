"""The administration's own site: the portal's sign-in, one desk as first page, inline styles allowed here alone."""

import functools

from allauth.account.decorators import secure_admin_login
from csp.constants import SELF, UNSAFE_INLINE
from csp.decorators import csp_update
from django.conf import settings
from django.contrib.admin import AdminSite
from django.contrib.admin.models import LogEntry
from django.contrib.auth.decorators import login_not_required
from django.contrib.contenttypes.models import ContentType
from django.db.models import Max
from django.utils import translation
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _

from core import registry
from core.paging import MOST_COUNTED, capped_count


class PortalAdminSite(AdminSite):
    site_title = site_header = _("Financing Decent Work")
    index_title = _("Desk")
    enable_nav_sidebar = False

    @method_decorator(login_not_required)
    def login(self, request, extra_context=None):
        """Leave signing in to the portal's own page; a signed-in person who is not on the team gets 403."""
        return secure_admin_login(super().login)(request, extra_context)

    def admin_view(self, view, cacheable=False):
        guarded = super().admin_view(view, cacheable)

        @functools.wraps(guarded)
        def in_chosen_language(request, *args, **kwargs):
            """Speak the language chosen by the buttons; without a choice, the person's own stands."""
            chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)
            if chosen in dict(settings.LANGUAGES):
                translation.activate(chosen)  # LocaleMiddleware sets it anew at each request
                request.LANGUAGE_CODE = chosen
            return guarded(request, *args, **kwargs)

        return csp_update({"style-src": [SELF, UNSAFE_INLINE]})(in_chosen_language)

    def index(self, request, extra_context=None):
        """The desk: what waits, then the records. Each app offers its lines in offers.py."""
        context = {
            "waiting": [line for offer in registry.desk for line in offer(request.user)],
            "recent": list(LogEntry.objects.select_related("content_type", "user")[:8]),
            "app_list": with_figures(self.get_app_list(request)),
        }
        return super().index(request, context | (extra_context or {}))


def with_figures(app_list: list[dict]) -> list[dict]:
    """Add to each record of the list how many rows it has and when staff last changed one.

    Queries: 2 and 1 a record; no count goes beyond MOST_COUNTED.
    """
    last = dict(LogEntry.objects.order_by().values_list("content_type").annotate(at=Max("action_time")))
    for record in (model for app in app_list for model in app["models"]):
        rows = capped_count(record["model"]._default_manager.all())
        record["rows"] = f"{MOST_COUNTED:,}+" if rows > MOST_COUNTED else f"{rows:,}"
        record["last"] = last.get(ContentType.objects.get_for_model(record["model"]).pk)
    return app_list
