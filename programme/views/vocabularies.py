"""The vocabularies."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core.linked_data import defined_terms
from core.pagecache import for_visitors
from core.text import fold
from core.translations import LANGUAGES, TranslatedModel
from programme.models import GlossaryTerm, Goal, Mechanism, Pillar, SubRegion, Theme

CODED = {"sub-regions": SubRegion, "goals": Goal, "pillars": Pillar, "themes": Theme, "mechanisms": Mechanism,
         "glossary": GlossaryTerm}  # fmt: skip
FACTS = ("sector", "origin")  # what has no language
SHORT = ("name", "term", "abbreviation", "description", "definition", "caution", "targets")


@login_not_required
@require_safe
@for_visitors
def glossary(request):
    """Every term with its definition and its name in the other languages."""
    terms = sorted(GlossaryTerm.objects.all(), key=lambda term: fold(term.term or term.slug))
    return render(request, "programme/glossary.html", {"terms": terms, "linked": lambda: linked_terms(terms)})


def linked_terms(terms: list[GlossaryTerm]) -> dict:
    """Return the glossary for search engines. Pure."""
    language = get_language()[:2]
    shown = [(term, term.reading_language(language)) for term in terms]
    return defined_terms(
        name=_("Glossary"),
        path=reverse("programme:glossary"),
        language=language,
        terms=[(term.slug, term.text("term", code), term.text("definition", code)) for term, code in shown],
    )


@login_not_required
@require_safe
@for_visitors
def vocabulary_list(request):
    """The coded vocabularies that other pages refer to: the goals, the pillars, the sub-regions, the themes."""
    context = {
        "goals": Goal.objects.all(),
        "pillars": Pillar.objects.all(),
        "regions": SubRegion.objects.all(),
        "themes": Theme.objects.all(),
        "files": list(CODED),
    }
    return render(request, "programme/vocabulary_list.html", context)


@login_not_required
@require_safe
@for_visitors
def vocabulary_file(request, name):
    """A vocabulary for machines: every code with its texts in all languages."""
    if name not in CODED:
        raise Http404(name)
    entries = [entry_facts(row) for row in CODED[name].objects.visible_to(request.user)]
    return JsonResponse({"vocabulary": name, "entries": entries}, json_dumps_params={"ensure_ascii": False})


def entry_facts(row: TranslatedModel) -> dict:
    """Return an entry's code, what else has no language, and its short texts by language. Pure."""
    held = {field.name for field in row._meta.get_fields()}
    told = {"code": row.code if "code" in held else row.slug} | {name: getattr(row, name) for name in FACTS if name in held}
    texts = {name: {code: row.text(name, code) for code in LANGUAGES} for name in SHORT if f"{name}_en" in held}
    return told | {name: words for name, words in texts.items() if any(words.values())}
