"""From text to the words that the index compares, alike for documents and for queries.

casefold → fold accents → stem of the language → fold. The ñ folds to n like any accent: phones make it hard to type, so
"espana" finds «España», at the price of «año» and «ano» being one word. Each stem carries its language in front
("frbudget"), so that one language's words never meet another's in the index.
"""

import functools
import re
from collections.abc import Iterator
from typing import NamedTuple

import snowballstemmer

from core.text import fold

ALGORITHMS = {"en": "english", "fr": "french", "es": "spanish"}
LONGEST = 40  # characters of a word; what is longer is cut
LIGATURES = str.maketrans({"œ": "oe", "Œ": "oe", "æ": "ae", "Æ": "ae", "ø": "o", "Ø": "o", "ł": "l", "đ": "d", "ı": "i"})
POINTS = "\u0300-\u036f\u0483-\u0487\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed"  # written over letters
WORD = re.compile(rf"[^\W_][^\W_{POINTS}]*(?:[{POINTS}]+[^\W_]*)*")
FEMININE = re.compile("iera(s?)$")
ELISION = r"(?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu|quoiqu)"
# «l’emploi» is the word «emploi», and “women’s” is “women”.
APOSTROPHES = re.compile(rf"(?<![^\W_]){ELISION}['’ʼ](?=[^\W\d_])|['’ʼ]s(?![^\W_])", re.IGNORECASE)
# Articles, prepositions and the like, folded: a query passes over them unless it holds nothing else.
SMALL = frozenset(
    re.findall(
        r"\w+",
        "a about an and are as at be by for from how in into is it its of on or our that the their this to was were what "
        "which who with au aux avec ce ces cette comment dans de des du elle en est et il ils l la le les leur leurs ne "
        "nos notre ou par pas pour qu que quel quelle qui sa se ses sont sur un une vos votre al como con cual del e el "
        "ella es esta este la las lo los mas ni no o para por que quien se si sin su sus un una unas unos y",
    )
)


class Spot(NamedTuple):
    """One word where it stands in a text."""

    start: int
    end: int
    folded: str


def spots(text: str) -> Iterator[Spot]:
    """Yield the words of a text with their places, elided articles left out. Pure."""
    for found in WORD.finditer(_without_apostrophes(text)):
        folded = fold_word(found[0])
        if folded:
            yield Spot(found.start(), found.end(), folded)


def written(text: str) -> list[str]:
    """Return the words of a text as they are written, in order. Pure."""
    return WORD.findall(_without_apostrophes(text))


def _without_apostrophes(text: str) -> str:
    """Return a text of the same length in which elided articles and possessives are blanks. Pure."""
    if "'" in text or "’" in text or "ʼ" in text:
        return APOSTROPHES.sub(lambda found: " " * len(found[0]), text)
    return text


@functools.lru_cache(maxsize=100_000)
def fold_word(word: str) -> str:
    """Return a word casefolded, without accents and ligatures, cut to LONGEST; "" when nothing is left of it."""
    return "".join(c for c in fold(word.translate(LIGATURES)) if c.isalnum())[:LONGEST]


@functools.cache
def _stemmer(language: str):
    return snowballstemmer.stemmer(ALGORITHMS[language])


@functools.lru_cache(maxsize=100_000)
def stem(folded: str, language: str) -> str:
    """Return the stem of a folded word.

    Snowball leaves a French plural in -ois as it stands («emplois», «lois»), so the final s goes before it looks; and it
    takes the Spanish «financiera» for a verb, so the feminine becomes the masculine.
    """
    if language == "fr" and len(folded) > 3:
        folded = folded.removesuffix("s")
    if language == "es":
        folded = FEMININE.sub(r"iero\1", folded)
    return fold_word(_stemmer(language).stemWord(folded)) or folded


def stems(text: str, language: str) -> str:
    """Return a text as the stems that the index holds, each with its language in front, in order."""
    return " ".join([one for word in written(text) if (one := _stem_of(word, language))])


@functools.lru_cache(maxsize=100_000)
def _stem_of(word: str, language: str) -> str:
    folded = fold_word(word)
    return language + stem(folded, language) if folded else ""
