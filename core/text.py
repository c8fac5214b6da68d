"""Plain text: folding for search and sorting, and what never enters a row."""

import unicodedata

SPACES = str.maketrans(dict.fromkeys("\u00a0\u202f\u2009\t\n\r", " ") | dict.fromkeys("’‘ʼ", "'"))


def fold(text: str) -> str:
    """Return text casefolded, without accents, with single spaces and straight apostrophes: «L’Être  prêt» -> "l'etre pret"."""
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())  # "™" hides capitals
    return " ".join("".join(c for c in decomposed if not unicodedata.combining(c)).translate(SPACES).split())


def clean(text: str) -> str:
    """Return text in NFC without outer spaces and without control characters other than line breaks and tabs."""
    kept = "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs"))
    return unicodedata.normalize("NFC", kept).strip()
