"""What changes when a module or a unit is retired: nobody's progress is lost, and its readers are led on."""

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from core.changes import content_changed
from core.errors import DomainError
from core.services import record_event
from core.translations import LANGUAGES
from courses.enums import ModuleState
from courses.models import Attempt, Module, Note, OldAddress, Statement, Unit, UnitRecord
from courses.services.addresses import claim_address, keep_address, path_of
from courses.services.media import module_files_follow


def retire_module(*, module: Module, actor, reason: str, replaced_by: Module | None = None) -> None:
    """Take a published module out of the catalogue; records, attempts and statements stay.

    Raises: DomainError "state" unless it is published, "loop" or "unpublished" for a replacement that leads nowhere.
    Queries: 6. Logged.
    """
    with transaction.atomic():
        module = _locked(module)
        if module.state != ModuleState.PUBLISHED:
            raise DomainError(_("Only a published module is retired."), code="state")
        _refuse_replacement(module, replaced_by)
        before = {"state": module.state}
        module.state, module.replaced_by, module.retire_at = ModuleState.RETIRED, replaced_by, None
        module.save()
        module_files_follow(module=module)
        after = {"state": module.state, "replaced_by": replaced_by.slug if replaced_by else ""}
        record_event(actor=actor, act="retire", obj=module, reason=reason, before=before, after=after)
        content_changed(module)


def _locked(module: Module) -> Module:
    return Module.objects.select_for_update().get(pk=module.pk)


def _refuse_replacement(module: Module, other: Module | None) -> None:
    """Refuse a replacement that readers cannot read. Queries: 0."""
    if other is None:
        return
    if other.pk == module.pk:
        raise DomainError(_("A module does not replace itself."), code="loop", field="replaced_by")
    if other.state != ModuleState.PUBLISHED:
        raise DomainError(
            _("The replacement must be published: readers are led to it."), code="unpublished", field="replaced_by"
        )


def bring_back_module(*, module: Module, actor, reason: str = "") -> None:
    """Make a retired module a draft again, to be looked at and published. Raises: DomainError "state". Queries: 4. Logged."""
    with transaction.atomic():
        module = _locked(module)
        if module.state != ModuleState.RETIRED:
            raise DomainError(_("This module is not retired."), code="state")
        module.state, module.replaced_by, module.retire_at = ModuleState.DRAFT, None, None
        module.save()
        module_files_follow(module=module)
        record_event(actor=actor, act="bring back", obj=module, reason=reason)
        content_changed(module)


def retire_unit(*, unit: Unit, actor, successor: Unit | None = None, reason: str = "") -> None:
    """Take a unit out of its module: it no longer counts, and its address leads to its successor or to the module.

    Old addresses that led to it lead on too, so no chain arises. Raises: DomainError "state", "loop", or "last" when
    a published module would have nothing to read. Queries: 9. Logged.
    """
    with transaction.atomic():
        module = _locked(unit.module)
        unit = module.units.get(pk=unit.pk)
        if unit.retired_at:
            raise DomainError(_("This unit is retired already."), code="state")
        if successor and (successor.pk == unit.pk or successor.retired_at):
            raise DomainError(_("Choose a unit that stands."), code="loop", field="successor")
        others = module.units.standing().exclude(pk=unit.pk)
        if module.state == ModuleState.PUBLISHED and not others.exists():
            raise DomainError(_("A published module needs at least one unit: retire the module instead."), code="last")
        unit.retired_at = timezone.now()
        unit.save()
        OldAddress.objects.filter(unit=unit).update(unit=successor, module=successor.module if successor else module)
        keep_address(path=path_of(module.slug, unit.slug), module=successor.module if successor else module, unit=successor)
        after = {"successor": path_of(successor.module.slug, successor.slug) if successor else ""}
        record_event(actor=actor, act="retire", obj=unit, reason=reason, after=after)
        content_changed(unit)


def bring_back_unit(*, unit: Unit, actor, reason: str = "") -> None:
    """Let a retired unit stand again, last in its module and at its old address.

    In a published module it must be complete. Raises: DomainError "state" or "incomplete". Queries: 7. Logged.
    """
    with transaction.atomic():
        module = _locked(unit.module)
        unit = module.units.get(pk=unit.pk)
        if not unit.retired_at:
            raise DomainError(_("This unit is not retired."), code="state")
        gaps = [code.upper() for code in LANGUAGES if unit.missing(code) and code not in module.fallback_languages]
        if module.state == ModuleState.PUBLISHED and gaps:
            text = _("Its texts are missing in: %(languages)s. Readers of a published module would miss them.")
            raise DomainError(text % {"languages": ", ".join(gaps)}, code="incomplete")
        last = module.units.standing().aggregate(last=Max("position"))["last"] or 0
        unit.retired_at, unit.position = None, min(last + 1, 32767)
        unit.save()
        claim_address(module=module, unit=unit)
        record_event(actor=actor, act="bring back", obj=unit, reason=reason)
        content_changed(unit)


def why_not_deleted(obj: Module | Unit) -> str | None:
    """Return why a module or unit is retired instead of deleted: what people did in it would be lost. Queries: 4."""
    where = {"unit": obj} if isinstance(obj, Unit) else {"unit__module": obj}
    readers = UnitRecord.objects.filter(**where).order_by().values("user").distinct().count()
    tried = Attempt.objects.filter(**where).exists() or Note.objects.filter(**where).exists()
    stated = isinstance(obj, Module) and Statement.objects.filter(module=obj).exists()
    if not (readers or tried or stated):
        return None
    text = ngettext(
        "“%(name)s”: %(count)d person has opened it, and would lose what was done there. Retire it instead.",
        "“%(name)s”: %(count)d people have opened it, and would lose what was done there. Retire it instead.",
        readers,
    )
    return text % {"name": obj, "count": readers}
