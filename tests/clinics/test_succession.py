"""A seat changes hands, falls free, or is taken late: nothing half-done, both told once, the log keeps both."""

from datetime import timedelta

import pytest
from django.utils import timezone

from clinics.enums import DelegateRole, DelegateState
from clinics.models import Application, Delegate, Delegation, DelegationTask, Edition
from clinics.services.delegations import add_task
from clinics.services.succession import add_late_joiner, set_head, take_over, withdraw_delegate
from core.audiences import keys_for
from core.errors import DomainError
from core.models import Event
from reminders.models import Letter
from tests.factories import ApplicationFactory, DelegateFactory, DelegationFactory, UserFactory

pytestmark = pytest.mark.django_db
WHY = "She changes her post."


def fresh(user):
    return type(user).objects.get(pk=user.pk)


def told(user) -> list[str]:
    return sorted(set(Letter.objects.filter(recipient=user).values_list("kind", flat=True)))


def test_the_successor_gets_seat_role_access_and_open_tasks(participant, outsider, staff):
    leaving = DelegateFactory(user=participant, role=DelegateRole.HEAD)
    delegation = leaving.delegation
    open_one = add_task(delegation=delegation, title="Ask the bank", language="en", actor=participant, owner=leaving.pk)
    done = DelegationTask.objects.create(
        delegation=delegation, title="Done", language="en", owner=leaving, done_at=timezone.now()
    )

    successor = take_over(leaving=leaving, user=outsider, actor=staff, reason=WHY)

    leaving.refresh_from_db()
    assert (successor.group, successor.role, successor.state) == ("workers", DelegateRole.HEAD, DelegateState.ACTIVE)
    assert (leaving.state, leaving.successor, leaving.leave_reason) == (DelegateState.REPLACED, successor, WHY)
    assert DelegationTask.objects.get(pk=open_one.pk).owner == successor
    assert DelegationTask.objects.get(pk=done.pk).owner == leaving
    assert delegation.key in keys_for(fresh(outsider))
    assert delegation.key not in keys_for(fresh(participant))
    assert not Edition.objects.inside(fresh(participant)).exists()


def test_both_are_told_once_and_the_log_keeps_both(participant, outsider, staff):
    leaving = DelegateFactory(user=participant)

    successor = take_over(leaving=leaving, user=outsider, actor=staff, reason=WHY)
    with pytest.raises(DomainError) as again:
        take_over(leaving=leaving, user=UserFactory(), actor=staff, reason=WHY)

    assert again.value.code == "gone"
    assert told(outsider) == ["clinics.seat_taken_over"]
    assert told(participant) == ["clinics.seat_passed_on"]
    event = Event.objects.about(leaving.delegation).get(act="take over a seat")
    assert (event.before["delegate"], event.after["delegate"], event.reason) == (leaving.pk, successor.pk, WHY)


def test_a_full_group_passes_on_its_last_seat(participant, outsider, staff):
    delegation = DelegationFactory(seats={"workers": 1})
    leaving = DelegateFactory(delegation=delegation, user=participant)

    take_over(leaving=leaving, user=outsider, actor=staff, reason=WHY)

    assert delegation.delegates.active().get().user == outsider


def test_a_seat_passes_on_after_the_edition_too(participant, outsider, staff):
    leaving = DelegateFactory(user=participant, delegation__edition__state="follow_up")

    assert take_over(leaving=leaving, user=outsider, actor=staff, reason=WHY).user == outsider


