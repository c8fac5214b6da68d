"""Letters about invitations: planned once, sent to users and to addresses, silent when their reason is gone."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from clinics.letters.invitations import find_reminders
from clinics.models import Invitation
from clinics.services import invitations as services
from clinics.services.admission import admit
from clinics.services.focal_points import send_focal_link
from reminders.models import Letter
from reminders.services import deliver, plan
from tests.factories import DelegationFactory, InvitationFactory, TeamMemberFactory, UserFactory

pytestmark = pytest.mark.django_db
GRACE = {"group": "workers", "email": "grace@union.example", "name": "Grace Banda", "language": "fr"}


def waiting(days: float, **facts) -> Invitation:
    """Return an invitation whose time is over in some days, sent three weeks before that."""
    row = InvitationFactory(expires_at=timezone.now() + timedelta(days=days), **facts)
    Invitation.objects.filter(pk=row.pk).update(invited_at=row.expires_at - timedelta(days=21))
    return row


def reminded() -> list[str]:
    plan()
    rows = Letter.objects.filter(kind="clinics.invitation_reminder", channel="mail").order_by("pk")
    return [row.occurrence.split(" ")[0] for row in rows]


def test_invitation_says_who_what_and_until_when(staff):
    made = services.invite(delegation=DelegationFactory(), actor=staff, **GRACE)

    deliver()

    letter = mail.outbox[0]
    assert letter.to == ["grace@union.example"]
    assert f"/fr/clinics/invitations/{made.key}/" in letter.body
    assert "Grace Banda" in letter.body
    assert "Clinic" in letter.subject
    assert "2027" in letter.body
    assert f"/fr/clinics/invitations/{made.key}/" in letter.alternatives[0][0]


def test_letter_of_a_withdrawn_or_answered_invitation_does_not_go(staff, participant):
    taken_back = services.invite(delegation=DelegationFactory(), actor=staff, **GRACE)
    services.revoke_invitation(invitation=taken_back, actor=staff, reason="Wrong")
    other = DelegationFactory(country="KE")
    services.invite(delegation=other, actor=staff, **GRACE | {"email": participant.email})
    admit(delegation=other, user=participant, group="labour")

    deliver()

    assert set(Letter.objects.filter(kind="clinics.invitation").values_list("state", flat=True)) == {"obsolete"}


@pytest.mark.parametrize(("days", "found"), [(8, []), (6.9, ["7"]), (4.5, []), (1.9, ["2"]), (-0.1, [])])
def test_reminders_come_seven_and_two_days_before_the_end(days, found):
    waiting(days)

    assert reminded() == found
    assert reminded() == found


def test_who_was_invited_later_is_not_reminded():
    InvitationFactory(expires_at=timezone.now() + timedelta(days=6.9))

    assert reminded() == []


def test_who_answered_and_drafts_are_not_reminded():
    waiting(1.9, state="declined")
    waiting(1.9, delegation__edition__state="draft")

    assert reminded() == []


def test_reminder_goes_to_the_account_of_whoever_has_one(participant_fr):
    waiting(1.9, email=participant_fr.email)
    plan()

    assert set(Letter.objects.values_list("recipient", flat=True)) == {participant_fr.pk}


def test_reminder_is_obsolete_when_answered_or_given_more_time(staff):
    answered, longer = waiting(1.9), waiting(1.9)
    plan()
    services.decline_invitation(invitation=answered, reason="")
    services.extend_invitation(invitation=longer, until=timezone.now() + timedelta(days=20), actor=staff, reason="")

    deliver()

    rows = Letter.objects.filter(kind="clinics.invitation_reminder")
    assert [row.state for row in rows] == ["obsolete", "obsolete"]


@pytest.mark.parametrize("rows", [1, 3])
def test_finder_costs_one_query(rows, django_assert_num_queries):
    for _ in range(rows):
        waiting(1.9)

    with django_assert_num_queries(1):
        assert len(list(find_reminders(timezone.now()))) == rows


def test_admitted_person_learns_the_next_step_and_the_letter(participant):
    admit(delegation=DelegationFactory(), user=participant, group="workers")

    deliver()

    body = mail.outbox[0].body
    assert "/home/" in body
    assert "/letter/" in body


def test_focal_point_and_nominator_get_their_letters(staff):
    delegation = DelegationFactory()
    facts = {"user": None, "name": "Rose", "email": "rose@labour.example", "language": "es", "country": "MW"}
    point = send_focal_link(member=TeamMemberFactory(edition=delegation.edition, role="focal_point", **facts), actor=staff)
    invitation = InvitationFactory(delegation=delegation, focal_point=point)
    services.decline_invitation(invitation=invitation, reason="Elections", suggestion="Ann, ann@union.example")

    deliver()

    first, second = mail.outbox
    assert f"/es/clinics/focal-points/{point.key}/" in first.body
    assert "Elections" in second.body
    assert "ann@union.example" in second.body


def test_deadline_is_told_in_the_reader_s_zone_and_the_edition_s(staff):
    reader = UserFactory(zone="America/Mexico_City")
    services.invite(delegation=DelegationFactory(), actor=staff, **GRACE | {"email": reader.email})

    deliver()

    assert "Mexic" in mail.outbox[0].body or "Central Standard" in mail.outbox[0].body
    assert "Central Africa Time" in mail.outbox[0].body
