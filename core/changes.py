"""The one door for "this content is now different": copies follow at once, visitors' pages after commit."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.db import transaction

from core import registry
from core.pagecache import forget_pages

_held: ContextVar[list | None] = ContextVar("held", default=None)


def content_changed(*objects) -> None:
    """Let every follower (the search index, for one) rewrite its copy of these rows, in the caller's transaction.

    Call it after saving and after a change of state or audience: a follower asks the row itself whether readers may see
    it. Queries: those of the followers. Safe to repeat.
    """
    held = _held.get()
    if held is not None:
        held += objects
        return
    for follow in registry.followers:
        follow(objects)
    transaction.on_commit(forget_pages)


def content_removed(*objects) -> None:
    """Let every follower drop its copy of rows that are about to be deleted. Otherwise as `content_changed`."""
    for follow in registry.followers:
        follow(objects, removed=True)
    transaction.on_commit(forget_pages)


@contextmanager
def together() -> Iterator[None]:
    """Let followers look once, at the end, at everything that changes within: for loading many rows.

    In one transaction with what is loaded. Queries: those of the followers, batch by batch.
    """
    with transaction.atomic():
        held: list = []
        mark = _held.set(held)
        try:
            yield
        finally:
            _held.reset(mark)
        if changed := [obj for obj in held if obj.pk]:
            content_changed(*changed)
