"""Addresses that never break: who renames or retires leaves word where a thing stands now."""

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError
from courses.models import Module, OldAddress, Unit


def path_of(module_slug: str, unit_slug: str = "") -> str:
    """Return an address as OldAddress keeps it: "module" or "module/unit". Pure."""
    return f"{module_slug}/{unit_slug}" if unit_slug else module_slug


def refuse_taken_slug(module: Module) -> None:
    """Refuse a slug that is no slug, is the portal's own, or is another module's. Raises: DomainError "slug". Queries: 1."""
    try:
        module.clean_fields(exclude=[field.name for field in module._meta.fields if field.name != "slug"])
    except ValidationError as error:
        raise DomainError(error.messages[0], code="slug", field="slug") from error
    if Module.objects.filter(slug=module.slug).exclude(pk=module.pk).exists():
        raise DomainError(_("Another module has this address."), code="slug", field="slug")


def keep_address(*, path: str, module: Module, unit: Unit | None = None) -> None:
    """Lead whoever asks for an old address on to a module or a unit. Queries: 2. Safe to repeat."""
    OldAddress.objects.update_or_create(path=path, defaults={"module": module, "unit": unit})


def claim_address(*, module: Module, unit: Unit | None = None) -> None:
    """A thing stands at its address now: nobody is led away from it any more. Queries: 1. Safe to repeat."""
    paths = Q(path=path_of(module.slug, unit.slug if unit else ""))
    if unit is None:
        paths |= Q(path__in=[path_of(module.slug, slug) for slug in module.units.standing().values_list("slug", flat=True)])
    OldAddress.objects.filter(paths).delete()


def module_renamed(*, module: Module, before: str) -> None:
    """After a module got another slug: its old address leads to it, if anybody may have known it. Safe to repeat.

    Call it in the transaction that saved the module. Chains cannot arise: an old address names the row, not its address.
    Queries: 4 at most.
    """
    claim_address(module=module)
    if before != module.slug and module.published_at:
        keep_address(path=path_of(before), module=module)


def unit_renamed(*, unit: Unit, before: str) -> None:
    """After a unit got another slug or module: its old address leads to it.

    Args: before: the old path, "module/unit". Call it in the transaction that saved the unit. Queries: 3 at most.
    """
    claim_address(module=unit.module, unit=unit)
    known = unit.module.published_at or Module.objects.filter(slug=before.split("/")[0], published_at__isnull=False).exists()
    if before != path_of(unit.module.slug, unit.slug) and known:
        keep_address(path=before, module=unit.module, unit=unit)
