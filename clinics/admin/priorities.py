"""How far the country priorities of an edition are, and publishing what a side has not signed."""

from collections import Counter
from dataclasses import dataclass

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.enums import ConstituentGroup
from clinics.admin.pages import edition_page, page
from clinics.enums import Act, PriorityField
from clinics.models import Delegate, Delegation, Edition, Priorities, PriorityText, Signature
from clinics.services.priorities import SIDES, SideStanding, publish_as_is
from core.errors import DomainError
from core.paging import number
from core.text import fold


@dataclass(frozen=True)
class Line:
    """One delegation: what is filled, who has signed the version that stands, what is published."""

    delegation: Delegation
    priorities: Priorities | None
    filled: int
    sides: list[SideStanding]

    @property
    def total(self) -> int:
        return len(PriorityField)

    @property
    def may_publish(self) -> bool:
        """Say whether there is something to publish that is not published yet."""
        if self.priorities is None or not self.filled:
            return False
        return self.priorities.published.get("version") != self.priorities.version

    @property
    def is_behind(self) -> bool:
        """Say whether what is published is older than what stands."""
        return self.may_publish and self.priorities.published_at is not None


def lines_of(edition: Edition) -> list[Line]:
    """Return the delegations of an edition by name, with how far they are. Queries: 4."""
    delegations = sorted(edition.delegations.select_related("priorities"), key=lambda one: fold(one.name))
    texts = PriorityText.objects.filter(priorities__delegation__edition=edition).exclude(text="")
    filled = Counter(texts.values_list("priorities__delegation", flat=True))
    seats = Delegate.objects.active().filter(edition=edition, user__isnull=False).values_list("delegation", "group")
    members = Counter((delegation, ConstituentGroup(group).side) for delegation, group in seats)
    rows = Signature.objects.filter(priorities__delegation__edition=edition).select_related("user", "priorities")
    signed = {(row.priorities.delegation_id, row.side): row for row in rows if row.version == row.priorities.version}
    return [
        Line(
            delegation=one,
            priorities=getattr(one, "priorities", None),
            filled=filled[one.pk],
            sides=[SideStanding(side, members[one.pk, side], signed.get((one.pk, side))) for side in SIDES],
        )
        for one in delegations
    ]


@edition_page("priorities", gettext_lazy("Priorities"), position=75)
def priorities(request, edition):
    """Delegation by side: who has written, signed, published; and publishing as it is, with a reason."""
    if request.method == "POST":
        return published(request, edition)
    return shown(request, edition)


def shown(request, edition: Edition, *, tried: int = 0, reason: str = "", refusal: str = "", status: int = 200):
    """Render the table, perhaps with a reason as it was typed."""
    lines = lines_of(edition)
    context = {
        "title": _("Priorities"),
        "lines": lines,
        "sides": [side.label for side in SIDES],
        "waiting": [one for one in lines if one.may_publish],
        "is_open": edition.allows(Act.WRITE),
        "tried": tried,
        "reason": reason,
        "refusal": refusal,
    }
    return page(request, edition, "priorities", "admin/clinics/priorities.html", context, status=status)


def published(request, edition: Edition):
    """Publish one delegation's text as it stands."""
    rows = Priorities.objects.filter(delegation__edition=edition).select_related("delegation")
    row = get_object_or_404(rows, delegation=number(request.POST.get("delegation")))
    reason = request.POST.get("reason", "")[:1000]
    try:
        publish_as_is(priorities=row, actor=request.user, reason=reason)
    except DomainError as refusal:
        return shown(request, edition, tried=row.delegation_id, reason=reason, refusal=str(refusal), status=400)
    messages.success(request, _("The priorities of %(country)s are published.") % {"country": row.delegation.name})
    return redirect(reverse("admin:clinics_edition_priorities", args=[edition.pk]))
