"""Queries never grow with rows: the same at one and at three modules, units, questions."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from courses import services
from tests.factories import CheckFactory, ModuleFactory, UnitFactory

pytestmark = pytest.mark.django_db


def queries(client, url) -> int:
    client.get(url)  # the first visit writes what the second finds
    with CaptureQueriesContext(connection) as found:
        assert client.get(url).status_code == 200
    return len(found)


@pytest.fixture(params=["visitor", "participant"])
def reader(request, client_of, settings):
    """A visitor past the page cache, or a person."""
    settings.MIDDLEWARE = [m for m in settings.MIDDLEWARE if "VisitorPageCache" not in m]
    who = request.getfixturevalue(request.param)
    client = client_of(who) if request.param == "participant" else who
    client.who = None if request.param == "visitor" else who
    return client


def module_with(units: int, questions: int = 1):
    module = ModuleFactory()
    readings = [UnitFactory(module=module) for _ in range(units)]
    return module, readings, CheckFactory(module=module, questions=questions, max_attempts=None)


def test_module_list(reader):
    module_with(1)
    one = queries(reader, "/en/courses/")
    module_with(3)
    module_with(2)
    assert queries(reader, "/en/courses/") == one


def test_home(reader):
    module_with(1)
    one = queries(reader, "/en/")
    module_with(3)
    module_with(2)
    assert queries(reader, "/en/") == one


def test_module_page(reader):
    small, large = module_with(1)[0], module_with(3)[0]
    assert queries(reader, small.get_absolute_url()) == queries(reader, large.get_absolute_url())


def test_module_page_with_prerequisites(reader):
    small, large = module_with(1)[0], module_with(1)[0]
    small.prerequisites.set([module_with(1)[0]])
    large.prerequisites.set([module_with(1)[0] for _ in range(3)])
    assert queries(reader, small.get_absolute_url()) == queries(reader, large.get_absolute_url())


def test_unit(reader):
    small, large = module_with(1)[1][0], module_with(3)[1][0]
    assert queries(reader, small.get_absolute_url()) == queries(reader, large.get_absolute_url())


def test_check(reader):
    small, large = module_with(1, 1)[2], module_with(3, 3)[2]
    if reader.who:
        for check, attempts in ((small, 1), (large, 3)):
            for _ in range(attempts):
                services.submit_attempt(attempt=services.start_attempt(user=reader.who, unit=check))
    assert queries(reader, small.get_absolute_url()) == queries(reader, large.get_absolute_url())


@pytest.mark.parametrize("handed_in", [False, True])
def test_attempt(client_of, participant, handed_in):
    client, counts = client_of(participant), []
    for questions in (1, 3):
        attempt = services.start_attempt(user=participant, unit=module_with(questions, questions)[2])
        if handed_in:
            services.submit_attempt(attempt=attempt)
        counts.append(queries(client, attempt.get_absolute_url()))
    assert counts[0] == counts[1]


def test_glossary(reader, refresher):
    assert queries(reader, "/en/glossary/") <= 4


def test_pages_of_a_person_stay_near_the_floor(client_of, participant):
    """The floor has at most 4 queries; aim: floor + 6."""
    module, readings, check = module_with(3, 3)
    attempt = services.start_attempt(user=participant, unit=check)
    client = client_of(participant)
    for url in ("/en/courses/", *(o.get_absolute_url() for o in (module, readings[0], check, attempt))):
        assert queries(client, url) <= 4 + 6, url
