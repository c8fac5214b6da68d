"""Where roads cross: promised seats, conflicts of interest, drafts, two acts at once, and what must never be a broken page."""

from datetime import date, time, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from accounts.services import merge_accounts
from clinics.admin.editions import EditionAdmin
from clinics.enums import EditionState
from clinics.forms.editions import instant
from clinics.models import Application, Delegate, Delegation, Edition
from clinics.personal import erase_clinics
from clinics.services import deciding
from clinics.services.admission import admit
from clinics.services.delegations import remove_delegation
from clinics.services.focal_points import send_focal_link
from clinics.services.offers import accept_offer
from clinics.services.planning import check_dates
from clinics.services.reviewing import declare_conflict, review_for
from clinics.services.succession import take_over
from clinics.services.waiting import order_line
from core.errors import DomainError
from core.models import Event
from reminders.models import Letter
from tests.admin_desk import form_data
from tests.factories import (
    ApplicationFactory,
    DelegateFactory,
    DelegationFactory,
    EditionFactory,
    InvitationFactory,
    TeamMemberFactory,
    UserFactory,
)
from tests.guards.cast import stored

pytestmark = pytest.mark.django_db


@pytest.fixture
def edition():
    return EditionFactory(state="selection", slug="edges")


def refused(act, **facts) -> str:
    with pytest.raises(DomainError) as refusal:
        act(**facts)
    return refusal.value.code


def address(edition, name) -> str:
    return reverse(f"admin:clinics_edition_{name}", args=[edition.pk])


def offered(delegation, **fields):
    facts = {"state": "offered", "offer_until": timezone.now() + timedelta(days=3), "offers": 1, "decision": "offer",
             "released_at": timezone.now(), "country": delegation.country}  # fmt: skip
    return ApplicationFactory(edition=delegation.edition, **(facts | fields))


# Seats --------------------------------------------------------------------------------------------
def test_the_last_place_of_the_edition_is_kept_for_whom_it_was_promised(edition):
    Edition.objects.filter(pk=edition.pk).update(capacity=1)
    delegation = DelegationFactory(edition=edition, seats={"workers": 1, "employers": 1})
    row = offered(delegation)

    assert refused(admit, delegation=delegation, user=UserFactory(), group="employers") == "full"
    assert accept_offer(application=row).user == row.user


def test_a_seat_changes_hands_though_more_was_offered_than_there_is(edition, staff):
    Edition.objects.filter(pk=edition.pk).update(capacity=1)
    delegation = DelegationFactory(edition=edition, seats={"workers": 1})
    leaving, successor = DelegateFactory(delegation=delegation), UserFactory()
    offered(delegation)

    take_over(leaving=leaving, user=successor, actor=staff, reason="new post")

    assert Delegate.objects.active().get().user == successor


def test_whoever_was_offered_the_last_seat_may_take_it_by_her_invitation(edition):
    Edition.objects.filter(pk=edition.pk).update(capacity=1)
    delegation = DelegationFactory(edition=edition, seats={"workers": 1})
    row = offered(delegation)

    delegate = admit(delegation=delegation, user=row.user, group="workers")

    row.refresh_from_db()
    assert (delegate.user, row.state) == (row.user, "accepted")


def test_an_offer_stays_when_its_person_finds_no_seat_by_another_road(edition):
    delegation = DelegationFactory(edition=edition, seats={"workers": 1})
    row = offered(delegation)
    DelegateFactory(delegation=delegation)

    assert refused(admit, delegation=delegation, user=row.user, group="workers") == "full"
    row.refresh_from_db()
    assert row.state == "offered"


@pytest.mark.parametrize("state", ["offered", "waiting"])
def test_a_country_stays_while_a_seat_is_promised_or_waited_for_in_it(edition, staff, state):
    delegation = DelegationFactory(edition=edition)
    offered(delegation, state=state)

    assert refused(remove_delegation, delegation=delegation, actor=staff) == "in use"
    assert Delegation.objects.filter(pk=delegation.pk).exists()