@pytest.mark.parametrize("case", ["joined", "state", "reason", "same"])
def test_a_refused_successor_leaves_everything_as_it_was(participant, outsider, staff, case):
    leaving = DelegateFactory(user=participant, role=DelegateRole.HEAD)
    user, reason = outsider, WHY
    if case == "joined":
        DelegateFactory(delegation=leaving.delegation, user=outsider, group="labour")
    if case == "state":
        Edition.objects.update(state="closed")
    if case == "reason":
        reason = " \n"
    if case == "same":
        user = participant
    before = (Event.objects.count(), Letter.objects.count())

    with pytest.raises(DomainError) as refused:
        take_over(leaving=Delegate.objects.get(pk=leaving.pk), user=user, actor=staff, reason=reason)

    leaving.refresh_from_db()
    assert refused.value.code == case
    assert (leaving.state, leaving.role, leaving.successor) == (DelegateState.ACTIVE, DelegateRole.HEAD, None)
    assert (Event.objects.count(), Letter.objects.count()) == before


def test_who_withdraws_loses_access_and_the_next_in_line_gets_an_offer(participant):
    delegation = DelegationFactory(seats={"workers": 1})
    delegate = DelegateFactory(delegation=delegation, user=participant)
    waiting = ApplicationFactory(edition=delegation.edition, state="waiting", released_at=timezone.now())
    task = add_task(delegation=delegation, title="Ask the bank", language="en", actor=participant, owner=delegate.pk)

    withdraw_delegate(delegate=delegate, actor=participant, reason="My employer needs me.")

    delegate.refresh_from_db()
    assert (delegate.state, delegate.leave_reason) == (DelegateState.WITHDRAWN, "My employer needs me.")
    assert not Delegation.objects.visible_to(fresh(participant)).exists()
    assert Application.objects.get(pk=waiting.pk).state == "offered"
    assert DelegationTask.objects.get(pk=task.pk).owner is None
    assert told(participant) == ["clinics.withdrawn"]


def test_withdrawing_asks_for_a_reason_and_happens_once(participant):
    delegate = DelegateFactory(user=participant)

    with pytest.raises(DomainError) as refused:
        withdraw_delegate(delegate=delegate, actor=participant, reason="  ")
    assert (refused.value.code, refused.value.field) == ("reason", "reason")
    withdraw_delegate(delegate=delegate, actor=participant, reason=WHY)
    with pytest.raises(DomainError) as again:
        withdraw_delegate(delegate=delegate, actor=participant, reason=WHY)
    assert again.value.code == "gone"
    assert Letter.objects.filter(kind="clinics.withdrawn", channel="mail").count() == 1


def test_a_late_joiner_takes_a_free_seat_with_a_reason_in_the_log(participant, staff):
    delegation = DelegationFactory(edition__state="running")

    delegate = add_late_joiner(delegation=delegation, user=participant, group="finance", actor=staff, reason="Named yesterday.")

    assert delegate.group == "finance"
    assert Event.objects.about(delegate).get(act="join late").reason == "Named yesterday."
    assert told(participant) == ["clinics.admitted"]


def test_a_delegation_has_one_head(staff):
    first = DelegateFactory(role=DelegateRole.HEAD)
    second = DelegateFactory(delegation=first.delegation)

    set_head(delegate=second, actor=staff)
    set_head(delegate=second, actor=staff)

    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.role, second.role) == (DelegateRole.MEMBER, DelegateRole.HEAD)
    assert Event.objects.about(first.delegation).filter(act="set head of delegation").count() == 1


def test_who_left_cannot_head(staff):
    gone = DelegateFactory(state=DelegateState.WITHDRAWN, left_at=timezone.now() - timedelta(days=1))

    with pytest.raises(DomainError) as refused:
        set_head(delegate=gone, actor=staff)

    assert refused.value.code == "gone"


@pytest.mark.django_db(transaction=True)
def test_one_of_two_successors_at_the_same_moment_gets_the_seat(at_once, staff):
    leaving = DelegateFactory(delegation=DelegationFactory(seats={"workers": 2}))
    one, two = UserFactory(), UserFactory()

    found = at_once(*(lambda who=who: take_over(leaving=leaving, user=who, actor=staff, reason=WHY) for who in (one, two)))

    assert sorted(type(each).__name__ for each in found) == ["Delegate", "DomainError"]
    assert leaving.delegation.delegates.active().count() == 1
