"""Fetching what a person may read, with the one right answer when she may not."""

from django.http import Http404

from core.audiences import PUBLIC


class SignInFirst(Exception):
    """A visitor asks for what exists and is not public: the middleware leads to sign-in and back."""


def get_readable(rows, user, **lookup):
    """Return the one row that this person may read.

    Args: rows: an AudienceQuerySet, perhaps with annotations; lookup: what identifies the row.
    Raises: SignInFirst for a visitor when the row is for some audience; Http404 when it is hidden or absent.
    Queries: 1, or 2 for a visitor who is turned away.
    """
    found = rows.visible_to(user).filter(**lookup).first()
    if found is not None:
        return found
    if not user.is_authenticated and rows.in_state().exclude(audience=PUBLIC).filter(**lookup).exists():
        raise SignInFirst
    raise Http404
