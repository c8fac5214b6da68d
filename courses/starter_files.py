"""Loading modules from courses/starter/ (format: docs/content.md)."""

from decimal import Decimal
from pathlib import Path

from django.core.exceptions import ValidationError
from django.db import transaction

from core.errors import DomainError
from core.starter import ContentError, in_languages, put, read_text, read_yaml
from core.translations import LANGUAGES
from courses import services
from courses.enums import ModuleState, UnitKind
from courses.models import Choice, Module, Question, Unit
from programme.models import Theme

FOLDER = Path(__file__).parent / "starter"


def load_modules(folder: Path = FOLDER) -> int:
    """Load every module of a folder, each in one transaction. Returns: how many objects changed."""
    return sum(load_module(path.parent, n) for n, path in enumerate(sorted(folder.glob("*/module.yaml"))))


def load_module(folder: Path, position: int = 0) -> int:
    """Load one module; what stands already and is equal is left alone. Raises ContentError naming the file or the module."""
    try:
        with transaction.atomic():
            return _load_module(folder, position)
    except (KeyError, TypeError, Theme.DoesNotExist, ValidationError, DomainError) as error:
        raise ContentError(f"{folder.name}: {type(error).__name__}: {error}") from error


def _load_module(folder: Path, position: int) -> int:
    facts = read_yaml(folder / "module.yaml")
    heads = {code: read_text(folder / f"module.{code}.md")[0] for code in LANGUAGES}
    values = {
        "kind": facts["kind"],
        "theme": Theme.objects.get(code=facts["theme"]),
        "source_language": facts["source_language"],
        "position": position,
    }
    for field in ("title", "summary"):
        values |= in_languages(field, {code: head[field] for code, head in heads.items()})
    values |= in_languages("objectives", {code: "\n".join(head["objectives"]) for code, head in heads.items()})
    module, moved = put(Module, {"slug": folder.name}, values)
    changed = int(moved) + sum(load_unit(module, folder, n, unit) for n, unit in enumerate(facts["units"], start=1))
    module.prerequisites.set(Module.objects.filter(slug__in=facts.get("prerequisites") or []))
    if facts["state"] == ModuleState.PUBLISHED and (changed or module.state != ModuleState.PUBLISHED):
        services.publish_module(module=module, actor=None, reason="starter content")
    return changed


def load_unit(module: Module, folder: Path, position: int, facts: dict) -> int:
    """Load one unit and, for a check, its questions. Returns: how many objects changed."""
    texts = {code: read_text(folder / f"{facts['slug']}.{code}.md") for code in LANGUAGES}
    values = {
        "kind": facts["kind"],
        "minutes": facts["minutes"],
        "position": position,
        "source_language": module.source_language,
        "pass_mark": facts.get("pass_mark"),
        "max_attempts": facts.get("max_attempts"),
    }
    for field in ("title", "summary"):
        values |= in_languages(field, {code: head.get(field, "") for code, (head, _body) in texts.items()})
    values |= in_languages("sources", {code: "\n".join(head.get("sources", [])) for code, (head, _body) in texts.items()})
    values |= in_languages("body", {code: body for code, (_head, body) in texts.items()})
    unit, moved = put(Unit, {"module": module, "slug": facts["slug"]}, values)
    changed = int(moved)
    if facts["kind"] == UnitKind.CHECK:
        rows = read_yaml(folder / f"{facts['slug']}.questions.yaml")
        changed += sum(load_question(unit, n, row) for n, row in enumerate(rows, start=1))
    return changed


def load_question(unit: Unit, position: int, row: dict) -> int:
    """Load one question and its choices. Returns: how many objects changed."""
    values = {"kind": row["kind"], "position": position, "source_language": unit.source_language}
    for field in ("prompt", "explanation"):
        values |= in_languages(field, row[field])
    accepted = row.get("accepted", {})
    values |= in_languages("accepted", {code: "\n".join(lines) for code, lines in accepted.items()})
    if row["kind"] == "true_false":
        values["right_is_true"] = bool(row["answer"])
    if row["kind"] == "numeric":
        values |= {"answer": Decimal(str(row["answer"])), "tolerance": Decimal(str(row.get("tolerance", 0)))}
    question, moved = put(Question, {"unit": unit, "key": row["key"]}, values)
    changed = int(moved)
    for n, choice in enumerate(row.get("choices", []), start=1):
        texts = in_languages("label", choice["text"]) | in_languages("feedback", choice["feedback"])
        facts = {"is_right": bool(choice.get("right")), "source_language": unit.source_language}
        changed += put(Choice, {"question": question, "position": n}, texts | facts)[1]
    return changed
