"""Fetching what a person may read, with the one right answer when she may not."""

from django.http import Http404

from core.audiences import PUBLIC


class SignInFirst(Exception):
    """A visitor asks for what exists and is not public: the middleware leads to sign-in and back."""


class Elsewhere(Exception):
    """What was asked for has moved or is gone, and the reader is to be told where to go on.

    Args: answer: f(request) -> the response, such as a redirect or a page that says so.
    """

    def __init__(self, answer):
        super().__init__("elsewhere")
        self.answer = answer


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
