"""The pages: pages/pages.yaml says which, and a Markdown file a language what they say."""

from core.starter import Row, in_languages, read_markdown, read_rows
from core.translations import LANGUAGES
from programme.loaders import FOLDER, put_all, put_published
from programme.models import Page


def load_pages(source=FOLDER) -> int:
    """Load the pages. Returns: how many changed. Raises: ContentFaults."""
    return put_all(read_rows(source, "pages/pages.yaml"), lambda row: _put(source, row))


def _put(source, row: Row) -> bool:
    row.only("slug", "section", "position", "archive")
    texts = {code: read_markdown(source, f"pages/{row['slug']}.{code}.md") for code in LANGUAGES}
    for head, _body in texts.values():
        head.only("title", "summary", "sources")
    values = {"section": row["section"], "position": row["position"], "is_archive": row.get("archive", False)}
    for field in ("title", "summary"):
        values |= in_languages(field, {code: head[field] for code, (head, _body) in texts.items()})
    values |= in_languages("sources", {code: "\n".join(head.get("sources") or []) for code, (head, _body) in texts.items()})
    values |= in_languages("body", {code: body.strip() for code, (_head, body) in texts.items()})
    return put_published(Page, {"slug": row["slug"]}, values)
