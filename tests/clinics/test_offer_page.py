"""The page of an offer: two buttons, nothing by GET, every state said in words."""

from datetime import timedelta

import pytest
from django.utils import timezone

from clinics.models import Application
from tests.factories import ApplicationFactory, DelegateFactory, DelegationFactory, EditionFactory

pytestmark = pytest.mark.django_db
PAGE = "/en/clinics/page/offer/"


@pytest.fixture
def delegation():
    edition = EditionFactory(state="selection", slug="page", zone="Africa/Blantyre")
    return DelegationFactory(edition=edition, seats={"workers": 1})


@pytest.fixture
def offered(delegation, participant):
    until = timezone.now() + timedelta(days=3)
    facts = {"state": "offered", "offer_until": until, "offers": 1, "released_at": timezone.now()}
    return ApplicationFactory(edition=delegation.edition, user=participant, **facts)


def html_of(answer) -> str:
    return " ".join(answer.content.decode().split())


def test_the_page_says_until_when_and_what_and_acts_by_post_alone(offered, participant, client_of):
    client = client_of(participant)

    for query in ("", "?answer=accept", "?answer=decline", "?answer=x"):
        html = html_of(client.get(PAGE + query))
        assert "Please answer by" in html
        assert "Central Africa Time" in html
        assert "Malawi" in html
        assert 'content="noindex"' in html

    offered.refresh_from_db()
    assert offered.state == "offered"


@pytest.mark.parametrize(("answer", "other"), [("accept", "decline"), ("decline", "accept")])
def test_the_answer_of_the_link_is_the_one_primary_button(offered, participant, client_of, answer, other):
    html = html_of(client_of(participant).get(f"{PAGE}?answer={answer}"))

    assert f'btn btn-primary" type="submit" name="answer" value="{answer}"' in html
    assert f'class="btn" type="submit" name="answer" value="{other}"' in html


def test_the_zone_of_the_clinic_stands_beside_another_one(offered, participant, client_of):
    assert "Where the clinic is held" not in html_of(client_of(participant).get(PAGE))
    participant.zone = "America/Mexico_City"
    participant.save()

    assert "Where the clinic is held" in html_of(client_of(participant).get(PAGE))


def test_accepting_twice_shows_the_seat(offered, participant, client_of):
    client = client_of(participant)

    first, second = (client.post(PAGE, {"answer": "accept"}, follow=True) for _n in range(2))

    assert first.status_code == second.status_code == 200
    assert "Seat accepted" in html_of(second)
    assert "/en/clinics/page/home/" in html_of(second)


def test_declining_says_thanks_and_what_is_open(offered, participant, client_of):
    html = html_of(client_of(participant).post(PAGE, {"answer": "decline", "reason": "No time"}, follow=True))

    assert "Offer declined" in html
    assert "The self-guided modules" in html


def test_a_press_without_answer_is_refused(offered, participant, client_of):
    assert client_of(participant).post(PAGE, {}).status_code == 400


def test_an_offer_that_ended_says_so_and_what_happens_next(offered, participant, client_of):
    Application.objects.update(offer_until=timezone.now() - timedelta(hours=1))
    client = client_of(participant)

    html = html_of(client.get(PAGE))
    answer = client.post(PAGE, {"answer": "accept"})

    assert "without an answer. The seat goes to the next person" in html
    assert 'value="accept"' not in html
    assert answer.status_code == 409
    assert "This offer has ended" in html_of(answer)


def test_who_comes_too_late_for_the_last_seat_reads_her_place(offered, delegation, participant, client_of):
    DelegateFactory(delegation=delegation)

    answer = client_of(participant).post(PAGE, {"answer": "accept"})

    assert answer.status_code == 409
    assert "The last seat was taken a moment ago" in html_of(answer)
    assert "<strong>1 of 1</strong>" in html_of(answer)
    assert "All seats of your group in this country are taken." in html_of(answer)


def test_nobody_sees_or_answers_the_offer_of_another(offered, outsider, staff, visitor, client_of):
    for who in (outsider, staff):
        assert client_of(who).get(PAGE).status_code == 404
        assert client_of(who).post(PAGE, {"answer": "accept"}).status_code == 404
    assert "/accounts/login/" in visitor.get(PAGE)["Location"]
    offered.refresh_from_db()
    assert offered.state == "offered"


def test_a_draft_has_no_offer_page(delegation, outsider, client_of):
    ApplicationFactory(edition=delegation.edition, user=outsider, state="draft")

    assert client_of(outsider).get(PAGE).status_code == 404


@pytest.mark.parametrize(
    "state", ["submitted", "waiting", "offered", "accepted", "not_selected", "refused", "expired", "withdrawn"]
)
@pytest.mark.parametrize("page", ["offer", "apply"])
def test_every_state_is_said_in_words(offered, participant, client_of, state, page):
    Application.objects.update(state=state, decision_reason="balance", decision_note="Write to us.")
    row = Application.objects.get()

    html = html_of(client_of(participant).get(f"/en/clinics/page/{page}/"))

    assert str(row.get_state_display()) in html or page == "offer" and state == "offered"
    assert ("Write to us." in html) == (state in ("waiting", "not_selected"))
    assert ("Yes, withdraw it" in html) == (state in ("submitted", "waiting") or (state, page) == ("offered", "apply"))


def test_a_reason_that_is_not_released_is_not_shown(offered, participant, client_of):
    Application.objects.update(state="waiting", decision="decline", decision_reason="stronger", released_at=None)

    assert "more closely" not in html_of(client_of(participant).get(PAGE))


def test_withdrawing_is_a_post_with_its_own_question(offered, participant, client_of):
    client = client_of(participant)

    assert client.get(f"{PAGE}withdraw/").status_code == 405
    done = client.post(f"{PAGE}withdraw/", {"reason": "A new post"}, follow=True)
    again = client.post(f"{PAGE}withdraw/")

    assert "Your application is withdrawn." in html_of(done)
    assert again.status_code == 302
    offered.refresh_from_db()
    assert offered.state == "withdrawn"


def test_withdrawing_what_has_ended_is_refused(offered, participant, client_of):
    Application.objects.update(state="not_selected")

    assert client_of(participant).post(f"{PAGE}withdraw/").status_code == 409


@pytest.mark.parametrize("language", ["fr", "es"])
def test_the_page_opens_in_every_language(offered, participant, client_of, language):
    assert client_of(participant).get(PAGE.replace("/en/", f"/{language}/")).status_code == 200
