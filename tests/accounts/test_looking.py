# ruff: noqa: F811  the fixture `chief` is imported
from datetime import timedelta

import pytest
from django.apps import apps
from django.contrib.auth.models import Permission
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.looking import refuse_writes
from core.models import Event
from courses.models import Note, UnitRecord
from tests.admin_desk import chief, person  # noqa: F401
from tests.factories import ModuleFactory, UserFactory
from tests.guards.cast import scene_of
from tests.guards.permissions import TABLE
from tests.guards.walk import address, ask

pytestmark = pytest.mark.django_db


@pytest.fixture
def learner():
    return UserFactory(email="learner@demo.example", name="Grace Learner", language="fr", zone="Africa/Kigali")


def look(client, learner, reason="cannot find the check"):
    return client.post(reverse("admin:accounts_user_look", args=[learner.pk]), {"reason": reason})


def acts(learner):
    return list(Event.objects.about(learner).values_list("act", flat=True))[::-1]


def test_looking_begins_with_a_reason_and_shows_her_pages(client, chief, learner):
    assert look(client, learner, "").status_code == 400
    assert look(client, learner)["Location"] == "/fr/"

    page = client.get("/fr/")

    assert "Grace Learner" in page.text
    assert page.context["request"].user == learner
    assert 'lang="en" aria-label="Looking as another person"' in page.text  # in the language of who looks
    event = Event.objects.about(learner).get(act="begin to look as")
    assert (event.actor, event.reason) == (chief, "cannot find the check")


def test_stop_goes_back_to_the_person_and_is_logged(client, chief, learner):
    look(client, learner)
    assert client.post(reverse("accounts:looking_stop"))["Location"] == reverse("admin:accounts_user_change", args=[learner.pk])
    assert client.get("/en/").context["request"].user == chief
    assert acts(learner) == ["begin to look as", "stop looking as"]


def test_half_an_hour_is_the_end(client, chief, learner, time_machine):
    look(client, learner)
    time_machine.move_to(timezone.now() + timedelta(minutes=31))
    assert client.get("/fr/")["Location"] == reverse("admin:accounts_user_change", args=[learner.pk])
    assert client.get("/en/").context["request"].user == chief
    assert Event.objects.about(learner).get(act="stop looking as").after == {"because": "time"}


def test_a_right_that_is_taken_ends_the_look(client, chief, learner):
    look(client, learner)
    chief.is_superuser = False
    chief.save()
    assert client.get("/fr/").status_code == 302
    assert client.get("/en/").context["request"].user == chief


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
@pytest.mark.parametrize("name", ["accounts:profile", "courses:module_list", "accounts:consent", "account_email"])
def test_nothing_but_reading(client, chief, learner, method, name):
    look(client, learner)
    answer = getattr(client, method)(reverse(name), {"name": "Changed"})
    assert answer.status_code == 403
    assert "You only look" in answer.text


@pytest.mark.parametrize(
    "name", ["account_email", "account_change_password", "mfa_index", "usersessions_list", "accounts:data", "accounts:erase"]
)
def test_signing_in_and_her_own_data_stay_closed(client, chief, learner, name):
    look(client, learner)
    answer = client.get(reverse(name))
    assert answer.status_code == 403
    assert "Stop looking" in answer.text


def test_prepared_work_and_sign_in_links_stay_closed(client, chief, learner):
    scene = scene_of(learner)
    look(client, learner)
    for url in (scene["job"].get_absolute_url(), reverse("accounts:sign_in_link", args=["x"])):
        assert client.get(url).status_code == 403


def test_inbox_is_read_without_being_marked(client, chief, learner):
    scene = scene_of(learner)
    look(client, learner)
    assert client.get(reverse("reminders:letter_detail", args=[scene["letter"].pk])).status_code == 200
    scene["letter"].refresh_from_db()
    assert scene["letter"].read_at is None


