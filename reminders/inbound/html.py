"""HTML of a mail as plain text: paragraphs, lists, links, and quotations marked with ">".

inscriptis lays pages out well but does not mark quotations, and brings lxml and requests; html2text is GPL. What mails
need is little, and Python's own parser bears broken HTML.
"""

import re
from html.parser import HTMLParser

SILENT = {"head", "style", "script", "title", "template", "noscript", "object", "svg"}
BLOCKS = {
    "address", "article", "aside", "blockquote", "center", "dd", "div", "dl", "dt", "fieldset", "figure", "footer", "form",
    "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre", "section", "table", "tr", "ul",
}  # fmt: skip
APART = {"p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "table", "blockquote", "pre"}
DEEPEST = 20
LONGEST = 400_000  # characters
LONGEST_TAG = 10_000
DECLARATION = re.compile(r"<[!?][^<>]*>")


def text_of(html: str) -> str:
    """Return the text of a mail in HTML, quotations as lines with ">". Never raises, whatever the HTML is. Pure."""
    reader = Reader()
    reader.feed(plain_tags(html[:LONGEST]))
    reader.close()
    return reader.text()


def plain_tags(html: str) -> str:
    """Return HTML with tags alone: comments and declarations are gone, and what is no tag is text. Pure.

    For Python's parser, which raises at some declarations, and looks for the end of each tag that has none to the end of
    the mail.
    """
    first, *others = DECLARATION.sub("", without_comments(html)).split("<")
    return first + "".join(f"{'<' if '>' in rest[:LONGEST_TAG] else '&lt;'}{rest}" for rest in others)


def without_comments(html: str) -> str:
    """Return HTML without comments; one that is never ended stays, as text. Pure."""
    kept, here = [], 0
    while (start := html.find("<!--", here)) >= 0 and (end := html.find("-->", start + 2)) >= 0:
        kept.append(html[here:start])
        here = end + 3
    return "".join([*kept, html[here:]])


class Reader(HTMLParser):
    """Collects lines; knows how deep it stands in quotations and in what is not shown."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.lines: list[tuple[int, str]] = []
        self.line = ""
        self.quotes, self.silent, self.plain = 0, 0, 0
        self.link, self.link_from = "", 0

    def handle_starttag(self, tag, attrs):
        if tag in SILENT:
            self.silent += 1
        if tag in BLOCKS:
            self.end_line(apart=tag in APART)
        if tag == "blockquote":
            self.quotes = min(self.quotes + 1, DEEPEST)
        elif tag == "br":
            self.end_line(always=True)
        elif tag == "li":
            self.line = "- "
        elif tag in ("td", "th") and self.line:
            self.line += " "
        elif tag == "pre":
            self.plain += 1
        elif tag == "a":
            self.link, self.link_from = dict(attrs).get("href") or "", len(self.line)

    def handle_endtag(self, tag):
        if tag in SILENT:
            self.silent = max(self.silent - 1, 0)
        if tag == "a":
            self.end_link()
        if tag == "blockquote":
            self.end_line()
            self.quotes = max(self.quotes - 1, 0)
        if tag in BLOCKS:
            self.end_line(apart=tag in APART)
        if tag == "pre":
            self.plain = max(self.plain - 1, 0)

    def handle_data(self, data):
        if self.silent:
            return
        if self.plain:
            *whole, last = data.split("\n")
            for piece in whole:
                self.line += piece
                self.end_line(always=True)
            self.line += last
        else:
            piece = re.sub(r"[ \t\r\n\f]+", " ", data)
            self.line += piece.lstrip(" ") if not self.line or self.line.endswith(" ") else piece

    def end_link(self):
        """Write where a link leads, unless its words say so."""
        words, link = self.line[self.link_from :].strip(), self.link
        if link.startswith(("http://", "https://")) and words and words.rstrip("/") not in link:
            self.line = f"{self.line.rstrip()} <{link}>"
        self.link = ""

    def end_line(self, *, always: bool = False, apart: bool = False):
        """Finish a line: an empty one only when asked for (`always`) or between blocks that stand apart."""
        if self.line.strip() or always:
            self.lines.append((self.quotes, self.line.rstrip()))
        if apart and self.lines and self.lines[-1] != (self.quotes, ""):
            self.lines.append((self.quotes, ""))
        self.line = ""

    def text(self) -> str:
        self.end_line()
        shown = (f"{'>' * quotes} {line}".rstrip() if quotes else line for quotes, line in self.lines)
        return re.sub(r"\n{3,}", "\n\n", "\n".join(shown)).strip()
