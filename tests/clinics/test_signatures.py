"""Each side signs the version it has read; the last of those that have members publishes a copy that stands."""

from datetime import timedelta

import pytest

from accounts.enums import Side
from clinics.enums import EditionState
from clinics.models import Delegate, Priorities, Signature
from clinics.services.priorities import (
    REQUIRED,
    give_agreement,
    publish_as_is,
    save_field,
    sign,
    standing,
    unsigned,
    withdraw_agreement,
)
from core.errors import DomainError
from core.models import Event
from reminders.models import Letter
from tests.factories import DelegateFactory, DelegationFactory, MechanismFactory, PrioritiesFactory, UserFactory

pytestmark = pytest.mark.django_db
GROUPS = {"government": "labour", "employers": "employers", "workers": "workers"}


def member(priorities, side="workers", **facts):
    return DelegateFactory(delegation=priorities.delegation, group=GROUPS.get(side, side), **facts).user


def save(priorities, field, text, author, had=0, language="en"):
    return save_field(priorities=priorities, field=field, text=text, language=language, had=had, author=author)


def ready(**facts) -> Priorities:
    """Return priorities whose required fields have a text, at version 4."""
    priorities = PrioritiesFactory(**facts)
    for field in REQUIRED:
        save(priorities, field, f"Words on {field}", UserFactory())
    priorities.refresh_from_db()
    return priorities


def signed(priorities, user, side="workers", version=None, agrees=True) -> Signature:
    priorities.refresh_from_db()
    version = priorities.version if version is None else version
    return sign(priorities=priorities, user=user, side=side, version=version, agrees_public=agrees)


def refused(act) -> str:
    with pytest.raises(DomainError) as caught:
        act()
    assert str(caught.value)
    return caught.value.code


def test_it_is_published_when_every_side_with_members_has_signed():
    priorities = ready()
    people = {side: member(priorities, side) for side in ("government", "workers")}

    signed(priorities, people["government"], "government")
    priorities.refresh_from_db()
    assert priorities.published_at is None

    signed(priorities, people["workers"], "workers")
    priorities.refresh_from_db()
    assert (priorities.state, priorities.published["version"], priorities.is_public) == ("published", 4, True)
    sides = {one["side"]: one["state"] for one in priorities.published["sides"]}
    assert sides == {"government": "signed", "employers": "not_represented", "workers": "signed"}
    assert priorities.published["sides"][0]["name"] == str(people["government"])
    assert [one["field"] for one in priorities.published["texts"]] == [str(field) for field in REQUIRED]
    assert set(Letter.objects.filter(kind="clinics.priorities_published").values_list("recipient", flat=True)) == {
        one.pk for one in people.values()
    }


def test_the_published_copy_does_not_change_under_its_readers():
    priorities = ready()
    user = member(priorities)
    signed(priorities, user)
    copy = Priorities.objects.get().published

    save(priorities, "deficit", "Something else", user, had=1)
    member(priorities, "employers")

    priorities.refresh_from_db()
    assert priorities.published == copy
    assert priorities.published_at
    assert priorities.version == 5


def test_signing_the_changed_text_publishes_it_anew():
    priorities = ready()
    user = member(priorities)
    signed(priorities, user)
    save(priorities, "deficit", "Something else", user, had=1)

    signed(priorities, user)

    priorities.refresh_from_db()
    assert priorities.published["version"] == 5
    assert "Something else" in [one["text"] for one in priorities.published["texts"]]
    assert Letter.objects.filter(kind="clinics.priorities_published", channel="mail").count() == 2


def test_an_older_version_than_the_one_that_stands_is_not_signed():
    priorities = ready()
    user = member(priorities)

    assert refused(lambda: signed(priorities, user, version=3)) == "version"
    assert refused(lambda: signed(priorities, user, version=99)) == "version"
    assert not Signature.objects.exists()


@pytest.mark.parametrize("side", ["government", "employers", "other", "everyone", ""])
def test_nobody_signs_for_a_side_that_is_not_hers(side):
    priorities = ready()
    user = member(priorities, "workers")

    assert refused(lambda: signed(priorities, user, side)) == "side"


