"""Countries by ISO 3166-1 code, named in the reader's language by CLDR (through Babel) and UN usage."""

import functools
from importlib import resources

from babel import Locale
from django.utils.translation import get_language

from core.text import fold

# The Spanish of the United Nations, which our texts write, where CLDR has another form.
UN_SPANISH = {
    "BD": "Bangladesh", "BW": "Botswana", "CI": "Côte d’Ivoire", "DJ": "Djibouti", "IQ": "Iraq", "KE": "Kenya", "LS": "Lesotho",
    "MW": "Malawi", "QA": "Qatar", "RW": "Rwanda", "TL": "Timor-Leste", "VN": "Viet Nam", "ZW": "Zimbabwe",
}  # fmt: skip


@functools.cache
def _names(language: str) -> dict[str, str]:
    """Return {code: name} in a language."""
    return dict(Locale(language).territories) | (UN_SPANISH if language == "es" else {})


@functools.cache
def _codes_and_zones() -> dict[str, list[str]]:
    """Return {ISO code: [IANA zones]} from the tz database's zone table."""
    found: dict[str, list[str]] = {}
    for line in resources.files("tzdata.zoneinfo").joinpath("zone.tab").read_text().splitlines():
        if not line.startswith("#"):
            code, _place, zone = line.split("\t")[:3]
            found.setdefault(code, []).append(zone)
    return found


@functools.cache
def choices(language: str) -> list[tuple[str, str]]:
    """Return [(code, name)] sorted by the name as that language's readers fold it."""
    names = _names(language)
    return sorted(((code, names[code]) for code in _codes_and_zones() if code in names), key=lambda item: fold(item[1]))


def country_choices() -> list[tuple[str, str]]:
    """Return the choices in the active language, with an empty first line."""
    return [("", "—"), *choices((get_language() or "en")[:2])]


def name(code: str) -> str:
    """Return a country's name in the active language, "" for no code."""
    return _names((get_language() or "en")[:2]).get(code, code)


def zones_of(code: str) -> list[str]:
    """Return the IANA zones of a country, the largest first as the tz database lists them."""
    return _codes_and_zones().get(code, [])
