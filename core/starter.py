"""Content as files: YAML and Markdown with front matter (format: docs/content.md), and every fault with file and line."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core.changes import content_changed
from core.errors import DomainError
from core.models import Loaded
from core.translations import LANGUAGES

TEXT_MOST = 1_000_000  # bytes of one text file


class ContentError(Exception):
    """Content is broken; the message says where: one line a fault, "file:line: what"."""

    def __init__(self, message, file: str = "", line: int = 0):
        self.message, self.file, self.line = message, file, line
        super().__init__(message)

    def __str__(self):
        place = ":".join(str(part) for part in (self.file, self.line) if part)
        return f"{place}: {self.message}" if place else str(self.message)


class ContentFaults(ContentError):
    """Several faults of one set of files, in the order of the files."""

    def __init__(self, faults: list[ContentError]):
        self.faults = faults
        super().__init__("\n".join(map(str, faults)))


class Folder:
    """The files under a folder, by their names within it."""

    def __init__(self, path: Path):
        self.path, self.name = path, path.name
        self._names = sorted(p.relative_to(path).as_posix() for p in path.rglob("*") if p.is_file())

    def names(self) -> list[str]:
        """Return the names of all files, sorted."""
        return self._names

    def read(self, name: str) -> bytes:
        """Return the bytes of a file. Raises ContentError when there is none."""
        try:
            return (self.path / name).read_bytes()
        except FileNotFoundError as error:
            raise ContentError(_("this file is missing"), name) from error


class Row(dict):
    """A mapping of a YAML file that knows its line and the line of each key; asking for what is absent is a fault."""

    file, line, lines = "", 0, {}

    def __missing__(self, key):
        raise ContentError(_("“%(key)s” is missing") % {"key": key}, self.file, self.line)

    def line_of(self, key: str) -> int:
        """Return the line of a key, or of the mapping when it is absent."""
        return self.lines.get(key, self.line)

    def only(self, *known: str) -> None:
        """Refuse a key that nobody reads: a slip of the pen would lose a text in silence."""
        for key in self:
            if key not in known:
                text = _("“%(key)s” is not known here; known are: %(known)s")
                raise ContentError(text % {"key": key, "known": ", ".join(known)}, self.file, self.line_of(key))


class _Loader(yaml.SafeLoader):
    """Mappings with lines; no aliases (a few lines could mean gigabytes), no key twice."""

    file = ""

    def compose_node(self, parent, index):
        if self.check_event(yaml.AliasEvent):
            raise yaml.MarkedYAMLError(problem=_("aliases are not allowed"), problem_mark=self.peek_event().start_mark)
        return super().compose_node(parent, index)


def _row(loader, node) -> Row:
    row = Row(loader.construct_mapping(node, deep=True))
    row.file, row.line = loader.file, node.start_mark.line + 1
    row.lines = {key.value: key.start_mark.line + 1 for key, _value in node.value}
    if len(row.lines) < len(node.value):
        raise yaml.MarkedYAMLError(problem=_("a key stands twice"), problem_mark=node.start_mark)
    return row


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _row)


def read_text(source, name: str) -> str:
    """Return a text file, line ends as \\n. Raises ContentError naming the line of the first byte that is not UTF-8."""
    data = source.read(name)
    if len(data) > TEXT_MOST:
        raise ContentError(_("this text is larger than %(kb)d kB") % {"kb": TEXT_MOST // 1000}, name)
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise ContentError(_("this is not UTF-8; save the file as UTF-8 and try again"), name, line) from error


def parse_yaml(text: str, name: str):
    """Return what a YAML text holds, mappings as Row. Raises ContentError naming file and line."""
    loader = _Loader(text)
    loader.file = name
    try:
        return loader.get_single_data()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise ContentError(error.problem or error.context, name, mark.line + 1 if mark else 0) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ContentError(str(error).splitlines()[0], name) from error
    finally:
        loader.dispose()


def read_yaml(source, name: str):
    """Return what a YAML file holds. Raises ContentError naming file and line."""
    return parse_yaml(read_text(source, name), name)


def read_rows(source, name: str) -> list[Row]:
    """Return a YAML file that is a list of mappings. Raises ContentError."""
    rows = read_yaml(source, name) or []
    if not isinstance(rows, list) or not all(isinstance(row, Row) for row in rows):
        raise ContentError(_("this file is a list, each part of it beginning with “- ”"), name, 1)
    return rows


def read_markdown(source, name: str) -> tuple[Row, str]:
    """Return (front matter, body) of a Markdown file. Raises ContentError."""
    text = read_text(source, name)
    head, mark, body = text.removeprefix("---\n").partition("\n---\n")
    if not mark or not text.startswith("---\n"):
        raise ContentError(_("the front matter is missing: “---”, lines, “---”"), name, 1)
    row = parse_yaml("\n" + head, name)
    if not isinstance(row, Row):
        raise ContentError(_("the front matter is not made of “name: text” lines"), name, 1)
    return row, body.strip() + "\n"


@contextmanager
def at(row: Row, faults: list[ContentError]) -> Iterator[None]:
    """Collect what goes wrong within as a fault at this row, so that one look finds them all."""
    try:
        yield
    except ContentFaults as error:
        faults += error.faults
    except ContentError as error:
        faults.append(error if error.file else ContentError(error.message, row.file, row.line))
    except ValidationError as error:
        faults += [ContentError(*said, row.file, _line_for(row, field)) for field, *said in _told(error)]
    except (DomainError, TypeError, ValueError, AttributeError) as error:
        faults.append(ContentError(str(error), row.file, row.line))


def _told(error: ValidationError) -> list[tuple[str, str]]:
    if not hasattr(error, "error_dict"):
        return [("", " ".join(error.messages))]
    told = error.message_dict
    own = {field: said for field, said in told.items() if not any(f"{field}_{code}" in told for code in LANGUAGES)}
    return [(field, f"{field}: {' '.join(said)}") for field, said in own.items()]


def _line_for(row: Row, field: str) -> int:
    return row.line_of(field if field in row.lines else field.rpartition("_")[0])


def in_languages(field: str, texts: dict[str, str]) -> dict[str, str]:
    """Return {"title_en": …, "title_fr": …} for a translated field. Raises ContentError for what is no text."""
    for code, text in texts.items():
        if code not in LANGUAGES or not isinstance(text, str | None):
            file, line = (texts.file, texts.line_of(code)) if isinstance(texts, Row) else ("", 0)
            text = _("“%(field)s” wants a text for each of %(languages)s; put it in quotes if need be")
            raise ContentError(text % {"field": field, "languages": ", ".join(LANGUAGES)}, file, line)
    return {f"{field}_{code}": texts.get(code) or "" for code in LANGUAGES}


def _same(standing, value) -> bool:
    """Say whether nothing changes; a text that nobody wrote is None or ""."""
    return standing == value or (value == "" and standing is None)


def put(model, keys: dict, values: dict) -> tuple[object, bool]:
    """Make or change one object; a standing one is written only when something differs.

    A translation that comes with a new source, or anew itself, follows the source; one that stays as it was does not.
    Returns: (object, changed). Raises: ValidationError. Queries: 1, or 2 with its validation and the
    followers' when something differs.
    """
    obj = model.objects.filter(**keys).first() or model(**keys)
    is_new = obj.pk is None
    moved = set(values) if is_new else {name for name, value in values.items() if not _same(getattr(obj, name), value)}
    if not is_new and not moved:
        return obj, False
    for name, value in values.items():
        setattr(obj, name, value)
    if hasattr(obj, "mark_translated"):
        for code in LANGUAGES:
            ours = {name.removesuffix(f"_{code}") for name in values if name.endswith(f"_{code}")}
            obj.mark_translated(code, fields={f for f in ours if is_new or f"{f}_{code}" in moved})
    obj.full_clean()
    obj.save()
    content_changed(obj)
    return obj, True


def put_starter(model, keys: dict, values: dict, parts=None) -> tuple[object | None, bool]:
    """Put one piece of starter content, unless the files say what they said the last time.

    So staff's own edits stay, and what they deleted stays deleted, until the files themselves change.
    Args: parts: JSON-able facts beyond `values` that the caller loads when this says changed, such as rows below it.
    Returns: (the object or None when staff deleted it, whether the files changed). Queries: 2 when nothing differs.
    """
    name = f"{model._meta.label_lower}:{':'.join(str(getattr(value, 'pk', value)) for value in keys.values())}"
    told = {field: getattr(value, "pk", value) for field, value in values.items()} | {"parts": parts}
    digest = hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()
    mark = Loaded.objects.filter(key=name).first()
    if mark and mark.digest == digest:
        return model.objects.filter(**keys).first(), False
    obj, _changed = put(model, keys, values)
    Loaded.objects.update_or_create(key=name, defaults={"digest": digest})
    return obj, True
