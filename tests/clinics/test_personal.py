"""What clinics hold about a person: handed out, forgotten without breaking what was common, brought together."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.services import erase, merge_accounts, preview_merge
from clinics.models import (
    Application,
    Delegate,
    DelegationTask,
    Extension,
    Invitation,
    PriorityText,
    Review,
    Signature,
    TeamMember,
    WorkGroup,
)
from clinics.personal import export_clinics
from clinics.services.priorities import publish_as_is
from core import own_texts
from core.models import Event, StoredFile, TextTranslation, TextVersion, object_key
from core.offers import erase_core, export_core
from core.services import record_event, store_file
from tests.factories import (
    ApplicationFactory,
    DelegateFactory,
    DelegationFactory,
    EditionFactory,
    InvitationFactory,
    PrioritiesFactory,
    TeamMemberFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def malawi(db):
    return DelegationFactory(edition=EditionFactory(state="preparation"))


def tables(user) -> dict[str, list[dict]]:
    return {name: list(rows) for name, rows in export_clinics(user)}


def together(keep, drop, staff) -> None:
    merge_accounts(keep=keep, drop=drop, actor=staff, reason="one person")


def written(delegation, author, text="Informal work", field="deficit") -> PriorityText:
    """Return a field of priorities, saved by the author."""
    priorities = getattr(delegation, "priorities", None) or PrioritiesFactory(delegation=delegation, version=1)
    row = PriorityText(priorities=priorities, field=field, language="en")
    return own_texts.write(row=row, text=text, language="en", author=author, had=0).row


# Handed out ---------------------------------------------------------------------------------------
def test_an_application_is_handed_out_and_its_decision_only_when_she_was_told(participant):
    file = store_file(data=b"%PDF-1.7", name="letter.pdf", content_type="application/pdf", audience="hidden")
    ApplicationFactory(user=participant, letter=file, decision="decline", decision_note="Not this time")
    (row,) = tables(participant)["applications"]
    assert (row["letter"], row["country"], row["decision"], row["decision_note"]) == ("letter.pdf", "MW", "", "")

    Application.objects.update(released_at=timezone.now())
    (row,) = tables(participant)["applications"]
    assert (row["decision"], row["decision_note"]) == ("decline", "Not this time")


def test_invitations_reach_her_by_account_and_by_proven_address_alone(participant, malawi):
    InvitationFactory(delegation=malawi, email=participant.email, name="By address")
    InvitationFactory(delegation=malawi, user=participant, state="accepted", name="By account")
    InvitationFactory(delegation=malawi, name="Somebody else")
    InvitationFactory(delegation=malawi, email="unproven@union.example", name="Unproven")
    participant.emailaddress_set.create(email="unproven@union.example", verified=False)

    assert {row["name"] for row in tables(participant)["invitations"]} == {"By address", "By account"}


def test_a_reviewer_gets_that_she_reviewed_not_what_she_thought_of_others(staff):
    Review.objects.create(application=ApplicationFactory(), reviewer=staff, state="done", comment="Weak")

    (row,) = tables(staff)["reviews"]

    assert row["state"] == "done"
    assert "Weak" not in str(row)


def test_texts_seats_tasks_and_signatures_are_handed_out(participant, malawi):
    seat = DelegateFactory(delegation=malawi, user=participant)
    DelegationTask.objects.create(delegation=malawi, title="Ask the ministry", language="en", owner=seat)
    written(malawi, participant)
    Signature.objects.create(priorities=malawi.priorities, side="workers", user=participant, version=1)

    found = tables(participant)

    assert found["seats"][0]["country"] == "MW"
    assert found["tasks"][0]["title"] == "Ask the ministry"
    assert found["priorities"][0]["text"] == "Informal work"
    assert found["signatures"][0]["side"] == "workers"
    versions = dict(export_core(participant))["text_versions"]
    assert [row["text"] for row in versions] == ["Informal work"]


# Forgotten ----------------------------------------------------------------------------------------
def test_application_and_letter_are_deleted(participant):
    file = store_file(data=b"%PDF-1.7", name="letter.pdf", content_type="application/pdf", audience="hidden")
    application = ApplicationFactory(user=participant, letter=file)
    record_event(actor=None, act="decide", obj=application, after={"note": "because"})
    name = file.file.name

    erase(user=participant)

    assert not Application.objects.exists()
    assert not StoredFile.objects.filter(pk=file.pk).exists()
    assert not file.file.storage.exists(name)
    assert Event.objects.get(object_key=object_key(application), act="decide").after == {}


def test_a_nominator_is_forgotten_in_the_applications_of_others(participant, outsider):
    application = ApplicationFactory(user=outsider, nominator_name="Demo", nominator_email=participant.email)

    erase(user=participant)

    application.refresh_from_db()
    assert (application.nominator_name, application.nominator_email) == ("", "")
    assert application.motivation


def test_invitations_to_her_go_and_those_she_made_stay_without_her(participant, malawi):
    InvitationFactory(delegation=malawi, email=participant.email)
    made = InvitationFactory(delegation=malawi, nominated_by=participant)

    erase(user=participant)

    assert Invitation.objects.get().pk == made.pk
    assert Invitation.objects.get().nominated_by is None


def test_a_seat_stays_for_headcounts_and_falls_free_while_seats_change_hands(participant, malawi):
    over = DelegationFactory(edition=EditionFactory(state="closed"))
    here, then = DelegateFactory(delegation=malawi, user=participant), DelegateFactory(delegation=over, user=participant)
    task = DelegationTask.objects.create(delegation=malawi, title="Ask", language="en", owner=here)

    erase(user=participant)

    for seat, state in ((here, "withdrawn"), (then, "active")):
        seat.refresh_from_db()
        assert (seat.user, seat.state, seat.leave_reason) == (None, state, "")
    task.refresh_from_db()
    assert task.owner is None
    assert not Event.objects.filter(object_name__contains="Demo Participant").exists()


def test_her_seat_is_offered_to_who_waits(participant, outsider):
    edition = EditionFactory(state="preparation")
    delegation = DelegationFactory(edition=edition, seats={"workers": 1})
    DelegateFactory(delegation=delegation, user=participant)
    next_ = ApplicationFactory(edition=edition, user=outsider, state="waiting", released_at=timezone.now(), rank=1)

    erase(user=participant)

    next_.refresh_from_db()
    assert next_.state == "offered"


def test_common_texts_stay_without_her_name_and_what_was_put_aside_goes(participant, malawi):
    row = written(malawi, participant)
    own_texts.put_aside(row, "My late words", "en", participant)
    TextTranslation.objects.create(
        object_key=object_key(row), language="fr", text="x", provenance="human", translator=participant, of_version=1
    )

    erase(user=participant)

    row.refresh_from_db()
    assert (row.text, row.written_by) == ("Informal work", None)
    assert [(one.text, one.author) for one in TextVersion.objects.all()] == [("Informal work", None)]
    assert TextTranslation.objects.get().translator is None


def test_a_signature_stays_without_a_name_in_the_published_copy_too(participant, malawi, staff):
    DelegateFactory(delegation=malawi, user=participant)
    DelegateFactory(delegation=malawi, user=UserFactory(name="Another"), group="employers")
    written(malawi, participant)
    priorities = malawi.priorities
    for side, user in (("workers", participant), ("employers", malawi.delegates.get(group="employers").user)):
        Signature.objects.create(priorities=priorities, side=side, user=user, version=priorities.version)
    priorities = publish_as_is(priorities=priorities, actor=staff, reason="test")
    assert "Demo Participant" in str(priorities.published)

    erase(user=participant)

    priorities.refresh_from_db()
    assert "Demo Participant" not in str(priorities.published)
    assert "Another" in str(priorities.published)
    assert [one["state"] for one in priorities.published["sides"]] == ["not_represented", "signed", "signed"]
    assert Signature.objects.get(side="workers").user is None


def test_roles_and_extensions_go(participant, malawi):
    TeamMemberFactory(edition=malawi.edition, user=participant)
    TeamMemberFactory(edition=malawi.edition, user=None, email=participant.email, role="speaker")
    other = TeamMemberFactory(edition=malawi.edition)
    Extension.objects.create(edition=malawi.edition, user=participant, until=timezone.now(), reason="Ill")

    erase(user=participant)

    assert TeamMember.objects.get() == other
    assert not Extension.objects.exists()


def test_erasing_core_twice_changes_nothing_more(participant, malawi):
    written(malawi, participant)

    erase_core(participant)
    erase_core(participant)

    assert TextVersion.objects.count() == 1


# Brought together ---------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("mine", "other", "stays"), [("draft", "waiting", "waiting"), ("accepted", "submitted", "accepted"), ("draft", "draft", "")]
)
def test_of_two_applications_the_further_one_stays(participant, outsider, staff, mine, other, stays):
    edition = EditionFactory(state="selection")
    own = ApplicationFactory(edition=edition, user=participant, state=mine)
    ApplicationFactory(edition=edition, user=outsider, state=other)
    lines = dict(preview_merge(participant, outsider))["clinics"]
    assert any(str(edition) in line for line in lines)

    together(participant, outsider, staff)

    left = Application.objects.get()
    assert (left.user, left.state) == (participant, stays or mine)
    assert stays or left == own  # of two equal ones that of the account which stays


def test_of_two_seats_that_of_the_account_which_stays_holds(participant, outsider, staff, malawi):
    mine = DelegateFactory(delegation=malawi, user=participant)
    other = DelegateFactory(delegation=malawi, user=outsider, role="head")
    task = DelegationTask.objects.create(delegation=malawi, title="Ask", language="en", owner=other)

    together(participant, outsider, staff)

    for row in (mine, other, task):
        row.refresh_from_db()
    assert (mine.state, mine.role, other.state, other.user) == ("active", "head", "withdrawn", participant)
    assert task.owner == mine
    assert Delegate.objects.active().get() == mine


def test_a_seat_that_she_gave_up_does_not_stand_against_one_she_has(participant, outsider, staff, malawi):
    DelegateFactory(delegation=malawi, user=participant, state="withdrawn")
    active = DelegateFactory(delegation=malawi, user=outsider)

    together(participant, outsider, staff)

    active.refresh_from_db()
    assert (active.user, active.state) == (participant, "active")


def test_roles_extensions_and_reviews_collide_without_loss(participant, outsider, staff, malawi):
    edition, group = malawi.edition, WorkGroup.objects.create(edition=malawi.edition, number=1)
    TeamMemberFactory(edition=edition, user=participant, languages=["en"])
    TeamMemberFactory(edition=edition, user=outsider, languages=["en", "fr"]).groups.add(group)
    late = timezone.now() + timedelta(days=9)
    Extension.objects.create(edition=edition, user=participant, until=timezone.now(), reason="Ill")
    Extension.objects.create(edition=edition, user=outsider, until=late, reason="Power cut")
    application = ApplicationFactory(edition=edition)
    Review.objects.create(application=application, reviewer=participant, state="done")
    Review.objects.create(application=application, reviewer=outsider, state="conflict", conflict="Cousin")

    together(participant, outsider, staff)

    role = TeamMember.objects.get(user=participant)
    assert (role.languages, list(role.groups.all())) == (["en", "fr"], [group])
    assert Extension.objects.get().until == late
    assert (Review.objects.get().state, Review.objects.get().reviewer) == ("conflict", participant)


def test_after_a_merge_erasing_still_finds_her_name_in_published_copies(participant, outsider, staff, malawi):
    DelegateFactory(delegation=malawi, user=outsider)
    written(malawi, outsider)
    Signature.objects.create(priorities=malawi.priorities, side="workers", user=outsider, version=malawi.priorities.version)
    priorities = publish_as_is(priorities=malawi.priorities, actor=staff, reason="test")

    together(participant, outsider, staff)
    erase(user=participant)

    priorities.refresh_from_db()
    assert "Demo Outsider" not in str(priorities.published)
