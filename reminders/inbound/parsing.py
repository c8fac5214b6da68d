"""Bytes of a mail as plain data. Nothing here raises for what comes in, however broken; nothing here asks the database.

Python's own parsers take minutes, some hours, for a megabyte that was made for it: what they get is cut to what people
write. A mail that is not read whole says so (`Parsed.unread`), and its bytes wait for staff.
"""

import codecs
import hashlib
import logging
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes
from email.errors import MessageError
from email.header import decode_header
from email.message import Message
from email.parser import BytesHeaderParser
from email.policy import Compat32
from email.utils import getaddresses, parsedate_to_datetime

from core.text import clean, fold
from reminders.inbound.html import text_of

log = logging.getLogger(__name__)
LONGEST_TEXT = 200_000  # characters
LONGEST_READ = 2 * LONGEST_TEXT  # characters of one part from which a text is made
DEEPEST = 30  # multiparts in multiparts
MOST_PARTS = 100  # of one mail that are looked at
MOST_MARKS, MOST_LINES, MOST_WORK = 5000, 600_000, 10_000_000  # lines that may begin a part, lines, lines times multiparts
LONGEST_HEADER, LONGEST_DECODED, LONGEST_ABOUT = 20_000, 2000, 2000  # characters: any, in encoded words, of Content-…
MOST_ALIKE = 60  # headers of one name
BEGINNING = 64 * 2**10  # bytes of a mail that is not read whole
SLOW = {"punycode", "idna", "unicode_escape", "raw-unicode-escape", "unicode-escape", "raw_unicode_escape"}  # and no charsets
ODD = (MessageError, LookupError, ValueError, TypeError, AttributeError, IndexError, RecursionError)  # of broken headers
IDS = re.compile(r"<[^<>\s]{3,250}>")
WORDS = {
    "en": "the and you for that this with have are not from please thank would",
    "fr": "le les des est vous nous une pour dans que merci avec pas bonjour",
    "es": "el los las por para con una que gracias del usted está hola como",
}
FORWARDED = re.compile(r"\s*(fwd?|tr|rv)\s*:", re.IGNORECASE)


@dataclass
class Attachment:
    """A file in a mail: its name as the sender wrote it, and its bytes."""

    name: str
    data: bytes


@dataclass
class Parsed:
    """A mail, read. `headers` are those of automatic mail and of delivery, by lower-case name, decoded."""

    message_id: str
    key: str  # the Message-ID, or a hash of the bytes where there is none
    sender: str
    sender_name: str
    recipients: list[str]
    subject: str
    text: str
    language: str
    in_reply_to: str
    references: tuple[str, ...]
    sent_at: datetime | None
    arrived_at: datetime | None
    headers: dict[str, list[str]]
    content_type: str
    attachments: list[Attachment] = field(default_factory=list)
    unread: str = ""  # why not all of it was read

    def header(self, name: str) -> str:
        """Return the first header of a name, "" without."""
        return self.headers.get(name, [""])[0]

    @property
    def is_forwarded(self) -> bool:
        """Say whether its subject says that it passes another mail on."""
        return bool(FORWARDED.match(self.subject))


def parse(raw: bytes) -> Parsed:
    """Read a mail. Never raises. Pure."""
    if is_crafted(raw):
        return beginning_of(raw, "more parts or lines than a mail has")
    try:
        return parsed(raw, message_from_bytes(raw, policy=BOUNDED))
    except RecursionError:
        return beginning_of(raw, "nested too deeply")
    except Exception as error:  # whatever it is, the mail is kept, and those behind it are taken in
        log.exception("mail that cannot be read")
        return beginning_of(raw, f"not readable: {type(error).__name__}")


def is_crafted(raw: bytes) -> bool:
    """Say whether Python's parser would read for minutes: at each line it looks for the end of every multipart. Pure."""
    lines = raw.count(b"\n")
    multiparts = raw.lower().count(b"multipart/")
    return lines > MOST_LINES or lines * multiparts > MOST_WORK or raw.count(b"\n--") > MOST_MARKS


def beginning_of(raw: bytes, why: str) -> Parsed:
    """Return what the headers of a mail say that is not read whole; of a broken one that it came. Pure."""
    try:
        found = parsed(raw, BytesHeaderParser(policy=BOUNDED).parsebytes(raw[:BEGINNING]), with_body=False)
    except Exception:
        log.exception("headers that cannot be read")
        found = parsed(raw, Message())
    found.unread = why
    return found


class Bounded(Compat32):
    """Python's reading of mail as it comes, each header cut to what people write."""

    def header_source_parse(self, sourcelines):
        name, value = super().header_source_parse(sourcelines)
        return name, value[: LONGEST_ABOUT if name.lower().startswith("content-") else LONGEST_HEADER]


