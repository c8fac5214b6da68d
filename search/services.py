"""Keeping the index in step with the texts: what is written here follows the rows, never the other way round."""

import functools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from django.db import connection, models, transaction

from core import registry
from core.models import object_key
from search import spelling
from search.models import SearchDoc
from search.sources import TEXT_MOST, TITLE_MOST, Source
from search.words import stems, written

BATCH = 300
COMPARED = ("kind", "audience", "url", "title", "text", "title_stems", "marks", "text_stems")


@dataclass
class Differences:
    """What the index lacks, has too much, or has otherwise than the rows say; each by (object key, language).

    The texts themselves, and the pk of what is superfluous, stand here for one batch; of a whole index the keys alone.
    """

    missing: dict[tuple[str, str], SearchDoc | None] = field(default_factory=dict)
    superfluous: dict[tuple[str, str], int | None] = field(default_factory=dict)
    differing: dict[tuple[str, str], SearchDoc | None] = field(default_factory=dict)
    words: set[tuple[str, str]] = field(default_factory=set)  # of all the texts that were looked at

    def __bool__(self):
        return bool(self.missing or self.superfluous or self.differing)

    def __len__(self):
        return len(self.missing) + len(self.superfluous) + len(self.differing)

    def add(self, other: "Differences") -> None:
        """Take in the keys and words of a batch."""
        for name in ("missing", "superfluous", "differing"):
            getattr(self, name).update(dict.fromkeys(getattr(other, name)))
        self.words |= other.words


def follow(objects, removed: bool = False) -> None:
    """Follow a change of content: the offer of this app to `core.changes`."""
    (forget if removed else index)(*objects)


def index(*objects) -> int:
    """Write anew what stands in the index of these objects, and of those that show them.

    In the caller's transaction. Who changes two parts of one text at once waits for the other. Returns: how many texts
    changed. Queries: for each source concerned those of its `parts` and `rows`, 2, and 2 to write; none for objects of
    no source. Safe to repeat.
    """
    changed = 0
    for kind, source in _sources():
        pks = sorted({pk for obj in objects for pk in source.roots(obj)})
        for start in range(0, len(pks), BATCH):
            changed += _reconcile(kind, source, pks[start : start + BATCH])
    return changed


def forget(*objects) -> int:
    """Take out of the index what goes with these objects, which are about to be deleted.

    A row that shows a deleted part and stays is read again after the commit, when the part is gone: call this in the
    transaction that deletes. Returns: how many texts went. Queries: 2 a source concerned.
    """
    gone = 0
    for kind, source in _sources():
        pks = {pk for obj in objects for pk in source.roots(obj)}
        going = {pk for obj in objects if _takes_along(source, obj) for pk in source.roots(obj)}
        keys = [_key(source, pk) for pk in going]
        gone += SearchDoc.objects.filter(object_key__in=keys).delete()[0] if keys else 0
        if staying := sorted(pks - going):
            transaction.on_commit(functools.partial(_reconcile, kind, source, staying))
    return gone


def _takes_along(source: Source, obj) -> bool:
    """Say whether the rows of a source are deleted with an object: it is one of them, or they hang on it. Pure."""
    if isinstance(obj, source.model):
        return True
    relations = (field for field in source.model._meta.fields if field.many_to_one and isinstance(obj, field.related_model))
    return any(field.remote_field.on_delete is models.CASCADE for field in relations)


def rebuild(said=lambda kind, done: None) -> Differences:
    """Bring the whole index in step, batch by batch and in place: readers find all the while.

    Args: said: f(kind, rows done) told after each batch. Returns: what was put right. Safe to repeat, and to run while
    people write: each batch is a transaction of its own.
    """
    found = Differences()
    for kind, source in _sources():
        done = 0
        for pks in _batches(source.rows().order_by().values_list("pk", flat=True)):
            with transaction.atomic():
                found.add(_put(kind, source, pks))
            done += len(pks)
            said(kind, done)
        for pks in _batches(_strays(kind, source)):  # rows that left `rows` meanwhile or unnoticed
            with transaction.atomic():
                found.add(_put(kind, source, pks))
    found.superfluous |= dict.fromkeys(_of_no_source().values_list("object_key", "language"))
    _of_no_source().delete()
    spelling.forget_all_but(found.words)
    spelling.remember(found.words)
    return found


def drift() -> Differences:
    """Compare the whole index with the rows; writes nothing. Queries: a few for each batch of BATCH rows."""
    found = Differences()
    for kind, source in _sources():
        for pks in _batches(source.rows().order_by().values_list("pk", flat=True)):
            found.add(_compare(kind, source, pks))
        for pks in _batches(_strays(kind, source)):
            found.add(_compare(kind, source, pks))
    found.superfluous |= dict.fromkeys(_of_no_source().values_list("object_key", "language"))
    return found


