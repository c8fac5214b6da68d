"""Reading starter content: YAML and Markdown with front matter (format: docs/content.md)."""

from pathlib import Path

import yaml

from core.translations import LANGUAGES


class ContentError(Exception):
    """A file of content is broken; the message names the file."""


def read_yaml(path: Path):
    """Return what a YAML file holds. Raises ContentError naming file and line."""
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError, FileNotFoundError) as error:
        raise ContentError(f"{path.name}: {error}") from error


def read_text(path: Path) -> tuple[dict, str]:
    """Return (front matter, body) of a Markdown file. Raises ContentError."""
    try:
        head, mark, body = path.read_text(encoding="utf-8").removeprefix("---\n").partition("\n---\n")
    except (UnicodeDecodeError, FileNotFoundError) as error:
        raise ContentError(f"{path.name}: {error}") from error
    if not mark:
        raise ContentError(f"{path.name}: no front matter")
    try:
        return yaml.safe_load(head) or {}, body.strip() + "\n"
    except yaml.YAMLError as error:
        raise ContentError(f"{path.name}: {error}") from error


def in_languages(field: str, texts: dict[str, str]) -> dict[str, str]:
    """Return {"title_en": …, "title_fr": …} for a translated field."""
    return {f"{field}_{code}": texts.get(code) or "" for code in LANGUAGES}


def put(model, keys: dict, values: dict) -> tuple[object, bool]:
    """Make or change one object; a standing one is written only when something differs.

    Returns: (object, changed). Queries: 1 when nothing differs, else 2.
    """
    obj = model.objects.filter(**keys).first() or model(**keys)
    changed = obj.pk is None or any(getattr(obj, name) != value for name, value in values.items())
    if changed:
        for name, value in values.items():
            setattr(obj, name, value)
        if hasattr(obj, "mark_translated"):
            obj.mark_translated(*LANGUAGES)
        obj.full_clean()
        obj.save()
    return obj, changed
