"""From a module to files: what `loading` reads, nothing lost but retired units and what people did."""

import io
import zipfile
from decimal import Decimal

import yaml

from core.translations import LANGUAGES
from courses.enums import Completion, QuestionKind
from courses.exchange.loading import name_of
from courses.models import Module, Question, Unit

BESIDE = (
    "standing_units__media__file",
    "standing_units__items__question__tags",
    "standing_units__items__tag__questions__tags",
)
THEN = (2026, 1, 1, 0, 0, 0)  # one time for all files: equal modules make equal zips


def archive_of(module: Module) -> bytes:
    """Return a module as a zip of one folder named by its slug. Queries: as `files_of`."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in sorted(files_of(module).items()):
            info = zipfile.ZipInfo(f"{module.slug}/{name}", THEN)
            info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(info, data)
    return out.getvalue()


def files_of(module: Module) -> dict[str, bytes]:
    """Return {name: bytes} of a module's files. Queries: 16, whatever the module holds."""
    rows = Module.objects.with_parts().prefetch_related("prerequisites", *BESIDE).select_related("theme", "replaced_by")
    module = rows.get(pk=module.pk)
    units = module.standing_units
    files = {"module.yaml": _yaml(_facts(module, units))}
    for code in LANGUAGES:
        files[f"module.{code}.md"] = _markdown(
            {
                "title": module.text("title", code),
                "summary": module.text("summary", code),
                "objectives": _lines(module, "objectives", code),
            },
            "",
        )
    for unit in units:
        files |= _unit_files(unit)
    if figures := list(module.figures.all()):
        files["figures.yaml"] = _yaml([{"key": f.key} | _texts(f, "title", "description") for f in figures])
        for figure in figures:
            files |= {
                f"figures/{figure.key}.{c}.svg": _bytes(figure.text("svg", c)) for c in LANGUAGES if figure.text("svg", c)
            }
    if bank := _only_drawn(module, units):
        files["bank.yaml"] = _yaml([_question(question, module.source_language) for question in bank])
    return files


def _facts(module: Module, units: list[Unit]) -> dict:
    facts = {
        "kind": module.kind,
        "theme": module.theme.code,
        "source_language": module.source_language,
        "position": module.position,
        "prerequisites": sorted(other.slug for other in module.prerequisites.all()),
        "state": module.state,
        "audience": module.audience,
    }
    if module.completion != Completion.ALL_UNITS:
        facts["completion"] = module.completion
    facts |= {name: value for name in ("fallback_languages", "publish_at", "retire_at") if (value := getattr(module, name))}
    if module.replaced_by:
        facts["replaced_by"] = module.replaced_by.slug
    facts["units"] = [_unit_facts(unit) for unit in units]
    if stale := [row for part in module.parts() if (row := _stale(part))]:
        facts["stale"] = stale
    return facts


def _stale(part) -> dict:
    found = {code: fields for code in LANGUAGES if (fields := part.stale_fields(code))}
    if not found:
        return {}
    return {"part": "module" if isinstance(part, Module) else name_of(part)} | found


def _unit_facts(unit: Unit) -> dict:
    facts = {"slug": unit.slug, "kind": unit.kind, "minutes": unit.minutes}
    facts |= {name: value for name in ("pass_mark", "max_attempts") if (value := getattr(unit, name))}
    if unit.is_optional:
        facts["optional"] = True
    if media := [_medium(medium) for medium in unit.media.all()]:
        facts["media"] = media
    return facts


def _medium(medium) -> dict:
    facts = {"kind": medium.kind, "language": medium.language}
    facts |= {"file": f"media/{_file_name(medium)}"} if medium.file else {"url": medium.url}
    if medium.bytes:
        facts["bytes"] = medium.bytes
    return facts | ({"seconds": medium.seconds} if medium.seconds else {})


def _file_name(medium) -> str:
    """Return a name that no other medium of the module has and that keeps the name readers see."""
    return f"{medium.unit.slug}.{medium.kind}.{medium.language}/{medium.file.name}"


