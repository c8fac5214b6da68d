"""What differs between the two databases: how the index is made, asked and ranked.

A *demand* is a list of groups, all of which a text must hold; a group is a list of alternatives (`Alternative`), one of
which is enough. Several demands are asked at once, say one a language: a text must meet one of them. Alternatives consist
of stems alone (search/words.py): letters and digits, so nothing that people type
reaches an engine as an operator or a quote.
"""

import contextlib
from collections.abc import Iterator
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models.expressions import RawSQL

CREATE = {
    "sqlite": [
        """CREATE VIRTUAL TABLE IF NOT EXISTS search_fts USING fts5(title_stems, marks, text_stems,
           content='search_searchdoc', content_rowid='id', tokenize='ascii', prefix='5 6')""",
        """CREATE TRIGGER IF NOT EXISTS search_doc_added AFTER INSERT ON search_searchdoc BEGIN
             INSERT INTO search_fts(rowid, title_stems, marks, text_stems)
             VALUES (new.id, new.title_stems, new.marks, new.text_stems); END""",
        """CREATE TRIGGER IF NOT EXISTS search_doc_gone AFTER DELETE ON search_searchdoc BEGIN
             INSERT INTO search_fts(search_fts, rowid, title_stems, marks, text_stems)
             VALUES ('delete', old.id, old.title_stems, old.marks, old.text_stems); END""",
        """CREATE TRIGGER IF NOT EXISTS search_doc_changed AFTER UPDATE OF title_stems, marks, text_stems
           ON search_searchdoc BEGIN
             INSERT INTO search_fts(search_fts, rowid, title_stems, marks, text_stems)
             VALUES ('delete', old.id, old.title_stems, old.marks, old.text_stems);
             INSERT INTO search_fts(rowid, title_stems, marks, text_stems)
             VALUES (new.id, new.title_stems, new.marks, new.text_stems); END""",
    ],
    # The marks stand between title and text, so that no phrase spans both.
    "postgresql": [
        """ALTER TABLE search_searchdoc ADD COLUMN words tsvector GENERATED ALWAYS AS (
             setweight(to_tsvector('simple', title_stems), 'A') || setweight(to_tsvector('simple', marks), 'D')
             || setweight(to_tsvector('simple', text_stems), 'B')) STORED""",
        # Ranking and phrases read the words of a thousand rows: they stay in the row, the long texts go beside it.
        "ALTER TABLE search_searchdoc ALTER COLUMN words SET STORAGE MAIN",
        "ALTER TABLE search_searchdoc SET (toast_tuple_target = 1024)",
        # A short list of pending entries: every search reads it from end to end.
        "CREATE INDEX search_words ON search_searchdoc USING gin (words) WITH (gin_pending_list_limit = 256)",
    ],
}
DROP = {
    "sqlite": [
        "DROP TRIGGER IF EXISTS search_doc_added",
        "DROP TRIGGER IF EXISTS search_doc_gone",
        "DROP TRIGGER IF EXISTS search_doc_changed",
        "DROP TABLE IF EXISTS search_fts",
    ],
    "postgresql": ["ALTER TABLE search_searchdoc DROP COLUMN words, RESET (toast_tuple_target)"],
}


class Alternative(NamedTuple):
    """Stems that stand side by side; the last may be the beginning of a word."""

    stems: tuple[str, ...]
    is_prefix: bool = False


def create(schema_editor) -> None:
    """Make the engine's index. SQLite's triggers fall with their table: a migration that remakes it calls this again."""
    for statement in CREATE[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


def drop(schema_editor) -> None:
    """Remove the engine's index."""
    for statement in DROP[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


Demand = list[list[Alternative]]


def fts5(demands: list[Demand]) -> str:
    """Return demands as a query of FTS5. Pure."""
    return _nested(demands, " OR ", " AND ", lambda one: f'"{" ".join(one.stems)}"{"*" if one.is_prefix else ""}')


def tsquery(demands: list[Demand]) -> str:
    """Return demands as a tsquery. Pure."""
    return _nested(demands, " | ", " & ", _side_by_side)


def _side_by_side(one: Alternative) -> str:
    return " <-> ".join(f"'{stem}'" for stem in one.stems) + (":*" if one.is_prefix else "")


def _nested(demands: list[Demand], any_of: str, all_of: str, written) -> str:
    demands = [[any_of.join(f"({written(one)})" for one in group) for group in groups] for groups in demands]
    return any_of.join(f"({all_of.join(f'({group})' for group in groups)})" for groups in demands)


def matching(rows, demands: list[Demand], *, rank: bool = False):
    """Return the rows of the index that meet one of the demands, with `rank` if asked. Queries: none itself."""
    if connection.vendor == "postgresql":
        query = tsquery(demands)
        rows = rows.extra(where=["search_searchdoc.words @@ %s::tsquery"], params=[query])
        score = "ts_rank('{0.0, 0.1, 0.25, 1.0}', search_searchdoc.words, %s::tsquery, 1)"
        return rows.annotate(rank=RawSQL(score, [query])) if rank else rows  # noqa: S611  no outer text in it
    rows = rows.extra(
        tables=["search_fts"], where=["search_fts.rowid = search_searchdoc.id", "search_fts MATCH %s"], params=[fts5(demands)]
    )
    return rows.annotate(rank=RawSQL("-bm25(search_fts, 4.0, 0.0, 1.0)", [])) if rank else rows


@contextlib.contextmanager
def by_index() -> Iterator[None]:
    """Let PostgreSQL find words by their index even where it guesses that half of the texts hold them.

    Reading the texts from end to end instead unpacks the words of each. Queries: 1 and a transaction; none on SQLite.
    """
    if connection.vendor != "postgresql":
        yield
        return
    with transaction.atomic(savepoint=False):
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
        yield


def counts(rows: dict) -> dict:
    """Return {name: how many objects} of several querysets of the index, sliced so that the cost is constant. Queries: 1."""
    if not rows:
        return {}
    statements, params = [], []
    for number, one in enumerate(rows.values()):
        sql, own = one.query.sql_with_params()
        # Not count(DISTINCT …): PostgreSQL sorts for that, and comparing keys by locale takes longer than finding them.
        different = f"SELECT DISTINCT object_key FROM ({sql}) AS first_ones"  # noqa: S608  Django made it
        statements.append(f"SELECT {number}, count(*) FROM ({different}) AS counted")  # noqa: S608
        params += own
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(statements), params)
        found = dict(cursor.fetchall())
    return {name: found[number] for number, name in enumerate(rows)}
