"""The one door for "this content is now different": copies follow at once, visitors' pages after commit."""

from django.db import transaction

from core import registry
from core.pagecache import forget_pages


def content_changed(*objects) -> None:
    """Let every follower (the search index, for one) rewrite its copy of these rows, in the caller's transaction.

    Call it after saving and after a change of state or audience: a follower asks the row itself whether readers may see
    it. Queries: those of the followers. Safe to repeat.
    """
    for follow in registry.followers:
        follow(objects)
    transaction.on_commit(forget_pages)


def content_removed(*objects) -> None:
    """Let every follower drop its copy of rows that are about to be deleted. Otherwise as `content_changed`."""
    for follow in registry.followers:
        follow(objects, removed=True)
    transaction.on_commit(forget_pages)
