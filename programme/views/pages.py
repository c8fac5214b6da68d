"""The pages about the programme."""

from itertools import groupby

from django.contrib.auth.decorators import login_not_required
from django.db.models import BooleanField, ExpressionWrapper, Q
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core.access import get_readable
from core.linked_data import article, breadcrumbs
from core.pagecache import for_visitors
from core.preview import is_preview, previewable
from core.richtext import headings_in, render_inline, terms_in, with_notes
from core.translations import LANGUAGES
from programme.enums import Section
from programme.models import Page
from programme.notes import note_renderer

WIDE = ("body", "body_html", "sources")
TEXTS = [*WIDE, *(f"{name}_{code}" for name in WIDE for code in LANGUAGES)]
LONG = 8000  # characters of HTML from which a page lists its headings first


@login_not_required
@previewable
@require_safe
@for_visitors
def page_list(request):
    """All pages, section by section."""
    sections = [(Section(code), list(rows)) for code, rows in groupby(listed(request.user), lambda page: page.section)]
    sections.sort(key=lambda found: Section.values.index(found[0]))
    return render(request, "programme/page_list.html", {"sections": sections})


@login_not_required
@previewable
@require_safe
@for_visitors
def page_detail(request, slug):
    """One page: its text with the glossary's notes, its sources, and the others of its section."""
    page = get_readable(Page.objects, request.user, slug=slug)
    language = get_language()[:2]
    shown = page.reading_language(language)
    html = page.text("body_html", shown)
    context = {
        "page": page,
        "is_draft": page.is_draft and not is_preview(request),
        "html": with_notes(html, note_renderer(terms_in(html), language)),
        "headings": headings_in(html) if len(html) > LONG else [],
        "sources": [render_inline(line) for line in page.text("sources", shown).splitlines() if line.strip()],
        "others": [other for other in listed(request.user, section=page.section) if other.pk != page.pk],
        "linked": lambda: linked_page(page, shown),
    }
    return render(request, "programme/page_detail.html", context)


def listed(user, **which) -> list[Page]:
    """Return the pages that this person may read, without their long texts. Queries: 1."""
    language = get_language()[:2]
    has_body = ExpressionWrapper(Q(**{f"body_{language}__gt": ""}), output_field=BooleanField())
    found = list(Page.objects.visible_to(user).filter(**which).defer(*TEXTS).annotate(has_body=has_body))
    for page in found:
        whole = page.has_body and page.text("title", language).strip() and page.text("summary", language).strip()
        page.shown_in = {language: language if whole else page.source_language}
    return found


def linked_page(page: Page, shown: str) -> list[dict]:
    """Return a page for search engines, and the way to it. Pure but for addresses."""
    title, path = page.text("title", shown), page.get_absolute_url()
    told = article(
        headline=title,
        description=page.text("summary", shown),
        path=path,
        language=shown,
        published=page.published_at,
        modified=page.changed_at,
    )
    return [told, breadcrumbs((_("About the programme"), reverse("programme:page_list")), (title, path))]
