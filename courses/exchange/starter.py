"""The starter content: every module under courses/starter/, loaded where it is new or where its files have changed."""

import hashlib
from pathlib import Path

from core.starter import ContentError, Folder, read_yaml
from courses.exchange.loading import load_module
from courses.models import Module, OldAddress

FOLDER = Path(__file__).parents[1] / "starter"


def load_modules(folder: Path = FOLDER) -> int:
    """Load every module of a folder, in the order of the catalogue. Returns: how many objects changed.

    A module whose files are as they were when it was loaded is left alone: what staff have edited since stays.
    Raises: ContentError naming module, file and line. Queries: 2 a module that is left alone.
    """
    sources = [Folder(path.parent) for path in folder.glob("*/module.yaml")]
    return sum(map(_load, sorted(sources, key=_place)))


def _place(source: Folder) -> tuple[int, str]:
    return (read_yaml(source, "module.yaml") or {}).get("position", 0), source.name


def _load(source: Folder) -> int:
    slug, digest = _slug_of(source), digest_of(source)
    if Module.objects.filter(slug=slug, loaded_digest=digest).exists():
        return 0
    try:
        changes = load_module(source, slug=slug)
    except ContentError as error:
        raise ContentError(f"{source.name}: {error}") from error
    Module.objects.filter(slug=slug).update(loaded_digest=digest)
    return len(changes)


def _slug_of(source: Folder) -> str:
    """Return where a folder's module stands: staff may have renamed it, and it must not come a second time. Queries: 2."""
    renamed = OldAddress.objects.filter(path=source.name, unit=None).select_related("module").first()
    return renamed.module.slug if renamed and not Module.objects.filter(slug=source.name).exists() else source.name


def digest_of(source: Folder) -> str:
    """Return a hash over the names and bytes of all files."""
    found = hashlib.sha256()
    for name in source.names():
        found.update(f"{name}\n{len(source.read(name))}\n".encode() + source.read(name))
    return found.hexdigest()[:32]
