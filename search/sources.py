"""What an app offers to the index: a `Source` for each kind of thing that people look for.

In the app's `offers.py`, under a kind that says what it is (it stands in addresses: `?kind=country`):

    def country_documents(profile):
        for code in profile.languages():  # those in which all of it stands; a fallback is not indexed
            with override(code):
                yield Doc(
                    language=code,
                    title=profile.name,
                    text=plain(profile.text("summary", code), *(fact.text("text", code) for fact in profile.facts.all())),
                    url=profile.get_absolute_url(),
                )


    registry.searchables.register(
        "country",
        Source(
            label=gettext_lazy("Countries"),
            rows=lambda: CountryProfile.objects.in_state().prefetch_related("facts"),
            documents=country_documents,
            parts={CountryFact: lambda fact: [fact.profile_id]},
        ),
    )

The index reads the rows themselves again whenever `core.changes.content_changed` names one of them, or a part.
"""

import functools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from django.db import models
from django.utils.functional import Promise
from markdown_it import MarkdownIt

TITLE_MOST, TEXT_MOST, URL_MOST = 300, 40_000, 300  # characters; what is longer is cut
BREAKS = {"softbreak": " ", "hardbreak": " "}
TEXTS = ("inline", "code_block", "fence")

_markdown = MarkdownIt("commonmark", {"html": False}).enable("table")


@dataclass(frozen=True)
class Doc:
    """One text in one language, as it is found: plain title and text (see `plain`), and the path with its language."""

    language: str
    title: str
    text: str
    url: str


def _own_audience(row) -> str:
    return row.audience


@dataclass(frozen=True)
class Source:
    """A kind of thing that stands in the index; one kind a model.

    Args:
        label: lazy plural, the heading of its results and the name of its filter.
        rows: f() -> queryset of all rows of one model that readers may be shown, with what `documents` needs
            prefetched. It may leave out drafts; a row that it leaves out has no document.
        documents: f(row) -> iterable of `Doc`; none when the row is not for readers. One a language at the most, and
            only languages in which the text stands whole: a fallback text is not indexed under a language it is not in.
        audience: f(row) -> audience key; the row's own `audience` unless given.
        parts: {model: f(obj) -> iterable of pks of the rows that show it}: a change of the part makes those rows be
            read again. The model of `rows` itself needs no entry.
    """

    label: str | Promise
    rows: Callable[[], models.QuerySet]
    documents: Callable[[models.Model], Iterable[Doc]]
    audience: Callable[[models.Model], str] = _own_audience
    parts: Mapping[type[models.Model], Callable[[models.Model], Iterable[int]]] = field(default_factory=dict)

    @functools.cached_property
    def model(self) -> type[models.Model]:
        """Return the model of the rows."""
        return self.rows().model

    def roots(self, obj: models.Model) -> list[int]:
        """Return the pks of the rows that show an object; none when it is no part of this source. Queries: of `parts`."""
        if isinstance(obj, self.model):
            return [obj.pk]
        for model, pks in self.parts.items():
            if isinstance(obj, model):
                return [pk for pk in pks(obj) if pk is not None]
        return []


def public(row) -> str:
    """Return the audience of rows without a key of their own: everyone."""
    return "public"


def plain(*texts: str) -> str:
    """Return Markdown texts as one plain text: no marks, figures or addresses; paragraphs and cells on lines of their own.

    Args: texts: None and "" are left out.
    """
    lines = [_words(token) for text in texts if text for token in _markdown.parse(text) if token.type in TEXTS]
    return "\n".join(line for line in lines if line)


def _words(token) -> str:
    if not token.children:
        return token.content.strip()
    kept = (BREAKS.get(child.type, child.content) for child in token.children if child.type != "image")
    return "".join(kept).strip()