BOUNDED = Bounded()


def parsed(raw: bytes, message: Message, *, with_body: bool = True) -> Parsed:
    """Return a mail as plain data."""
    headers: dict[str, list[str]] = {}
    for name, value in message.raw_items():
        alike = headers.setdefault(name.lower(), [])
        if len(alike) < MOST_ALIKE:
            alike.append(decoded(value))
    text, attachments, unread = read_body(message) if with_body else ("", [], "")
    message_id = next(iter(IDS.findall(headers.get("message-id", [""])[0])), "")
    sender_name, sender = first_address(message, "from", "sender")
    subject = " ".join(clean(headers.get("subject", [""])[0]).split())[:200]
    return Parsed(
        message_id=message_id,
        key=message_id or f"sha256:{hashlib.sha256(raw).hexdigest()}",
        sender=sender,
        sender_name=sender_name,
        recipients=all_addresses(message, "delivered-to", "x-original-to", "envelope-to", "to", "cc"),
        subject=subject,
        text=text,
        language=language_of(headers.get("content-language", [""])[0], f"{subject}\n{text[:5000]}"),
        in_reply_to=next(iter(IDS.findall(headers.get("in-reply-to", [""])[0])), ""),
        references=tuple(IDS.findall(" ".join(headers.get("references", []))))[-50:],
        sent_at=moment_of(headers.get("date", [""])[0]),
        arrived_at=moment_of(headers.get("received", [""])[0].rpartition(";")[2]),
        headers=headers,
        content_type=message.get_content_type(),
        attachments=attachments,
        unread=unread,
    )


def read_body(message: Message) -> tuple[str, list[Attachment], str]:
    """Return (text, attachments, why not all was read)."""
    reader = BodyReader()
    reader.read(message)
    texts, room = [], LONGEST_TEXT
    for part in reader.texts:
        if room > 0 and part.strip():
            texts.append(part[:LONGEST_READ])
            room -= len(part)
    unread = "" if reader.left.parts > 0 else "more parts than a mail has"
    return clean("\n\n".join(texts))[:LONGEST_TEXT], reader.attachments, unread


# Headers ------------------------------------------------------------------------------------------
def decoded(value) -> str:
    """Return a header as one line of text, whatever it holds: encoded words, bytes without charset, line breaks."""
    text = str(value).encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    text = re.sub(r"[\r\n\t]+", " ", text)
    if "=?" not in text:
        return plain(text)
    try:
        parts = decode_header(text[:LONGEST_DECODED])
    except ODD:
        return plain(text)
    return plain("".join(as_text(part, charset) for part, charset in parts))


def plain(text: str) -> str:
    """Return one line without control characters and without what no database keeps: some charsets hold half characters."""
    return re.sub(r"[\x00-\x1f\x7f\ud800-\udfff]+", " ", text)


def as_text(data: bytes | str, charset: str | None) -> str:
    """Return bytes in the charset they claim, or in the one they seem to have."""
    if isinstance(data, str):
        return data
    for name in (charset or "utf-8", "utf-8"):
        try:
            if codecs.lookup(name).name not in SLOW:
                return data.decode(name)
        except (LookupError, ValueError):
            continue
    return data.decode("cp1252", "replace")


def addresses_in(message: Message, name: str) -> list[tuple[str, str]]:
    """Return the (name, address) pairs of a header, parsed before names are decoded: a name may hold a comma."""
    values = [str(value).encode("utf-8", "surrogateescape").decode("utf-8", "replace") for value in raw_values(message, name)]
    try:
        found = getaddresses([re.sub(r"[\r\n]+", " ", value) for value in values])
    except ODD:
        return []
    pairs = [(decoded(shown), address.strip().lower()) for shown, address in found]
    return [(shown, address) for shown, address in pairs if is_address(address)]


def raw_values(message: Message, name: str) -> list:
    return [value for key, value in message.raw_items() if key.lower() == name][:MOST_ALIKE]


def is_address(address: str) -> bool:
    """Say whether this may be a mail address: one @, nothing that could break out of a header or a column."""
    local, at, host = address.rpartition("@")
    return bool(at and local and host) and len(address) <= 254 and not re.search(r"[\s<>\",;\x00-\x1f\x7f]", address)


def first_address(message: Message, *names: str) -> tuple[str, str]:
    """Return the first (name, address) of some headers, ("", "") without."""
    shown, address = next((pair for name in names for pair in addresses_in(message, name)), ("", ""))
    return " ".join(clean(shown).split())[:200], address


def all_addresses(message: Message, *names: str) -> list[str]:
    """Return the addresses of some headers, each once, in order."""
    return list(dict.fromkeys(address for name in names for _shown, address in addresses_in(message, name)))


