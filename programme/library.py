"""The library narrowed: the records that a person may read, those that fit her filters, and what else there is to choose.

The facts behind the filters are few and plain, so they are kept in the process under the generation of the content and
narrowed in Python: the number of queries stays the same however many filters and records there are.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from django.conf import settings
from django.core.cache import caches
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import countries
from core.pagecache import SECONDS, generation
from core.text import clean, fold
from core.time import language
from core.translations import LANGUAGES
from programme.enums import Licence, ResourceKind
from programme.models import Document, Resource, ResourceCountry, Theme

SIZE = 25  # records of one page
LONGEST = 40  # characters of an unknown value that are shown again
UNKNOWN_YEAR = "none"
FILTERS = {
    "kind": gettext_lazy("Kind"),
    "language": gettext_lazy("Language"),
    "year": gettext_lazy("Year"),
    "country": gettext_lazy("Country"),
    "theme": gettext_lazy("Theme"),
    "licence": gettext_lazy("Licence"),
}


# The facts ----------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Shelf:
    """What hangs on the records, by their pk, whoever reads; and the names of themes, by code and language, in order."""

    languages: dict[int, list[str]]
    countries: dict[int, list[str]]
    themes: dict[int, list[str]]
    theme_names: dict[str, dict[str, str]]


def shelf() -> Shelf:
    """Return the facts of all records, kept in the process as long as no content changes. Queries: 4, or 0."""
    key = f"library.{generation()}"
    kept = caches["process"].get(key)
    if kept is None:
        kept = Shelf(
            languages=_gathered(Document.objects.values_list("resource_id", "language")),
            countries=_gathered(ResourceCountry.objects.values_list("resource_id", "code")),
            themes=_gathered(Resource.themes.through.objects.values_list("resource_id", "theme__code")),
            theme_names={theme.code: _names(theme) for theme in Theme.objects.all()},
        )
        caches["process"].set(key, kept, SECONDS)
    return kept


def _gathered(pairs: Iterable[tuple[int, str]]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for pk, value in pairs:
        found.setdefault(pk, []).append(value)
    return found


def _names(theme: Theme) -> dict[str, str]:
    return {code: theme.text("name", theme.reading_language(code)) for code in LANGUAGES}


def decade_of(year: int) -> str:
    """Return the decade of a year as addresses name it: 2024 -> "2020s". Pure."""
    return f"{year // 10 * 10}s"


def is_year(value: str) -> bool:
    """Say whether a value is a year in four digits. Pure."""
    return len(value) == 4 and value.isascii() and value.isdigit()


# The filters --------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Option:
    """One value of a filter: how many records it leads to, and where."""

    value: str
    label: str
    count: int
    url: str
    is_here: bool
    lang: str = ""  # of the label, where it is not the page's


@dataclass(frozen=True)
class Facet:
    """One filter with what can be chosen."""

    label: object  # lazy
    options: list[Option]


@dataclass(frozen=True)
class Chosen:
    """One filter that is chosen, its value as readers call it, and the address without it."""

    label: object  # lazy
    value: str
    url: str
    lang: str = ""


class Narrowed:
    """The library as one person asks for it. Unknown values are no mistake: nothing fits them.

    Args: user: who reads; asked: a query string's values. Queries: 1 when asked for `found`, and those of `shelf`.
    """

    def __init__(self, user, asked):
        self.user, self.language = user, language()
        self.values = {name: known_form(name, asked.get(name, "")) for name in FILTERS}
        self.values = {name: value for name, value in self.values.items() if value}

    @cached_property
    def rows(self) -> list[tuple[int, dict[str, set[str]]]]:
        """Return (pk, {filter: its values}) of every record that the person may read, in order. Queries: 1 to 5."""
        on, rows = shelf(), Resource.objects.visible_to(self.user).in_order()
        return [
            (
                pk,
                {
                    "kind": {kind},
                    "language": set(on.languages.get(pk, ())),
                    "year": {str(year), decade_of(year)} if year else {UNKNOWN_YEAR},
                    "country": set(on.countries.get(pk, ())),
                    "theme": set(on.themes.get(pk, ())),
                    "licence": {licence},
                },
            )
            for pk, kind, year, licence in rows.values_list("pk", "kind", "year", "licence")
        ]

    @cached_property
    def found(self) -> list[int]:
        """Return the pks of the records that fit all filters, in order."""
        return [pk for pk, has in self.rows if not self.unfit(has)]

    def unfit(self, has: dict[str, set[str]]) -> list[str]:
        """Return the filters that a record does not fit. Pure."""
        return [name for name, value in self.values.items() if value not in has[name]]

    @cached_property
    def counts(self) -> dict[str, Counter]:
        """Return {filter: how many records each value would leave, the other filters staying as they are}."""
        counts = {name: Counter() for name in FILTERS}
        for _pk, has in self.rows:
            unfit = self.unfit(has)
            for name in FILTERS if not unfit else unfit if len(unfit) == 1 else ():
                counts[name].update(has[name])
        return counts

    @cached_property
    def facets(self) -> list[Facet]:
        """Return the filters in which there is something to choose."""
        facets = [Facet(label, self.options(name)) for name, label in FILTERS.items()]
        return [facet for facet in facets if any(option.is_here or option.count < len(self.found) for option in facet.options)]

    def options(self, name: str) -> list[Option]:
        """Return the values of a filter that lead somewhere, in their order. Pure but for `shelf`."""
        counts, chosen = self.counts[name], self.values.get(name, "")
        return [
            Option(value, label, counts[value], self.url_with(name, value), value == chosen, lang)
            for value in in_order(name, counts, self.language, chosen)
            for label, lang in [label_of(name, value, self.language)]
        ]

    @cached_property
    def chosen(self) -> list[Chosen]:
        """Return the filters that are chosen, each with the address that takes it away."""
        return [
            Chosen(FILTERS[name], label, self.url_with(name, ""), lang)
            for name, value in self.values.items()
            for label, lang in [label_of(name, value, self.language)]
        ]

    @property
    def words(self) -> str:
        """Return what is chosen, in words: "Guideline, Malawi"; "" for everything."""
        return ", ".join(one.value for one in self.chosen)

    # Addresses ----------------------------------------------------------------------------------
    def url_with(self, name: str, value: str) -> str:
        """Return the list's address with one filter changed, "" to take it away."""
        return address("programme:resource_list", self.values | {name: value})

    @property
    def url(self) -> str:
        """Return the list's address with these filters."""
        return address("programme:resource_list", self.values)

    @property
    def feed_url(self) -> str:
        """Return the address of the feed with the same filters."""
        return address("programme:resource_feed", self.values)

    def url_of_page(self, number: int) -> str:
        """Return the address of one page with these filters."""
        return address("programme:resource_list", self.values | {"page": str(number) if number > 1 else ""})

    @property
    def pages(self) -> int:
        """Return how many pages there are."""
        return -(-len(self.found) // SIZE)

    def on_page(self, number: int) -> list[Resource]:
        """Return the records of one page in order, each with the `spoken` languages of its documents. Queries: 1."""
        pks, on = self.found[(number - 1) * SIZE : number * SIZE], shelf()
        rows = {row.pk: row for row in Resource.objects.filter(pk__in=pks)} if pks else {}
        for pk, row in rows.items():
            row.spoken = sorted(on.languages.get(pk, ()), key=LANGUAGES.index)
        return [rows[pk] for pk in pks if pk in rows]


def address(route: str, values: dict[str, str]) -> str:
    """Return an address with those values of a query that are not empty."""
    query = urlencode({name: value for name, value in values.items() if value})
    return f"{reverse(route)}?{query}" if query else reverse(route)


def page_number(asked: str) -> int:
    """Return the number of a page as a query asks, the first when it is none. Pure."""
    return int(asked) if asked.isascii() and asked.isdigit() and 0 < len(asked) < 7 and int(asked) else 1


def known_form(name: str, value: str) -> str:
    """Return a value as it is kept: short, and countries in capitals. Pure."""
    value = clean(value[: LONGEST * 2]).replace("\n", " ")[:LONGEST]
    return value.upper() if name == "country" else value


def label_of(name: str, value: str, code: str) -> tuple[str, str]:
    """Return (what a value is called, the `lang` of that name or ""); an unknown value is called as it was typed."""
    if name == "language" and value in LANGUAGES:
        return dict(settings.LANGUAGES)[value], "" if value == code else value
    if name == "kind" and value in ResourceKind.values:
        return str(ResourceKind(value).label), ""
    if name == "licence" and value in Licence.values:
        return str(Licence(value).label), ""
    if name == "country":
        return countries.name(value), ""
    if name == "theme":
        return shelf().theme_names.get(value, {}).get(code) or value, ""
    if name == "year" and value == UNKNOWN_YEAR:
        return _("Year not known"), ""
    if name == "year" and value.endswith("s") and is_year(value[:-1]):
        return f"{value[:-1]}–{int(value[:-1]) + 9}", ""
    return value, ""


def in_order(name: str, counts: Counter, code: str, chosen: str) -> list[str]:
    """Return the counted values of a filter in the order in which readers look for them. Pure but for `shelf`.

    Years: the decades, the newest first, and behind a chosen one its years.
    """
    if name == "year":
        decades = sorted((value for value in counts if value.endswith("s")), reverse=True)
        own = chosen if chosen.endswith("s") else decade_of(int(chosen)) if is_year(chosen) else ""
        years = sorted((value for value in counts if is_year(value) and decade_of(int(value)) == own), reverse=True)
        found = [value for decade in decades for value in [decade, *(years if decade == own else [])]]
        return found + [UNKNOWN_YEAR] * (UNKNOWN_YEAR in counts)
    if name == "country":
        return sorted(counts, key=lambda value: fold(label_of(name, value, code)[0]))
    known = {
        "kind": ResourceKind.values,
        "language": LANGUAGES,
        "theme": list(shelf().theme_names),
        "licence": Licence.values,
    }[name]
    return sorted(counts, key=lambda value: known.index(value) if value in known else len(known))
