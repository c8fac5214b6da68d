"""Starter content is loaded again only when its files say something new: the team's own edits stay."""

import pytest

from core.starter import put_starter
from programme.models import Theme

pytestmark = pytest.mark.django_db
KEYS = {"code": "care-work"}


def load(name: str, parts=None):
    return put_starter(Theme, KEYS, {"name_en": name, "name_fr": "Soins", "name_es": "Cuidados"}, parts)


def test_first_loading_makes_the_object():
    theme, changed = load("Care work")
    assert changed
    assert Theme.objects.get() == theme


def test_same_files_leave_what_the_team_edited():
    load("Care work")
    Theme.objects.update(name_en="The care economy")
    theme, changed = load("Care work")
    assert not changed
    assert theme.name_en == "The care economy"


def test_same_files_leave_deleted_what_the_team_deleted():
    load("Care work")
    Theme.objects.all().delete()
    assert load("Care work") == (None, False)
    assert not Theme.objects.exists()


def test_new_files_are_loaded():
    load("Care work")
    Theme.objects.update(name_en="The care economy")
    theme, changed = load("Care work and care jobs")
    assert changed
    assert theme.name_en == "Care work and care jobs"


def test_new_parts_are_told_as_a_change():
    load("Care work", parts=["a"])
    assert load("Care work", parts=["a"])[1] is False
    assert load("Care work", parts=["a", "b"])[1] is True


def test_same_files_cost_two_queries(django_assert_num_queries):
    load("Care work")
    with django_assert_num_queries(2):
        load("Care work")
