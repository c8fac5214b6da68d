"""Loading programme/starter/: one room a subject."""

from pathlib import Path

from django.db import transaction
from django.utils import timezone

from core.changes import content_changed
from core.starter import ContentFaults, Folder, Row, at, put_starter
from programme.enums import State

FOLDER = Folder(Path(__file__).parent.parent / "starter")


def put_all(rows: list[Row], put_one) -> int:
    """Put rows of a file one by one, in one transaction. Args: put_one: f(row) -> whether something changed.

    Returns: how many changed. Raises: ContentFaults, every fault with file and line, and then nothing is written.
    """
    faults, changed = [], 0
    with transaction.atomic():
        for row in rows:
            with at(row, faults):
                changed += put_one(row)
        if faults:
            raise ContentFaults(faults)
    return changed


def put_published(model, keys: dict, values: dict, parts=None) -> bool:
    """Put one piece of starter content that readers shall see; what staff took back to draft since stays a draft.

    Args: parts: what stands in the file beyond the values, as of `put_starter`. Returns: whether the file changed.
    Queries: 2 when nothing differs.
    """
    obj, changed = put_starter(model, keys, values, parts)
    if changed and obj.published_at is None:
        obj.state, obj.published_at = State.PUBLISHED, timezone.now()
        obj.save(update_fields=["state", "published_at", "changed_at"])
        content_changed(obj)
    return changed
