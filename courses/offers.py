"""What courses offer to lower floors: content, the next step at home, "you left a module unfinished"."""

from datetime import timedelta

from django.db.models import Count, F, Max, OuterRef, Subquery
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from core import registry
from core.cards import Card, Waiting
from courses.enums import ModuleState
from courses.models import Module, Unit, UnitRecord
from courses.outline import progress
from courses.starter_files import load_modules
from reminders.kinds import Due, Kind, Obsolete

QUIET = timedelta(days=5)
FORGOTTEN = timedelta(days=30)

registry.starters.register("modules", load_modules)


@registry.cards("courses")
def next_step(request):
    """The unit to go on with, or the first module to begin. Queries: 2, and those of outlines that are not kept."""
    modules = list(Module.objects.visible_to(request.user).only("slug", "state", "audience", "changed_at"))
    found = progress(modules, request.user, get_language()[:2])
    begun = [one for one in found if one.seen_at and one.done < one.total]
    fresh = [one for one in found if not one.seen_at]
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
        urgency=10,
    )


def last_seen(user):
    rows = UnitRecord.objects.filter(user=user, unit__module=OuterRef("pk")).order_by().values("unit__module")
    return Subquery(rows.annotate(last=Max("seen_at")).values("last"))


def find_unfinished(now):
    """Find people who left a published module unfinished QUIET ago: one letter per pause, none when long forgotten.

    Queries: 1, following the index of units by the time they were last seen; `latest` and `done` look at one person's
    records of one module.
    """
    own = UnitRecord.objects.filter(user=OuterRef("user"), unit__module=OuterRef("unit__module")).order_by()
    units = Unit.objects.filter(module=OuterRef("unit__module")).order_by().values("module")
    paused = (
        UnitRecord.objects.filter(unit__module__state=ModuleState.PUBLISHED, user__is_active=True)
        .filter(seen_at__gt=now - FORGOTTEN, seen_at__lte=now - QUIET)
        .values("user", "unit__module")
        .annotate(last=Max("seen_at"))
        .annotate(latest=Subquery(own.order_by("-seen_at").values("seen_at")[:1]))
        .annotate(done=Subquery(own.values("unit__module").annotate(n=Count("completed_at")).values("n")))
        .annotate(units=Subquery(units.annotate(n=Count("pk")).values("n")))
        .filter(latest__lte=now - QUIET, done__lt=F("units"))
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


@registry.desk("modules")
def modules_waiting(user):
    """Drafts, and translations that are missing or older than their source."""
    modules = list(Module.objects.with_parts())
    drafts = [m for m in modules if m.state == ModuleState.DRAFT]
    stale = [m for m in modules if any(m.gaps().values()) or any(part.stale() for part in m.parts())]
    address = reverse("admin:courses_module_changelist")
    return [
        Waiting(_("Modules in draft"), len(drafts), f"{address}?state__exact=draft"),
        Waiting(_("Modules with missing or old translations"), len(stale), address),
    ]
