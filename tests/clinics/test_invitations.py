"""Invitations: who is invited, who may, and what becomes of it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from clinics import tasks
from clinics.models import Delegate, Invitation
from clinics.services import invitations as services
from core.errors import DomainError
from core.models import Event
from reminders.models import Letter
from tests.factories import DelegateFactory, DelegationFactory, InvitationFactory, TeamMemberFactory, UserFactory

pytestmark = pytest.mark.django_db
GRACE = {"group": "workers", "email": "Grace.Banda@Union.example ", "name": " Grace\n Banda", "language": "fr"}


def refused(act) -> str:
    with pytest.raises(DomainError) as found:
        act()
    return found.value.code


def test_invited_person_is_told_at_her_address_in_her_language(staff):
    delegation = DelegationFactory()

    made = services.invite(delegation=delegation, actor=staff, **GRACE)

    assert (made.email, made.name, made.nominated_by, made.state) == ("grace.banda@union.example", "Grace Banda", staff, "open")
    letter = Letter.objects.get(kind="clinics.invitation")
    assert (letter.address, letter.language, letter.recipient) == ("grace.banda@union.example", "fr", None)
    assert Event.objects.about(made).get().act == "invite"
    assert abs(made.expires_at - timezone.now() - timedelta(days=14)) < timedelta(minutes=1)


def test_whoever_has_proven_the_address_is_told_in_her_account(staff, participant_fr):
    services.invite(delegation=DelegationFactory(), actor=staff, **GRACE | {"email": participant_fr.email.upper()})

    assert set(Letter.objects.values_list("recipient", "channel")) == {
        (participant_fr.pk, "mail"),
        (participant_fr.pk, "inbox"),
    }


def test_answer_is_asked_before_the_edition_ends(staff):
    delegation = DelegationFactory(edition__starts_on=timezone.now().date() - timedelta(days=16), edition__state="running")

    made = services.invite(delegation=delegation, actor=staff, **GRACE)

    assert made.expires_at <= services.end_of(delegation.edition)


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"email": "grace.union.example"}, "email"),
        ({"email": "a" * 250 + "@u.example"}, "email"),
        ({"name": " \x00 "}, "name"),
        ({"name": "N" * 201}, "long"),
        ({"group": "pirates"}, "group"),
        ({"language": "de"}, "language"),
        ({"group": "ngo"}, "seats"),
    ],
)
def test_bad_nomination_is_refused_and_nothing_written(staff, facts, code):
    delegation = DelegationFactory()

    assert refused(lambda: services.invite(delegation=delegation, actor=staff, **GRACE | facts)) == code
    assert not Invitation.objects.exists()
    assert not Letter.objects.exists()


def test_nobody_is_invited_twice_or_when_she_takes_part(staff, participant):
    delegation = DelegationFactory()
    services.invite(delegation=delegation, actor=staff, **GRACE)
    DelegateFactory(delegation=delegation, user=participant)

    assert refused(lambda: services.invite(delegation=delegation, actor=staff, **GRACE)) == "invited"
    joined = GRACE | {"email": participant.email}
    assert refused(lambda: services.invite(delegation=delegation, actor=staff, **joined)) == "joined"


def test_nobody_is_invited_to_a_draft(staff):
    delegation = DelegationFactory(edition__state="draft")

    assert refused(lambda: services.invite(delegation=delegation, actor=staff, **GRACE)) == "state"


def test_who_may_invite(staff, tutor, participant, outsider):
    delegation, other = DelegationFactory(), DelegationFactory(country="KE")
    TeamMemberFactory(edition=delegation.edition, user=tutor)
    DelegateFactory(delegation=delegation, user=participant, role="head")
    member = DelegateFactory(delegation=delegation).user
    point = UserFactory()
    TeamMemberFactory(edition=delegation.edition, user=point, role="focal_point", country="MW")

    may = [
        user.has_perm("clinics.invite_delegate", delegation) for user in (staff, tutor, participant, point, member, outsider)
    ]

    assert may == [True, True, True, True, False, False]
    assert not any(user.has_perm("clinics.invite_delegate", other) for user in (tutor, participant, point))


def test_head_invites_to_empty_seats_alone_and_staff_beyond_them(staff, participant):
    delegation = DelegationFactory(seats={"workers": 1, "labour": 1})
    DelegateFactory(delegation=delegation, user=participant, role="head", group="labour")
    services.invite(delegation=delegation, actor=participant, **GRACE)
    second = GRACE | {"email": "second@union.example"}

    assert refused(lambda: services.invite(delegation=delegation, actor=participant, **second)) == "full"
    assert services.invite(delegation=delegation, actor=staff, **second)


def test_accepting_gives_the_seat_once(participant):
    invitation = InvitationFactory(email=participant.email)

    delegate = services.accept_invitation(invitation=invitation, user=participant)
    again = services.accept_invitation(invitation=invitation, user=participant)

    invitation.refresh_from_db()
    assert (invitation.state, invitation.user, delegate.group, again) == ("accepted", participant, "workers", delegate)
    assert Letter.objects.filter(kind="clinics.admitted", recipient=participant, channel="mail").count() == 1


def test_invitation_of_somebody_else_is_not_accepted(outsider):
    invitation = InvitationFactory()

    assert refused(lambda: services.accept_invitation(invitation=invitation, user=outsider)) == "address"
    assert not Delegate.objects.exists()


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"state": "declined"}, "answered"),
        ({"state": "revoked"}, "revoked"),
        ({"state": "expired"}, "expired"),
        ({"expires_at": timezone.now() - timedelta(minutes=1)}, "expired"),
    ],
)
def test_invitation_that_is_over_is_not_accepted(participant, facts, code):
    invitation = InvitationFactory(email=participant.email, **facts)

    assert refused(lambda: services.accept_invitation(invitation=invitation, user=participant)) == code


def test_full_group_leaves_the_invitation_open(participant):
    delegation = DelegationFactory(seats={"workers": 1})
    DelegateFactory(delegation=delegation)
    invitation = InvitationFactory(delegation=delegation, email=participant.email)

    assert refused(lambda: services.accept_invitation(invitation=invitation, user=participant)) == "full"
    invitation.refresh_from_db()
    assert invitation.state == "open"


def test_successor_takes_the_seat_over(participant):
    delegation = DelegationFactory(seats={"workers": 1})
    leaving = DelegateFactory(delegation=delegation)
    invitation = InvitationFactory(delegation=delegation, email=participant.email, replaces=leaving)

    delegate = services.accept_invitation(invitation=invitation, user=participant)

    leaving.refresh_from_db()
    assert (leaving.state, leaving.successor) == ("replaced", delegate)


def test_no_with_a_colleague_invites_nobody_and_tells_who_nominated(staff):
    invitation = InvitationFactory(nominated_by=staff)

    services.decline_invitation(invitation=invitation, reason="Elections", suggestion="Ann, ann@union.example")
    services.decline_invitation(invitation=invitation, reason="Again")

    invitation.refresh_from_db()
    assert (invitation.state, invitation.reason, invitation.suggestion) == ("declined", "Elections", "Ann, ann@union.example")
    assert Letter.objects.filter(kind="clinics.invitation_declined", recipient=staff, channel="mail").count() == 1
    assert Invitation.objects.count() == 1


def test_focal_point_without_account_learns_of_a_no():
    delegation = DelegationFactory()
    point = TeamMemberFactory(
        edition=delegation.edition, user=None, name="Rose", email="rose@labour.example", role="focal_point", country="MW"
    )
    services.decline_invitation(invitation=InvitationFactory(delegation=delegation, focal_point=point), reason="")

    assert Letter.objects.get(kind="clinics.invitation_declined").address == "rose@labour.example"


def test_taking_back_asks_for_a_reason_and_an_open_invitation(staff):
    invitation = InvitationFactory()

    assert refused(lambda: services.revoke_invitation(invitation=invitation, actor=staff, reason=" ")) == "reason"
    services.revoke_invitation(invitation=invitation, actor=staff, reason="Wrong person")
    assert refused(lambda: services.revoke_invitation(invitation=invitation, actor=staff, reason="Again")) == "revoked"


def test_more_time_opens_an_expired_invitation_and_tells(staff):
    invitation = InvitationFactory(state="expired", expires_at=timezone.now() - timedelta(days=1))
    until = timezone.now() + timedelta(days=3)

    services.extend_invitation(invitation=invitation, until=until, actor=staff, reason="Power cut")

    invitation.refresh_from_db()
    assert (invitation.state, invitation.expires_at) == ("open", until)
    assert Letter.objects.filter(kind="clinics.invitation", address=invitation.email).count() == 1
    for wrong in (until - timedelta(days=1), services.end_of(invitation.edition) + timedelta(minutes=1)):
        act = {"invitation": invitation, "until": wrong, "actor": staff, "reason": ""}
        assert refused(lambda act=act: services.extend_invitation(**act)) == "until"


def test_letter_goes_again_once_an_hour(staff):
    invitation = InvitationFactory()
    assert refused(lambda: services.resend_invitation(invitation=invitation, actor=staff)) == "often"
    Invitation.objects.update(invited_at=timezone.now() - timedelta(hours=2))

    services.resend_invitation(invitation=invitation, actor=staff)

    assert Letter.objects.filter(kind="clinics.invitation").count() == 1
    assert refused(lambda: services.resend_invitation(invitation=invitation, actor=staff)) == "often"


def test_time_ends_invitations(django_assert_num_queries):
    late = [InvitationFactory(expires_at=timezone.now() - timedelta(minutes=1)) for _ in range(3)]
    standing = InvitationFactory()

    tasks.expire_invitations()

    assert set(Invitation.objects.filter(state="expired")) == set(late)
    standing.refresh_from_db()
    assert standing.state == "open"
    with django_assert_num_queries(1):
        services.expire_invitations()


@pytest.mark.parametrize("rows", [1, 3])
def test_inviting_costs_the_same_with_many_invited(staff, rows, django_assert_max_num_queries):
    delegation = DelegationFactory()
    for _ in range(rows):
        InvitationFactory(delegation=delegation)
        DelegateFactory(delegation=delegation, group="labour")

    with django_assert_max_num_queries(18):
        services.invite(delegation=delegation, actor=staff, **GRACE)


@pytest.mark.django_db(transaction=True)
def test_last_seat_is_taken_once_when_two_accept(at_once):
    delegation = DelegationFactory(seats={"workers": 1})
    people = [UserFactory(), UserFactory()]
    asked = [InvitationFactory(delegation=delegation, email=one.email) for one in people]

    found = at_once(
        *(
            lambda one=one, user=user: services.accept_invitation(invitation=one, user=user)
            for one, user in zip(asked, people, strict=True)
        )
    )

    assert sorted(getattr(one, "code", "seat") for one in found) == ["full", "seat"]
    assert delegation.delegates.active().count() == 1


@pytest.mark.django_db(transaction=True)
def test_same_address_is_invited_once_when_two_invite(at_once, staff):
    delegation = DelegationFactory()

    found = at_once(*[lambda: services.invite(delegation=delegation, actor=staff, **GRACE)] * 2)

    assert sorted(getattr(one, "code", "made") for one in found) == ["invited", "made"]
