"""Answers kept ready."""

from core.starter import in_languages, put_starter, read_rows
from programme.loaders import FOLDER
from programme.models import CannedAnswer


def load_canned_answers() -> int:
    """Load the canned answers. Returns: how many changed."""
    changed = 0
    for n, row in enumerate(read_rows(FOLDER, "canned.yaml")):
        row.only("code", "title", "body")
        texts = in_languages("name", row["title"]) | in_languages("body", row["body"])
        changed += put_starter(CannedAnswer, {"code": row["code"]}, texts | {"position": n})[1]
    return changed
