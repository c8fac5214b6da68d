from allauth.socialaccount.views import login_error
from django.conf import settings
from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from django.views.i18n import set_language

import core.converters  # noqa: F401  registers the `n` converter
from core import sitemaps
from core import views as core_views
from fdw_portal import views
from reminders.inbound.webhook import webhook

urlpatterns = [
    path("", views.choose_language, name="root"),
    path("admin/", admin.site.urls),
    path("health/", core_views.health, name="health"),
    path("robots.txt", core_views.robots, name="robots"),
    path("sitemap.xml", sitemaps.sitemap, name="sitemap"),
    path("sitemap-<slug:section>-<n:number>.xml", sitemaps.sitemap_section, name="sitemap_section"),
    path("files/<uuid:key>/", core_views.file, name="file"),
    *([path(f"inbound/{settings.INBOUND_ESP}/", webhook(settings.INBOUND_ESP))] if settings.INBOUND_ESP else []),
    path("language/", login_not_required(set_language), name="set_language"),
    *i18n_patterns(
        path("", views.home, name="home"),
        path("typed/", core_views.typed, name="typed"),
        path("jobs/<uuid:key>/", core_views.job, name="job"),
        path("jobs/<uuid:key>/state/", core_views.job_state, name="job_state"),
        path("accounts/", include("accounts.urls")),
        path("accounts/3rdparty/login/error/", login_not_required(login_error), name="socialaccount_login_error"),
        path("accounts/", include("allauth.urls")),
        path("courses/", include("courses.urls")),
        path("clinics/", include("clinics.urls")),
        path("reminders/", include("reminders.urls")),
        path("search/", include("search.urls")),
        path("", include("programme.urls")),
    ),
]

handler400 = "fdw_portal.views.bad_request"
handler403 = "fdw_portal.views.forbidden"
handler404 = "fdw_portal.views.not_found"
handler500 = "fdw_portal.views.server_error"
