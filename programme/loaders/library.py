"""The library's records. What others publish is linked, never copied; where no address is known, none is given."""

from core.changes import content_changed
from core.starter import ContentError, Row, in_languages, read_rows
from programme.loaders import FOLDER, put_all, put_published
from programme.models import Resource, Theme
from programme.services.library import set_countries, set_document


def load_library(source=FOLDER) -> int:
    """Load the records; load the themes first. Returns: how many changed. Raises: ContentFaults."""
    return put_all(read_rows(source, "library.yaml"), _put)


def _put(row: Row) -> bool:
    row.only(
        "slug", "kind", "title", "summary", "authors", "year", "archive", "licence", "countries", "themes", "documents"
    )  # fmt: skip
    for document in row["documents"]:
        document.only("language", "url")
    values = {name: row[name] for name in ("kind", "authors", "year", "licence")} | {"is_archive": row["archive"]}
    values |= in_languages("title", row["title"]) | in_languages("summary", row["summary"])
    themes = themes_of(row)
    parts = [row["countries"], row["themes"], row["documents"]]
    if not put_published(Resource, {"slug": row["slug"]}, values, parts=parts):
        return False
    resource = Resource.objects.get(slug=row["slug"])
    resource.themes.set(themes)
    set_countries(resource=resource, codes=row["countries"])
    for document in row["documents"]:
        set_document(resource=resource, language=document["language"], url=document["url"])
    content_changed(resource)
    return True


def themes_of(row: Row) -> list[Theme]:
    """Return the themes of a record. Raises: ContentError naming one that is not known."""
    known = {theme.code: theme for theme in Theme.objects.filter(code__in=row["themes"])}
    if unknown := ", ".join(code for code in row["themes"] if code not in known):
        raise ContentError(f"unknown theme: {unknown}", row.file, row.line_of("themes"))
    return [known[code] for code in row["themes"]]
