"""Addresses of modules and units that were renamed or retired: their readers are led on, or told what happened."""

from functools import partial

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpResponsePermanentRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from core.access import Elsewhere
from core.audiences import keys_for
from core.templatetags.fdw import in_language
from core.time import day
from courses.enums import ModuleState
from courses.models import Module, OldAddress, Unit

KEPT_FOR = 86_400  # browsers forget a lasting redirect after a day: the address may be taken again


def lead_on_from_module(user, slug: str):
    """Lead a person on from an address at which no module stands for her.

    Raises: Elsewhere for a retired or renamed module, else Http404. Queries: 3 at most.
    """
    retired = Q(state=ModuleState.RETIRED, audience__in=keys_for(user))
    gone = Module.objects.filter(retired, slug=slug).select_related("replaced_by").first()
    if gone:
        open_ones = Module.objects.filter(Q(pk__in=Module.objects.visible_to(user).values("pk")) | retired)
        raise Elsewhere(partial(module_gone, module=gone, successor=open_ones.filter(pk=gone.replaced_by_id).first()))
    moved = OldAddress.objects.filter(path=slug, unit=None).select_related("module").first()
    if moved:
        raise Elsewhere(partial(renamed, names={"module": moved.module.slug}))
    raise Http404(slug)


def lead_on_from_unit(user, module: Module, slug: str):
    """Lead a person on from an address at which no unit of a module stands.

    Raises: Elsewhere for a retired or renamed unit, else Http404. Queries: 4 at most.
    """
    old = OldAddress.objects.filter(Q(path=f"{module.slug}/{slug}") | Q(module=module, path__endswith=f"/{slug}"))
    rows = {row.path: row for row in old.exclude(path=slug).select_related("unit__module")}
    row = rows.get(f"{module.slug}/{slug}") or next(iter(rows.values()), None)
    standing = row.unit if row and row.unit and not row.unit.retired_at else None
    gone = Unit.objects.filter(module=module, slug=slug, retired_at__isnull=False).first()
    if gone:
        gone.module = module
        own = list(user.attempts.filter(unit=gone).order_by("number")) if user.is_authenticated else []
        raise Elsewhere(partial(unit_gone, unit=gone, successor=standing, attempts=own))
    if standing:
        raise Elsewhere(partial(renamed, names={"module": standing.module.slug, "unit": standing.slug}))
    if row:
        raise Elsewhere(partial(to_the_module, module=module))
    raise Http404(slug)


def renamed(request, *, names: dict[str, str]):
    """Lead to the same page at its new address, for good; what a form carries goes along."""
    match = request.resolver_match
    address = reverse(match.view_name, kwargs=match.kwargs | names)
    query = f"?{request.META['QUERY_STRING']}" if request.META.get("QUERY_STRING") else ""
    response = HttpResponsePermanentRedirect(address + query, preserve_request=request.method not in ("GET", "HEAD"))
    response["Cache-Control"] = f"max-age={KEPT_FOR}"
    return response


def module_gone(request, *, module: Module, successor: Module | None):
    """Lead to what takes a retired module's place, or say since when it is gone and where the others are."""
    facts = {"title": in_language(module, "title"), "day": day(module.retired_on)}
    if successor:
        messages.info(request, _("The module “%(title)s” was taken out on %(day)s. This one takes its place.") % facts)
        return redirect(successor)
    return render(request, "courses/gone.html", facts | {"unit": None, "module": None, "way_on": None}, status=410)


def unit_gone(request, *, unit: Unit, successor: Unit | None, attempts: list):
    """Lead to what takes a retired unit's place, or say since when it is gone, what is kept, and where to go on."""
    facts = {"title": in_language(unit, "title"), "day": day(unit.retired_at)}
    if successor and not attempts:
        messages.info(request, _("The unit “%(title)s” was taken out on %(day)s. Go on here.") % facts)
        return redirect(successor)
    following = unit.module.units.standing().filter(position__gte=unit.position).order_by("position", "pk").first()
    context = {"unit": unit, "module": unit.module, "way_on": successor or following, "attempts": attempts}
    return render(request, "courses/gone.html", facts | context, status=410)


def to_the_module(request, *, module: Module):
    """Lead from a unit of which nothing but its old address is left to the module."""
    messages.info(request, _("This unit was taken out. Go on here."))
    return redirect(module)
