"""The permission table holds for every address, role and language, and nothing ever answers 500."""

import logging

import pytest
from django.http import HttpResponse
from django.urls import path

from tests.guards.cast import ROLES
from tests.guards.house import LANGUAGES
from tests.guards.permissions import TABLE
from tests.guards.walk import address, ask, client_of, differences, patterns, unlisted

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def quiet():
    """Refusals are what is tested here: keep them out of the captured log."""
    logging.disable(logging.WARNING)
    yield
    logging.disable(logging.NOTSET)


def test_every_address_has_a_line():
    names = patterns()

    assert len(names) > 60
    assert not unlisted(names, TABLE), "\n".join(unlisted(names, TABLE))


def test_address_without_a_line_is_caught():
    assert unlisted({"courses:secret": "", **patterns()}, TABLE) == ["no line for courses:secret"]
    assert unlisted(patterns(), TABLE | {"gone": ""}) == ["no address for gone"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("role", ROLES)
def test_table_holds(cast, scene, role, language):
    found = differences(TABLE, ROLES, cast[role], role, scene, language)

    assert not found, "\n".join(found)


@pytest.mark.parametrize("role", ROLES)
def test_post_without_data_never_breaks(cast, scene, role):
    answers = {}
    for line in TABLE:
        client = client_of(cast[role])  # signing out is among the addresses
        answers[line] = ask(client, "post", address(line, scene, LANGUAGES[ROLES.index(role) % 3]))

    broken = {line: answer for line, answer in answers.items() if answer.startswith("5")}
    assert len(answers) == len(TABLE)
    assert {"405", "302"} <= set(answers.values())
    assert not broken


def test_wrong_line_is_caught(cast, scene):
    table = {"courses:module_detail draft": "200 200 404 404 200", "home": TABLE["home"]}

    assert len(differences(table, ROLES, cast["participant"], "participant", scene, "fr")) == 1


def broken_view(request):
    raise ZeroDivisionError("planted")


urlpatterns = [path("broken/", broken_view), path("fine/", lambda request: HttpResponse())]


def test_broken_view_is_caught(cast, settings):
    settings.ROOT_URLCONF = __name__
    settings.MIDDLEWARE = []

    assert ask(client_of(cast["visitor"]), "post", "/broken/").startswith("500 ZeroDivisionError")
    assert ask(client_of(cast["visitor"]), "get", "/fine/") == "200"
