"""The administration's own site: the portal's sign-in, one desk as first page, inline styles allowed here alone."""

from allauth.account.decorators import secure_admin_login
from csp.constants import SELF, UNSAFE_INLINE
from csp.decorators import csp_update
from django.contrib.admin import AdminSite
from django.contrib.admin.models import LogEntry
from django.utils.translation import gettext_lazy as _

from core import registry


class PortalAdminSite(AdminSite):
    site_title = site_header = _("Financing Decent Work")
    index_title = _("Desk")
    enable_nav_sidebar = False
    login = secure_admin_login(AdminSite.login)

    def admin_view(self, view, cacheable=False):
        return csp_update({"style-src": [SELF, UNSAFE_INLINE]})(super().admin_view(view, cacheable))

    def index(self, request, extra_context=None):
        """The desk: what waits, then the records. Each app offers its lines in offers.py."""
        waiting = [line for offer in registry.desk for line in offer(request.user)]
        recent = LogEntry.objects.select_related("content_type", "user")[:8]
        return super().index(request, {"waiting": waiting, "recent": recent} | (extra_context or {}))
