"""A country focal point, by her mailed link or her account; and who else nominates from a delegation's page."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.services import give_consent
from clinics.models import Invitation
from clinics.services.focal_points import seats_of, send_focal_link
from core.errors import DomainError
from reminders.models import Letter
from tests.factories import DelegateFactory, DelegationFactory, InvitationFactory, TeamMemberFactory

pytestmark = pytest.mark.django_db
WORDS = {"group": "workers", "name": "Grace Banda", "email": "grace@union.example", "language": "fr"}


@pytest.fixture
def delegation():
    return DelegationFactory()


@pytest.fixture
def point(delegation, staff):
    facts = {"user": None, "name": "Rose Phiri", "email": "rose@labour.example", "language": "fr", "country": "MW"}
    member = TeamMemberFactory(edition=delegation.edition, role="focal_point", organisation="Ministry of Labour", **facts)
    return send_focal_link(member=member, actor=staff)


def page(point) -> str:
    return reverse("clinics:focal_point", args=[point.key])


def test_link_is_mailed_once_more_under_a_new_key(point, staff, visitor):
    old = page(point)

    send_focal_link(member=point, actor=staff)

    assert Letter.objects.filter(kind="clinics.focal_point", address="rose@labour.example", language="fr").count() == 2
    assert visitor.get(old).status_code == 404
    assert visitor.get(page(point)).status_code == 200


def test_link_is_for_focal_points_of_a_country_that_takes_part(delegation, staff, tutor):
    other = TeamMemberFactory(edition=delegation.edition, user=tutor)
    elsewhere = TeamMemberFactory(edition=delegation.edition, role="focal_point", country="KE")

    for member in (other, elsewhere):
        with pytest.raises(DomainError) as refused:
            send_focal_link(member=member, actor=staff)
        assert refused.value.code == "role"


def test_focal_point_sees_her_seats_and_invites_by_name(point, delegation, visitor):
    DelegateFactory(delegation=delegation)

    shown = visitor.get(page(point))
    answer = visitor.post(page(point), WORDS)

    made = Invitation.objects.get()
    assert shown.status_code == 200
    assert answer["Location"] == page(point)
    assert (made.focal_point, made.nominated_by, made.delegation) == (point, None, delegation)
    after = visitor.get(page(point)).content.decode()
    assert "grace@union.example" in after
    assert made.key not in after
    refused = visitor.post(page(point), WORDS | {"email": "second@union.example"})
    assert refused.status_code == 400
    assert Invitation.objects.count() == 1


def test_focal_point_takes_back_her_own_open_nominations_alone(point, delegation, visitor):
    visitor.post(page(point), WORDS)
    own, other = Invitation.objects.get(), InvitationFactory(delegation=delegation)

    assert visitor.post(page(point), {"act": "revoke", "invitation": other.pk}).status_code == 404
    assert visitor.post(page(point), {"act": "revoke", "invitation": "9" * 30}).status_code == 404
    assert visitor.post(page(point), {"act": "revoke", "invitation": own.pk}).status_code == 302
    own.refresh_from_db()
    other.refresh_from_db()
    assert (own.state, other.state) == ("revoked", "open")


def test_focal_point_sees_no_other_country(point, visitor):
    other = DelegationFactory(edition=point.edition, country="KE")
    hidden = InvitationFactory(delegation=other, name="Hidden Person")

    assert hidden.name not in visitor.get(page(point)).content.decode()


def test_link_of_the_past_a_forged_one_and_a_draft_s_open_nothing(point, visitor):
    assert visitor.get("/en/clinics/focal-points/forged/").status_code == 404
    point.key_until = timezone.now() - timedelta(minutes=1)
    point.save()
    assert visitor.get(page(point)).status_code == 410
    assert visitor.post(page(point), WORDS).status_code == 410
    point.edition.state = "draft"
    point.edition.save()
    assert visitor.get(page(point)).status_code == 404
    assert not Invitation.objects.exists()


def test_when_nobody_can_be_invited_the_page_says_so(point, visitor):
    point.edition.state = "follow_up"
    point.edition.save()

    assert visitor.get(page(point)).status_code == 200
    assert visitor.post(page(point), WORDS).status_code == 409


def test_head_invites_from_the_delegation_and_members_do_not(delegation, participant, outsider, client_of, visitor):
    head, member = DelegateFactory(delegation=delegation, user=participant, role="head", group="labour"), DelegateFactory(
        delegation=delegation, group="labour"
    )  # fmt: skip
    for user in (head.user, member.user, outsider):
        give_consent(user=user, language="en")
    url = reverse("clinics:delegate_invite", args=[delegation.edition.slug, "mw"])

    shown = client_of(participant).get(f"{url}?group=workers")

    assert '<option value="workers" selected>' in shown.content.decode()
    assert client_of(participant).post(url, WORDS).status_code == 302
    assert Invitation.objects.get().nominated_by == participant
    assert client_of(member.user).get(url).status_code == 403
    assert client_of(outsider).get(url).status_code == 404
    assert visitor.get(url).status_code == 302


@pytest.mark.parametrize("rows", [1, 3])
def test_seats_are_counted_at_constant_cost(delegation, rows, django_assert_num_queries):
    for _ in range(rows):
        InvitationFactory(delegation=delegation)
        DelegateFactory(delegation=delegation, group="labour")

    with django_assert_num_queries(4):
        found = {one.group: one for one in seats_of(delegation)}

    assert (found["workers"].invited, found["labour"].taken) == (rows, rows)
