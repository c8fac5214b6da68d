from django.contrib.auth.decorators import login_not_required
from django.shortcuts import render
from django.views.decorators.http import require_safe

from core.pagecache import for_visitors
from core.text import fold
from programme.models import GlossaryTerm


@login_not_required
@require_safe
@for_visitors
def glossary(request):
    """Every term with its definition and its name in the other languages."""
    terms = sorted(GlossaryTerm.objects.all(), key=lambda term: fold(term.term or term.slug))
    return render(request, "programme/glossary.html", {"terms": terms})
