# ruff: noqa: F811  the fixture `chief` is imported
import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Permission
from django.test import Client

from accounts.models import User
from core.models import Event
from reminders.models import Letter
from tests.admin_desk import chief, form_data, person  # noqa: F401

pytestmark = pytest.mark.django_db


@pytest.fixture
def learner(db):
    return person("learner@example.org", country="MW", organisation="Union")


def url(user, tail="change/"):
    return f"/admin/accounts/user/{user.pk}/{tail}"


def acts(user):
    return list(Event.objects.about(user).values_list("act", flat=True))


def test_people_are_found_by_name_address_and_organisation(client, chief, learner):
    for word in ("LEARNER", "example.org", "union"):
        assert learner in client.get("/admin/accounts/user/", {"q": word}).context["cl"].result_list
    assert list(client.get("/admin/accounts/user/", {"country": "MW"}).context["cl"].result_list) == [learner]


def test_looking_at_a_person_is_logged_once_an_hour(client, chief, learner, time_machine):
    time_machine.move_to("2027-02-01 10:00+00:00", tick=False)
    client.force_login(chief)  # a session of that time
    client.get(url(learner))
    client.get(url(learner))
    assert acts(learner) == ["look at person"]
    time_machine.move_to("2027-02-01 11:01+00:00", tick=False)
    assert "look at person" in client.get(url(learner)).text
    assert acts(learner) == ["look at person"] * 2


def test_correcting_an_address_is_logged(client, chief, learner):
    answer = client.post(url(learner, "address/"), {"email": "New@Example.org", "reason": "typed wrongly"})
    assert answer.status_code == 302
    learner.refresh_from_db()
    assert learner.email == "new@example.org"
    event = Event.objects.about(learner).get(act="correct address")
    assert (event.actor, event.reason, event.before) == (chief, "typed wrongly", {"email": "learner@example.org"})


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"email": "chief@example.org", "reason": "r"}, "email"),
        ({"email": "not an address", "reason": "r"}, "email"),
        ({"email": "new@example.org", "reason": ""}, "reason"),
    ],
)
def test_address_in_use_malformed_or_without_reason_is_refused(client, chief, learner, data, field):
    answer = client.post(url(learner, "address/"), data)
    assert answer.status_code == 400
    assert field in answer.context["form"].errors
    learner.refresh_from_db()
    assert learner.email == "learner@example.org"
    assert not acts(learner)


def test_signing_out_everywhere_ends_the_other_session(client, chief, learner):
    phone = Client()
    phone.post("/en/accounts/login/", {"login": learner.email, "password": "right-horse-staple"})
    assert phone.get("/en/accounts/profile/").status_code == 200
    assert "1 open session" in client.get(url(learner, "sign-out/")).text
    assert client.post(url(learner, "sign-out/"), {"reason": "lost phone"}).status_code == 302
    assert phone.get("/en/accounts/profile/").status_code == 302
    assert acts(learner) == ["sign out everywhere"]


def test_nobody_is_added_or_deleted(client, chief, learner):
    assert client.get("/admin/accounts/user/add/").status_code == 403
    assert client.post(url(learner, "delete/"), {"post": "yes"}).status_code == 403
    assert client.get("/admin/account/emailaddress/").status_code == 404


def test_profile_is_changed_and_rights_are_logged(client, chief, learner):
    data = form_data(client.get(url(learner))) | {"name": "Learner B", "is_staff": "on"}
    assert client.post(url(learner), data).status_code == 302
    learner.refresh_from_db()
    assert learner.name == "Learner B"
    assert learner.is_staff
    event = Event.objects.about(learner).get(act="change rights")
    assert (event.before, event.after) == ({"is_staff": False}, {"is_staff": True})


class TestHelper:
    """Staff with the permission to change people who are not superusers."""

    @pytest.fixture
    def helper(self, client):
        user = person("helper@example.org", is_staff=True)
        codes = ["view_user", "change_user"]
        user.user_permissions.set(Permission.objects.filter(codename__in=codes, content_type__app_label="accounts"))
        client.force_login(user)
        return user

    def test_helps_learners_and_cannot_give_rights(self, client, helper, learner):
        data = form_data(client.get(url(learner))) | {"is_staff": "on", "is_superuser": "on", "name": "B"}
        assert client.post(url(learner), data).status_code == 302
        learner.refresh_from_db()
        assert learner.name == "B"
        assert not learner.is_staff
        assert not learner.is_superuser

    def test_cannot_take_an_account_of_the_team(self, client, helper):
        boss = person("boss@example.org", is_staff=True, is_superuser=True)
        assert client.get(url(boss)).status_code == 200
        assert client.post(url(boss), {"name": "x"}).status_code == 403
        assert client.post(url(boss, "address/"), {"email": "mine@example.org", "reason": "r"}).status_code == 403
        assert client.post(url(boss, "sign-out/")).status_code == 403

    def test_without_the_permission_nothing_is_shown(self, client, helper, learner):
        User.objects.get(pk=helper.pk).user_permissions.clear()
        assert client.get(url(learner)).status_code == 403
        assert client.post(url(learner, "address/")).status_code == 403
        assert not acts(learner)


def test_letters_are_read_only_and_found_by_address(client, chief, learner):
    letter = Letter.objects.create(kind="accounts.welcome", recipient=learner, channel="mail")
    Letter.objects.create(kind="accounts.welcome", recipient=chief, channel="mail")
    page = client.get("/admin/reminders/letter/", {"q": "learner@"})
    assert list(page.context["cl"].result_list) == [letter]
    assert client.get(f"/admin/reminders/letter/{letter.pk}/change/").status_code == 200
    assert client.post(f"/admin/reminders/letter/{letter.pk}/change/", {"kind": "x"}).status_code == 403


def test_lost_second_factor_is_removed_with_a_reason_and_told(client, chief, learner):
    for kind in ("totp", "recovery_codes"):
        Authenticator.objects.create(user=learner, type=kind, data={})
    assert client.post(url(learner, "second-factor/"), {"reason": ""}).status_code == 400
    assert client.post(url(learner, "second-factor/"), {"reason": "phone stolen, seen in person"}).status_code == 302

    assert not Authenticator.objects.filter(user=learner).exists()
    event = Event.objects.about(learner).get(act="remove second factor")
    assert (event.actor, event.before) == (chief, {"kinds": ["recovery_codes", "totp"]})
    assert Letter.objects.filter(recipient=learner, kind="accounts.factor_removed").count() == 2
    assert client.post(url(learner, "second-factor/"), {"reason": "again"}).status_code == 400


def test_only_superusers_remove_a_second_factor(client, learner):
    helper = person("helper@example.org", is_staff=True)
    codes = ["view_user", "change_user"]
    helper.user_permissions.set(Permission.objects.filter(codename__in=codes, content_type__app_label="accounts"))
    client.force_login(helper)
    assert "second-factor" not in client.get(url(learner)).text
    assert client.post(url(learner, "second-factor/"), {"reason": "r"}).status_code == 403


def test_closing_an_account_ends_its_sessions_for_good(client, chief, learner):
    phone = Client()
    phone.post("/en/accounts/login/", {"login": learner.email, "password": "right-horse-staple"})
    data = form_data(client.get(url(learner)))
    data.pop("is_active")
    assert client.post(url(learner), data).status_code == 302
    User.objects.filter(pk=learner.pk).update(is_active=True)  # opened again
    assert phone.get("/en/accounts/profile/").status_code == 302
