"""From files to a module: all or nothing, every fault with file and line, what vanished from the files taken out."""

from django.db import transaction
from django.utils.translation import gettext as _

from core.changes import content_changed, content_removed
from core.models import StoredFile
from core.services import record_event
from core.starter import (
    ContentError,
    ContentFaults,
    Row,
    at,
    in_languages,
    read_text,
    read_yaml,
)
from core.translations import LANGUAGES
from courses import services
from courses.enums import Completion, ModuleState
from courses.exchange.load import Change, Load
from courses.exchange.materials import load_figures, load_media, load_reflections
from courses.exchange.questions import load_bank, load_items
from courses.models import Choice, Module, Question, Reflection, Unit
from courses.services import retiring
from courses.services.media import files_follow, files_shown, module_files_follow
from courses.services.translating import freeze_if_asked
from programme.models import Theme

MODULE_KEYS = (
    "kind",
    "theme",
    "source_language",
    "position",
    "prerequisites",
    "completion",
    "state",
    "audience",
    "fallback_languages",
    "publish_at",
    "retire_at",
    "replaced_by",
    "units",
    "stale",
)


UNIT_KEYS = (
    "slug",
    "kind",
    "minutes",
    "pass_mark",
    "max_attempts",
    "optional",
    "media",
)


STALE = "stale"  # a mark that no text has: the translation follows an older source


def load_module(source, *, slug: str = "", actor=None, rehearse: bool = False) -> list[Change]:
    """Load one module from its files, in one transaction.

    Args: source: `core.starter.Folder` or `core.archives.Archive`; slug: another address than the folder's name;
    rehearse: find out what would change, and change nothing.
    Returns: the changes. Raises: ContentFaults with every fault. Queries: grow with the files. Safe to repeat. Logged.
    """
    load = Load(source, actor)
    try:
        _load(load, slug or source.name, rehearse)
    except ContentError:
        _unstore(load)
        raise
    if rehearse:
        _unstore(load)
    return load.changes


def _load(load: Load, slug: str, rehearse: bool) -> None:
    source = load.source
    with transaction.atomic():
        facts = read_yaml(source, "module.yaml")
        if not isinstance(facts, Row):
            raise ContentError(_("this file is made of “name: value” lines"), "module.yaml", 1)
        with at(facts, load.faults):
            _module(load, facts, slug)
        if load.faults:
            raise ContentFaults(load.faults)
        if rehearse:
            transaction.set_rollback(True)


def _unstore(load: Load) -> None:
    """Take away the files of rows that were rolled back."""
    for stored in load.stored:
        if not StoredFile.objects.filter(file=stored.name).exists():
            stored.delete(save=False)


def _module(load: Load, facts: Row, slug: str) -> None:
    facts.only(*MODULE_KEYS)
    source_language = facts["source_language"]
    wanted = _wanted(facts)
    heads = {code: head for code, (head, _body) in load.texts("module", wanted).items()}
    theme = Theme.objects.filter(code=facts["theme"]).first()
    if theme is None:
        raise ContentError(_("there is no theme “%(code)s”") % {"code": facts["theme"]}, facts.file, facts.line_of("theme"))
    values = {
        "kind": facts["kind"],
        "theme": theme,
        "source_language": source_language,
        "position": facts.get("position", 0),
        "completion": facts.get("completion", Completion.ALL_UNITS),
        "fallback_languages": facts.get("fallback_languages") or [],
        "publish_at": facts.get("publish_at"),
        "retire_at": facts.get("retire_at"),
    }
    if "audience" in facts:
        values["audience"] = facts["audience"]
    for name in ("title", "summary"):
        values |= in_languages(name, {code: _said(head, name, code in wanted) for code, head in heads.items()})
    values |= in_languages("objectives", {code: _lines(head, "objectives") for code, head in heads.items()})
    module = load.put(Module, {"slug": slug}, values, f"module {slug}")
    _related(load, module, facts)
    load_figures(load, module, wanted)
    load_bank(load, module)
    standing = []
    for position, row in enumerate(facts["units"] or [], start=1):
        with at(row, load.faults):
            standing.append(_unit(load, module, position, row, wanted).pk)
    if load.faults:
        return
    _take_out(load, module, standing)
    _mark_stale(load, module, facts.get("stale") or [])
    _state(load, module, facts["state"])


def _wanted(facts: Row) -> list[str]:
    """Return the languages in which every text must be there."""
    if facts["state"] == ModuleState.PUBLISHED:
        return [code for code in LANGUAGES if code not in (facts.get("fallback_languages") or [])]
    return [facts["source_language"]]


def _said(head: Row, name: str, is_wanted: bool) -> str:
    return head[name] if is_wanted else head.get(name, "")


def _lines(head: Row, name: str) -> str:
    lines = head.get(name) or []
    if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
        raise ContentError(_("“%(key)s” is a list of texts") % {"key": name}, head.file, head.line_of(name))
    return "\n".join(line.strip() for line in lines)


