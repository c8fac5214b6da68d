import pytest
from django.contrib.auth.models import AnonymousUser

from accounts.models import User
from accounts.services import bump_audience
from core import registry
from core.audiences import keys_for
from courses.models import Module
from tests.factories import ModuleFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(monkeypatch):
    """A provider that counts how often it is asked."""
    calls = []

    def provider(user):
        calls.append(user.pk)
        return [f"round.{len(calls)}"]

    monkeypatch.setitem(registry.audiences._offers, "test", provider)
    return calls


def again(user):
    return User.objects.get(pk=user.pk)  # as the next request loads it


def test_visitors_have_the_public_key():
    assert keys_for(AnonymousUser()) == {"public"}


def test_a_person_has_the_union_of_keys(participant):
    assert keys_for(participant) == {"public", "member", f"user.{participant.pk}"}


def test_keys_are_kept_until_the_version_is_bumped(participant, asked, django_assert_num_queries):
    assert "round.1" in keys_for(participant)
    user = again(participant)
    with django_assert_num_queries(0):
        assert "round.1" in keys_for(user)
    assert len(asked) == 1
    bump_audience(participant)
    assert "round.2" in keys_for(again(participant))
    assert "round.1" not in keys_for(again(participant))
    assert len(asked) == 2


def test_keys_of_one_person_are_not_anothers(participant, outsider, asked):
    keys_for(participant)
    assert f"user.{outsider.pk}" in keys_for(outsider)
    bump_audience(participant)
    keys_for(again(outsider))
    assert asked == [participant.pk, outsider.pk]


def test_visible_to_follows_audience_and_state(participant, staff):
    public, member = ModuleFactory(), ModuleFactory(audience="member")
    mine, draft = ModuleFactory(audience=f"user.{participant.pk}"), ModuleFactory(state="draft")

    def seen(user):
        return set(Module.objects.visible_to(user))

    assert seen(AnonymousUser()) == {public}
    assert seen(participant) == {public, member, mine}
    assert seen(staff) == {public, member, mine, draft}


def test_permission_to_read_is_visible_to(participant, staff):
    draft, shown = ModuleFactory(state="draft"), ModuleFactory()
    assert not participant.has_perm("courses.read_module", draft)
    assert participant.has_perm("courses.read_module", shown)
    assert staff.has_perm("courses.read_module", draft)
    assert staff.has_perm("courses.publish_module")
    assert not participant.has_perm("courses.publish_module")
