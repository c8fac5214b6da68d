"""What search engines are told about the catalogue, a module and a unit."""

from django.urls import reverse
from django.utils.translation import gettext as _

from core.linked_data import breadcrumbs, course, learning_resource
from courses.outline import Outline, Progress, UnitLine


def of_module(found: Progress, language: str) -> list[dict]:
    """Return a module as a course with its units, and the way to it. Pure but for addresses."""
    plan = found.plan
    parts = [of_line(line, language) for line in plan.units]
    told = course(
        name=plan.title,
        description=plan.summary,
        path=plan.url,
        language=plan.lang or language,
        minutes=found.minutes,
        languages=plan.languages,
        about=plan.theme,
        teaches=plan.objectives,
        parts=parts,
    )
    return [told, breadcrumbs((_("Learn"), reverse("courses:module_list")), (plan.title, plan.url))]


def of_line(line: UnitLine, language: str) -> dict:
    """Return a unit as one part of its course. Pure."""
    return learning_resource(name=line.title, path=line.url, language=line.lang or language, kind=line.kind_label)


def of_unit(plan: Outline, line: UnitLine, language: str) -> list[dict]:
    """Return a unit as something to learn with, and the way to it. Pure but for addresses."""
    told = learning_resource(
        name=line.title,
        description=line.summary,
        path=line.url,
        language=line.lang or language,
        minutes=line.minutes,
        kind=line.kind_label,
        part_of=(plan.title, plan.url),
    )
    steps = ((_("Learn"), reverse("courses:module_list")), (plan.title, plan.url), (line.title, line.url))
    return [told, breadcrumbs(*steps)]
