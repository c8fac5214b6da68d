"""URL converters that hand views only what a column can hold."""

from django.urls import register_converter
from django.urls.converters import IntConverter, StringConverter


class Number(IntConverter):
    """A whole number of at most 18 digits; larger ones are a plain 404."""

    regex = "[0-9]{1,18}"


register_converter(Number, "n")


class Sheet(StringConverter):
    """The ending of a table to take along."""

    regex = "csv|xlsx"


register_converter(Sheet, "sheet")


class CountryCode(StringConverter):
    """Two letters, in capitals or not."""

    regex = "[A-Za-z]{2}"


register_converter(CountryCode, "country")
