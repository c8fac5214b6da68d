import datetime as dt
import zoneinfo

import pytest
from django.utils import timezone
from django.utils.translation import override

from core import countries, time

AT = dt.datetime(2026, 11, 22, 13, 2, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("language", "day", "short", "clock", "zone"),
    [
        ("en", "22 November 2026", "22 Nov", "14:02", "Central European Standard Time"),
        ("fr", "22 novembre 2026", "22 nov.", "14\u00a0h\u00a002", "heure normale d’Europe centrale"),
        ("es", "22 de noviembre de 2026", "22 nov", "14:02", "hora estándar de Europa central"),
    ],
)
def test_time_in_each_language(language, day, short, clock, zone):
    with override(language), timezone.override("Europe/Rome"):
        assert time.day(AT) == day
        assert time.short_day(AT) == short
        assert time.clock(AT) == clock
        assert time.zone_name(AT) == zone
        assert time.moment(AT) == f"{day}, {clock} ({zone})"


@pytest.mark.parametrize(("language", "shown"), [("en", "April 2025"), ("fr", "avril 2025"), ("es", "abril de 2025")])
def test_month_in_each_language(language, shown):
    with override(language):
        assert time.month(dt.date(2025, 4, 16)) == shown


@pytest.mark.parametrize(("zone", "shown"), [("UTC", "13:02"), ("Africa/Blantyre", "15:02"), ("Asia/Kathmandu", "18:47")])
def test_clock_is_the_readers(zone, shown):
    with timezone.override(zone):
        assert time.clock(AT) == shown


def test_day_is_the_readers():
    late = dt.datetime(2026, 11, 22, 23, 30, tzinfo=dt.UTC)
    with timezone.override("Africa/Kigali"):
        assert time.day(late).startswith("23 ")


def test_french_hours_have_no_leading_zero():
    with override("fr"), timezone.override("UTC"):
        assert time.clock(AT.replace(hour=9, minute=5)) == "9\u00a0h\u00a005"


def test_zone_name_follows_summer_time():
    with override("en"), timezone.override("Europe/Rome"):
        assert time.zone_name(AT.replace(month=7)) == "Central European Summer Time"


def test_zones_offered_can_all_be_used():
    for name, _shown in time.zone_choices():
        assert zoneinfo.ZoneInfo(name)
        assert time.is_zone(name)
    assert not time.is_zone("Mars/Olympus")
    assert not time.is_zone("")


# Countries ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("language", "name"), [("en", "Malawi"), ("fr", "Malawi"), ("es", "Malawi")])
def test_country_name(language, name):
    with override(language):
        assert countries.name("MW") == name
        assert countries.name("") == ""


def test_country_choices_are_sorted_as_readers_fold_them():
    with override("fr"):
        empty, *choices = countries.country_choices()
    assert empty[0] == ""
    names = [name for _code, name in choices]
    assert names.index("Égypte") < names.index("Fidji") < names.index("Zambie")
    assert len({code for code, _name in choices}) == len(choices) > 240


def test_country_zones():
    assert countries.zones_of("MW") == ["Africa/Blantyre"]
    assert len(countries.zones_of("BR")) > 10
    assert countries.zones_of("XX") == []
