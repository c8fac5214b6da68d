"""The vocabularies."""

from django.utils.translation import gettext as _

from core.changes import content_changed
from core.starter import ContentError, Row, in_languages, put_starter, read_rows
from programme.loaders import FOLDER, put_all
from programme.models import GlossaryTerm, Goal, Mechanism, Pillar, SubRegion, Theme


def load_themes() -> int:
    """Load the themes. Returns: how many changed."""
    rows = read_rows(FOLDER, "themes.yaml")
    return sum(
        put_starter(Theme, {"code": row["code"]}, in_languages("name", row["name"]) | {"position": n})[1]
        for n, row in enumerate(rows)
    )


def load_glossary() -> int:
    """Load the glossary. Returns: how many terms changed."""
    changed = 0
    for row in read_rows(FOLDER, "glossary.yaml"):
        texts = {}
        for field in ("term", "abbreviation", "definition"):
            texts |= in_languages(field, row[field])
        changed += put_starter(GlossaryTerm, {"slug": row["slug"]}, texts)[1]
    return changed


def load_goals(source=FOLDER) -> int:
    """Load the Sustainable Development Goals. Returns: how many changed. Raises: ContentFaults."""
    rows = read_rows(source, "goals.yaml")

    def put_one(row: Row) -> bool:
        row.only("code", "name", "targets")
        targets = {code: "\n".join(lines) for code, lines in row.get("targets", {}).items()}
        texts = in_languages("name", row["name"]) | in_languages("targets", targets)
        return put_starter(Goal, {"code": row["code"]}, texts | {"position": rows.index(row)})[1]

    return put_all(rows, put_one)


def load_pillars(source=FOLDER) -> int:
    """Load the pillars of decent work. Returns: how many changed. Raises: ContentFaults."""
    return _load_described(Pillar, source, "pillars.yaml")


def load_sub_regions(source=FOLDER) -> int:
    """Load the sub-regions. Returns: how many changed. Raises: ContentFaults."""
    return _load_described(SubRegion, source, "subregions.yaml")


def _load_described(model, source, name: str) -> int:
    rows = read_rows(source, name)

    def put_one(row: Row) -> bool:
        row.only("code", "name", "description")
        texts = in_languages("name", row["name"]) | in_languages("description", row["description"])
        return put_starter(model, {"code": row["code"]}, texts | {"position": rows.index(row)})[1]

    return put_all(rows, put_one)


def load_mechanisms(source=FOLDER) -> int:
    """Load the mechanisms; load goals and glossary first. Returns: how many changed. Raises: ContentFaults."""
    rows = read_rows(source, "mechanisms.yaml")
    return put_all(rows, lambda row: _put_mechanism(row, rows.index(row)))


def _put_mechanism(row: Row, position: int) -> bool:
    row.only("code", "sector", "origin", "name", "definition", "caution", "body", "sources", "term", "goals")
    values = {"sector": row["sector"], "origin": row["origin"], "position": position}
    values["term"] = GlossaryTerm.objects.filter(slug=row.get("term") or "").first()
    for field in ("name", "definition", "caution"):
        values |= in_languages(field, row[field])
    values |= in_languages("body", {code: text.strip() for code, text in row.get("body", {}).items()})
    values |= in_languages("sources", {code: "\n".join(lines) for code, lines in row.get("sources", {}).items()})
    mechanism, changed = put_starter(Mechanism, {"code": row["code"]}, values, parts=row.get("goals"))
    if changed:
        mechanism.goals.set(_goals(row))
        content_changed(mechanism)
    return changed


def _goals(row: Row) -> list[Goal]:
    asked = [str(code) for code in row.get("goals") or []]
    found = list(Goal.objects.filter(code__in=asked))
    if len(found) < len(set(asked)):
        raise ContentError(_("one of these goals is not there"), row.file, row.line_of("goals"))
    return found
