"""What a person finds: her own language first, near misses when there is little, never what she may not read.

Only the first MOST_HITS texts of a language are ranked, those with the words in their title before others, so that a word
that half of the texts hold costs no more than another.
"""

from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import urlencode

from django.conf import settings
from django.utils.safestring import SafeString

from core import registry
from search import engines, spelling
from search.engines import Alternative, Demand
from search.marking import Marker
from search.models import SearchDoc
from search.query import Query, parse
from search.services import kind_mark

MOST_HITS = 1000
MOST_IN_FILTER = 100  # counted for one kind when there are more than MOST_HITS
LITTLE = 5  # with fewer results the last word is a beginning too, and near misses are offered
SIZE = 20
TELLING = 3  # times as many texts as the typed word has make a near miss worth offering
LANGUAGES = [code for code, _name in settings.LANGUAGES]


class Hit(NamedTuple):
    """A text that was found, before it is read."""

    pk: int
    object_key: str
    kind: str
    language: str


@dataclass(frozen=True)
class Result:
    """A text as the page shows it; title and excerpt are safe HTML."""

    kind: str
    label: str
    language: str
    url: str
    title: SafeString
    excerpt: SafeString


@dataclass(frozen=True)
class Narrowing:
    """One kind or language to narrow the results to, with its address. `is_more`: there is more than `count`."""

    value: str
    label: str
    count: int
    is_more: bool
    url: str


@dataclass(frozen=True)
class Offer:
    """Another query that finds something."""

    text: str
    count: int
    is_more: bool

    @property
    def url(self) -> str:
        return f"?{urlencode({'q': self.text})}"


@dataclass
class Found:
    """One page of what was found. `is_more`: there is more than `total`, which stands for the ranked ones."""

    query: Query
    kind: str
    language: str
    total: int = 0
    is_more: bool = False
    page: int = 1
    pages: int = 1
    results: list[Result] = field(default_factory=list)
    kinds: list[Narrowing] = field(default_factory=list)
    languages: list[Narrowing] = field(default_factory=list)
    near: list[Offer] = field(default_factory=list)  # spelt like what was typed
    fewer: list[Offer] = field(default_factory=list)  # single words of it

    def address(self, **others) -> str:
        """Return the address of this search, some of it replaced. Pure."""
        asked = {"q": self.query.text, "kind": self.kind, "in": self.language} | others
        return "?" + urlencode({name: value for name, value in asked.items() if value})

    @property
    def everything(self) -> str:
        return self.address(kind="", **{"in": ""})

    @property
    def earlier(self) -> str:
        """Return the address of the page before, "" on the first."""
        return self.address(page=self.page - 1) if self.page > 1 else ""

    @property
    def later(self) -> str:
        """Return the address of the next page, "" on the last."""
        return self.address(page=self.page + 1) if self.page < self.pages else ""


