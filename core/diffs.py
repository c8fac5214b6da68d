"""What changed between two texts, word by word, as safe HTML with <ins> and <del>. Pure."""

import difflib
import re
from collections.abc import Iterator

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

WORDS = re.compile(r"\s+|\w+|[^\w\s]")
MOST_WORDS = 4000  # of one changed passage: beyond it whole lines are shown as changed


def word_diff(before: str, after: str, *, whole: bool = True) -> SafeString:
    """Return what became of a text: removed words in <del>, new ones in <ins>.

    Lines are compared first, then the words of the lines that changed: a text of 40,000 letters takes milliseconds.
    Args: whole: also the lines that stand; otherwise they give way to "…".
    """
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    found = []
    for act, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if act != "equal":
            found += _marked("".join(old[a:b]), "".join(new[c:d]))
        elif whole:
            found.append(format_html("{}", "".join(new[c:d])))
        else:
            found.append("…\n")
    return format_html_join("", "{}", ((part,) for part in found))


def _marked(before: str, after: str) -> Iterator[SafeString]:
    old, new = WORDS.findall(before), WORDS.findall(after)
    if max(len(old), len(new)) > MOST_WORDS:
        old, new = [before], [after]
    for act, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if act == "equal":
            yield format_html("{}", "".join(new[c:d]))
            continue
        if a < b:
            yield format_html("<del>{}</del>", "".join(old[a:b]))
        if c < d:
            yield format_html("<ins>{}</ins>", "".join(new[c:d]))