def _unit_files(unit: Unit) -> dict[str, bytes]:
    files = {}
    for code in LANGUAGES:
        head = {"title": unit.text("title", code)}
        head |= {"summary": unit.text("summary", code)} if unit.text("summary", code) else {}
        head |= {"sources": lines} if (lines := _lines(unit, "sources", code)) else {}
        files[f"{unit.slug}.{code}.md"] = _markdown(head, unit.text("body", code))
        if unit.text("transcript", code):
            files[f"{unit.slug}.transcript.{code}.md"] = _bytes(unit.text("transcript", code))
    if reflections := list(unit.reflections.all()):
        rows = [
            {"key": r.key} | _texts(r, "prompt") | ({} if r.is_active else {"active": False})
            for r in sorted(reflections, key=lambda r: r.position)
        ]
        files[f"{unit.slug}.reflections.yaml"] = _yaml(rows)
    if unit.is_check:
        files[f"{unit.slug}.questions.yaml"] = _yaml([_item(item, unit.source_language) for item in unit.items.all()])
    for medium in unit.media.all():
        if medium.file:
            with medium.file.file.open("rb") as body:
                files[f"media/{_file_name(medium)}"] = body.read()
    return files


# Questions ----------------------------------------------------------------------------------------
def _only_drawn(module: Module, units: list[Unit]) -> list[Question]:
    items = [item for unit in units for item in unit.items.all()]
    fixed = {item.question_id for item in items}
    drawn = {q.pk: q for item in items if item.tag for q in item.tag.questions.all() if q.pk not in fixed}
    return sorted(drawn.values(), key=lambda question: question.key)


def _item(item, source_language: str) -> dict:
    if item.question:
        return _question(item.question, source_language)
    return {"draw": {"tag": item.tag.slug, "count": item.count}}


def _question(question: Question, source_language: str) -> dict:
    row = {"key": question.key, "kind": question.kind}
    if tags := sorted(tag.slug for tag in question.tags.all()):
        row["tags"] = tags
    if question.source_language != source_language:
        row["source_language"] = question.source_language
    if not question.is_active:
        row["active"] = False
    row |= _texts(question, "prompt", "explanation")
    if question.kind == QuestionKind.TRUE_FALSE:
        row["answer"] = question.right_is_true
    if question.kind == QuestionKind.NUMERIC:
        row |= {"answer": _number(question.answer), "tolerance": _number(question.tolerance)}
    if question.kind == QuestionKind.SHORT:
        row["accepted"] = {code: _lines(question, "accepted", code) for code in LANGUAGES}
    parts = [_choice(choice, question.kind) for choice in sorted(question.choices.all(), key=lambda c: c.position)]
    return row | ({PARTS.get(question.kind, "choices"): parts} if parts else {})


PARTS = {QuestionKind.MATCHING: "pairs", QuestionKind.ORDERING: "items"}


def _choice(choice, kind: str) -> dict:
    row = {"right": True} if choice.is_right else {}
    row["text"] = _texts(choice, "label")["label"]
    if kind == QuestionKind.MATCHING:
        row["match"] = _texts(choice, "match")["match"]
    if any(choice.text("feedback", code) for code in LANGUAGES):
        row["feedback"] = _texts(choice, "feedback")["feedback"]
    return row


def _number(value: Decimal):
    return int(value) if value == value.to_integral_value() else float(value)


# Texts --------------------------------------------------------------------------------------------
def _texts(part, *fields: str) -> dict:
    return {field: {code: part.text(field, code) for code in LANGUAGES} for field in fields}


def _lines(part, field: str, code: str) -> list[str]:
    return [line.strip() for line in part.text(field, code).splitlines() if line.strip()]


def _markdown(head: dict, body: str) -> bytes:
    return _bytes(f"---\n{_yaml(head).decode()}---\n{body}")


def _bytes(text: str) -> bytes:
    return (text.strip() + "\n").encode()


def _yaml(data) -> bytes:
    return yaml.safe_dump(data, allow_unicode=True, sort_keys=False, width=10**6).encode()
