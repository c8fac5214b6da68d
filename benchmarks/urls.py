from django.conf.urls.i18n import i18n_patterns
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from fdw_portal.urls import *  # noqa: F403
from fdw_portal.urls import urlpatterns as portal


@require_safe
def floor(request):
    """The least that any signed-in page costs: base.html, session, user, inbox badge, empty main."""
    return render(request, "benchmarks/floor.html")


urlpatterns = [*portal, *i18n_patterns(path("benchmark/floor/", floor, name="floor"))]
