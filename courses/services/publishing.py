"""What changes when staff publish."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.changes import content_changed
from core.errors import DomainError
from core.richtext import figures_in
from core.services import record_event
from core.translations import LANGUAGES
from courses import versions
from courses.enums import ModuleState
from courses.models import Figure, Module, Unit
from courses.services.attempts import asked
from courses.services.media import lacks_medium, module_files_follow


def publish_module(*, module: Module, actor, reason: str = "") -> None:
    """Show a module to its audience: refused while a language is incomplete and not marked as fallback.

    Questions are frozen for new attempts, its files open to its audience. Raises: DomainError "incomplete" naming what
    is missing, "figure", "empty" or "fault".
    Queries: grow with the questions (a staff act). Logged. Safe to repeat.
    """
    gaps = {code: parts for code, parts in module.gaps().items() if parts and code not in module.fallback_languages}
    if gaps:
        what = "; ".join(
            f"{code.upper()}: " + ", ".join(f"{part} ({part._meta.get_field(field).verbose_name})" for part, field in parts[:5])
            for code, parts in gaps.items()
        )
        raise DomainError(_("Some texts are missing: %(what)s.") % {"what": what}, code="incomplete")
    if lost := missing_figure(module):
        raise DomainError(lost, code="figure")
    if empty := nothing_to_read(module):
        raise DomainError(empty, code="empty")
    with transaction.atomic():
        for question in module.questions():
            versions.freeze(question)
        if module.state != ModuleState.PUBLISHED:
            record_event(actor=actor, act="publish", obj=module, reason=reason)
            module.published_at = module.published_at or timezone.now()
        if module.state == ModuleState.RETIRED:
            module.replaced_by = None
        module.state, module.publish_at = ModuleState.PUBLISHED, None
        module.save()
        module_files_follow(module=module)
        content_changed(module)


def missing_figure(module: Module):
    """Return which figure a text shows that the module does not have, or None. Queries: 0 after `gaps`, else as `parts`."""
    known = {part.key for part in module.parts() if isinstance(part, Figure)}
    for unit in module.standing_units:
        for code in LANGUAGES:
            for key in figures_in(unit.text("body_html", code)):
                if key not in known:
                    facts = {"name": unit, "language": code.upper(), "key": key}
                    return (
                        _("Figure missing: “%(name)s” (%(language)s) shows “%(key)s”, which this module does not have.") % facts
                    )
    return None


def nothing_to_read(module: Module):
    """Return why a module has nothing to show, or None. Queries: 2, and 3 a check."""
    units = list(module.units.standing())
    if not units:
        return _("A module needs at least one unit.")
    for unit in units:
        if unit.is_check and (reason := asks_too_little(unit)):
            return reason
    return lacks_medium(units)


def asks_too_little(unit: Unit):
    """Return why a check cannot be begun, or None: no question, or a draw from too few.

    What the check asks anyway, or another draw needs, is not there to be drawn. Queries: 3.
    """
    found = asked(unit, frozen=False)
    if not any(questions for _item, questions in found):
        return _("The check “%(name)s” asks no question.") % {"name": unit}
    for item, questions in found:
        if item.tag_id and len(questions) < item.count:
            facts = {"name": unit, "tag": item.tag, "count": item.count, "found": len(questions)}
            return _("The check “%(name)s” draws %(count)d from “%(tag)s”, which has only %(found)d.") % facts
    return None


def unpublish_module(*, module: Module, actor, reason: str = "") -> None:
    """Take a module back to draft; records and attempts stay. Logged. Queries: 2, and those of the followers."""
    with transaction.atomic():
        module.state = ModuleState.DRAFT
        module.save(update_fields=["state"])
        module_files_follow(module=module)
        record_event(actor=actor, act="unpublish", obj=module, reason=reason)
        content_changed(module)