def test_nothing_is_offered_when_the_edition_has_moved_before_the_release_is_done(edition, staff):
    DelegationFactory(edition=edition)
    row = ApplicationFactory(edition=edition, decision="offer")
    job = deciding.release(edition=edition, mark=deciding.preview(edition, staff).mark, actor=staff)
    Edition.objects.filter(pk=edition.pk).update(state="call_open")

    assert refused(deciding.release_batch, edition=edition, pks=[row.pk], actor_id=staff.pk) == "state"
    row.refresh_from_db()
    assert (row.state, row.released_at, Letter.objects.filter(kind="clinics.offer").count()) == ("submitted", None, 0)
    assert job.pk


@pytest.mark.parametrize("make", [ApplicationFactory, lambda edition: InvitationFactory(delegation__edition=edition)])
def test_an_edition_that_went_back_to_draft_is_not_deleted_with_its_people(client_of, staff, make):
    edition = EditionFactory(state="draft")
    make(edition=edition)
    browser, url = client_of(staff), reverse("admin:clinics_edition_delete", args=[edition.pk])

    assert browser.post(url, {"post": "yes"}).status_code == 403
    assert Edition.objects.filter(pk=edition.pk).exists()


# Conflicts of interest -----------------------------------------------------------------------------
def conflicted(edition, staff, **facts):
    row = ApplicationFactory(edition=edition, **facts)
    declare_conflict(review=review_for(row, staff), reason="A friend")
    return row


def test_the_letter_of_an_application_opens_from_its_review_and_both_are_logged(client_of, staff, edition):
    row = ApplicationFactory(edition=edition)
    row.letter = stored(f"user.{row.user_id}")
    row.save()
    browser = client_of(staff)

    page = browser.get(f"{address(edition, 'review')}?application={row.pk}").content.decode()

    letter = f"{address(edition, 'application_letter')}?application={row.pk}"
    assert letter in page
    assert row.letter.get_absolute_url() not in page
    assert Event.objects.about(row).filter(act="open application", actor=staff).count() == 1
    assert browser.get(letter).status_code == 200


def test_the_preview_of_letters_says_nothing_of_who_is_hidden(client_of, staff, edition):
    conflicted(edition, staff, decision="decline", decision_note="Words about a friend")
    ApplicationFactory(edition=edition, decision="decline", decision_note="Words about another")

    page = client_of(staff).get(address(edition, "release")).content.decode()

    assert "Words about another" in page
    assert "Words about a friend" not in page


def test_a_refused_release_names_nobody_who_is_hidden(edition, staff):
    row = conflicted(edition, staff, decision="offer", country="KE", user__name="Hidden Friend")
    with pytest.raises(DomainError) as refusal:
        deciding.release(edition=edition, mark=deciding.preview(edition, staff).mark, actor=staff)

    assert refusal.value.code == "nowhere"
    assert row.user.name not in str(refusal.value)


def test_whoever_has_a_conflict_moves_nobody_of_hers_on_the_waiting_list(edition, staff):
    first = ApplicationFactory(edition=edition, decision="wait", rank=1)
    friend = conflicted(edition, staff, decision="wait", rank=2)
    line = {"edition": edition, "country": "MW", "group": "workers", "actor": staff}

    assert refused(order_line, wanted={first.pk: 2, friend.pk: 1}, **line) == "conflict"
    order_line(wanted={first.pk: 2, friend.pk: 1}, **(line | {"actor": UserFactory(is_staff=True, is_superuser=True)}))
    assert Application.objects.get(pk=friend.pk).rank == 1


# Drafts, and whoever has left -----------------------------------------------------------------------
@pytest.mark.parametrize(("state", "status"), [("draft", 404), ("call_open", 200)])
def test_a_delegation_of_a_draft_is_for_staff_alone(client_of, state, status):
    delegation = DelegationFactory(edition__state=state, edition__slug="soon")
    tutor = TeamMemberFactory(edition=delegation.edition).user

    assert client_of(tutor).get("/en/clinics/soon/delegations/mw/").status_code == status


def test_a_draft_is_not_shown_to_whoever_looks_on_after_the_call(client_of, staff):
    edition = EditionFactory(slug="call", state="call_open", apply_by=timezone.now() - timedelta(days=1))
    row = ApplicationFactory(edition=edition, state="draft", submitted_at=None, motivation="Mine alone")
    assert "Mine alone" in client_of(row.user).get("/en/clinics/call/apply/").content.decode()
    browser = client_of(staff)
    browser.post(f"/admin/accounts/user/{row.user_id}/look/", {"reason": "She cannot find it"})

    page = browser.get("/en/clinics/call/apply/").content.decode()

    assert "Stop looking" in page
    assert "Mine alone" not in page


