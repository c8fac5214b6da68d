"""The menus, where there are none yet: once staff have menus of their own, the file says nothing more."""

from core.starter import Row, in_languages, put, read_rows
from programme.loaders import FOLDER, put_all
from programme.models import MenuItem, Page


def load_menus(source=FOLDER) -> int:
    """Load the menus into an empty table; load the pages first. Returns: how many lines. Raises: ContentFaults."""
    if MenuItem.objects.exists():
        return 0
    rows = read_rows(source, "menu.yaml")
    return put_all(rows, lambda row: _put(row, 1 + sum(row["menu"] == one["menu"] for one in rows[: rows.index(row)])))


def _put(row: Row, position: int) -> bool:
    row.only("menu", "route", "page", "label")
    page = Page.objects.filter(slug=row["page"]).first() if "page" in row else None
    if "page" in row and page is None:
        return False  # staff deleted it
    values = {"page": page, "route": row.get("route", "")} | in_languages("label", row["label"])
    return put(MenuItem, {"menu": row["menu"], "position": position}, values)[1]
