"""A shelf of notes that stands in the index: modules under another name, so that every search test says what is in it."""

import pytest

from core import registry
from courses.models import Module
from search.finding import find
from search.services import index
from search.sources import Doc, Source
from tests.factories import ModuleFactory, ThemeFactory


class Shelf:
    """Puts texts into the index: `shelf.put("Budget", fr="Le budget", audience="member")`."""

    def __init__(self):
        self.texts: dict[int, dict[str, tuple[str, str]]] = {}
        self.theme = ThemeFactory()

    def put(self, *, audience="public", **texts):
        """Keep one object; texts are "Title | text" by language. Returns: its row."""
        row = ModuleFactory(theme=self.theme, audience=audience)
        self.texts[row.pk] = {code: tuple(part.strip() for part in f"{said} |".split("|")[:2]) for code, said in texts.items()}
        index(row)
        return row

    def documents(self, row):
        for code, (title, text) in self.texts.get(row.pk, {}).items():
            yield Doc(code, title, text, f"/{code}/courses/{row.slug}/")


@pytest.fixture
def shelf(db, monkeypatch, django_capture_on_commit_callbacks):
    """An index that holds only what a test puts into it."""
    only = registry.Registry()
    monkeypatch.setattr(registry, "searchables", only)
    shelf = Shelf()
    only.register("note", Source(label="Notes", rows=lambda: Module.objects.all(), documents=shelf.documents))
    put = shelf.put

    def with_words(**facts):
        with django_capture_on_commit_callbacks(execute=True):
            return put(**facts)

    shelf.put = with_words
    return shelf


@pytest.fixture
def titles():
    """Return f(user, text, language="en", …) -> titles of what is found, without marks."""

    def found(user, text, language="en", **facts):
        return [strip(result.title) for result in find(user=user, text=text, language=language, **facts).results]

    return found


def strip(html: str) -> str:
    return html.replace("<mark>", "").replace("</mark>", "")
