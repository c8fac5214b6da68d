"""How a module's questions are answered, and who is where: for tutors and staff."""

from django.core.exceptions import BadRequest, PermissionDenied
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from core.models import object_key
from core.paging import keyset
from core.services import once, record_event
from core.tables import sheet_response
from courses.filters import LearnerFilter
from courses.models import Module
from courses.outline import outlines
from courses.services.item_statistics import item_statistics, rows_for_export
from courses.services.whereabouts import headcount, learners, sheet_rows, where_is
from courses.views.found import get_module

ROWS = 25
PEOPLE = (
    _("Name"),
    _("E-mail address"),
    _("Country"),
    _("Constituent group"),
    _("Language"),
    _("State"),
    _("Units done"),
    _("Of"),
    _("Best score in per cent"),
    _("Last seen (UTC)"),
    _("Completed (UTC)"),
)


@require_safe
def module_answers(request, module):
    """Per check and question: how often asked, right at first try, and what was answered. Looking is logged once a day."""
    module = get_watched(request.user, module)
    note_look(request.user, module, "look at answers")
    (plan,) = outlines([module], get_language()[:2])
    context = {"module": plan, "checks": item_statistics(module, get_language()[:2])}
    return render(request, "courses/module_answers.html", context)


@require_safe
def module_answers_sheet(request, module, form):
    """The same as a sheet. Logged."""
    module = get_watched(request.user, module)
    headers, rows = rows_for_export(module, get_language()[:2])
    record_event(actor=request.user, act="export answers", obj=module, after={"rows": len(rows), "form": form})
    return sheet_response(headers=headers, rows=rows, name=f"{module.slug}-answers", form=form)


@require_safe
def module_people(request, module):
    """Who is where in a module, and who has not started. Looking is logged once a day."""
    module = get_watched(request.user, module)
    note_look(request.user, module, "look at people")
    (plan,) = outlines([module], get_language()[:2])
    people = learners(module, len(plan.counted))
    narrowed = LearnerFilter(request.GET, queryset=people)
    is_sound = narrowed.is_valid()
    page = keyset(narrowed.qs.order_by("-pk") if is_sound else people.none(), request.GET.get("before"), size=ROWS)
    for person in page.rows:
        person.where = where_is(person)
    query = request.GET.copy()
    query.pop("before", None)
    context = {"module": plan, "filter": narrowed, "page": page, "count": headcount(people), "query": query.urlencode()}
    return render(request, "courses/module_people.html", context, status=200 if is_sound else 400)


@require_safe
def module_people_sheet(request, module, form):
    """The people that the filter leaves, as a sheet. Logged."""
    module = get_watched(request.user, module)
    (plan,) = outlines([module], get_language()[:2])
    narrowed = LearnerFilter(request.GET, queryset=learners(module, len(plan.counted)))
    if not narrowed.is_valid():
        raise BadRequest("filter")
    rows = sheet_rows(narrowed.qs.order_by("-pk"))
    after = {"rows": len(rows), "form": form, "filter": narrowed.form.cleaned_data}
    record_event(actor=request.user, act="export people", obj=module, after=after)
    return sheet_response(headers=list(map(str, PEOPLE)), rows=rows, name=f"{module.slug}-people", form=form)


def get_watched(user, slug: str) -> Module:
    """Return a module whose learners this person may watch. Raises: Http404, PermissionDenied. Queries: 1."""
    module = get_module(user, slug)
    if not user.has_perm("courses.see_progress"):
        raise PermissionDenied
    return module


def note_look(user, module, act: str) -> None:
    """Log that a person looked at a module's answers or people, once a day (UTC). Queries: 7 the first time, then 4."""

    def log() -> dict:
        record_event(actor=user, act=act, obj=module)
        return {}

    once(f"{act.replace(' ', '-')}:{user.pk}:{object_key(module)}:{timezone.now():%Y-%m-%d}", log)
