"""The administration's own site: the portal's sign-in, one desk as first page, inline styles allowed here alone."""

import functools
from urllib.parse import urlencode

from allauth.account.decorators import secure_admin_login
from csp.constants import SELF, UNSAFE_INLINE
from csp.decorators import csp_update
from django.conf import settings
from django.contrib.admin import AdminSite
from django.contrib.admin.models import LogEntry
from django.contrib.auth.decorators import login_not_required
from django.contrib.contenttypes.models import ContentType
from django.core.paginator import Paginator
from django.db.models import Max
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import translation
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from core import registry
from core.paging import MOST_COUNTED, capped_count
from core.translating import MISSING, STALE, Gap, gaps

TEXTS_A_PAGE = 100


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

    def get_urls(self):
        return [
            path("translations/", self.admin_view(require_safe(self.translations)), name="translations"),
            *super().get_urls(),
        ]

    def translations(self, request):
        """The translation desk: what waits for a translator, each field one click away. Queries: 0 while nothing changes."""
        found, chosen = gaps(), {name: request.GET.get(name, "") for name in ("kind", "language", "state")}
        kept = [gap for gap in found if _fits(gap, **chosen)]
        pages = Paginator(kept, TEXTS_A_PAGE)
        page = pages.get_page(request.GET.get("page"))
        filters = translation_filters(found, chosen)
        context = self.each_context(request) | {
            "title": _("Translations"),
            "page": page,
            "filters": filters,
            "query": urlencode({k: v for k, v in chosen.items() if v}),
        }
        return TemplateResponse(request, "admin/translations.html", context)


def _fits(gap: Gap, *, kind: str, language: str, state: str) -> bool:
    asked = (not kind or gap.kind == kind, not language or gap.language == language, not state or gap.has(state))
    return all(asked)


def translation_filters(found: list[Gap], chosen: dict[str, str]) -> list[dict]:
    """Return the rows of links that narrow the translation desk, each with how many it would show. Pure."""
    known = {
        "language": (_("Language"), list(settings.LANGUAGES)),
        "state": (_("Why"), [(MISSING, _("missing")), (STALE, _("older than its source"))]),
        "kind": (_("What"), [(kind, registry.translatables[kind].label) for kind in registry.translatables.names()]),
    }
    rows = []
    for name, (label, choices) in known.items():
        links = []
        for value, words in [("", _("All")), *choices]:
            narrowed = chosen | {name: value}
            links.append(
                {
                    "label": words,
                    "count": sum(_fits(gap, **narrowed) for gap in found),
                    "url": f"?{urlencode({k: v for k, v in narrowed.items() if v})}",
                    "here": chosen[name] == value,
                    "lang": value if name == "language" else "",
                }
            )
        rows.append({"label": label, "links": links})
    return rows


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
