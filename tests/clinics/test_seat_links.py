"""Links with seats: the first N who open one take them."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.services import give_consent
from clinics.models import Delegate, Invitation
from clinics.services.seat_links import make_link, revoke_link, take_seat_by_link
from core.errors import DomainError
from tests.factories import DelegateFactory, DelegationFactory, InvitationFactory, UserFactory

pytestmark = pytest.mark.django_db
PROFILE = {"name": "Grace", "organisation": "Union", "position": "Researcher", "language": "en", "consent": "on"}


@pytest.fixture
def link(staff):
    return make_link(delegation=DelegationFactory(), group="workers", seats=2, days=5, actor=staff)


def code_of(act) -> str:
    with pytest.raises(DomainError) as refused:
        act()
    return refused.value.code


def page(link) -> str:
    return reverse("clinics:seat_link", args=[link.key])


@pytest.mark.parametrize(("seats", "days", "code"), [(0, 5, "seats"), (3, 5, "seats"), (1, 0, "days"), (1, 91, "days")])
def test_link_has_no_more_seats_than_the_group(staff, seats, days, code):
    facts = {"delegation": DelegationFactory(), "group": "workers", "actor": staff}

    assert code_of(lambda: make_link(**facts, seats=seats, days=days)) == code


def test_first_two_get_seats_and_the_third_learns_why_not(link):
    people = [UserFactory() for _ in range(3)]
    link.delegation.seats.filter(group="workers").update(number=9)

    for one in people[:2]:
        take_seat_by_link(link=link, user=one)

    assert code_of(lambda: take_seat_by_link(link=link, user=people[2])) == "taken"
    assert code_of(lambda: take_seat_by_link(link=link, user=people[0])) == "joined"
    assert set(link.taken.values_list("user", flat=True)) == {one.pk for one in people[:2]}


def test_named_invitation_is_settled_by_the_link(link, participant):
    invitation = InvitationFactory(delegation=link.delegation, email=participant.email)

    take_seat_by_link(link=link, user=participant)

    invitation.refresh_from_db()
    assert (invitation.state, invitation.link, Invitation.objects.count()) == ("accepted", link, 1)


def test_link_that_is_over_gives_no_seat(link, staff, participant, client_of, visitor):
    revoke_link(link=link, actor=staff)
    late = make_link(delegation=link.delegation, group="workers", seats=1, days=1, actor=staff)
    late.expires_at = timezone.now() - timedelta(minutes=1)
    late.save()
    give_consent(user=participant, language="en")

    assert code_of(lambda: take_seat_by_link(link=link, user=participant)) == "revoked"
    assert code_of(lambda: take_seat_by_link(link=late, user=participant)) == "expired"
    assert code_of(lambda: revoke_link(link=link, actor=staff)) == "revoked"
    for one in (link, late):
        assert visitor.get(page(one)).status_code == 410
        assert client_of(participant).post(page(one), PROFILE).status_code == 410
    assert not Delegate.objects.exists()


def test_visitor_signs_in_or_up_first_and_comes_back(link, visitor):
    shown = visitor.get(page(link))

    assert shown.status_code == 200
    assert f"signup/?next={page(link).replace('/', '%2F')}" in shown.content.decode()
    assert visitor.post(page(link), PROFILE).status_code == 200
    assert not Delegate.objects.exists()
    assert visitor.get("/en/clinics/seats/forged/").status_code == 404


def test_signed_in_person_takes_a_seat(link, participant, client_of):
    give_consent(user=participant, language="en")
    client = client_of(participant)

    assert client.get(page(link)).status_code == 200
    assert not Delegate.objects.exists()
    assert client.post(page(link), {"language": "en"}).status_code == 400
    assert client.post(page(link), PROFILE)["Location"] == page(link)
    assert client.post(page(link), PROFILE).status_code == 200
    assert Delegate.objects.get().user == participant
    participant.refresh_from_db()
    assert participant.organisation == "Union"


def test_full_link_says_so(link, participant, client_of, visitor):
    link.seats = 1
    link.save()
    take_seat_by_link(link=link, user=UserFactory())
    give_consent(user=participant, language="en")

    assert visitor.get(page(link)).status_code == 409
    assert client_of(participant).post(page(link), PROFILE).status_code == 409


def test_full_group_leaves_the_profile_alone(link, participant, client_of):
    for _ in range(2):
        DelegateFactory(delegation=link.delegation)
    give_consent(user=participant, language="en")

    assert client_of(participant).post(page(link), PROFILE).status_code == 409
    participant.refresh_from_db()
    assert participant.organisation == ""


@pytest.mark.django_db(transaction=True)
def test_last_seat_of_a_link_is_taken_once(at_once, staff):
    delegation = DelegationFactory(seats={"workers": 5})
    link = make_link(delegation=delegation, group="workers", seats=1, days=5, actor=staff)
    people = [UserFactory(), UserFactory()]

    found = at_once(*(lambda user=user: take_seat_by_link(link=link, user=user) for user in people))

    assert sorted(getattr(one, "code", "seat") for one in found) == ["seat", "taken"]
