"""What the index holds of modules and units: what the catalogue shows, in the languages in which it stands whole."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from core.translations import LANGUAGES
from courses.enums import ModuleState
from courses.models import Module, Unit
from search.sources import Doc, Source, plain

RENDERED = [f"{name}_{code}" for name in ("body_html", "transcript_html") for code in LANGUAGES]


def module_documents(module: Module):
    """Yield a module's own texts; its units are found by themselves."""
    for code in LANGUAGES:
        if not module.missing(code):
            with override(code):
                text = plain(module.text("summary", code), module.text("objectives", code))
                yield Doc(code, module.text("title", code), text, module.get_absolute_url())


def unit_documents(unit: Unit):
    """Yield a unit's texts; of a knowledge check what it is about, never what it asks."""
    fields = ("summary",) if unit.is_check else ("summary", "body", "transcript")
    for code in LANGUAGES:
        if not unit.missing(code):
            with override(code):
                text = plain(*(unit.text(name, code) for name in fields))
                yield Doc(code, unit.text("title", code), text, unit.get_absolute_url())


def shown_units():
    """Return the units that readers of the catalogue may open."""
    return Unit.objects.standing().filter(module__state=ModuleState.PUBLISHED).select_related("module").defer(*RENDERED)


MODULES = Source(label=_("Modules"), rows=lambda: Module.objects.in_state(), documents=module_documents)
UNITS = Source(
    label=_("Units"),
    rows=shown_units,
    documents=unit_documents,
    audience=lambda unit: unit.module.audience,
    parts={Module: lambda module: module.units.values_list("pk", flat=True)},
)
