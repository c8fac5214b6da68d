"""Financing mechanisms: whose money, from where, what it is, and what to look at before using it."""

from django.contrib.auth.decorators import login_not_required
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core.linked_data import absolute, breadcrumbs, thing
from core.pagecache import for_visitors
from core.preview import previewable
from core.richtext import render_inline, terms_in, with_notes
from core.translations import LANGUAGES
from programme.enums import Origin, Sector
from programme.models import Mechanism
from programme.notes import note_renderer

LONG = ("body", "body_html", "sources")
TEXTS = [*LONG, *(f"{name}_{code}" for name in LONG for code in LANGUAGES)]


@login_not_required
@previewable
@require_safe
@for_visitors
def mechanism_list(request):
    """Every mechanism in its cell: whose money by where it comes from."""
    found = list(Mechanism.objects.visible_to(request.user).defer(*TEXTS))
    context = {"matrix": by_cell(found), "linked": lambda: linked_mechanisms(found)}
    return render(request, "programme/mechanism_list.html", context)


@login_not_required
@previewable
@require_safe
@for_visitors
def mechanism_detail(request, code):
    """One mechanism: definition, caution, how it works, its goals, and its neighbours in the same cell."""
    rows = Mechanism.objects.visible_to(request.user).select_related("term").prefetch_related("goals")
    mechanism = get_object_or_404(rows, code=code)
    language = get_language()[:2]
    long = language_of_text(mechanism, language)
    html = mechanism.text("body_html", long)
    same = Mechanism.objects.visible_to(request.user).filter(sector=mechanism.sector, origin=mechanism.origin)
    context = {
        "mechanism": mechanism,
        "html": with_notes(html, note_renderer(terms_in(html), language)),
        "text_lang": long if long != language else "",
        "sources": [render_inline(line) for line in mechanism.text("sources", long).splitlines() if line.strip()],
        "others": same.exclude(pk=mechanism.pk).defer(*TEXTS),
        "linked": lambda: linked_mechanism(mechanism),
    }
    return render(request, "programme/mechanism_detail.html", context)


def by_cell(mechanisms: list[Mechanism]) -> list[tuple]:
    """Return [(sector, [(origin, its mechanisms)])], every cell of the matrix, empty ones too. Pure."""
    return [
        (sector, [(origin, [m for m in mechanisms if (m.sector, m.origin) == (sector, origin)]) for origin in Origin])
        for sector in Sector
    ]


def language_of_text(mechanism: Mechanism, language: str) -> str:
    """Return the language of the long text, which may be missing where the short ones stand: the reader's, or the source."""
    shown = mechanism.reading_language(language)
    return shown if mechanism.text("body", shown).strip() else mechanism.source_language


def linked_mechanisms(mechanisms: list[Mechanism]) -> dict:
    """Return all mechanisms for search engines. Pure but for addresses."""
    path = reverse("programme:mechanism_list")
    return thing(
        "DefinedTermSet",
        name=_("Financing mechanisms"),
        url=absolute(path),
        inLanguage=get_language()[:2],
        hasDefinedTerm=[defined(mechanism) for mechanism in mechanisms],
    )


def linked_mechanism(mechanism: Mechanism) -> list[dict]:
    """Return a mechanism for search engines, and the way to it. Pure but for addresses."""
    name, path = _("Financing mechanisms"), reverse("programme:mechanism_list")
    told = defined(mechanism) | {"inDefinedTermSet": thing("DefinedTermSet", name=name, url=absolute(path))}
    shown = mechanism.text("name", mechanism.reading_language())
    return [told, breadcrumbs((name, path), (shown, mechanism.get_absolute_url()))]


def defined(mechanism: Mechanism) -> dict:
    """Return a mechanism as a defined term. Pure but for addresses."""
    shown = mechanism.reading_language()
    return thing(
        "DefinedTerm",
        name=mechanism.text("name", shown),
        description=mechanism.text("definition", shown),
        termCode=mechanism.code,
        url=absolute(mechanism.get_absolute_url()),
        inLanguage=shown,
    )
