"""Words that are spelt alike: what was meant when a word is found nowhere, and words that begin alike.

Each word stands in the table `Spelling` under the beginning of itself, and under its first letters with one of them left
out. So two words that differ by a slip meet under a common key, and the exact distance is worked out over those few.
"""

from collections.abc import Iterable

from django.conf import settings
from django.db import connection, transaction

from search.models import Spelling
from search.words import fold_word, stem

SHORTEST, LONGEST = 4, 24  # letters of a word that is kept
HEAD, BEGINNING = 7, 4
MOST_CANDIDATES = 2000  # rows looked at for all words of a query together
MOST_SPELLINGS = 5  # offered a word
MOST_ENDINGS = 20
ROWS = 1000  # written by one statement


def worth_keeping(word: str) -> bool:
    """Say whether a casefolded word is one that people misspell: of letters, neither short nor endless. Pure."""
    return SHORTEST <= len(word) <= LONGEST and word.isalpha()


def slips(folded: str) -> set[str]:
    """Return the keys under which words spelt like this one stand: its head, and that with one letter left out. Pure."""
    head = folded[:HEAD]
    return {head} | {head[:n] + head[n + 1 :] for n in range(len(head))}


def keys(word: str) -> set[str]:
    """Return all keys of a word. Pure."""
    folded = fold_word(word)
    return slips(folded) | {f"{folded[:BEGINNING]}*"}


def remember(words: Iterable[tuple[str, str]]) -> int:
    """Keep (language, word) pairs that are not kept yet. Returns: how many were new. Queries: 2 a thousand. Safe to repeat."""
    words, new = sorted(set(words)), 0
    for start in range(0, len(words), 1000):
        some = words[start : start + 1000]
        kept = set(Spelling.objects.filter(word__in={word for _code, word in some}).values_list("language", "word").distinct())
        missing = [pair for pair in some if pair not in kept]
        _insert([(code, word, key) for code, word in missing for key in sorted(keys(word))])
        new += len(missing)
    return new


def _insert(rows: list[tuple[str, str, str]]) -> None:
    """Write rows, those that stand left alone: by plain SQL, four times as fast as objects, and both engines read it."""
    for start in range(0, len(rows), ROWS):
        some = rows[start : start + ROWS]
        values = ", ".join(["(%s, %s, %s)"] * len(some))
        with connection.cursor() as cursor:
            sql = f"INSERT INTO search_spelling (language, word, key) VALUES {values} ON CONFLICT DO NOTHING"  # noqa: S608
            cursor.execute(sql, [value for row in some for value in row])


def remember_later(words: set[tuple[str, str]]) -> None:
    """Keep words after the commit, so that no writer waits for another's words. A lost one costs an offer, not a hit."""
    if words:
        transaction.on_commit(lambda: remember(words), robust=True)


def forget_all_but(words: set[tuple[str, str]]) -> int:
    """Drop the words that no text holds. Returns: how many rows. Queries: 1, and 1 a thousand rows."""
    gone = [
        pk for pk, code, word in Spelling.objects.values_list("pk", "language", "word").iterator() if (code, word) not in words
    ]
    for start in range(0, len(gone), 1000):
        Spelling.objects.filter(pk__in=gone[start : start + 1000]).delete()
    return len(gone)


def candidates(words: list[str], beginning: str) -> set[tuple[str, str]]:
    """Return (language, word) of the index that share a key with one of these folded words, or begin alike. Queries: 1."""
    wanted = set().union(*(slips(word) for word in words if worth_keeping(word)))
    if len(beginning) >= BEGINNING:
        wanted.add(f"{beginning[:BEGINNING]}*")
    if not wanted:
        return set()
    return set(Spelling.objects.filter(key__in=sorted(wanted)).values_list("language", "word")[:MOST_CANDIDATES])


def endings(pairs: set[tuple[str, str]], beginning: str) -> dict[str, set[str]]:
    """Return {language: stems of the words among candidates that begin so}, the shortest first. Pure."""
    found: dict[str, set[str]] = {code: set() for code, _name in settings.LANGUAGES}
    if len(beginning) < BEGINNING:
        return found
    alike = {(code, folded) for code, word in pairs if (folded := fold_word(word)).startswith(beginning)}
    for code, folded in sorted(alike, key=lambda pair: (len(pair[1]), pair)):
        if len(found[code]) < MOST_ENDINGS:
            found[code].add(stem(folded, code))
    return found


def spelt_like(pairs: set[tuple[str, str]], words: list[str], language: str) -> dict[str, list[str]]:
    """Return {folded word: candidates spelt like it}, the nearest first, the reader's language before others. Pure."""
    return {word: _nearest(word, pairs, language) for word in words if worth_keeping(word)}


def _nearest(word: str, pairs: set[tuple[str, str]], language: str) -> list[str]:
    """Return the words of an index nearest to one, those of one spelling without accents once. Pure."""
    most, measured = (1 if len(word) < 6 else 2), []
    for code, other in pairs:
        folded = fold_word(other)
        if folded != word and abs(len(folded) - len(word)) <= most and (steps := distance(word, folded, most)) <= most:
            measured.append((steps, folded[0] != word[0], code != language, other, folded))
    found: dict[str, str] = {}
    for *_order, other, folded in sorted(measured):
        found.setdefault(folded, other)
    return list(found.values())[:MOST_SPELLINGS]


def distance(one: str, other: str, most: int) -> int:
    """Return by how many slips two words differ: a letter too many, too few, wrong, or two swapped; most + 1 for more. Pure."""
    before, row = [], list(range(len(other) + 1))
    for n, a in enumerate(one, start=1):
        earlier, before, row = before, row, [n]
        for m, b in enumerate(other, start=1):
            best = min(before[m] + 1, row[m - 1] + 1, before[m - 1] + (a != b))
            if n > 1 and m > 1 and a == other[m - 2] and one[n - 2] == b:
                best = min(best, earlier[m - 2] + 1)
            row.append(best)
        if min(row) > most:
            return most + 1
    return row[-1]
