"""What courses offer to lower floors: content, the next step at home, "you left a module unfinished"."""

import functools
from datetime import timedelta

from django.db.models import Exists, Max, OuterRef, Subquery
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from core import registry
from core.cards import Card, Waiting
from core.personal import Merger
from core.time import moment
from core.translating import Text, Translatable
from courses import documents, found, personal
from courses.desk import unclear
from courses.enums import ModuleState
from courses.exchange.starter import load_modules
from courses.models import Module, Unit, UnitRecord
from courses.outline import Progress, progress
from courses.services.schedule import refusal_of
from courses.services.translating import parts_by_page
from courses.sitemaps import CatalogueSitemap, ModuleSitemap, UnitSitemap
from reminders.kinds import Due, Kind, Obsolete

QUIET = timedelta(days=5)
FORGOTTEN = timedelta(days=30)

registry.starters.register("modules", load_modules)
registry.routes.register("courses:module_list", gettext_lazy("Learn"))
registry.searchables.register("module", found.MODULES)
registry.searchables.register("unit", found.UNITS)
registry.exporters.register("courses", personal.export_courses)
registry.erasers.register("courses", personal.erase_courses)
registry.jobs.register(documents.MODULE, documents.MODULE_PDF)
registry.jobs.register(documents.STATEMENT, documents.STATEMENT_PDF)
registry.sitemaps.register("learn", CatalogueSitemap)
registry.sitemaps.register("modules", ModuleSitemap)
registry.sitemaps.register("units", UnitSitemap)
registry.mergers.register("courses", Merger(preview=personal.preview_courses, merge=personal.merge_courses))


@registry.cards("courses")
def next_step(request):
    """The unit to go on with, or the first module to begin. Queries: 2, and those of outlines that are not kept."""
    modules = list(Module.objects.visible_to(request.user).only("slug", "state", "audience", "changed_at"))
    found = progress(modules, request.user, get_language()[:2])
    begun = [one for one in found if one.seen_at and not one.is_complete]
    fresh = [one for one in found if not one.seen_at and one.total]
    if not begun and not fresh:
        return None
    one = max(begun, key=lambda one: one.seen_at) if begun else fresh[0]
    return Card(
        label=_("Next"),
        title=one.plan.title,
        text=one.plan.summary,
        lang=one.plan.lang,
        url=reverse("courses:module_continue", args=[one.plan.slug]) if begun else one.plan.url,
        action=_("Go on where I was") if begun else _("Begin"),
        done=one.done,
        total=one.total,
        left=what_is_left(one),
        urgency=10,
    )


def what_is_left(one: Progress) -> str:
    """Return how much is left until a module is complete, in words."""
    facts = {"n": one.left, "minutes": one.minutes_left}
    if one.plan.by_checks:
        words = ngettext(
            "%(n)d check left to pass, about %(minutes)d minutes",
            "%(n)d checks left to pass, about %(minutes)d minutes",
            one.left,
        )
    else:
        words = ngettext("%(n)d unit left, about %(minutes)d minutes", "%(n)d units left, about %(minutes)d minutes", one.left)
    return words % facts


def last_seen(user):
    rows = UnitRecord.objects.filter(user=user, unit__module=OuterRef("pk")).order_by().values("unit__module")
    return Subquery(rows.annotate(last=Max("seen_at")).values("last"))


def find_unfinished(now):
    """Find people who left a published module unfinished QUIET ago: one letter per pause, none when long forgotten.

    Unfinished is what the module's own rule of completion says. Queries: 1, following the index of units by the time
    they were last seen; `latest` and `left` look at one person's records of one module.
    """
    own = UnitRecord.objects.filter(user=OuterRef("user"), unit__module=OuterRef("unit__module")).order_by()
    done = UnitRecord.objects.filter(user=OuterRef(OuterRef("user")), unit=OuterRef("pk"), completed_at__isnull=False)
    left = Unit.objects.counting().filter(~Exists(done), module=OuterRef("unit__module"))
    paused = (
        UnitRecord.objects.filter(unit__module__state=ModuleState.PUBLISHED, user__is_active=True)
        .filter(seen_at__gt=now - FORGOTTEN, seen_at__lte=now - QUIET)
        .values("user", "unit__module")
        .annotate(last=Max("seen_at"))
        .annotate(latest=Subquery(own.order_by("-seen_at").values("seen_at")[:1]))
        .filter(Exists(left), latest__lte=now - QUIET)
    )
    for row in paused:
        yield Due(row["user"], f"courses.module:{row['unit__module']}", f"{row['latest']:%Y-%m-%d}", row["latest"] + QUIET)


def unfinished_context(letter) -> dict:
    """Return what the letter says, or Obsolete: taken up again, finished, or no longer published."""
    module = Module.objects.visible_to(letter.recipient).with_progress(letter.recipient)
    module = module.annotate(seen=last_seen(letter.recipient)).filter(pk=letter.target.split(":")[1]).first()
    if module is None:
        raise Obsolete("module not published")
    if module.done_count >= module.unit_count:
        raise Obsolete("module finished")
    if f"{module.seen:%Y-%m-%d}" != letter.occurrence:
        raise Obsolete("taken up again")
    left = module.unit_count - module.done_count
    return {
        "name": letter.recipient.get_short_name(),
        "title": module.text("title", module.reading_language(get_language())),
        "done": module.done_count,
        "left": left,
        "url": reverse("courses:module_continue", args=[module.slug]),
    }


registry.letter_kinds.register(
    "courses.unfinished", Kind(code="courses.unfinished", context=unfinished_context, finder=find_unfinished, late=FORGOTTEN)
)


def module_texts():
    """Every text of the modules in use, with its page of the translating desk. Queries: 10 for any number of modules."""
    told = set()  # a question asked in two modules waits once
    for module in Module.objects.exclude(state=ModuleState.RETIRED).with_parts():
        for unit, parts in parts_by_page(module):
            for part in parts:
                if part not in told:
                    told.add(part)
                    yield Text(part, functools.partial(_address, module, unit, part))


def _address(module: Module, unit: Unit | None, part, field: str, language: str) -> str:
    page = reverse("admin:courses_module_translate", args=[module.pk, language])
    return f"{page}{f'?unit={unit.pk}' if unit else ''}#{part._meta.model_name}.{part.pk}.{field}"


registry.translatables.register("modules", Translatable(gettext_lazy("Modules"), module_texts))


@registry.desk("modules")
def modules_waiting(user):
    """Drafts, and what is planned. Queries: 1, and 1 a refusal."""
    modules = list(Module.objects.exclude(state=ModuleState.RETIRED))
    now = timezone.now()
    planned = [at for m in modules for at in (m.publish_at, m.retire_at) if at and at > now]
    refused = [m for m in modules if m.publish_at and m.publish_at <= now and refusal_of(m)]
    drafts = [m for m in modules if m.state == ModuleState.DRAFT]
    address = reverse("admin:courses_module_changelist")
    return [
        Waiting(_("Modules in draft"), len(drafts), f"{address}?state__exact=draft"),
        Waiting(_("Modules planned for publishing or retiring"), len(planned), address, note=_next(planned)),
        Waiting(_("Modules not published as planned"), len(refused), address, note=_why(refused)),
    ]


def _next(planned: list) -> str:
    """Return when the next plan is due, "" without one. Pure."""
    return _("next: %(when)s") % {"when": moment(min(planned))} if planned else ""


def _why(refused: list[Module]) -> str:
    """Return why the first was refused, "" without one. Queries: 1."""
    return f"{refused[0]}: {refusal_of(refused[0]).reason}" if refused else ""


registry.desk.register("unclear", unclear)
