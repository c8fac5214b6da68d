"""A list of people to invite, as a CSV file: read from whatever a spreadsheet wrote, every fault with its line."""

import csv
import functools
import io
from dataclasses import dataclass

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.enums import ConstituentGroup
from core import countries
from core.errors import DomainError
from core.text import fold

MOST_ROWS = 5000
MOST_BYTES = 4 * 2**20
COLUMNS = ("name", "email", "country", "group", "language", "organisation", "position")
NEEDED = ("name", "email", "group")
HEADINGS = {
    "name": "name, full name, nom, nom complet, nom et prenom, nombre, nombre completo, nombre y apellidos",
    "email": "email, e-mail, e-mail address, email address, mail, courriel, adresse e-mail, adresse electronique, "
    "adresse de courriel, correo, correo electronico, direccion de correo, direccion electronica",
    "country": "country, pays, pais",
    "group": "group, constituent group, groupe, groupe de mandants, grupo, grupo de mandantes",
    "language": "language, langue, idioma, lengua",
    "organisation": "organisation, organization, organismo, organizacion, institution, institucion",
    "position": "position, function, job title, fonction, poste, titre, cargo, puesto, funcion",
}
MEANT = {fold(word): column for column, words in HEADINGS.items() for word in words.split(",")}


@dataclass(frozen=True)
class Row:
    """One line of a list as it was written, with its number in the file."""

    line: int
    name: str
    email: str
    country: str
    group: str
    language: str
    organisation: str
    position: str


def read_rows(data: bytes) -> list[Row]:
    """Return the lines of a list. Empty lines are left out. Pure.

    Takes UTF-8 with or without mark, UTF-16 with mark, or the code page of Western Windows; commas, semicolons or tabs;
    headings in English, French or Spanish, in any order, others ignored.
    Raises: DomainError "large", "empty", "headings", "rows" or "broken".
    """
    if len(data) > MOST_BYTES:
        raise DomainError(_("This file is too large. At most %(mb)d MB.") % {"mb": MOST_BYTES // 2**20}, code="large")
    lines = csv.reader(io.StringIO(text_of(data), newline=""), delimiter=delimiter_of(text_of(data)))
    try:
        head = next(lines, [])
        places = places_of(head)
        rows = [one for cells in lines if any(cell.strip() for cell in cells) for one in [row(lines.line_num, cells, places)]]
    except csv.Error as error:
        raise DomainError(_("Line %(line)d cannot be read as CSV.") % {"line": lines.line_num + 1}, code="broken") from error
    if not rows:
        raise DomainError(_("There are no people in this file."), code="empty")
    if len(rows) > MOST_ROWS:
        text = _("This file has %(rows)d people. At most %(most)d are taken at once: split it.")
        raise DomainError(text % {"rows": len(rows), "most": MOST_ROWS}, code="rows")
    return rows


def text_of(data: bytes) -> str:
    """Return the text of a file as a spreadsheet wrote it. Pure."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def delimiter_of(text: str) -> str:
    """Return what separates the cells: of comma, semicolon and tab the one that stands most often in the first line. Pure."""
    first = text.split("\n", 1)[0]
    return max(",;\t", key=first.count)


def places_of(head: list[str]) -> dict[str, int]:
    """Return {column: where it stands}. Raises: DomainError "headings" naming what is missing, or stands twice. Pure."""
    places, twice = {}, []
    for place, word in enumerate(head):
        column = MEANT.get(fold(word.lstrip("\ufeff")))
        if column in places:
            twice.append(word.strip())
        elif column:
            places[column] = place
    missing = [column for column in NEEDED if column not in places]
    if missing:
        text = _("The first line must name the columns. Missing: %(columns)s.") % {"columns": ", ".join(missing)}
        raise DomainError(text, code="headings")
    if twice:
        raise DomainError(_("A column stands twice: %(columns)s.") % {"columns": ", ".join(twice)}, code="headings")
    return places


def row(line: int, cells: list[str], places: dict[str, int]) -> Row:
    """Return one line as a row; cells that are missing are empty. Pure."""
    found = {column: cells[place].strip() if place < len(cells) else "" for column, place in places.items()}
    return Row(line, **{column: found.get(column, "") for column in COLUMNS})


def group_of(word: str) -> str:
    """Return the code of a constituent group, given by code or by its name in any language; "" for no group. Pure."""
    return _groups().get(fold(word), "")


def language_of(word: str) -> str:
    """Return the code of a language, given by code or by its name in any of them; "" for another one. Pure."""
    return _languages().get(fold(word), "")


def country_of(word: str) -> str:
    """Return the code of a country, given by code or by its name in any language; "" for no country. Pure."""
    return _countries().get(fold(word), "")


@functools.cache
def _groups() -> dict[str, str]:
    return _words(ConstituentGroup.choices)


@functools.cache
def _languages() -> dict[str, str]:
    """Return {folded name: code} of the languages: by their own name, and by that which the others give them."""
    names = [(code, translation.get_language_info(code)["name_translated"]) for code, _name in settings.LANGUAGES]
    return _words(settings.LANGUAGES) | _words(names)


@functools.cache
def _countries() -> dict[str, str]:
    found = {fold(name): country for code, _name in settings.LANGUAGES for country, name in countries.choices(code)}
    return found | {country.lower(): country for country, _name in countries.choices("en")}


def _words(choices) -> dict[str, str]:
    """Return {folded word: code} of codes and of their labels in every language."""
    found = {}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            found |= {fold(str(label)): code for code, label in choices}
    return found | {fold(code): code for code, _label in choices}


class Reader:
    """Words of a file in the codes they mean; each word is looked up once, since a file repeats few."""

    def __init__(self):
        self._known = {}

    def __call__(self, meaning, word: str) -> str:
        """Return what a word means, "" for nothing. Args: meaning: group_of, language_of or country_of."""
        if (meaning, word) not in self._known:
            self._known[meaning, word] = meaning(word)
        return self._known[meaning, word]
