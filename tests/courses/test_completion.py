"""When a module is complete: every unit that counts, or its checks; optional units never count. One rule everywhere."""

import datetime as dt

import pytest
import time_machine
from django.utils import timezone

from courses import services
from courses.models import Attempt, Module, Unit
from courses.offers import find_unfinished
from courses.outline import progress
from courses.services.completion import completed_on, score_of
from courses.services.reading import mark_complete
from tests.factories import CheckFactory, ModuleFactory, UnitFactory

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 11, 22, 23, 30, tzinfo=dt.UTC)


def module_of(completion="all_units"):
    """Return a module: two readings, one optional reading, one check."""
    module = ModuleFactory(completion=completion)
    units = [UnitFactory(module=module, minutes=10), UnitFactory(module=module, minutes=20)]
    return module, [*units, UnitFactory(module=module, minutes=40, is_optional=True), CheckFactory(module=module, minutes=15)]


def far(module, person):
    return progress([Module.objects.get(pk=module.pk)], person, "en")[0]


def is_complete_everywhere(module, person) -> bool:
    """Return what all places say; they must agree."""
    row = Module.objects.with_progress(person).get(pk=module.pk)
    said = {
        far(module, person).is_complete,
        row.unit_count > 0 and row.done_count >= row.unit_count,
        completed_on(person, module) is not None,
        not list(find_unfinished(timezone.now() + dt.timedelta(days=6))),
    }
    assert len(said) == 1, said
    one = far(module, person)
    assert (row.done_count, row.unit_count, row.minutes) == (one.done, one.total, one.minutes)
    return said.pop()


def test_every_unit_but_the_optional_ones(participant):
    module, (first, second, _optional, check) = module_of()
    mark_complete(participant, first)
    assert not is_complete_everywhere(module, participant)
    mark_complete(participant, second)
    assert not is_complete_everywhere(module, participant)
    mark_complete(participant, check)
    assert is_complete_everywhere(module, participant)


def test_passing_the_checks_is_enough(participant):
    module, (first, second, _optional, check) = module_of("checks")
    mark_complete(participant, first)
    mark_complete(participant, second)
    assert not is_complete_everywhere(module, participant)
    mark_complete(participant, check)
    assert is_complete_everywhere(module, participant)


def test_checks_alone_without_reading(participant):
    module, (*_readings, check) = module_of("checks")
    mark_complete(participant, check)
    assert is_complete_everywhere(module, participant)


def test_all_checks_are_needed(participant):
    module, (*_readings, check) = module_of("checks")
    CheckFactory(module=module)
    CheckFactory(module=module, is_optional=True)
    mark_complete(participant, check)
    assert not is_complete_everywhere(module, participant)


def test_by_checks_without_a_check_asks_for_every_unit(participant):
    module = ModuleFactory(completion="checks")
    units = [UnitFactory(module=module) for _ in range(2)]
    mark_complete(participant, units[0])
    assert not is_complete_everywhere(module, participant)
    mark_complete(participant, units[1])
    assert is_complete_everywhere(module, participant)


def test_retired_unit_no_longer_counts(participant):
    module, (first, second, _optional, check) = module_of()
    mark_complete(participant, first)
    mark_complete(participant, check)
    Unit.objects.filter(pk=second.pk).update(retired_at=timezone.now())
    Module.objects.get(pk=module.pk).save()
    assert is_complete_everywhere(module, participant)


def test_nothing_but_optional_units_is_never_complete(participant):
    module = ModuleFactory()
    mark_complete(participant, UnitFactory(module=module, is_optional=True))
    assert not far(module, participant).is_complete
    assert completed_on(participant, module) is None


def test_what_is_left(participant):
    module, (first, *_rest) = module_of()
    mark_complete(participant, first)
    one = far(module, participant)
    assert (one.left, one.minutes_left, one.minutes, one.unit_count) == (2, 35, 45, 3)
    by_checks, (first, *_rest) = module_of("checks")
    mark_complete(participant, first)
    one = far(by_checks, participant)
    assert (one.left, one.minutes_left, one.minutes, one.unit_count) == (1, 15, 45, 3)


def test_what_is_left_is_shown_on_page_list_and_home(client_of, participant):
    module, (first, *_rest) = module_of()
    mark_complete(participant, first)
    browser = client_of(participant)
    for url in ("/en/courses/", module.get_absolute_url()):
        assert "1 of 3 done, 2 left, about 35 minutes" in " ".join(browser.get(url).content.decode().split())
    home = browser.get("/en/").content.decode()
    assert "1 of 3 done" in home
    assert "2 units left, about 35 minutes" in home


@pytest.mark.parametrize(
    ("completion", "words"), [("all_units", "when every unit is done"), ("checks", "by passing its knowledge check.")]
)
def test_rule_is_explained(visitor, completion, words):
    module, _units = module_of(completion)
    page = visitor.get(module.get_absolute_url()).content.decode()
    assert words in page
    assert "Optional units do not count." in page


def test_complete_by_its_check_the_page_says_so_and_reading_may_go_on(client_of, participant):
    module, (first, *_rest, check) = module_of("checks")
    mark_complete(participant, check)
    browser = client_of(participant)
    assert "You have completed this module." in browser.get(module.get_absolute_url()).content.decode()
    assert "Completed" in browser.get("/en/courses/").content.decode()
    assert module.title_en not in browser.get("/en/").content.decode()
    assert browser.get(module.get_absolute_url() + "continue/")["Location"] == first.get_absolute_url()


def test_optional_unit_is_not_where_to_go_on_unless_begun(participant):
    module, (first, second, optional, check) = module_of()
    for unit in (first, second, check):
        mark_complete(participant, unit)
    assert far(module, participant).next_step is None
    services.record_reading(user=participant, unit_id=optional.pk, record=None)
    assert far(module, participant).next_step.pk == optional.pk


def test_completed_on_is_the_day_of_the_last_unit_in_the_persons_zone(participant, outsider, django_assert_num_queries):
    module, (first, second, _optional, check) = module_of()
    with time_machine.travel(NOW, tick=False):
        for person in (participant, outsider):
            for unit in (first, second, check):
                mark_complete(person, unit)
    with django_assert_num_queries(1):
        assert completed_on(participant, module) == dt.date(2026, 11, 23)  # Blantyre is two hours ahead
    assert completed_on(outsider, module) == dt.date(2026, 11, 22)


def test_score_is_the_best_that_passed(participant, outsider, django_assert_num_queries):
    module, (*_readings, check) = module_of()
    for n, (score, passed) in enumerate([(40, False), (70, True), (90, True), (50, False)], start=1):
        facts = {"state": "submitted", "submitted_at": NOW, "score": score, "passed": passed}
        Attempt.objects.create(user=participant, unit=check, number=n, **facts)
    with django_assert_num_queries(1):
        assert score_of(participant, module) == 90
    assert score_of(outsider, module) is None