def find(*, user, text: str, language: str, kind: str = "", only: str = "", page: int = 1) -> Found:
    """Return one page of what a person finds.

    Args: text: as typed; language: hers, first among the results; kind, only: one kind, one language ("" for all; what
    is not known counts as all); page: beyond the last one is the last one.
    Queries: 3, 4 with more than MOST_HITS, 8 at most with LITTLE or nothing; and 1 with a transaction on PostgreSQL.
    """
    query = parse(text)
    kind = kind if kind in registry.searchables else ""
    found = Found(query, kind, only if only in LANGUAGES else "")
    if not query.parts:
        return found
    with engines.by_index():
        look = _Look(user, query, language, kind, found.language)
        look.take()
        if len(look.found) < LITTLE:
            pairs = spelling.candidates(query.words, query.beginning)
            if query.beginning:
                look.take_beginnings(pairs)
            if len(look.found) < LITTLE:
                found.near, found.fewer = look.near_misses(pairs)
        found.kinds, found.languages = look.narrowings(found)
        found.total, found.is_more = min(len(look.found), MOST_HITS), look.is_more
        found.pages = max(1, -(-found.total // SIZE))
        found.page = min(page, found.pages)
        found.results = look.results(found.page)
    return found


class _Look:
    """One person's look into the index."""

    def __init__(self, user, query: Query, language: str, kind: str, only: str):
        self.query, self.language, self.kind, self.only = query, language, kind, only
        self.order = [only] if only else [language, *(code for code in LANGUAGES if code != language)]
        self.visible = SearchDoc.objects.visible_to(user)
        self.endings: dict[str, set[str]] | None = None
        self.found: list[Hit] = []  # each object once, in her language where it is found in it
        self.of_language: dict[str, int] = {}
        self.is_more = False

    def demand(self, code: str, kind: str) -> Demand:
        """Return what a text in a language must hold. Pure."""
        return _of_kind(kind) + self.query.demand(code, endings=self.endings[code] if self.endings is not None else None)

    def take(self) -> None:
        """Fill in what is found. Queries: 2, one for her language and one for the others; the second, beyond MOST_HITS in
        her language, is for those that have the words in their titles."""
        first, *others = self.order
        hits = self._ranked(self.demand(first, self.kind))
        if len(hits) > MOST_HITS:
            in_title = [[Alternative(tuple(f"t{s}" for s in a.stems), a.is_prefix) for a in g] for g in self.demand(first, "")]
            hits = list(dict.fromkeys(self._ranked(in_title + self.demand(first, self.kind)) + hits))[: MOST_HITS + 1]
            self._keep(hits, is_more=True)
        else:
            more = self._ranked(*(self.demand(code, self.kind) for code in others)) if others else []
            self._keep(hits + more, is_more=len(more) > MOST_HITS)

    def take_beginnings(self, pairs: set[tuple[str, str]]) -> None:
        """Fill in what is found when the last word is the beginning of one as well. Queries: 1."""
        self.endings = spelling.endings(pairs, self.query.beginning)
        hits = self._ranked(*(self.demand(code, self.kind) for code in self.order))
        self._keep(hits, is_more=len(hits) > MOST_HITS)

    def _keep(self, hits: list[Hit], *, is_more: bool) -> None:
        self.is_more, seen = is_more, {}
        for hit in sorted(hits, key=lambda hit: self.order.index(hit.language)):
            seen.setdefault(hit.object_key, hit)
        self.found = list(seen.values())
        self.of_language = {code: n for code in self.order if (n := sum(hit.language == code for hit in hits))}

    def _ranked(self, *demands: Demand) -> list[Hit]:
        rows = self.visible.ranked(*demands).values_list("pk", "object_key", "kind", "language", "rank")[: MOST_HITS + 1]
        return [Hit(*row[:4]) for row in sorted(rows, key=lambda row: (-row[4], row[0]))]

    def results(self, page: int) -> list[Result]:
        """Return one page of the hits, read and marked. Queries: 1."""
        hits = self.found[:MOST_HITS][(page - 1) * SIZE : page * SIZE]
        fields = ("kind", "language", "url", "title", "text")
        docs = {doc.pk: doc for doc in self.visible.filter(pk__in=[hit.pk for hit in hits]).only(*fields)} if hits else {}
        markers = {code: self._marker(code) for code in {hit.language for hit in hits}}
        return [_result(docs[hit.pk], markers[hit.language]) for hit in hits if hit.pk in docs]

    def _marker(self, code: str) -> Marker:
        endings = self.endings[code] if self.endings is not None else None
        return Marker(self.query.stems(code, endings), code, self.query.beginning if endings is not None else "")

    def narrowings(self, found: Found) -> tuple[list[Narrowing], list[Narrowing]]:
        """Return the kinds and languages in which something is found. Queries: 1 beyond MOST_HITS, else 0."""
        of_kind: dict[str, int] = {}
        for hit in self.found:
            of_kind[hit.kind] = of_kind.get(hit.kind, 0) + 1
        of_language = self.of_language
        if self.is_more:
            of_kind, of_language = self._counted()
        kinds = [
            Narrowing(kind, source.label, min(count, MOST_IN_FILTER), count > MOST_IN_FILTER, found.address(kind=kind))
            for kind in registry.searchables.names()
            if (count := of_kind.get(kind, 0)) and (source := registry.searchables[kind])
        ]
        names = dict(settings.LANGUAGES)
        languages = [
            Narrowing(code, names[code], min(count, MOST_IN_FILTER), count > MOST_IN_FILTER, found.address(**{"in": code}))
            for code in self.order
            if (count := of_language.get(code, 0))
        ]
        return kinds, languages

    def _counted(self) -> tuple[dict[str, int], dict[str, int]]:
        """Return {kind: how many}, {language: how many}, each to a little beyond MOST_IN_FILTER. Queries: 1."""
        kinds = [self.kind] if self.kind else registry.searchables.names()
        rows = {("kind", kind): self._some(self.demand(code, kind) for code in self.order) for kind in kinds}
        rows |= {("language", code): self._some([self.demand(code, self.kind)]) for code in self.order}
        found = engines.counts(rows)
        return tuple({value: found[name, value] for name, value in rows if name == what} for what in ("kind", "language"))

    def _some(self, demands):
        return self.visible.matching(*demands).order_by().values("object_key")[: MOST_IN_FILTER * len(LANGUAGES) + 1]

    # Near misses ----------------------------------------------------------------------------------
    def near_misses(self, pairs: set[tuple[str, str]]) -> tuple[list[Offer], list[Offer]]:
        """Return (queries spelt like this one, single words of it) that find something she may read.

        Args: pairs: (language, word) of the index that may be meant (spelling.candidates). Queries: 3 at most.
        """
        have = self._counts({word: self.query.only(word) for word in self.query.words})
        rare = [word for word, count in have.items() if count < LITTLE]
        alike = spelling.spelt_like(pairs, rare, self.language)
        counts = self._counts({other: parse(other) for others in alike.values() for other in others})
        better = {
            word: kept
            for word, others in alike.items()
            if (kept := [other for other in others if counts[other] > have[word] * TELLING])
        }
        near = self._offers(_respelt(self.query, better), counts)
        fewer = {word: count for word, count in have.items() if count} if not self.found and len(have) > 1 else {}
        return near, [_offer(word, count) for word, count in fewer.items()]

    def _offers(self, queries: list[Query], known: dict[str, int]) -> list[Offer]:
        """Return those queries that find more than this one. Queries: 1, none when all are single words counted before."""
        texts = [query.text for query in queries]
        counts = known if all(text in known for text in texts) else self._counts(dict(zip(texts, queries, strict=True)))
        return [_offer(text, counts[text]) for text in texts if counts[text] > len(self.found)]

    def _counts(self, queries: dict[str, Query]) -> dict[str, int]:
        """Return {name: how many texts}, to a little beyond MOST_IN_FILTER. Queries: 1 for all."""
        demands = {n: [_of_kind(self.kind) + q.demand(code) for code in self.order] for n, q in queries.items() if q.parts}
        return engines.counts({name: self._some(several) for name, several in demands.items()})


def _of_kind(kind: str) -> Demand:
    """Return the group that keeps one kind; nothing for all of them. Pure."""
    return [[Alternative((kind_mark(kind),))]] if kind else []


def _respelt(query: Query, better: dict[str, list[str]]) -> list[Query]:
    """Return the query with each misspelt word in another spelling: several for one word, one for several words. Pure."""
    if len(better) == 1:
        ((word, others),) = better.items()
        return [query.with_words({word: other}) for other in others]
    return [query.with_words({word: others[0] for word, others in better.items()})] if better else []


def _offer(text: str, count: int) -> Offer:
    return Offer(text, min(count, MOST_IN_FILTER), count > MOST_IN_FILTER)


def _result(doc: SearchDoc, marker: Marker) -> Result:
    source = registry.searchables.get(doc.kind)
    label = source.label if source else doc.kind
    return Result(doc.kind, label, doc.language, doc.url, marker.mark(doc.title), marker.excerpt(doc.text))
