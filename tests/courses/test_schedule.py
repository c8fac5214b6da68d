"""Planned times: published and retired when due, refusals said once, clocks that change."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from core.models import Event
from courses.models import Module
from courses.services.schedule import keep_schedule, refusal_of
from courses.tasks import keep_schedule as task
from tests.factories import ModuleFactory, UnitFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def planned(**fields) -> Module:
    module = ModuleFactory(**({"state": "draft"} | fields))
    UnitFactory(module=module)
    return module


def test_a_module_is_published_when_its_time_has_come_and_not_before():
    module = planned(publish_at=NOW)
    assert keep_schedule(NOW - timedelta(seconds=1)) == 0
    assert keep_schedule(NOW) == 1
    module.refresh_from_db()
    assert (module.state, module.publish_at) == ("published", None)
    event = Event.objects.about(module).get()
    assert (event.act, event.actor, event.reason) == ("publish", None, "scheduled")
    assert keep_schedule(NOW) == 0


def test_a_module_is_retired_when_due_and_leads_to_its_replacement():
    other = planned(state="published")
    module = planned(state="published", retire_at=NOW, replaced_by=other)
    assert keep_schedule(NOW) == 1
    module.refresh_from_db()
    assert (module.state, module.retire_at, module.replaced_by) == ("retired", None, other)


def test_after_a_night_without_a_worker_both_happen_in_order():
    module = planned(publish_at=NOW - timedelta(hours=8), retire_at=NOW - timedelta(hours=1))
    assert keep_schedule(NOW) == 2
    module.refresh_from_db()
    assert module.state == "retired"
    assert list(Event.objects.about(module).values_list("act", flat=True)) == ["retire", "publish"]


def test_a_refused_publication_is_tried_once_said_on_the_desk_and_tried_again_at_a_new_time(client_of, staff):
    now = timezone.now()
    module = planned(publish_at=now - timedelta(minutes=1), summary_es="")
    for _again in range(3):
        assert keep_schedule() == 0
    event = Event.objects.about(module).get()
    assert event.act == "publish refused"
    assert "summary" in event.reason
    page = client_of(staff).get("/admin/").text
    assert "Modules not published as planned" in page
    assert "summary" in page
    assert "summary" in client_of(staff).get(f"/admin/courses/module/{module.pk}/change/").text
    Module.objects.filter(pk=module.pk).update(summary_es="Suma", publish_at=timezone.now())
    module.refresh_from_db()
    assert refusal_of(module) is None
    assert keep_schedule() == 1


def test_one_module_that_is_refused_does_not_hold_up_the_next():
    planned(publish_at=NOW, title_fr="")
    fine = planned(publish_at=NOW)
    assert keep_schedule(NOW) == 1
    fine.refresh_from_db()
    assert fine.state == "published"


def test_the_task_rings():
    module = planned(publish_at=timezone.now() - timedelta(minutes=1))
    task()
    module.refresh_from_db()
    assert module.state == "published"


# The form -----------------------------------------------------------------------------------------
@pytest.fixture
def save(client_of, staff):
    """Return f(module, day, clock) -> the page after planning its publication in Rome's time."""
    from tests.admin_desk import form_data

    def post(module, day, clock, **more):
        client = client_of(staff)
        url = f"/admin/courses/module/{module.pk}/change/"
        page = client.get(url)
        data = {k: v for k, v in form_data(page).items() if not isinstance(v, list) or v}
        data |= {"publish_at_0": day, "publish_at_1": clock, "prerequisites": []} | more
        return client.post(url, {k: v for k, v in data.items() if k not in ("publish_at", "retire_at")})

    return post


def test_times_are_typed_in_the_editors_zone_and_shown_with_it(save, client_of, staff):
    module = planned()
    assert save(module, "2027-07-01", "09:00").status_code == 302
    module.refresh_from_db()
    assert module.publish_at == datetime(2027, 7, 1, 7, 0, tzinfo=UTC)  # summer in Rome
    page = client_of(staff).get(f"/admin/courses/module/{module.pk}/change/").text
    assert "Central European Summer Time" in page
    assert "Times are those of Europe/Rome." in page


@pytest.mark.parametrize(("day", "clock"), [("2027-03-28", "02:30"), ("2027-10-31", "02:30")])
def test_an_hour_that_the_clocks_skip_or_repeat_is_refused_beside_the_field(save, day, clock):
    module = planned()
    page = save(module, day, clock)
    assert "publish_at" in page.context["adminform"].form.errors
    assert f'value="{clock}' in page.text


def test_an_hour_that_clock_changes_move_comes_at_its_instant():
    module = planned(publish_at=datetime(2026, 10, 25, 1, 30, tzinfo=UTC))  # 02:30 in Rome, the second one
    assert keep_schedule(datetime(2026, 10, 25, 0, 30, tzinfo=UTC)) == 0  # 02:30 in Rome, the first one
    assert keep_schedule(datetime(2026, 10, 25, 1, 30, tzinfo=UTC)) == 1
    module.refresh_from_db()
    assert module.state == "published"


def test_retiring_before_publishing_is_refused(save):
    page = save(planned(), "2027-07-01", "09:00", retire_at_0="2027-06-01", retire_at_1="09:00")
    assert "retire_at" in page.context["adminform"].form.errors


def test_planned_modules_stand_on_the_desk(client_of, staff):
    planned(publish_at=timezone.now() + timedelta(days=2))
    waiting = {str(line.what): (line.count, line.note) for line in client_of(staff).get("/admin/").context["waiting"]}
    count, note = waiting["Modules planned for publishing or retiring"]
    assert count == 1
    assert note.startswith("next: ")
