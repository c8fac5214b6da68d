"""Who is behind the programme."""

from itertools import groupby

from django.contrib.auth.decorators import login_not_required
from django.shortcuts import render
from django.views.decorators.http import require_safe

from core.pagecache import for_visitors
from core.preview import previewable
from programme.enums import ExpertKind, PartnerKind
from programme.models import Expert, Partner


@login_not_required
@previewable
@require_safe
@for_visitors
def partner_list(request):
    """The organisations in the programme's field, by kind."""
    return render(
        request, "programme/partner_list.html", {"kinds": by_kind(Partner.objects.visible_to(request.user), PartnerKind)}
    )


@login_not_required
@previewable
@require_safe
@for_visitors
def expert_list(request):
    """The team, the trainers and the invited experts."""
    found = Expert.objects.visible_to(request.user).select_related("photo", "organisation")
    return render(request, "programme/expert_list.html", {"kinds": by_kind(found, ExpertKind)})


def by_kind(rows, kinds) -> list[tuple]:
    """Return [(kind, its rows)] in the order of an enumeration, kinds without rows left out. Queries: 1."""
    groups = {code: list(found) for code, found in groupby(rows, lambda row: row.kind)}
    return [(kind, groups[kind.value]) for kind in kinds if kind.value in groups]
