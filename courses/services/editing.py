"""What changes when editors put modules and units in order, or begin a module as a copy of another."""

import copy

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError
from core.pagecache import forget_pages
from core.services import record_event
from courses.enums import ModuleState
from courses.models import Module, Unit
from courses.services.addresses import claim_address, refuse_taken_slug

FRESH = {
    "state": ModuleState.DRAFT,
    "published_at": None,
    "publish_at": None,
    "retire_at": None,
    "replaced_by": None,
    "loaded_digest": "",
}


def order_typed(rows: list, typed: dict[int, int]) -> list[int]:
    """Return the keys of rows in the order that a person typed beside them. Pure.

    Args: rows: in their present order; typed: {pk: place from 1}, absent where nothing was typed.
    Whoever types 2 beside the fifth means "before the present second"; beside the first, "after it".
    """
    places = {}
    for now, row in enumerate(rows, start=1):
        wanted = typed.get(row.pk, now)
        places[row.pk] = (wanted, (wanted > now) - (wanted < now), now)
    return sorted(places, key=places.get)


def moved(order: list[int], pk: int, step: int) -> list[int]:
    """Return an order in which one key stands a step earlier (-1) or later (1); at the end it stays. Pure."""
    rest = [other for other in order if other != pk]
    place = max(0, order.index(pk) + step)
    return [*rest[:place], pk, *rest[place:]]


def reorder_units(*, module: Module, order: list[int]) -> int:
    """Put the standing units of a module in an order; their positions become 1, 2, 3 …

    Returns: how many moved. Raises: DomainError "changed" when the units are no longer those that were shown.
    Queries: 2, and 2 a unit that moves (it keeps its history), in one transaction. Safe to repeat.
    """
    with transaction.atomic():
        Module.objects.select_for_update().only("pk").get(pk=module.pk)
        return _put_in_order({unit.pk: unit for unit in module.units.standing()}, order)


def reorder_modules(*, order: list[int]) -> int:
    """Put all modules of the catalogue in an order. As `reorder_units`."""
    with transaction.atomic():
        return _put_in_order({module.pk: module for module in Module.objects.select_for_update()}, order)


def _put_in_order(rows: dict, order: list[int]) -> int:
    if sorted(order) != sorted(rows):
        raise DomainError(_("Somebody added or removed one meanwhile. Look at the list again."), code="changed")
    changed = 0
    for position, pk in enumerate(order, start=1):
        if rows[pk].position != position:
            rows[pk].position, changed = position, changed + 1
            rows[pk].save(update_fields=["position", "changed_at"])
    transaction.on_commit(forget_pages)
    return changed


def duplicate_module(*, module: Module, slug: str, actor) -> Module:
    """Begin a new module as a copy of another: a draft with its figures, units, reflections, media and checks.

    The copy asks the same questions of the bank and shows the same stored files: whoever changes these changes both.
    Records, attempts, notes, statements and old addresses stay with the original; retired units are left out.
    Returns: the draft. Raises: DomainError "slug" for an address that is taken or none. Queries: grow with the parts (a
    staff act), in one transaction. Logged.
    """
    with transaction.atomic():
        last = Module.objects.aggregate(last=Max("position"))["last"] or 0
        made = _copy(module, slug=slug, position=min(last + 1, 32767), **FRESH)
        refuse_taken_slug(made)
        made.save()
        made.prerequisites.set(module.prerequisites.all())
        for figure in module.figures.all():
            _copy(figure, module=made).save()
        for unit in module.units.standing():
            _duplicate_unit(unit, made)
        claim_address(module=made)
        record_event(actor=actor, act="duplicate", obj=made, after={"of": module.slug})
    return made


def _duplicate_unit(unit: Unit, module: Module) -> None:
    made = _copy(unit, module=module)
    made.save()
    for part in (*unit.reflections.all(), *unit.media.all(), *unit.items.all()):
        _copy(part, unit=made).save()


def _copy(row, **changes):
    """Return an unsaved copy of a row. The marks of its translations are kept."""
    made = copy.copy(row)
    made._state = copy.copy(row._state)
    made._state.adding, made._state.fields_cache = True, dict(row._state.fields_cache)
    made._prefetched_objects_cache = {}
    made.pk = None
    for name, value in changes.items():
        setattr(made, name, value)
    return made
