"""A delegation's page: members, seats, signatures and tasks; leaving; photos only where they are shown."""

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse

from accounts.enums import Visibility
from accounts.models import User
from clinics.enums import DelegateState
from clinics.models import Delegate, DelegationTask, Signature
from clinics.services.delegations import add_task
from core.models import StoredFile
from tests.factories import DelegateFactory, DelegationFactory, PrioritiesFactory, TeamMemberFactory, UserFactory

pytestmark = pytest.mark.django_db
FLOOR = 3  # session, person, inbox badge


@pytest.fixture
def own(participant):
    return DelegateFactory(user=participant, delegation__edition__slug="clinic")


def at(name, delegation, *args):
    return reverse(f"clinics:{name}", args=[delegation.edition.slug, delegation.country.lower(), *args])


def page(client_of, user, delegation):
    return client_of(user).get(at("delegation_detail", delegation)).content.decode()


def photo_of(user) -> StoredFile:
    row = StoredFile(name="photo.jpg", content_type="image/jpeg", size=3, sha256="0" * 64, audience=f"user.{user.pk}")
    row.file.save("photo.jpg", ContentFile(b"abc"), save=True)
    return row


def test_members_seats_and_sides_stand_on_the_page(client_of, participant, own):
    DelegateFactory(delegation=own.delegation, group="labour", user=UserFactory(name="Grace Banda", organisation="Ministry"))
    written = PrioritiesFactory(delegation=own.delegation, version=2)
    Signature.objects.create(priorities=written, side="government", version=2)
    Signature.objects.create(priorities=written, side="workers", version=1)

    html = page(client_of, participant, own.delegation)

    assert "Grace Banda" in html
    assert "Ministry" in html
    assert "1 of 2 seats taken" in html
    assert html.count("signed on") == 1
    assert "not signed yet" in html
    assert "not represented" in html


def test_another_delegation_and_an_outsider_get_404(client_of, outsider, participant, own):
    other = DelegationFactory(edition=own.edition, country="KE")

    assert client_of(participant).get(at("delegation_detail", other)).status_code == 404
    assert client_of(outsider).get(at("delegation_detail", own.delegation)).status_code == 404


def test_a_visitor_is_led_to_sign_in(visitor, own):
    assert visitor.get(at("delegation_detail", own.delegation)).status_code == 302


@pytest.mark.parametrize("members", [1, 3])
def test_queries_do_not_grow_with_members(client_of, participant, own, members, django_assert_num_queries):
    for _ in range(members - 1):
        one = DelegateFactory(delegation=own.delegation, group="labour")
        add_task(delegation=own.delegation, title="Ask", language="en", actor=participant, owner=one.pk)
    written = PrioritiesFactory(delegation=own.delegation, version=1)
    Signature.objects.create(priorities=written, side="workers", version=1)
    other = DelegationFactory(edition=own.edition, country="KE", seats={"workers": 200})
    people = User.objects.bulk_create(User(email=f"p{n}@a.example", name=f"P{n}") for n in range(200))
    Delegate.objects.bulk_create(Delegate(edition=own.edition, delegation=other, user=user, group="workers") for user in people)
    client = client_of(participant)
    client.get(at("delegation_detail", own.delegation))

    with django_assert_num_queries(FLOOR + 5):
        client.get(at("delegation_detail", own.delegation))


def test_invite_is_for_who_may(client_of, participant, tutor, own):
    TeamMemberFactory(edition=own.edition, user=tutor)

    assert "?group=workers" not in page(client_of, participant, own.delegation)
    assert "?group=workers" in page(client_of, tutor, own.delegation)


def test_a_photo_is_shown_to_peers_only_by_who_wants_it(client_of, participant, outsider, own):
    shy, open_one = DelegateFactory(delegation=own.delegation), DelegateFactory(delegation=own.delegation, group="labour")
    for one, visibility in ((shy, Visibility.NOBODY), (open_one, Visibility.PEERS)):
        one.user.photo, one.user.visibility = photo_of(one.user), visibility
        one.user.save()

    html = page(client_of, participant, own.delegation)

    assert at("delegate_photo", own.delegation, open_one.pk) in html
    assert at("delegate_photo", own.delegation, shy.pk) not in html
    assert client_of(participant).get(at("delegate_photo", own.delegation, open_one.pk)).status_code == 200
    assert client_of(participant).get(at("delegate_photo", own.delegation, shy.pk)).status_code == 404
    assert client_of(outsider).get(at("delegate_photo", own.delegation, open_one.pk)).status_code == 404


def test_a_task_is_added_changed_and_finished_without_a_script(client_of, participant, own):
    client = client_of(participant)
    added = client.post(at("task_add", own.delegation), {"title": "Ask the bank", "owner": own.pk, "due_on": "2027-02-01"})
    task = DelegationTask.objects.get()
    client.post(at("task_change", own.delegation, task.pk), {"title": "Ask the central bank", "owner": "", "due_on": ""})
    changed = DelegationTask.objects.get()
    client.post(at("task_done", own.delegation, task.pk))

    assert added.status_code == 302
    assert (task.owner, str(task.due_on)) == (own, "2027-02-01")
    assert (changed.title, changed.owner, changed.due_on) == ("Ask the central bank", None, None)
    assert DelegationTask.objects.get().done_at
    assert "1 done" in page(client_of, participant, own.delegation)


def test_a_fault_in_a_task_comes_back_with_what_was_typed(client_of, participant, own):
    answer = client_of(participant).post(at("task_add", own.delegation), {"title": "Ask the bank", "due_on": "soon"})

    assert answer.status_code == 400
    assert 'value="Ask the bank"' in answer.content.decode()
    assert not DelegationTask.objects.exists()


def test_only_who_reads_a_delegation_writes_its_tasks(client_of, outsider, own):
    assert client_of(outsider).post(at("task_add", own.delegation), {"title": "x"}).status_code == 404
    assert not DelegationTask.objects.exists()


def test_a_task_of_another_delegation_is_not_touched(client_of, participant, own):
    other = DelegationFactory(edition=own.edition, country="KE")
    task = DelegationTask.objects.create(delegation=other, title="Theirs", language="en")

    assert client_of(participant).post(at("task_done", own.delegation, task.pk)).status_code == 404
    assert client_of(participant).post(at("task_done", other, task.pk)).status_code == 404


def test_a_delegate_gives_up_her_seat_with_a_reason(client_of, participant, own):
    client = client_of(participant)
    url = at("delegate_withdraw", own.delegation)

    assert client.get(url).status_code == 200
    assert Delegate.objects.active().count() == 1
    assert client.post(url, {"reason": " "}).status_code == 400
    assert client.post(url, {"reason": "Maternity leave"}).status_code == 302
    own.refresh_from_db()
    assert (own.state, own.leave_reason) == (DelegateState.WITHDRAWN, "Maternity leave")
    assert client.get(at("delegation_detail", own.delegation)).status_code == 404
    assert client.get(url).status_code == 404


def test_in_a_closed_edition_the_page_says_whom_to_write_to(client_of, participant, own):
    type(own.edition).objects.update(state="closed")
    answer = client_of(participant).get(at("delegate_withdraw", own.delegation))

    assert "at this stage" in answer.content.decode()
    assert client_of(participant).post(at("delegate_withdraw", own.delegation), {"reason": "x"}).status_code == 400
    assert Delegate.objects.active().count() == 1
