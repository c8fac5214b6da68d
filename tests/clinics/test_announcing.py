"""Announcements: exactly those who are meant, each once, in every language or not at all."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.services import close_account
from clinics.enums import AnnouncementAudience as To
from clinics.models import Announcement, Signature
from clinics.services import announcing
from clinics.services.announcing import counted, discard, readers_of, send_announcement
from core.errors import DomainError
from core.jobs import perform
from core.models import Event, Job
from reminders.enums import State
from reminders.models import Letter
from reminders.services import deliver
from tests.factories import (
    ActivityFactory,
    AnnouncementFactory,
    ApplicationFactory,
    DelegateFactory,
    DelegationFactory,
    EditionFactory,
    InvitationFactory,
    ModuleFactory,
    PrioritiesFactory,
    TeamMemberFactory,
    UnitFactory,
    UserFactory,
    WeekFactory,
)

pytestmark = pytest.mark.django_db
MAIL = {"kind": "clinics.announcement", "channel": "mail"}


@pytest.fixture
def edition(db):
    return EditionFactory(state="preparation")


@pytest.fixture
def malawi(edition):
    return DelegationFactory(edition=edition)


def names(announcement) -> list[str]:
    return sorted(reader.name for reader in readers_of(announcement))


def to(edition, audience, **more) -> Announcement:
    return AnnouncementFactory(edition=edition, to=audience, **more)


def refused(announcement, staff, **more) -> str:
    with pytest.raises(DomainError) as said:
        send_announcement(announcement=announcement, actor=staff, **more)
    return said.value.code


# Who ----------------------------------------------------------------------------------------------
def test_participants_are_those_with_a_seat_now(edition, malawi):
    DelegateFactory(delegation=malawi, user=UserFactory(name="Here"))
    DelegateFactory(delegation=malawi, user=UserFactory(name="Gone"), state="withdrawn")
    DelegateFactory(delegation=DelegationFactory(), user=UserFactory(name="Elsewhere"))
    close_account(user=DelegateFactory(delegation=malawi, user=UserFactory(name="Closed")).user)

    assert names(to(edition, To.PARTICIPANTS)) == ["Here"]


def test_everyone_is_told_once_even_with_two_roles_and_by_two_roads(edition, malawi):
    both = UserFactory(name="Both", email="both@demo.example")
    DelegateFactory(delegation=malawi, user=both)
    TeamMemberFactory(edition=edition, user=both, role="facilitator")
    TeamMemberFactory(edition=edition, user=None, name="By address", email="both@demo.example", role="speaker")
    TeamMemberFactory(edition=edition, user=None, name="Speaker", email="Speaker@union.example", role="speaker")
    TeamMemberFactory(edition=edition, user=None, name="Again", email="speaker@union.example", role="observer")

    assert names(to(edition, To.EVERYONE)) == ["Both", "Speaker"]
    assert names(to(edition, To.TEAM)) == ["Both", "Speaker"]


def test_one_delegation_is_told_without_the_others(edition, malawi):
    DelegateFactory(delegation=malawi, user=UserFactory(name="Malawi"))
    DelegateFactory(delegation=DelegationFactory(edition=edition, country="KE"), user=UserFactory(name="Kenya"))

    assert names(to(edition, To.DELEGATION, delegation=malawi)) == ["Malawi"]


def test_applicants_are_those_who_wait_for_a_decision(edition):
    for state in ("draft", "submitted", "waiting", "not_selected"):
        ApplicationFactory(edition=edition, state=state, user=UserFactory(name=state))

    assert names(to(edition, To.APPLICANTS)) == ["submitted"]


def test_who_has_not_answered_is_told_by_account_or_by_address(edition, malawi):
    UserFactory(name="With account", email="known@union.example", language="fr")
    InvitationFactory(delegation=malawi, email="known@union.example", name="Invited under another name")
    InvitationFactory(delegation=malawi, email="new@union.example", name="Without account", language="es")
    InvitationFactory(delegation=malawi, state="declined")
    InvitationFactory(delegation=malawi, expires_at=timezone.now() - timedelta(hours=1))

    found = readers_of(to(edition, To.NOT_ANSWERED))

    assert [(one.name, one.address, one.language) for one in found] == [
        ("With account", "", "fr"),
        ("Without account", "new@union.example", "es"),
    ]


def test_who_has_not_begun_the_refresher(edition, malawi):
    module = ModuleFactory()
    begun = DelegateFactory(delegation=malawi, user=UserFactory(name="Begun")).user
    DelegateFactory(delegation=malawi, user=UserFactory(name="Not begun"))
    announcement = to(edition, To.NOT_STARTED)
    assert names(announcement) == []  # no refresher in the plan: nobody can be behind

    ActivityFactory(week=WeekFactory(edition=edition), kind="refresher", module=module)
    begun.unit_records.create(unit=UnitFactory(module=module), seen_at=timezone.now())
    begun.unit_records.create(unit=UnitFactory(), seen_at=timezone.now())

    assert names(announcement) == ["Not begun"]


def test_sides_that_have_not_signed_the_standing_version(edition, malawi):
    workers = DelegateFactory(delegation=malawi, user=UserFactory(name="Workers")).user
    DelegateFactory(delegation=malawi, user=UserFactory(name="Employers"), group="employers")
    DelegateFactory(delegation=malawi, user=UserFactory(name="Researcher"), group="research")
    priorities = PrioritiesFactory(delegation=malawi, version=2)
    Signature.objects.create(priorities=priorities, side="workers", user=workers, version=2)
    Signature.objects.create(priorities=priorities, side="employers", version=1)
    announcement = to(edition, To.NOT_SIGNED)

    assert names(announcement) == ["Employers"]

    priorities.version = 3
    priorities.save()
    assert names(announcement) == ["Employers", "Workers"]


def test_numbers_by_language_are_in_the_portals_order(edition, malawi):
    for language in ("es", "en", "en"):
        DelegateFactory(delegation=malawi, user=UserFactory(language=language))

    assert [number for _name, number in counted(readers_of(to(edition, To.PARTICIPANTS)))] == [2, 1]


@pytest.mark.parametrize("count", [1, 3])
def test_counting_costs_the_same_for_any_number(edition, malawi, count, django_assert_num_queries):
    for n in range(count):
        DelegateFactory(delegation=malawi)
        TeamMemberFactory(edition=edition, user=None, name="S", email=f"s{n}@union.example", role="speaker")
    announcement = Announcement.objects.select_related("edition").get(pk=to(edition, To.EVERYONE).pk)

    with django_assert_num_queries(4):
        assert len(readers_of(announcement)) == 2 * count


# Sending ------------------------------------------------------------------------------------------
def test_sending_writes_one_letter_each_and_the_record(edition, malawi, staff):
    people = [DelegateFactory(delegation=malawi).user for _ in range(2)]
    announcement = to(edition, To.PARTICIPANTS)

    assert send_announcement(announcement=announcement, actor=staff, expected=2) is None

    announcement.refresh_from_db()
    assert (announcement.sent_to, announcement.sent_by) == (2, staff)
    assert set(Letter.objects.filter(**MAIL).values_list("recipient", flat=True)) == {one.pk for one in people}
    assert Event.objects.about(announcement).get().after == {"to": "participants", "people": 2}


def test_sent_once_and_never_to_late_joiners(edition, malawi, staff):
    DelegateFactory(delegation=malawi)
    announcement = to(edition, To.PARTICIPANTS)
    send_announcement(announcement=announcement, actor=staff)
    DelegateFactory(delegation=malawi)

    assert refused(announcement, staff) == "sent"
    assert Letter.objects.filter(**MAIL).count() == 1


def test_a_number_that_changed_asks_again(edition, malawi, staff):
    DelegateFactory(delegation=malawi)
    announcement = to(edition, To.PARTICIPANTS)
    DelegateFactory(delegation=malawi)

    assert refused(announcement, staff, expected=1) == "number"
    assert not Letter.objects.filter(**MAIL).exists()


def test_drafts_gaps_and_nobody_are_refused(edition, malawi, staff):
    assert refused(to(edition, To.PARTICIPANTS), staff) == "nobody"
    DelegateFactory(delegation=malawi)
    gap = to(edition, To.PARTICIPANTS, body_fr="")
    assert refused(gap, staff) == "incomplete"
    assert refused(to(edition, To.DELEGATION), staff) == "delegation"

    edition.fallback_languages = ["fr"]
    edition.save()
    send_announcement(announcement=gap, actor=staff)

    edition.state = "draft"
    edition.save()
    assert refused(to(edition, To.PARTICIPANTS), staff) == "state"


def test_many_people_are_told_by_a_job_that_may_run_twice(edition, malawi, staff, monkeypatch):
    monkeypatch.setattr(announcing, "AT_ONCE", 2)
    monkeypatch.setattr(announcing, "BATCH", 2)
    for _ in range(3):
        DelegateFactory(delegation=malawi)
    TeamMemberFactory(edition=edition, user=None, name="S", email="s@union.example", role="speaker")
    announcement = to(edition, To.EVERYONE)

    job = send_announcement(announcement=announcement, actor=staff)
    assert Letter.objects.filter(**MAIL).count() == 1  # the address: no job keeps it
    assert "union" not in str(job.args)
    DelegateFactory(delegation=malawi)

    assert perform(job.pk)
    Job.objects.filter(pk=job.pk).update(state="queued", attempts=0)
    assert perform(job.pk)

    assert Letter.objects.filter(**MAIL).count() == 4


def test_discarding_is_for_what_was_not_sent(edition, malawi, staff):
    DelegateFactory(delegation=malawi)
    sent, kept = to(edition, To.PARTICIPANTS), to(edition, To.PARTICIPANTS)
    send_announcement(announcement=sent, actor=staff)

    discard(announcement=kept, actor=staff)
    with pytest.raises(DomainError):
        discard(announcement=sent, actor=staff)

    assert list(Announcement.objects.all()) == [sent]


# The letter ---------------------------------------------------------------------------------------
def test_the_letter_stands_in_the_readers_language_and_renders_safely(edition, malawi, staff, mailoutbox):
    reader = DelegateFactory(delegation=malawi, user=UserFactory(language="fr", name="Aline")).user
    body = "Lisez [la note](/library/note/) <script>alert(1)</script>"
    announcement = to(edition, To.PARTICIPANTS, subject_fr="R&D : lundi", body_fr=body)
    send_announcement(announcement=announcement, actor=staff)

    deliver()

    (mail,) = [one for one in mailoutbox if one.to == [reader.email]]
    html = mail.alternatives[0].content
    assert mail.subject == "R&D : lundi"
    assert "/fr/library/note/" in html
    assert "/fr/library/note/" in mail.body
    assert "<script>" not in html
    assert f"/fr/clinics/{edition.slug}/home/" in html


def test_a_fallback_says_that_it_is_the_original(edition, malawi, staff, mailoutbox):
    edition.fallback_languages = ["es"]
    edition.save()
    DelegateFactory(delegation=malawi, user=UserFactory(language="es"))
    send_announcement(announcement=to(edition, To.PARTICIPANTS, subject_es="", body_es=""), actor=staff)

    deliver()

    assert mailoutbox[0].subject == "News en"
    assert '<div lang="en">' in mailoutbox[0].alternatives[0].content


def test_who_has_answered_meanwhile_is_not_told(edition, malawi, staff):
    open_, answered = InvitationFactory(delegation=malawi), InvitationFactory(delegation=malawi)
    send_announcement(announcement=to(edition, To.NOT_ANSWERED), actor=staff)
    answered.state = "declined"
    answered.save()

    deliver()

    told = {letter.address: letter for letter in Letter.objects.filter(**MAIL)}
    assert told[open_.email].state == State.SENT
    assert open_.key in told[open_.email].text
    assert told[answered.email].state == State.OBSOLETE
