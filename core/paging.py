"""Lists without COUNT and OFFSET: newer and older by key. In the administration: counts and pages with a cap."""

from dataclasses import dataclass

from django.core.exceptions import BadRequest
from django.core.paginator import Paginator
from django.utils.functional import cached_property

LARGEST = 2**63 - 1
MOST_COUNTED = 2000


@dataclass(frozen=True)
class Page:
    """One page of a keyset list."""

    rows: list
    older: int | None  # `?before=` of the next page
    first: bool


def number(value: str | None) -> int | None:
    """Return a positive whole number from a query string, None when absent. Raises BadRequest otherwise."""
    if value in (None, ""):
        return None
    if not (value.isascii() and value.isdigit()) or int(value[:25]) > LARGEST or len(value) > 19:
        raise BadRequest("not a number")
    return int(value)


def keyset(rows, before: str | None, *, size: int) -> Page:
    """Return one page of rows ordered by descending pk. Queries: 1, the same for every page."""
    edge = number(before)
    if edge is not None:
        rows = rows.filter(pk__lt=edge)
    found = list(rows[: size + 1])
    return Page(found[:size], found[size - 1].pk if len(found) > size else None, edge is None)


def capped_count(rows) -> int:
    """Return how many rows there are, MOST_COUNTED + 1 when there are more. Queries: 1, of constant cost."""
    return rows.order_by()[: MOST_COUNTED + 1].count()


class CappedPaginator(Paginator):
    """Numbered pages over the first MOST_COUNTED rows of a large table: a filter or a search finds the rest."""

    @cached_property
    def count(self):
        return min(capped_count(self.object_list), MOST_COUNTED)
