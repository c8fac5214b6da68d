"""Loading the vocabularies from programme/starter/."""

from pathlib import Path

from core.starter import Folder, in_languages, put, read_rows
from programme.models import GlossaryTerm, Theme

FOLDER = Folder(Path(__file__).parent / "starter")


def load_themes() -> int:
    """Load the themes. Returns: how many changed."""
    rows = read_rows(FOLDER, "themes.yaml")
    return sum(
        put(Theme, {"code": row["code"]}, in_languages("name", row["name"]) | {"position": n})[1] for n, row in enumerate(rows)
    )


def load_glossary() -> int:
    """Load the glossary. Returns: how many terms changed."""
    changed = 0
    for row in read_rows(FOLDER, "glossary.yaml"):
        texts = {}
        for field in ("term", "abbreviation", "definition"):
            texts |= in_languages(field, row[field])
        changed += put(GlossaryTerm, {"slug": row["slug"]}, texts)[1]
    return changed
