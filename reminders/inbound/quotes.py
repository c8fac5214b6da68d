"""What a person wrote, without what the mail program put round it: quotations and signatures, in three languages.

The reply parsers that are kept were tried on the 29 mails of tests/reminders/mail (November 2026): mail-parser-reply 1.36
reads 17 of them right, quotequail 0.5.4 reads 10. They cut a paragraph that begins with "Thanks," or "Gracias,", miss a
line of attribution that was wrapped, and lose answers between quotations. Here a doubtful line stays: a reader skips a
quotation more easily than she misses a sentence.
"""

import re

QUOTED = re.compile(r"\s{0,3}>")
# The line that stands over a quotation. It names a date, a clock time or an address; a sentence rarely does.
ATTRIBUTION = re.compile(
    r"(?:on|le|el)\b.{6,400}?\b(?:wrote|a écrit|escribió)\s*:"
    r"|.{6,300}<[^\s<>@]+@[^\s<>@]+>{1,2}\s*(?:wrote|a écrit|escribió)\s*:",
    re.IGNORECASE,
)
OPENING = re.compile(r"(?:on|le|el)\b|.*<[^\s<>@]+@[^\s<>@]+>", re.IGNORECASE)
DATED = re.compile(r"\d{4}|\d{1,2}\s*[:h.]\s*\d{2}|\S@\S|\d{1,2}/\d{1,2}")
SURELY_DATED = re.compile(r"\S@\S|\d{4}.*\d[:h]\d{2}|\d/\d{1,2}/\d{2,4}.*\d[:h]\d{2}")
MOST_WRAPPED, LONGEST_LINE = 4, 400

FORWARD = re.compile(
    r"[-_ ]*(?:begin forwarded message|forwarded message|début du message (?:réexpédié|transféré)|message transféré"
    r"|(?:inicio del )?mensaje reenviado)\s*:?[-_ ]*",
    re.IGNORECASE,
)
ORIGINAL = re.compile(
    r"[-_]{2,}\s*(?:original message|reply message|original appointment|message d.origine|message original"
    r"|message initial|mensaje original)\s*[-_]{2,}",
    re.IGNORECASE,
)
RULE = re.compile(r"[_\-=*]{10,}")
FROM = re.compile(r"[*_]*(?:from|de|expéditeur|remitente)\s*:[*_]*\s*\S", re.IGNORECASE)
HEADING = re.compile(
    r"[*_]*(?:sent|date|to|cc|bcc|subject|reply-to|importance|attachments|envoyé(?: le)?|à|a|objet|sujet|cci|pièces jointes"
    r"|répondre à|enviado(?: el)?|fecha|para|asunto|cco|responder a|adjuntos)\s*:[*_]*(?:\s|$)",
    re.IGNORECASE,
)

DASHES = re.compile(r"--\s?")
LONGEST_SIGNATURE = 15  # lines: a row of two dashes over more is not a signature's
SENT_FROM = re.compile(
    r"(?:sent from (?:my|outlook|yahoo|mail|samsung|proton|the)|get outlook for|envoyé (?:de(?:puis)? (?:mon|ma|outlook|yahoo)"
    r"|à partir de)|(?:télécharge[rz]|obtene[rz]|obtenir) outlook|enviado desde (?:mi|outlook|yahoo|el|correo)|obtener outlook)"
    r"\b.{0,70}",
    re.IGNORECASE,
)
LINK = re.compile(r"<?https?://\S+>?")


def own_words(text: str, *, forwarded: bool = False) -> str:
    """Return what a person wrote in a mail: quotations, the lines over them and signatures are gone. Pure.

    Answers between quotations stay, in order. What she forwards stays: it is what she sends.
    Args: text: with "\\n" as line ends; forwarded: the subject says that another mail is passed on.
    Returns: the text, "" when nothing of her own is found.
    """
    lines = text.split("\n")
    plain = [line.replace("\u00a0", " ").replace("\u202f", " ").replace("’", "'").strip() for line in lines]
    forward = next((n for n, line in enumerate(plain) if line and FORWARD.fullmatch(line)), None)
    if forwarded and forward is None:
        forward = next((n for n in range(len(plain)) if is_history(plain, n)), None)
    end = len(lines) if forward is None else forward
    answer = "\n\n".join(part for part in (without_signature(one) for one in stretches(lines[:end], plain[:end])) if part)
    passed_on = "\n".join(lines[end:]).strip()
    return re.sub(r"\n{3,}", "\n\n", "\n\n".join(part for part in (answer, passed_on) if part))


def stretches(lines: list[str], plain: list[str]) -> list[list[str]]:
    """Return the runs of lines between quotations, up to where an earlier mail stands unmarked to the end."""
    found, here, n = [], [], 0
    while n < len(lines):
        if is_history(plain, n):
            break
        over = attribution(plain, n)
        if over and not is_quoted_after(plain, n + over):
            if SURELY_DATED.search(" ".join(plain[n : n + over])):
                break
            over = 0
        if over or QUOTED.match(plain[n]):
            found.append(here)
            here, n = [], n + (over or 1)
            continue
        here.append(lines[n])
        n += 1
    return [*found, here]


def attribution(plain: list[str], n: int) -> int:
    """Return how many lines, from the n-th, are the line over a quotation ("On … wrote:"), perhaps wrapped; 0 for none."""
    if len(plain[n]) > LONGEST_LINE or not OPENING.match(plain[n]):
        return 0
    for count in range(1, MOST_WRAPPED + 1):
        piece = plain[n : n + count]
        if any(not line or len(line) > LONGEST_LINE or QUOTED.match(line) for line in piece):
            return 0
        joined = " ".join(piece)
        if ATTRIBUTION.fullmatch(joined):
            return count if DATED.search(joined) else 0
    return 0


def is_quoted_after(plain: list[str], n: int) -> bool:
    """Say whether the next line with words is quoted."""
    return next((bool(QUOTED.match(line)) for line in plain[n:] if line), False)


def is_history(plain: list[str], n: int) -> bool:
    """Say whether an earlier mail stands from the n-th line to the end: under a rule of its own or a block of headings."""
    if ORIGINAL.fullmatch(plain[n]):
        return True
    if RULE.fullmatch(plain[n]):
        n = next((k for k in range(n + 1, min(n + 3, len(plain))) if plain[k]), n)
    if not FROM.match(plain[n]):
        return False
    following = [line for line in plain[n + 1 : n + 10] if line][:6]
    return sum(bool(HEADING.match(line)) for line in following) >= 2


def without_signature(lines: list[str]) -> str:
    """Return a stretch of text without the signature at its end."""
    below, end = 0, len(lines)  # how many lines with words stand below
    for n in range(len(lines) - 1, -1, -1):
        if below > LONGEST_SIGNATURE:
            break
        if DASHES.fullmatch(lines[n].replace("\u00a0", " ")):
            end = n
        below += bool(lines[n].strip())
    lines = lines[:end]
    while lines and (not lines[-1].strip() or SENT_FROM.fullmatch(lines[-1].strip()) or is_link_of_device(lines)):
        lines.pop()
    return "\n".join(lines).strip("\n")


def is_link_of_device(lines: list[str]) -> bool:
    """Say whether the last line is only the address under "Sent from …"."""
    return len(lines) > 1 and bool(LINK.fullmatch(lines[-1].strip()) and SENT_FROM.fullmatch(lines[-2].strip()))
