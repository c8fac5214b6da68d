# ruff: noqa: F811  the fixture `chief` is imported
import re
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import services
from accounts.models import SignInLink
from core.errors import DomainError
from core.models import Event
from tests.admin_desk import chief  # noqa: F401
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def learner(db):
    return UserFactory(email="learner@demo.example", name="Grace", language="fr")


def address(token: str) -> str:
    return reverse("accounts:sign_in_link", args=[token])


def signed_in(browser) -> bool:
    return browser.get(reverse("accounts:profile")).status_code == 200


def make(learner) -> str:
    return services.make_link(user=learner, actor=UserFactory(is_staff=True))


def test_opening_the_link_does_nothing_and_the_button_signs_in(visitor, learner):
    url = address(make(learner))
    for _again in range(3):  # mail and chat programs open links too
        assert visitor.get(url).status_code == 200
    assert visitor.head(url).status_code == 200
    assert not signed_in(visitor)

    answer = visitor.post(url)

    assert answer["Location"] == "/fr/"
    assert signed_in(visitor)
    assert UserSession.objects.filter(user=learner).count() == 1
    assert Event.objects.about(learner).filter(act="use sign-in link").count() == 1


def test_link_works_once(visitor, learner):
    url = address(make(learner))
    visitor.post(url)
    other = Client()

    for answer in (other.get(url), other.post(url)):
        assert answer.status_code == 410
        assert "used already" in answer.text
    assert not signed_in(other)


def test_link_ends_after_a_day(visitor, learner, time_machine):
    url = address(make(learner))
    time_machine.move_to(timezone.now() + timedelta(hours=24, minutes=1))
    answer = visitor.post(url)
    assert answer.status_code == 410
    assert "24 hours" in answer.text
    assert not signed_in(visitor)


def test_newer_link_ends_the_earlier_one(visitor, learner):
    first, second = make(learner), make(learner)
    assert visitor.post(address(first)).status_code == 410
    assert visitor.post(address(second)).status_code == 302


def test_link_of_a_closed_account_is_over(visitor, learner):
    url = address(make(learner))
    services.close_account(user=learner)
    assert visitor.post(url).status_code == 410


def test_unknown_and_absurd_links_are_not_found(visitor, learner):
    for token in ("x", "a" * 5000, "é"):
        assert visitor.get(address(token)).status_code == 404
        assert visitor.post(address(token)).status_code == 404


def test_second_factor_is_asked_for_all_the_same(visitor, learner):
    Authenticator.objects.create(user=learner, type="totp", data={"secret": "x"})
    answer = visitor.post(address(make(learner)))
    assert answer["Location"] == reverse("mfa_authenticate")
    assert not signed_in(visitor)


def test_person_without_confirmed_address_gets_in(visitor, learner):
    learner.emailaddress_set.update(verified=False)
    visitor.post(address(make(learner)))
    assert signed_in(visitor)


def test_somebody_else_on_the_device_is_signed_out(client_of, learner, outsider):
    browser, url = client_of(outsider), address(make(learner))
    assert "Demo Outsider is signed in on this device" in browser.get(url).text
    browser.post(url)
    assert browser.get(reverse("accounts:profile")).context["request"].user == learner


def test_only_the_hash_is_kept(learner):
    token = make(learner)
    assert token not in str(list(SignInLink.objects.values()))


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_wins(learner, at_once):
    link = services.find_link(make(learner))

    results = at_once(*[lambda: services.use_link(link=link)] * 2)

    assert sorted(type(result).__name__ for result in results) == ["DomainError", "User"]
    assert Event.objects.about(learner).filter(act="use sign-in link").count() == 1


def test_no_links_for_the_team_or_closed_accounts(staff, learner):
    with pytest.raises(DomainError) as refusal:
        services.make_link(user=staff, actor=staff)
    assert refusal.value.code == "staff"
    services.close_account(user=learner)
    with pytest.raises(DomainError) as refusal:
        services.make_link(user=learner, actor=staff)
    assert refusal.value.code == "closed"


def test_making_many_is_slowed_down(staff):
    for person in UserFactory.create_batch(20):
        services.make_link(user=person, actor=staff)
    with pytest.raises(DomainError) as refusal:
        services.make_link(user=UserFactory(), actor=staff)
    assert refusal.value.code == "often"


def test_trying_many_is_slowed_down(visitor):
    answers = [visitor.post(address("guess")).status_code for _ in range(21)]
    assert answers[:20] == [404] * 20
    assert answers[20] == 429


def test_staff_get_the_link_once_with_words_in_the_persons_language(client, chief, learner):
    url = reverse("admin:accounts_user_sign_in_link", args=[learner.pk])
    assert "id_link" not in client.get(url).text
    assert not SignInLink.objects.exists()

    page = client.post(url)

    link = page.context["link"]
    assert re.search(r"/fr/accounts/link/[\w-]{32}/$", link)
    assert link in page.context["words"]
    assert "no-store" in page["Cache-Control"]
    assert Event.objects.about(learner).get(act="make sign-in link").actor == chief
    assert "id_link" not in client.get(url).text


def test_link_of_somebody_who_joined_the_team_is_over(visitor, learner):
    """A link that was made for a participant must not open the account of a colleague."""
    token = make(learner)
    learner.is_staff = True
    learner.save()

    assert visitor.post(address(token)).status_code == 410
    assert not signed_in(visitor)