def test_her_notes_stay_closed(client, chief, learner):
    scene = scene_of(learner)
    Note.objects.update(text="My minister is afraid")
    look(client, learner)
    unit = scene["unit"]
    page = client.get(reverse("courses:unit_detail", args=[unit.module.slug, unit.slug]))
    assert page.status_code == 200
    assert "afraid" not in page.text
    assert "afraid" not in client.get(reverse("courses:my_notes")).text


def rows() -> dict:
    """Return all that stands in the database, without what belongs to the session of who looks."""
    skip = {"sessions.Session", "usersessions.UserSession"}
    models = [model for model in apps.get_models() if model._meta.label not in skip and hasattr(model, "objects")]
    return {model._meta.label: list(model.objects.order_by("pk").values()) for model in models}


def test_no_page_writes_anything_while_staff_look(client, chief, learner):
    scene = scene_of(learner)
    UnitRecord.objects.update(seen_at=timezone.now() - timedelta(days=3))
    look(client, learner)
    before, answers = rows(), {}

    leave = {"account_logout", "admin:login", "root"}
    for line in TABLE:
        if line.split()[0] not in leave:
            answers[line] = ask(client, "get", address(line, scene, "en"))

    assert rows() == before
    assert not {line: answer for line, answer in answers.items() if answer.startswith("5")}
    hers = [
        line for line, seen in TABLE.items() if seen.split()[1] == "200" and line.startswith(("courses:", "reminders:", "home"))
    ]
    assert len(hers) > 8
    refused = {line for line in hers if answers[line] == "403"}  # a view tried to write, or closes itself to lookers
    assert refused <= {"courses:my_notes", "courses:my_notes_file"}


def test_a_view_that_forgets_to_ask_is_stopped_by_the_database():
    with pytest.raises(PermissionDenied), transaction.atomic(), connection.execute_wrapper(refuse_writes):
        Event.objects.update(act="changed")
    with connection.execute_wrapper(refuse_writes):
        assert not Event.objects.exists()


def test_pages_of_visitors_are_left_alone(client, chief, learner, visitor):
    ModuleFactory()
    look(client, learner)
    cache.clear()
    client.get("/en/courses/")
    page = visitor.get("/en/courses/")
    assert "Grace" not in page.text
    assert "Looking as another person" not in page.text


def test_this_browser_is_not_hers(client, chief, learner):
    look(client, learner)
    before = client.cookies.get("last")
    page = client.get("/fr/")
    assert client.cookies.get("last") == before
    assert "data-person" not in page.text


def test_looker_stays_herself_in_the_administration_and_may_sign_out(client, chief, learner):
    look(client, learner)
    assert client.get(reverse("admin:index")).context["request"].user == chief
    client.post(reverse("account_logout"))
    assert client.get(reverse("accounts:profile")).status_code == 302


def test_nobody_looks_as_the_team(client, chief):
    boss = person("boss@example.org", is_staff=True)
    answer = look(client, boss)
    assert answer.status_code == 400
    assert not acts(boss)


def test_looking_needs_a_permission_of_its_own(client, learner):
    helper = person("helper@example.org", is_staff=True)
    rights = Permission.objects.filter(content_type__app_label="accounts")
    helper.user_permissions.set(rights.filter(codename__in=["view_user", "change_user"]))
    client.force_login(helper)
    assert look(client, learner).status_code == 403
    helper.user_permissions.add(rights.get(codename="look_as"))
    assert look(client, learner).status_code == 302


def test_a_form_of_the_administration_is_not_lost_when_the_look_is_over(client, chief, learner, time_machine):
    look(client, learner)
    time_machine.move_to(timezone.now() + timedelta(minutes=31), tick=False)

    url = reverse("admin:accounts_user_sign_in_link", args=[learner.pk])
    assert client.post(url).status_code == 200

    assert acts(learner) == ["begin to look as", "stop looking as", "make sign-in link"]
    assert client.get("/en/").context["request"].user == chief