def test_who_speaks_for_no_side_does_not_sign():
    priorities = ready()

    assert refused(lambda: signed(priorities, member(priorities, "research"), "other")) == "side"


@pytest.mark.parametrize("state", ["withdrawn", "replaced"])
def test_who_left_the_delegation_does_not_sign(state):
    priorities = ready()

    assert refused(lambda: signed(priorities, member(priorities, state=state))) == "side"


def test_a_member_of_another_delegation_does_not_sign():
    priorities, other = ready(), DelegationFactory(country="KE")

    assert refused(lambda: signed(priorities, DelegateFactory(delegation=other).user)) == "side"


def test_what_is_missing_is_named():
    priorities = PrioritiesFactory()
    user = member(priorities)
    save(priorities, "plan_goal", "Words", user)

    with pytest.raises(DomainError) as caught:
        signed(priorities, user)

    assert caught.value.code == "missing"
    assert "Decent-work deficit" in str(caught.value)
    assert "Goal of the national plan" not in str(caught.value)


@pytest.mark.parametrize("state", [state for state in EditionState if state not in ("preparation", "running")])
def test_nobody_signs_in_a_state_that_does_not_allow_it(state):
    priorities = ready()
    user = member(priorities)
    edition = priorities.delegation.edition
    type(edition).objects.filter(pk=edition.pk).update(state=state)

    assert refused(lambda: signed(priorities, user)) == "state"


def test_a_side_signs_a_version_once():
    priorities = ready()
    first, second = member(priorities), member(priorities)
    member(priorities, "employers")

    row = signed(priorities, first)

    assert signed(priorities, first) == row
    assert signed(priorities, second) == row
    assert row.user == first
    assert Event.objects.filter(act="sign priorities").count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_of_one_side_who_sign_at_the_same_moment_make_one_signature(at_once):
    priorities = ready()
    people = [member(priorities), member(priorities)]

    found = at_once(*(lambda who=who: signed(priorities, who) for who in people))

    assert found[0] == found[1]
    assert Signature.objects.count() == 1
    assert Event.objects.filter(act="publish priorities").count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_change_and_a_signature_at_the_same_moment_never_leave_a_signature_of_what_was_not_read(at_once):
    priorities = ready()
    user, writer = member(priorities), UserFactory()

    at_once(
        lambda: sign(priorities=priorities, user=user, side="workers", version=4, agrees_public=False),
        lambda: save(priorities, "deficit", "Something else", writer, had=1),
    )

    priorities.refresh_from_db()
    assert priorities.version == 5
    assert not priorities.signatures.filter(version=5).exists()


def test_who_signed_a_version_that_changed_is_asked_once_to_sign_anew():
    priorities = ready()
    user, other = member(priorities, "workers"), member(priorities, "employers")
    signed(priorities, user)

    save(priorities, "deficit", "Something else", other, had=1)
    save(priorities, "deficit", "Something else again", other, had=2)

    letters = Letter.objects.filter(kind="clinics.priorities_to_sign", channel="mail")
    assert [(one.recipient, one.occurrence) for one in letters] == [(user, "5")]
    assert letters[0].due_at - letters[0].created_at > timedelta(minutes=50)
    event = Event.objects.get(act="change signed priorities")
    assert (event.actor, event.before["sides"], event.after) == (other, ["workers"], {"version": 5})


def test_a_side_whose_last_member_left_no_longer_holds_the_others_up():
    priorities = ready()
    user, gone = member(priorities), member(priorities, "employers")
    signed(priorities, user)
    Delegate.objects.filter(user=gone).update(state="withdrawn")

    signed(priorities, user)

    priorities.refresh_from_db()
    assert priorities.published["sides"][1] == {"side": "employers", "state": "not_represented"}


def test_who_joins_later_and_signs_the_same_version_is_added_to_the_copy():
    priorities = ready()
    signed(priorities, member(priorities))
    late = member(priorities, "employers")

    signed(priorities, late, "employers", agrees=False)

    priorities.refresh_from_db()
    assert priorities.published["sides"][1]["state"] == "signed"
    assert not priorities.is_public


