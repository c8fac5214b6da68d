"""The page of an invitation, as the invited person meets it."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from accounts.models import User
from accounts.services import give_consent
from clinics.models import Delegate, Invitation
from core.models import Event
from tests.factories import DelegateFactory, DelegationFactory, InvitationFactory

pytestmark = pytest.mark.django_db
PROFILE = {
    "answer": "accept",
    "name": "Grâce Banda",
    "organisation": "Congrès des syndicats",
    "position": "Chercheuse",
    "language": "fr",
    "sex": "",
    "zone": "Africa/Lubumbashi",
    "consent": "on",
    "client_id": "abc",
}


def page(invitation, language="fr") -> str:
    with override(language):
        return reverse("clinics:invitation", args=[invitation.key])


def test_reading_changes_nothing(visitor):
    invitation = InvitationFactory()
    events = Event.objects.count()

    answers = [visitor.get(page(invitation)), visitor.head(page(invitation))]

    invitation.refresh_from_db()
    assert [one.status_code for one in answers] == [200, 200]
    assert (invitation.state, Event.objects.count(), User.objects.count()) == ("open", events, 0)
    assert answers[0]["Cache-Control"].count("no-store") == 1
    assert b'name="robots" content="noindex"' in answers[0].content
    assert answers[0]["Referrer-Policy"] == "same-origin"


def test_forged_key_is_no_page(visitor):
    InvitationFactory()

    assert visitor.get("/fr/clinics/invitations/forged/").status_code == 404
    assert visitor.get(f"/fr/clinics/invitations/{'x' * 400}/").status_code == 404


def test_yes_without_account_opens_one_and_signs_in(visitor):
    invitation = InvitationFactory(name="G. Banda", language="fr")
    visitor.get(page(invitation))

    answer = visitor.post(page(invitation), PROFILE)

    person = User.objects.get()
    assert answer.status_code == 302
    assert answer["Location"] == page(invitation)
    assert (person.email, person.name, person.language, person.zone) == (
        invitation.email, "Grâce Banda", "fr", "Africa/Lubumbashi")  # fmt: skip
    assert (person.country, person.group, person.has_usable_password(), person.has_consented) == ("MW", "workers", False, True)
    assert EmailAddress.objects.get(user=person).verified
    assert Delegate.objects.get(user=person).delegation == invitation.delegation
    shown = visitor.get(page(invitation))
    assert shown.status_code == 200
    assert reverse("clinics:home", args=[invitation.edition.slug]).split("/", 2)[2] in shown.content.decode()
    assert visitor.session["_auth_user_id"] == str(person.pk)


def test_session_gets_a_new_key_with_the_yes(visitor):
    invitation = InvitationFactory()
    visitor.get("/fr/accounts/login/")
    session = visitor.session
    session["planted"] = True
    session.save()
    before = visitor.session.session_key

    visitor.post(page(invitation), PROFILE)

    assert visitor.session.session_key != before


def test_without_script_the_zone_is_her_country_s(visitor):
    visitor.post(page(InvitationFactory()), PROFILE | {"zone": ""})

    assert User.objects.get().zone == "Africa/Blantyre"


def test_double_click_is_one_yes(visitor):
    invitation = InvitationFactory()
    visitor.post(page(invitation), PROFILE)

    other = Client()
    again = other.post(page(invitation), PROFILE)

    assert again.status_code == 302
    assert User.objects.count() == Delegate.objects.count() == 1
    Invitation.objects.update(answered_at=timezone.now() - timedelta(minutes=5))
    assert Client().post(page(invitation), PROFILE).status_code in (403, 410)
    assert Client().post(page(invitation), PROFILE | {"client_id": "guessed"}).status_code in (403, 410)


def test_link_of_an_accepted_invitation_signs_nobody_in(visitor):
    invitation = InvitationFactory()
    visitor.post(page(invitation), PROFILE)
    thief = Client()

    answer = thief.post(page(invitation), PROFILE | {"client_id": "thief"})

    assert answer.status_code in (403, 409, 410)
    assert "_auth_user_id" not in thief.session


def test_short_profile_is_asked_for(visitor):
    invitation = InvitationFactory()

    answer = visitor.post(page(invitation), {"answer": "accept", "language": "fr"})

    assert answer.status_code == 400
    assert not User.objects.exists()
    assert "Error:" in answer.content.decode() or "Erreur" in answer.content.decode()


def test_full_group_opens_no_account(visitor):
    delegation = DelegationFactory(seats={"workers": 1})
    DelegateFactory(delegation=delegation)
    invitation = InvitationFactory(delegation=delegation)

    answer = visitor.post(page(invitation), PROFILE)

    assert answer.status_code == 409
    assert not User.objects.filter(email=invitation.email).exists()


def test_known_address_signs_in_first(visitor, participant_fr):
    invitation = InvitationFactory(email=participant_fr.email)

    shown = visitor.get(page(invitation)).content.decode()

    assert f"next={page(invitation).replace('/', '%2F')}" in shown
    assert 'value="accept"' not in shown
    assert visitor.post(page(invitation), PROFILE).status_code == 403
    assert not Delegate.objects.exists()


def test_signed_in_person_says_yes_with_her_profile(client_of, participant_fr):
    give_consent(user=participant_fr, language="fr")
    invitation = InvitationFactory(email=participant_fr.email.upper().lower(), organisation="Union")
    client = client_of(participant_fr)
    assert 'value="Participante Démo"' in client.get(page(invitation)).content.decode()

    answer = client.post(page(invitation), PROFILE | {"name": "Grâce Banda"})

    assert answer.status_code == 302
    participant_fr.refresh_from_db()
    assert (participant_fr.name, participant_fr.country, participant_fr.group) == ("Grâce Banda", "RW", "workers")


def test_somebody_else_is_told_what_to_do(client_of, outsider):
    give_consent(user=outsider, language="en")
    invitation = InvitationFactory()
    client = client_of(outsider)

    shown = client.get(page(invitation, "en"))

    assert shown.status_code == 200
    assert outsider.email in shown.content.decode()
    assert invitation.email in shown.content.decode()
    assert client.post(page(invitation, "en"), PROFILE).status_code == 403
    assert client.post(page(invitation, "en"), {"answer": "decline", "decline-reason": "x"}).status_code == 403
    gone = client.post("/en/accounts/logout/", {"next": page(invitation, "en")})
    assert gone["Location"] == page(invitation, "en")
    invitation.refresh_from_db()
    assert invitation.state == "open"


def test_second_proven_address_accepts(client_of, participant):
    give_consent(user=participant, language="en")
    EmailAddress.objects.create(user=participant, email="second@union.example", verified=True)
    invitation = InvitationFactory(email="second@union.example")

    assert client_of(participant).post(page(invitation, "en"), PROFILE).status_code == 302
    assert Delegate.objects.get().user == participant


def test_no_needs_no_account(visitor):
    invitation = InvitationFactory()
    words = {"answer": "decline", "decline-reason": "Élections", "decline-suggestion": "Ann, ann@union.example"}

    answer = visitor.post(page(invitation), words)

    invitation.refresh_from_db()
    assert answer.status_code == 302
    assert (invitation.state, invitation.reason) == ("declined", "Élections")
    assert not User.objects.exists()


@pytest.mark.parametrize("state", ["declined", "revoked", "expired", "accepted"])
def test_answered_link_says_so_and_whom_to_write_to(visitor, state):
    invitation = InvitationFactory(state=state)

    answer = visitor.get(page(invitation))

    assert answer.status_code == 410
    assert f"contact/?to=clinic.{invitation.edition_id}" in answer.content.decode()
    assert visitor.post(page(invitation), PROFILE).status_code in (403, 410)
    assert not User.objects.exists()


def test_link_past_its_time_or_of_a_closed_edition_is_over(visitor):
    late = InvitationFactory(expires_at=timezone.now() - timedelta(seconds=1))
    closed = InvitationFactory(delegation__edition__state="closed")

    assert [visitor.get(page(one)).status_code for one in (late, closed)] == [410, 410]
    assert visitor.post(page(closed), PROFILE).status_code == 410


def test_hostile_words_are_shown_as_words(visitor):
    invitation = InvitationFactory(name="<script>alert(1)</script>", organisation='"><b>')

    shown = visitor.get(page(invitation)).content.decode()

    assert "<script>alert" not in shown
    assert '"><b>' not in shown


@pytest.mark.parametrize("others", [1, 3])
def test_page_costs_the_same_with_many_invited(visitor, others, django_assert_max_num_queries):
    invitation = InvitationFactory()
    for _ in range(others):
        InvitationFactory(delegation=invitation.delegation)
    visitor.get(page(invitation))

    with django_assert_max_num_queries(9):
        visitor.get(page(invitation))
