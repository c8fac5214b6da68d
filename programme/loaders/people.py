"""Organisations and people."""

from core.starter import Row, in_languages, read_rows
from programme.loaders import FOLDER, put_all, put_published
from programme.models import Expert, Partner


def load_partners(source=FOLDER) -> int:
    """Load the organisations, in the order of the file. Returns: how many changed. Raises: ContentFaults."""
    rows = read_rows(source, "partners.yaml")
    places = {row["code"]: n for n, row in enumerate(rows)}
    return put_all(rows, lambda row: _put_partner(row, places[row["code"]]))


def _put_partner(row: Row, position: int) -> bool:
    row.only("code", "kind", "abbreviation", "name", "description", "url", "country", "invited")
    values = {"kind": row["kind"], "position": position, "is_invited": row.get("invited", False)}
    values |= {field: row.get(field, "") for field in ("url", "country")}
    for field in ("name", "abbreviation", "description"):
        values |= in_languages(field, row[field])
    return put_published(Partner, {"code": row["code"]}, values)


def load_team(source=FOLDER) -> int:
    """Load the people; load the organisations first. Returns: how many changed. Raises: ContentFaults."""
    return put_all(read_rows(source, "team.yaml"), _put_expert)


def _put_expert(row: Row) -> bool:
    row.only("name", "honorific", "kind", "role", "organisation", "position")
    house = Partner.objects.filter(code=row.get("organisation", "")).first()
    values = {"kind": row["kind"], "organisation": house, "position": row.get("position", 0)}
    values |= in_languages("honorific", row["honorific"]) | in_languages("role", row["role"])
    return put_published(Expert, {"name": row["name"]}, values)
