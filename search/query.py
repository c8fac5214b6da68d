"""What a person typed, as words: nothing in it is an operator, and quotes only keep words together."""

import re
from dataclasses import dataclass, replace

from core.text import clean
from search.engines import Alternative, Demand
from search.words import SMALL, spots, stem

MOST_CHARACTERS, MOST_WORDS = 200, 12
PHRASE = re.compile(r'"([^"]*)"|«([^»]*)»|“([^”]*)”|„([^“]*)“')
SHORTEST_BEGINNING = 3  # letters of a word that is also looked for as the beginning of others


@dataclass(frozen=True)
class Part:
    """One word, or the words of a phrase; folded."""

    words: tuple[str, ...]

    @property
    def is_phrase(self) -> bool:
        return len(self.words) > 1


@dataclass(frozen=True)
class Query:
    """Args: text: what the field shows; was_cut: something of it was left out; parts: what a text must hold."""

    text: str
    was_cut: bool
    parts: tuple[Part, ...]

    @property
    def beginning(self) -> str:
        """Return the last word if it may be the beginning of one, else ""."""
        last = self.parts[-1] if self.parts else None
        return last.words[0] if last and not last.is_phrase and len(last.words[0]) >= SHORTEST_BEGINNING else ""

    @property
    def words(self) -> list[str]:
        """Return all words, each once, in order."""
        return list(dict.fromkeys(word for part in self.parts for word in part.words))

    def demand(self, language: str, *, endings: set[str] | None = None) -> Demand:
        """Return what a text in a language must hold (search/engines.py). Pure.

        Args: endings: stems of the words that the last one may begin; None to take the last word as it stands.
        """
        found = [[Alternative(tuple(language + stem(word, language) for word in part.words))] for part in self.parts]
        if endings is not None and self.beginning:
            found[-1].append(Alternative((language + self.beginning,), is_prefix=True))
            found[-1] += [Alternative((language + one,)) for one in sorted(endings)]
        return found

    def stems(self, language: str, endings: set[str] | None = None) -> set[str]:
        """Return the stems to mark in a text of a language. Pure."""
        return {stem(word, language) for part in self.parts for word in part.words} | (endings or set())

    def only(self, word: str) -> "Query":
        """Return the query for one word. Pure."""
        return Query(word, False, (Part((word,)),))

    def with_words(self, better: dict[str, str]) -> "Query":
        """Return the query with words put in the place of others: {folded word: word}. Pure."""
        text, end = "", 0
        for spot in spots(self.text):
            text += self.text[end : spot.start] + better.get(spot.folded, self.text[spot.start : spot.end])
            end = spot.end
        return parse(text + self.text[end:])


def parse(typed: str) -> Query:
    """Return what was typed as a query; what is too long is cut, and small words are passed over. Pure."""
    whole = " ".join(clean(typed[: MOST_CHARACTERS * 4]).split())
    text = whole if len(whole) <= MOST_CHARACTERS else whole[:MOST_CHARACTERS].rpartition(" ")[0] or whole[:MOST_CHARACTERS]
    parts: list[Part] = []
    end = 0
    for found in PHRASE.finditer(text):
        parts += _single(text[end : found.start()])
        parts.append(Part(_words(next(group for group in found.groups() if group is not None))))
        end = found.end()
    parts += _single(text[end:])
    parts = list(dict.fromkeys(part for part in parts if part.words))
    telling = [part for part in parts if part.is_phrase or part.words[0] not in SMALL] or parts
    kept, count = [], 0
    for part in telling:
        if count + len(part.words) > MOST_WORDS:
            part = replace(part, words=part.words[: MOST_WORDS - count])
        if part.words:
            kept.append(part)
        count += len(part.words)
    was_cut = len(typed.strip()) > len(whole) + MOST_CHARACTERS or len(whole) > len(text)
    return Query(text, was_cut or sum(len(part.words) for part in telling) > MOST_WORDS, tuple(kept))


def _single(text: str) -> list[Part]:
    return [Part((word,)) for word in _words(text)]


def _words(text: str) -> tuple[str, ...]:
    return tuple(spot.folded for spot in spots(text))