def moment_of(value: str) -> datetime | None:
    """Return the time that a header names, None when it names none."""
    try:
        found = parsedate_to_datetime(value.strip())
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (*ODD, OverflowError):
        return None


def language_of(header: str, text: str) -> str:
    """Return "en", "fr" or "es": what the header says, else the language of which most small words stand in the text."""
    said = header.strip().lower()[:2]
    if said in WORDS:
        return said
    counts = Counter(re.findall(r"[a-z]+", fold(text)))
    scores = {code: sum(counts[fold(word)] for word in words.split()) for code, words in WORDS.items()}
    return max(scores, key=scores.get)  # the first, English, when nothing tells


# Body ---------------------------------------------------------------------------------------------
@dataclass
class Left:
    """How much more of one mail is read."""

    parts: int = MOST_PARTS
    characters: int = 3 * LONGEST_READ


class BodyReader:
    """Walks a mail once and collects the texts that are to be read and the files that are attached."""

    def __init__(self, left: Left | None = None):
        self.left = left or Left()
        self.texts: list[str] = []
        self.attachments: list[Attachment] = []

    def read(self, part: Message, *, depth: int = 0, related: bool = False) -> None:
        """Read one part with all that lies in it."""
        if self.left.parts <= 0:
            return
        self.left.parts -= 1
        kind = part.get_content_type()
        if kind == "message/rfc822" and part.is_multipart():
            self.attachments.append(Attachment(name_of(part) or "message.eml", part.get_payload(0).as_bytes()))
        elif part.is_multipart() and depth < DEEPEST:
            if kind == "multipart/alternative":
                self.read_alternative(part, depth)
            else:
                for inner in part.get_payload():
                    self.read(inner, depth=depth + 1, related=related or kind == "multipart/related")
        elif not part.is_multipart():
            self.read_leaf(part, kind, related)

    def read_alternative(self, part: Message, depth: int) -> None:
        """Take the plain text where it says anything, else the HTML; the files of both."""
        choices = []
        for inner in part.get_payload():
            one = BodyReader(self.left)
            one.read(inner, depth=depth + 1)
            self.attachments += one.attachments
            choices.append(one.texts)
        self.texts += next((texts for texts in choices if any(text.strip() for text in texts)), [])

    def read_leaf(self, part: Message, kind: str, related: bool) -> None:
        """Read a part that holds no others: a text or a file. A picture that only adorns HTML is neither."""
        name, disposition = name_of(part), part.get_content_disposition()
        is_text = kind in ("text/plain", "text/html") or kind.startswith("multipart/")  # a multipart without its boundary
        if is_text and disposition != "attachment" and not name:
            whole = as_text(data_of(part), charset_of(part)).replace("\r\n", "\n").replace("\r", "\n")
            text = whole[: min(LONGEST_READ, self.left.characters)]
            self.left.characters -= len(text)
            self.texts.append(text_of(text) if kind == "text/html" else unflowed(part, text))
        elif kind.startswith("image/") and related and part["Content-ID"]:
            return
        else:
            self.attachments.append(Attachment(name or f"file.{part.get_content_subtype()}", data_of(part)))


def name_of(part: Message) -> str:
    """Return the name of an attached file without folders, "" without."""
    try:
        name = part.get_filename() or ""
    except ODD:
        name = ""
    return " ".join(clean(decoded(name)).replace("\\", "/").rpartition("/")[2].split())[:150]


def data_of(part: Message) -> bytes:
    """Return the bytes of a part, as far as its encoding can be undone."""
    try:
        data = part.get_payload(decode=True)
    except ODD:
        data = None
    return data if data is not None else str(part.get_payload()).encode("utf-8", "surrogateescape")


def charset_of(part: Message) -> str | None:
    try:
        return part.get_content_charset()
    except ODD:
        return None


def unflowed(part: Message, text: str) -> str:
    """Join the lines that a mail program has broken only to keep them short (RFC 3676); quotations stay as they are."""
    try:
        flowed, joint = part.get_param("format"), part.get_param("delsp")
    except ODD:
        return text
    if str(flowed).lower() != "flowed":
        return text
    without_space = str(joint).lower() == "yes"
    lines: list[list[str]] = []  # each in its pieces: joined one by one, a long text would be copied at every line
    goes_on = False
    for line in text.split("\n"):
        own = line.removeprefix(" ")
        if goes_on and line and not line.startswith(">") and line != "-- ":
            if without_space:
                lines[-1][-1] = lines[-1][-1][:-1]
            lines[-1].append(own)
        else:
            lines.append([own])
        goes_on = own.endswith(" ") and lines[-1] != ["-- "] and not lines[-1][0].startswith(">")
    return "\n".join("".join(pieces) for pieces in lines)