def _related(load: Load, module: Module, facts: Row) -> None:
    """Link prerequisites and the successor; one that is not here is left out, and said so."""
    slugs = facts.get("prerequisites") or []
    here = {other.slug: other for other in Module.objects.filter(slug__in=[*slugs, facts.get("replaced_by") or ""])}
    load.changes += [Change("left out", f"prerequisite {slug}") for slug in slugs if slug not in here]
    before = [here[slug] for slug in slugs if slug in here]
    if set(before) != set(module.prerequisites.all()):
        module.prerequisites.set(before)
        load.changes.append(Change("changed", "prerequisites"))
    successor = here.get(facts.get("replaced_by"))
    if module.replaced_by != successor:
        module.replaced_by = successor
        module.save(update_fields=["replaced_by"])
        load.changes.append(Change("changed", "replaced_by"))


def _state(load: Load, module: Module, state: str) -> None:
    """Publish what the files call published; never take a standing module from its readers.

    What staff took back only staff publish again, not newer starter files.
    """
    if state not in ModuleState.values:
        raise ContentError(_("“state” is one of %(states)s") % {"states": ", ".join(ModuleState.values)})
    stands = module.state == ModuleState.PUBLISHED
    may = load.actor is not None or module.published_at is None
    if state == ModuleState.PUBLISHED and (stands or may) and (load.changes or module.state == ModuleState.DRAFT):
        services.publish_module(module=module, actor=load.actor, reason="loaded from files")
    elif load.changes:
        if state == ModuleState.RETIRED and module.state == ModuleState.DRAFT:
            module.state = state
            module.save(update_fields=["state"])
        module_files_follow(module=module)
        content_changed(module)
    for question in Question.objects.filter(pk__in=load.questions):
        freeze_if_asked(question)  # another module that is published may ask it too
    if load.changes and load.actor:
        after = {"changes": [" ".join(change) for change in load.changes[:200]]}
        record_event(actor=load.actor, act="import", obj=module, after=after)


def _unit(load: Load, module: Module, position: int, row: Row, wanted: list[str]) -> Unit:
    row.only(*UNIT_KEYS)
    slug = row["slug"]
    load.once("unit", slug)
    texts = load.texts(slug, wanted)
    values = {
        "kind": row["kind"],
        "minutes": row["minutes"],
        "position": position,
        "source_language": module.source_language,
        "pass_mark": row.get("pass_mark"),
        "max_attempts": row.get("max_attempts"),
        "is_optional": bool(row.get("optional")),
        "retired_at": None,
    }
    values |= in_languages("title", {code: _said(head, "title", code in wanted) for code, (head, _body) in texts.items()})
    values |= in_languages("summary", {code: head.get("summary", "") for code, (head, _body) in texts.items()})
    values |= in_languages("sources", {code: _lines(head, "sources") for code, (head, _body) in texts.items()})
    values |= in_languages("body", {code: body.strip() for code, (_head, body) in texts.items()})
    values |= in_languages("transcript", _transcripts(load, slug))
    unit = load.put(Unit, {"module": module, "slug": slug}, values, f"unit {slug}")
    load_reflections(load, unit)
    load_media(load, unit, row.get("media") or [])
    load_items(load, unit)
    return unit


def _transcripts(load: Load, slug: str) -> dict[str, str]:
    names = {code: f"{slug}.transcript.{code}.md" for code in LANGUAGES}
    return {code: read_text(load.source, name).strip() for code, name in names.items() if name in load.source.names()}


def _take_out(load: Load, module: Module, standing: list[int]) -> None:
    """Take out the units that vanished: deleted when nobody has opened them, else retired with all that people did."""
    for unit in module.units.standing().exclude(pk__in=standing):
        if retiring.why_not_deleted(unit):
            retiring.retire_unit(unit=unit, actor=load.actor, reason="no longer in the files")
            load.changes.append(Change("retired", f"unit {unit.slug}"))
        else:
            load.changes.append(Change("removed", f"unit {unit.slug}"))
            stored = files_shown([unit])
            content_removed(unit)
            unit.delete()
            files_follow(stored)


def parts_by_name(module: Module) -> dict[str, object]:
    """Return {name in files: object} of all that carries texts. Queries: as `Module.parts`."""
    names = {}
    for part in module.parts():
        names[name_of(part)] = part
    return names


def name_of(part) -> str:
    """Return the name by which the files call a part of a module: "unit why-financing"."""
    if isinstance(part, Choice):
        return f"choice {part.question.key} {part.position}"
    if isinstance(part, Reflection):
        return f"reflection {part.unit.slug} {part.key}"
    return f"{part._meta.model_name} {part.slug if isinstance(part, Module | Unit) else part.key}"


def _mark_stale(load: Load, module: Module, rows: list[Row]) -> None:
    """Keep the translations stale that were so where the files were written."""
    parts = parts_by_name(Module.objects.get(pk=module.pk)) if rows else {}
    for row in rows:
        with at(row, load.faults):
            row.only("part", *LANGUAGES)
            part = parts.get("module " + module.slug if row["part"] == "module" else row["part"])
            if part is None:
                raise ContentError(_("there is no “%(part)s”") % {"part": row["part"]}, row.file, row.line_of("part"))
            for code in (code for code in LANGUAGES if code in row):
                fresh = set(row[code]) - set(part.stale_fields(code))
                if fresh:
                    marks = part.source_hashes.get(code, {}) | dict.fromkeys(fresh, STALE)
                    part.source_hashes = part.source_hashes | {code: marks}
                    part.save(update_fields=["source_hashes"])