def test_names_of_mechanisms_are_frozen_in_every_language():
    priorities = ready()
    user = member(priorities)
    levy = MechanismFactory(code="levy")
    save(priorities, "mechanisms", "levy", user)
    signed(priorities, user)
    type(levy).objects.update(name_fr="Autre nom")

    priorities.refresh_from_db()
    assert priorities.published["mechanisms"] == {"levy": {code: f"Name levy {code}" for code in ("en", "fr", "es")}}


# As it is -----------------------------------------------------------------------------------------
def test_staff_publish_as_it_is_and_the_copy_says_who_has_not_signed(staff):
    priorities = ready()
    signed(priorities, member(priorities))
    member(priorities, "government")
    priorities.refresh_from_db()
    priorities = publish_as_is(priorities=priorities, actor=staff, reason="Week 1 begins")

    sides = {one["side"]: one["state"] for one in priorities.published["sides"]}
    assert sides == {"government": "not_signed", "employers": "not_represented", "workers": "signed"}
    assert Event.objects.get(act="publish priorities", actor=staff).reason == "Week 1 begins"


def test_what_a_side_has_not_signed_stands_on_the_country_page_only_once_it_has(staff):
    priorities = ready()
    worker, minister = member(priorities), member(priorities, "government")
    signed(priorities, worker, agrees=True)
    priorities = publish_as_is(priorities=priorities, actor=staff, reason="Week 1 begins")
    assert not priorities.is_public
    assert not give_agreement(priorities=priorities, actor=worker, side="workers").is_public

    signed(priorities, minister, "government", agrees=True)

    priorities.refresh_from_db()
    assert priorities.is_public


def test_what_nobody_signed_never_stands_on_the_country_page(staff):
    priorities = publish_as_is(priorities=ready(), actor=staff, reason="Week 1 begins")

    assert not priorities.is_public


def test_publishing_as_it_is_asks_for_a_reason_and_a_text(staff):
    assert refused(lambda: publish_as_is(priorities=ready(), actor=staff, reason=" ")) == "reason"
    assert refused(lambda: publish_as_is(priorities=PrioritiesFactory(), actor=staff, reason="x")) == "empty"


# The country's page -------------------------------------------------------------------------------
def test_it_is_public_only_if_every_signing_side_agrees():
    priorities = ready()
    people = {side: member(priorities, side) for side in ("government", "workers")}
    signed(priorities, people["government"], "government", agrees=False)
    signed(priorities, people["workers"], "workers", agrees=True)
    priorities.refresh_from_db()
    assert not priorities.is_public

    priorities = give_agreement(priorities=priorities, actor=people["government"], side="government")
    assert priorities.is_public


def test_any_side_takes_it_off_the_country_page_at_any_time():
    priorities = ready()
    people = {side: member(priorities, side) for side in ("government", "workers")}
    for side, user in people.items():
        signed(priorities, user, side)
    edition = priorities.delegation.edition
    type(edition).objects.filter(pk=edition.pk).update(state="closed")

    priorities = withdraw_agreement(priorities=priorities, actor=people["workers"], side="workers")

    assert (priorities.is_public, bool(priorities.published_at)) == (False, True)
    assert refused(lambda: withdraw_agreement(priorities=priorities, actor=people["workers"], side="government")) == "side"
    assert refused(lambda: withdraw_agreement(priorities=priorities, actor=people["workers"], side="employers")) == "side"


def test_staff_take_it_off_for_a_side_but_never_put_it_there(staff):
    priorities = ready()
    signed(priorities, member(priorities))

    priorities = withdraw_agreement(priorities=priorities, actor=staff, side="workers")

    assert not priorities.is_public
    assert refused(lambda: give_agreement(priorities=priorities, actor=staff, side="workers")) == "side"


# Who has not --------------------------------------------------------------------------------------
def test_who_has_not_signed_is_known_by_side():
    priorities = ready()
    user, _colleague, other = member(priorities), member(priorities), member(priorities, "government")
    member(priorities, "research")
    signed(priorities, user)

    assert [row.user for row in unsigned(Delegate.objects.all())] == [other]
    states = {one.side: one.state for one in standing(priorities)}
    assert states == {Side.GOVERNMENT: "not_signed", Side.EMPLOYERS: "not_represented", Side.WORKERS: "signed"}
