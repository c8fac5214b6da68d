"""Questions and answers, by topic."""

from core.starter import Row, in_languages, put_starter, read_rows
from programme.loaders import FOLDER, put_all, put_published
from programme.models import FaqEntry, FaqTopic


def load_faq(source=FOLDER) -> int:
    """Load topics and entries, in the order of the file. Returns: how many changed. Raises: ContentFaults."""
    rows = read_rows(source, "faq.yaml")
    places = {row["code"]: n for n, row in enumerate(rows)}
    return put_all(rows, lambda row: _put(row, places[row["code"]]))


def _put(row: Row, position: int) -> int:
    row.only("code", "name", "entries")
    topic, changed = put_starter(FaqTopic, {"code": row["code"]}, in_languages("name", row["name"]) | {"position": position})
    if topic is None:
        return 0  # staff deleted the topic with all that stood in it
    return changed + put_all(row["entries"], lambda entry: _put_entry(topic, entry, row["entries"].index(entry)))


def _put_entry(topic: FaqTopic, row: Row, position: int) -> bool:
    row.only("slug", "question", "answer")
    texts = in_languages("question", row["question"]) | in_languages("answer", row["answer"])
    return put_published(FaqEntry, {"slug": row["slug"]}, texts | {"topic": topic, "position": position})
