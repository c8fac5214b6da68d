"""What belongs to one person: how apps hand it out, forget it, and bring two accounts of one person together."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from core.models import Event, Job, StoredFile, object_key

MERGED = "merge accounts"  # the act in the log; `after` names the accounts that ended in this one


@dataclass(frozen=True)
class Merger:
    """How one app brings two accounts of one person together.

    Args:
        preview: f(keep, drop) -> lines in the reader's language: what moves, what collides and which wins.
        merge: f(keep, drop) -> None: afterwards nothing belongs to `drop`. In one transaction with the other apps.
    """

    preview: Callable
    merge: Callable


def rows_of(queryset, *fields: str, **named: str) -> Iterable[dict]:
    """Return an iterator of rows as dicts, read in portions: plain fields, and `name="path__to__field"`.

    Queries: 1.
    """
    paths = {field: field for field in fields} | named
    for values in queryset.values_list(*paths.values()).iterator(chunk_size=500):
        yield dict(zip(paths, values, strict=True))


def accounts_of(user) -> list[str]:
    """Return the object keys under which the log knows a person: her own, and of accounts merged into it.

    Queries: 1 and 1 a merged account.
    """
    found, ahead = [], [object_key(user)]
    while ahead:
        here = ahead.pop()
        found.append(here)
        merges = Event.objects.filter(object_key=here, act=MERGED).values_list("after", flat=True)
        ahead += [key for after in merges if (key := after.get("merged")) and key not in found]
    return found


def hush(keys) -> None:
    """Leave of the log about some objects who did what and when, and nothing that was said or named. Queries: 1."""
    Event.objects.filter(object_key__in=list(keys)).update(before={}, after={}, reason="", object_name="")


def own_files(user):
    """Return the files that only this person may read: photos, and what the portal has prepared for her."""
    return StoredFile.objects.filter(audience=f"user.{user.pk}")


def prepared_files(user):
    """Return the files that jobs have made for a person."""
    return own_files(user).filter(pk__in=Job.objects.filter(owner=user, file__isnull=False).values("file"))


def forget_files(files) -> None:
    """Delete files from storage, then their rows. Safe to repeat. Queries: 2 and what points to them.

    Storage first: when the transaction breaks afterwards, a repeat finds the rows again and finishes; the other way
    round a worker killed after the commit would leave a photo that no row knows.
    """
    for stored in files:
        if stored.file.name:
            stored.file.storage.delete(stored.file.name)
    StoredFile.objects.filter(pk__in=[stored.pk for stored in files]).delete()
