"""Matches marked in titles and excerpts, on the words as they are written."""

import re
import unicodedata

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from search.words import spots, stem

LENGTH = 240  # characters of an excerpt
BEFORE = 60  # of them before the first match
LOOKED_AT = 60  # matches of a text among which the excerpt is chosen
CUT = re.compile(r"\s")


class _Plain(dict):
    """One plain letter for each character, so that places stay what they are: é → e, Œ → o."""

    def __missing__(self, code: int) -> int:
        plain = unicodedata.normalize("NFKD", chr(code)).casefold()[:1]
        self[code] = ord({"œ": "o", "æ": "a", "ø": "o", "ł": "l", "đ": "d", "ı": "i"}.get(plain, plain) or " ")
        return self[code]


_plain = _Plain()


class Marker:
    """Marks the words of a text whose stem a query has.

    Args: stems: of the query, without language; language: of the texts; beginning: words that begin so are marked too.
    """

    def __init__(self, stems: set[str], language: str, beginning: str = ""):
        self.stems, self.language, self.beginning = stems, language, beginning
        heads = {_head(one) for one in stems} | ({beginning} if beginning else set())
        # Stems differ from words at their ends alone, so that a word worth a closer look begins as one of them does.
        self._likely = re.compile(rf"(?<![^\W_])(?:{'|'.join(map(_pattern, sorted(heads)))})[^\W_]*") if heads else None

    def matches(self, text: str, most: int = LOOKED_AT) -> list[tuple[int, int, str]]:
        """Return (start, end, stem) of the words to mark, at most so many. Pure."""
        found = []
        for likely in self._likely.finditer(text.translate(_plain)) if self._likely else ():
            start = likely.start()
            for spot in spots(text[start : likely.end()]):
                one = stem(spot.folded, self.language)
                if one in self.stems or (self.beginning and spot.folded.startswith(self.beginning)):
                    found.append((start + spot.start, start + spot.end, one))
            if len(found) >= most:
                break
        return found

    def mark(self, text: str) -> SafeString:
        """Return a text as HTML with its matches marked. Pure."""
        return _marked(text, self.matches(text), 0, len(text))

    def excerpt(self, text: str) -> SafeString:
        """Return the part of a text that holds most different matches, as HTML with its matches marked. Pure."""
        matches = self.matches(text)
        first = max(
            range(len(matches)),
            key=lambda n: (len({s for start, _end, s in matches[n:] if start < matches[n][0] + LENGTH - BEFORE}), -n),
            default=None,
        )
        start = 0 if first is None else matches[first][0] - BEFORE
        start = 0 if start <= 0 else _next_word(text, start, matches[first][0])
        end = len(text) if len(text) <= start + LENGTH else _last_word(text, start, start + LENGTH)
        within = [match for match in matches if start <= match[0] and match[1] <= end]
        return mark_safe(  # noqa: S308  the text is escaped piece by piece
            ("… " if start else "") + _marked(text, within, start, end).replace("\n", " ") + (" …" if end < len(text) else "")
        )


def _head(one: str) -> str:
    """Return the letters with which each word of a stem begins. Pure."""
    return one[: max(2, len(one) - 2)]


def _pattern(head: str) -> str:
    return re.escape(head).replace("oe", "oe?").replace("ae", "ae?").replace("ss", "ss?")


def _next_word(text: str, start: int, latest: int) -> int:
    found = CUT.search(text, start, latest)
    return found.end() if found else start


def _last_word(text: str, start: int, end: int) -> int:
    cut = max(text.rfind(" ", start, end), text.rfind("\n", start, end))
    return cut if cut > start + LENGTH // 2 else end


def _marked(text: str, matches, start: int, end: int) -> SafeString:
    pieces, at = [], start
    for begin, stop, _stem in matches:
        pieces.append(f"{escape(text[at:begin])}<mark>{escape(text[begin:stop])}</mark>")
        at = stop
    return mark_safe("".join(pieces) + escape(text[at:end]))  # noqa: S308  escaped piece by piece
