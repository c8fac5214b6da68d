"""The library: the records that fit, one of them, and the way to its documents."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core import countries
from core.access import get_readable
from core.linked_data import breadcrumbs, document
from core.pagecache import for_visitors
from core.preview import is_preview, previewable
from core.text import fold
from core.translations import LANGUAGES
from core.views import served
from programme.enums import Licence
from programme.feeds import title_of
from programme.library import Narrowed, address, page_number
from programme.models import CountryProfile, Document, Resource
from programme.services.library import count_download

LICENCE_URLS = {
    Licence.CC_BY: "https://creativecommons.org/licenses/by/4.0/",
    Licence.CC_BY_SA: "https://creativecommons.org/licenses/by-sa/4.0/",
    Licence.CC_BY_NC: "https://creativecommons.org/licenses/by-nc/4.0/",
    Licence.CC_BY_NC_SA: "https://creativecommons.org/licenses/by-nc-sa/4.0/",
    Licence.CC_BY_NC_SA_IGO: "https://creativecommons.org/licenses/by-nc-sa/3.0/igo/",
}


@login_not_required
@require_safe
@for_visitors
def resource_list(request):
    """The records that fit the filters of the address, page by page, and what else there is to choose."""
    found, number = Narrowed(request.user, request.GET), page_number(request.GET.get("page", ""))
    context = {
        "found": found,
        "rows": found.on_page(number),
        "page": number,
        "newer": found.url_of_page(min(number - 1, found.pages)) if number > 1 and found.pages else "",
        "older": found.url_of_page(number + 1) if number < found.pages else "",
        "feed_title": title_of(found),
    }
    return render(request, "programme/resource_list.html", context)


@login_not_required
@previewable
@require_safe
@for_visitors
def resource_detail(request, slug):
    """One record: what it is, and its documents."""
    resource = get_readable(Resource.objects, request.user, slug=slug)
    documents = documents_of(resource)
    context = {
        "resource": resource,
        "is_draft": resource.is_draft and not is_preview(request),
        "documents": documents,
        "countries": countries_of(resource, request.user),
        "themes": themes_of(resource),
        "licence_url": LICENCE_URLS.get(resource.licence, ""),
        "year_url": address("programme:resource_list", {"year": str(resource.year or "")}),
        "kind_url": address("programme:resource_list", {"kind": resource.kind}),
        "linked": lambda: linked_resource(resource, documents),
    }
    return render(request, "programme/resource_detail.html", context)


@login_not_required
@require_safe
def document_download(request, slug, language):
    """A document: our own file, whole or in part and counted from its first byte, or a redirect to where it lies."""
    resource = get_readable(Resource.objects, request.user, slug=slug)
    found = resource.documents.select_related("file").filter(language=language).first()
    if found is None or not (found.file or found.url):
        raise Http404(language)
    if found.file is None:
        return redirect(found.url)
    response = served(request, found.file)
    if begins(request, response) and not is_preview(request) and not request.looking:
        count_download(document=found)
    return response


def begins(request, response) -> bool:
    """Say whether a response brings a file from its first byte: no look at its head, no later part, no "unchanged". Pure."""
    if request.method != "GET":
        return False
    return response.status_code == 200 or response.get("Content-Range", "").startswith("bytes 0-")


def documents_of(resource: Resource) -> list[Document]:
    """Return the documents of a record, that in the reader's language first. Queries: 1."""
    here = get_language()[:2]
    rows = resource.documents.select_related("file")
    found = sorted(rows, key=lambda row: (row.language != here, LANGUAGES.index(row.language)))
    for row in found:
        row.resource = resource
    return found


def countries_of(resource: Resource, user) -> list[dict]:
    """Return {name, url, list_url} of a record's countries; `url` is "" where no profile is for this person. Queries: 2."""
    codes = list(resource.countries.values_list("code", flat=True))
    profiles = {row.code: row for row in CountryProfile.objects.visible_to(user).filter(code__in=codes)} if codes else {}
    found = [
        {
            "name": countries.name(code),
            "url": profiles[code].get_absolute_url() if code in profiles else "",
            "list_url": address("programme:resource_list", {"country": code}),
        }
        for code in codes
    ]
    return sorted(found, key=lambda row: fold(row["name"]))


def themes_of(resource: Resource) -> list[tuple]:
    """Return (theme, address of the library narrowed to it) of a record. Queries: 1."""
    return [(theme, address("programme:resource_list", {"theme": theme.code})) for theme in resource.themes.all()]


def linked_resource(resource: Resource, documents: list[Document]) -> list[dict]:
    """Return a record for search engines, and the way to it. Pure but for addresses."""
    shown, path = resource.reading_language(), resource.get_absolute_url()
    title = resource.text("title", shown)
    told = document(
        name=title,
        description=resource.text("summary", shown),
        path=path,
        language=shown,
        credit=resource.authors,
        year=resource.year,
        licence=LICENCE_URLS.get(resource.licence, ""),
        kind=str(resource.get_kind_display()),
        files=[(row.language, row.url or row.get_absolute_url(), row.file.content_type if row.file else "", row.known_size)
               for row in documents if row.file or row.url],
    )  # fmt: skip
    return [told, breadcrumbs((_("Library"), reverse("programme:resource_list")), (title, path))]
