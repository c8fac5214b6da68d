"""Delegations in the administration: the grid of seats, swaps, late joiners, withdrawals, heads."""

import pytest
from django.urls import reverse

from clinics.enums import DelegateState
from clinics.models import Delegate, Delegation, Invitation, Seats
from tests.factories import DelegateFactory, DelegationFactory, EditionFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def own(participant):
    return DelegateFactory(user=participant)


def at(name, edition, **query):
    tail = "&".join(f"{key}={value}" for key, value in query.items())
    return reverse(f"admin:clinics_edition_{name}", args=[edition.pk]) + (f"?{tail}" if tail else "")


def seats(delegation, group="workers"):
    return Seats.objects.get(delegation=delegation, group=group).number


def test_seats_of_two_countries_are_saved_by_one_form(client_of, staff, own):
    other = DelegationFactory(edition=own.edition, country="KE")
    data = {"act": "seats", f"seats-{own.delegation_id}-workers": "4", f"seats-{other.pk}-ngo": "1"}

    assert client_of(staff).post(at("delegations", own.edition), data).status_code == 302

    assert seats(own.delegation) == 4
    assert seats(other, "ngo") == 1
    assert seats(other) == 2


@pytest.mark.parametrize("typed", ["0", "-1", "many", "9999", "²"])
def test_a_refused_number_stands_beside_its_field_and_nothing_else_is_saved(client_of, staff, own, typed):
    other = DelegationFactory(edition=own.edition, country="KE")
    data = {"act": "seats", f"seats-{own.delegation_id}-workers": typed, f"seats-{other.pk}-workers": "7"}

    answer = client_of(staff).post(at("delegations", own.edition), data)
    html = answer.content.decode()

    assert answer.status_code == 400
    assert f'id="e-seats-{own.delegation_id}-workers"' in html
    assert f'id="e-seats-{other.pk}-workers"' not in html
    assert f'value="{typed}"' in html
    assert (seats(own.delegation), seats(other)) == (2, 2)


def test_a_country_is_added_and_taken_out_while_it_is_empty(client_of, staff):
    edition = EditionFactory()
    client = client_of(staff)

    client.post(at("delegations", edition), {"act": "add", "country": "GH"})
    made = Delegation.objects.get()
    assert client.post(at("delegations", edition), {"act": "add", "country": "GH"}).status_code == 400
    assert client.post(at("delegations", edition), {"act": "add", "country": "ZZ"}).status_code == 400
    client.post(at("delegations", edition), {"act": "remove", "delegation": made.pk})

    assert not Delegation.objects.exists()


def test_an_account_takes_over_at_once(client_of, staff, own, outsider):
    data = {"leaving": own.pk, "email": outsider.email.upper(), "language": "en", "reason": "New post"}

    answer = client_of(staff).post(at("swap", own.edition), data)

    own.refresh_from_db()
    assert answer.status_code == 302
    assert (own.state, own.successor.user) == (DelegateState.REPLACED, outsider)


def test_whoever_has_no_account_is_invited_and_the_seat_stays_until_then(client_of, staff, own):
    data = {"leaving": own.pk, "email": "new@union.example", "name": "Kofi", "language": "fr", "reason": "New post"}

    assert client_of(staff).post(at("swap", own.edition), data).status_code == 302

    own.refresh_from_db()
    invitation = Invitation.objects.get()
    assert (invitation.replaces, invitation.group, invitation.language) == (own, "workers", "fr")
    assert own.state == DelegateState.ACTIVE


def test_a_swap_without_the_name_of_somebody_unknown_is_refused_beside_the_field(client_of, staff, own):
    data = {"leaving": own.pk, "email": "new@union.example", "language": "fr", "reason": "New post"}

    answer = client_of(staff).post(at("swap", own.edition), data)

    assert answer.status_code == 400
    assert answer.context["form"].errors["name"]
    assert not Invitation.objects.exists()


def test_who_sits_in_another_edition_cannot_be_swapped_here(client_of, staff, own, outsider):
    elsewhere = DelegateFactory(delegation__country="KE")
    data = {"leaving": elsewhere.pk, "email": outsider.email, "language": "en", "reason": "x"}

    assert client_of(staff).post(at("swap", own.edition), data).status_code == 400
    assert Delegate.objects.active().count() == 2


def test_the_link_beside_a_member_preselects_who_leaves(client_of, staff, own):
    html = client_of(staff).get(at("swap", own.edition, delegate=own.pk)).content.decode()

    assert f'<option value="{own.pk}" selected>' in html


def test_a_late_joiner_needs_an_account_and_a_reason(client_of, staff, own, outsider):
    client, url = client_of(staff), at("late", own.edition)
    data = {"delegation": own.delegation_id, "group": "finance", "email": "nobody@union.example", "reason": "Named late"}

    assert client.post(url, data).status_code == 400
    assert client.post(url, data | {"email": outsider.email, "reason": ""}).status_code == 400
    assert client.post(url, data | {"email": outsider.email}).status_code == 302
    assert Delegate.objects.active().get(user=outsider).group == "finance"


def test_staff_withdraw_a_delegate_with_a_reason(client_of, staff, own):
    url = at("withdraw", own.edition, delegate=own.pk)

    assert client_of(staff).post(url, {"reason": ""}).status_code == 400
    assert client_of(staff).post(url, {"reason": "She asked by phone"}).status_code == 302
    own.refresh_from_db()
    assert own.state == DelegateState.WITHDRAWN
    assert client_of(staff).get(url).status_code == 404


def test_a_head_is_named_by_a_button(client_of, staff, own):
    client_of(staff).post(at("delegations", own.edition), {"act": "head", "delegate": own.pk})

    own.refresh_from_db()
    assert own.role == "head"


@pytest.mark.parametrize("many", [1, 3])
def test_queries_do_not_grow_with_delegations_and_members(client_of, staff, many, django_assert_num_queries):
    edition = EditionFactory()
    for code in ("MW", "KE", "ZM")[:many]:
        DelegateFactory(delegation=DelegationFactory(edition=edition, country=code))
    client = client_of(staff)
    client.get(at("delegations", edition))

    with django_assert_num_queries(8):
        client.get(at("delegations", edition))


@pytest.mark.parametrize("name", ["delegations", "swap", "late", "withdraw"])
def test_only_staff_with_the_right_may(client_of, tutor, own, name):
    assert client_of(tutor).get(at(name, own.edition)).status_code == 302
    assert client_of(UserFactory(is_staff=True)).get(at(name, own.edition)).status_code == 403