def _sources() -> Iterator[tuple[str, Source]]:
    return ((kind, registry.searchables[kind]) for kind in registry.searchables.names())


def _of_no_source():
    """Return the texts of kinds that no app offers any more."""
    return SearchDoc.objects.exclude(kind__in=registry.searchables.names())


def _batches(pks: Iterable[int]) -> Iterator[list[int]]:
    """Yield pks, all read beforehand: an open cursor does not outlive a transaction on SQLite."""
    found = list(pks)
    for start in range(0, len(found), BATCH):
        yield found[start : start + BATCH]


def _strays(kind: str, source: Source) -> list[int]:
    """Return the pks of which the index has texts while `rows` no longer has them. Queries: 2."""
    standing = SearchDoc.objects.filter(kind=kind).order_by().values_list("object_key", flat=True).distinct()
    ours = {int(key.rpartition(":")[2]) for key in standing}
    return sorted(ours - set(source.rows().order_by().values_list("pk", flat=True)))


def _reconcile(kind: str, source: Source, pks: list[int]) -> int:
    with transaction.atomic(savepoint=False):
        found = _put(kind, source, pks)
    written = {*found.missing, *found.differing}
    spelling.remember_later(found.words if written else set())
    return len(found)


def _put(kind: str, source: Source, pks: list[int]) -> Differences:
    """Write what differs for some rows. In a transaction; the rows are locked where the engine can."""
    if connection.features.has_select_for_update:
        # Evaluated for the lock alone, in one order; who reads keys of these rows does not wait.
        list(source.model._base_manager.filter(pk__in=pks).order_by("pk").select_for_update(no_key=True).values_list("pk"))
    found = _compare(kind, source, pks)
    SearchDoc.objects.filter(pk__in=found.superfluous.values()).delete()
    SearchDoc.objects.bulk_create(
        [*found.missing.values(), *found.differing.values()],
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["object_key", "language"],
        update_fields=[*COMPARED, "changed_at"],
    )
    return found


def _compare(kind: str, source: Source, pks: list[int]) -> Differences:
    """Return how the index differs from what these rows say. Queries: those of `rows`, and 1."""
    wanted = {}
    for row in source.rows().filter(pk__in=pks):
        for doc in _docs(kind, source, row):
            wanted[doc.object_key, doc.language] = doc
    standing = SearchDoc.objects.filter(object_key__in=[_key(source, pk) for pk in pks])
    standing = {(doc.object_key, doc.language): doc for doc in standing}
    return Differences(
        missing={key: doc for key, doc in wanted.items() if key not in standing},
        superfluous={key: doc.pk for key, doc in standing.items() if key not in wanted},
        differing={key: doc for key, doc in wanted.items() if key in standing and _facts(doc) != _facts(standing[key])},
        words=set().union(*map(_words, wanted.values())),
    )


def _facts(doc: SearchDoc) -> tuple:
    return tuple(getattr(doc, name) for name in COMPARED)


def _docs(kind: str, source: Source, row) -> Iterator[SearchDoc]:
    """Yield what should stand in the index of one row. Raises ValueError when a source gives one language twice."""
    codes = set()
    for doc in source.documents(row):
        if doc.language in codes:
            raise ValueError(f"{kind} {row.pk} has two texts in {doc.language}")
        codes.add(doc.language)
        title = " ".join(doc.title.split())[:TITLE_MOST]
        text = doc.text.strip()[:TEXT_MOST]
        in_title = stems(title, doc.language)
        yield SearchDoc(
            kind=kind,
            language=doc.language,
            audience=source.audience(row),
            object_key=object_key(row),
            url=doc.url,
            title=title,
            text=text,
            title_stems=in_title,
            marks=" ".join([kind_mark(kind), *(f"t{one}" for one in in_title.split())]),
            text_stems=stems(text, doc.language),
        )


def kind_mark(kind: str) -> str:
    """Return the word in the index that says of what kind a text is. Pure."""
    return "k" + "".join(c for c in kind if c.isalnum())


def _words(doc: SearchDoc) -> set[tuple[str, str]]:
    """Return the words of a text as they are written, in small letters: what near misses are offered from. Pure."""
    words = {word.casefold() for word in {*written(doc.title), *written(doc.text)}}
    return {(doc.language, word) for word in words if spelling.worth_keeping(word)}


def _key(source: Source, pk: int) -> str:
    return f"{source.model._meta.label_lower}:{pk}"