def test_whoever_gave_up_the_seat_is_not_told_that_she_has_it(client_of):
    delegate = DelegateFactory(delegation__edition__state="preparation")
    facts = {"delegation": delegate.delegation, "state": "accepted", "user": delegate.user, "email": delegate.user.email}
    invitation = InvitationFactory(**facts)
    browser = client_of(delegate.user)
    assert browser.get(invitation.get_absolute_url()).status_code == 200

    Delegate.objects.update(state="withdrawn")

    assert browser.get(invitation.get_absolute_url()).status_code == 410


def test_pages_that_are_kept_forget_whoever_is_erased_also_when_the_edition_is_over():
    delegate = DelegateFactory(delegation__edition__state="closed")

    erase_clinics(delegate.user)

    delegate.edition.refresh_from_db()
    assert delegate.edition.people_version == 1


def test_a_letter_follows_the_application_into_the_account_that_stays(edition, staff):
    keep, row = UserFactory(), ApplicationFactory(edition=edition)
    row.letter = stored(f"user.{row.user_id}")
    row.save()

    merge_accounts(keep=keep, drop=row.user, actor=staff, reason="one person")

    row.refresh_from_db()
    assert (row.user, row.letter and row.letter.audience) == (keep, f"user.{keep.pk}")


# Two acts at once, and odd rows ---------------------------------------------------------------------
def test_saving_the_form_of_an_edition_never_moves_it(client_of, staff, monkeypatch):
    edition = EditionFactory(state="call_open")
    browser, url = client_of(staff), reverse("admin:clinics_edition_change", args=[edition.pk])
    data = form_data(browser.get(url)) | {"hours_a_week": "9"}
    saved = EditionAdmin.save_model

    def meanwhile(self, request, obj, form, change):
        Edition.objects.filter(pk=edition.pk).update(state="selection", people_version=7)
        return saved(self, request, obj, form, change)

    monkeypatch.setattr(EditionAdmin, "save_model", meanwhile)
    assert browser.post(url, data).status_code == 302

    edition.refresh_from_db()
    assert (edition.hours_a_week, edition.state, edition.people_version) == (9, EditionState.SELECTION, 7)


@pytest.mark.parametrize("year", [1, 9999])
def test_days_at_the_edge_of_the_calendar_are_refused(year):
    with pytest.raises(ValidationError):
        instant(date(year, 1, 1), time(0), "Africa/Blantyre")
    assert refused(check_dates, starts_on=date(year, 1, 1), ends_on=date(year, 2, 1), zone="Africa/Blantyre") == "dates"


def test_a_deadline_of_ones_own_counts_though_the_call_has_none():
    edition = EditionFactory(state="call_open", apply_by=None)
    row = ApplicationFactory(edition=edition, state="draft")
    until = timezone.now() + timedelta(days=2)
    row.user.extensions.create(edition=edition, until=until, reason="ill")

    assert Application.objects.with_deadline().get(pk=row.pk).deadline == until


def test_a_focal_point_whose_account_is_closed_and_who_left_no_address_gets_no_link(edition, staff):
    DelegationFactory(edition=edition)
    member = TeamMemberFactory(edition=edition, role="focal_point", country="MW", user__is_active=False)

    assert refused(send_focal_link, member=member, actor=staff) == "address"
    member.refresh_from_db()
    assert member.key_until is None


def test_a_profile_that_cannot_be_saved_is_said_and_no_broken_page(client_of):
    invitation = InvitationFactory(delegation__edition__state="preparation")
    person = UserFactory(email=invitation.email)
    person.emailaddress_set.update_or_create(email=invitation.email, defaults={"verified": True, "primary": True})
    type(person).objects.filter(pk=person.pk).update(visibility="everybody")
    facts = {"answer": "accept", "name": "Grace", "organisation": "Union", "position": "x", "language": "en", "consent": "on"}

    answer = client_of(person).post(invitation.get_absolute_url(), facts)

    assert answer.status_code == 400
    assert not Delegate.objects.exists()
