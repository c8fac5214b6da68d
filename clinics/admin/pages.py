"""The pages of one edition's administration: one row of links, one way to write a page.

    @edition_page("balance", _("Balance sheet"), position=40)
    def balance(request, edition):
        return page(request, edition, "balance", "admin/clinics/balance.html", {…})

stands at `/admin/clinics/edition/<pk>/balance/` and is named `admin:clinics_edition_balance`.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse

from clinics.models import Edition

PAGES: list["EditionPage"] = []
LIST_PAGES: dict[str, Callable] = {}  # name -> f(request): pages beside the list of editions, which check for themselves


@dataclass(frozen=True)
class EditionPage:
    """One page beside an edition's own form.

    Args: name: in its address; label: in the row of links; view: f(request, edition) -> response; permission: who opens
    it; position: where it stands in the row; listed: whether it stands there at all.
    """

    name: str
    label: str
    view: Callable
    permission: str
    position: int
    listed: bool

    def url(self, edition: Edition) -> str:
        return reverse(f"admin:clinics_edition_{self.name}", args=[edition.pk])


def edition_page(name: str, label, *, position: int, permission: str = "clinics.change_edition", listed: bool = True):
    """Register a view as a page of the edition's administration."""

    def remember(view):
        PAGES.append(EditionPage(name, label, view, permission, position, listed))
        return view

    return remember


def list_page(name: str):
    """Register a view as a page beside the list of editions, `/admin/clinics/edition/<name>/`."""

    def remember(view):
        LIST_PAGES[name] = view
        return view

    return remember


def guarded(one: EditionPage):
    """Return the view of a page: the edition fetched, permission checked. Queries: 1."""

    def view(request, pk, **kwargs):
        if not request.user.has_perm(one.permission):
            raise PermissionDenied
        return one.view(request, get_object_or_404(Edition.objects.select_related("sub_region"), pk=pk), **kwargs)

    return view


def page_urls(site) -> list:
    """Return the addresses of all pages, for the edition's administration."""
    beside = [path(f"{name}/", site.admin_view(view), name=f"clinics_edition_{name}") for name, view in LIST_PAGES.items()]
    own = [path(f"<n:pk>/{one.name}/", site.admin_view(guarded(one)), name=f"clinics_edition_{one.name}") for one in PAGES]
    return beside + own


def tabs(request, edition: Edition, here: str = "") -> list[dict]:
    """Return the row of links of an edition as `admin/_tabs.html` shows it: its form, then the pages she may open."""
    form = {"label": Edition._meta.verbose_name, "url": reverse("admin:clinics_edition_change", args=[edition.pk])}
    shown = sorted((one for one in PAGES if one.listed), key=lambda one: one.position)
    links = [{"label": one.label, "url": one.url(edition), "here": one.name == here}
             for one in shown if request.user.has_perm(one.permission)]  # fmt: skip
    return [form | {"here": not here}, *links]


def page(request, edition: Edition, name: str, template: str, context: dict, *, status: int = 200) -> TemplateResponse:
    """Render a page of an edition: `template` extends `admin/clinics/edition_page.html`. Args: context: with `title`."""
    own = {
        "edition": edition,
        "opts": Edition._meta,
        "tabs": tabs(request, edition, name),
        "back": reverse("admin:clinics_edition_change", args=[edition.pk]),
    }
    return TemplateResponse(request, template, admin.site.each_context(request) | own | context, status=status)
