"""Decisions: set in bulk, previewed exactly, released once, each person told in her language."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from clinics.enums import EditionState
from clinics.models import Application, Edition
from clinics.services import deciding
from clinics.services.deciding import decide, preview, release, release_batch
from clinics.services.offers import withdraw_application
from clinics.services.reviewing import declare_conflict, review_for, save_review
from core import jobs
from core.errors import DomainError
from core.models import Event, Job
from reminders.models import Letter
from tests.factories import (
    ApplicationFactory,
    CriterionFactory,
    DelegateFactory,
    DelegationFactory,
    EditionFactory,
    InvitationFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def edition():
    edition = EditionFactory(state="selection", slug="decided", offer_days=7)
    DelegationFactory(edition=edition, seats={"workers": 2})
    return edition


def decided(edition, decision, **fields):
    return ApplicationFactory(edition=edition, decision=decision, **fields)


def released(edition, staff) -> None:
    job = release(edition=edition, mark=preview(edition, staff).mark, actor=staff)
    jobs.perform(job.pk)
    job.refresh_from_db()
    assert job.state == "done", job.error


def refused(act, **facts) -> str:
    with pytest.raises(DomainError) as refusal:
        act(**facts)
    return refusal.value.code


# Setting ------------------------------------------------------------------------------------------
def test_a_decision_is_set_for_many_and_nobody_learns_of_it(edition, staff):
    rows = [ApplicationFactory(edition=edition) for _n in range(3)]

    changed = decide(
        edition=edition,
        applications=[row.pk for row in rows],
        decision="decline",
        reason="stronger",
        note=" Thanks ",
        actor=staff,
    )

    assert changed == 3
    assert set(Application.objects.values_list("state", "decision", "decision_reason", "decision_note")) == {
        ("submitted", "decline", "stronger", "Thanks")
    }
    assert not Letter.objects.exists()
    assert Event.objects.filter(act="decide").count() == 1


def test_an_offer_carries_no_reason_against(edition, staff):
    row = ApplicationFactory(edition=edition)

    decide(edition=edition, applications=[row.pk], decision="offer", reason="stronger", actor=staff)

    row.refresh_from_db()
    assert row.decision_reason == ""


def test_only_those_are_decided_whom_she_may_judge_and_who_wait_for_a_decision(edition, staff):
    foreign, draft, gone, conflict = (
        ApplicationFactory(), ApplicationFactory(edition=edition, state="draft"),
        ApplicationFactory(edition=edition, state="withdrawn"), ApplicationFactory(edition=edition),
    )  # fmt: skip
    declare_conflict(review=review_for(conflict, staff), reason="A friend")
    pks = [foreign.pk, draft.pk, gone.pk, conflict.pk]

    assert refused(decide, edition=edition, applications=pks, decision="offer", actor=staff) == "nobody"
    assert not Application.objects.exclude(decision="").exists()


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"decision": "maybe"}, "decision"),
        ({"decision": "wait", "reason": "x"}, "reason"),
        ({"decision": "wait", "note": "x" * 501}, "note"),
    ],
)
def test_what_is_no_decision_is_refused(edition, staff, facts, code):
    row = ApplicationFactory(edition=edition)

    assert refused(decide, edition=edition, applications=[row.pk], actor=staff, **facts) == code


def test_a_decision_is_taken_back_before_its_release(edition, staff):
    row = decided(edition, "decline", decision_reason="stronger")

    decide(edition=edition, applications=[row.pk], decision="", actor=staff)

    assert preview(edition, staff).total == 0


# Previewing ---------------------------------------------------------------------------------------
def test_the_preview_counts_exactly_by_decision_language_and_country(edition, staff):
    DelegationFactory(edition=edition, country="KE")
    decided(edition, "offer", user__language="fr")
    decided(edition, "offer", country="KE")
    decided(edition, "wait", decision_reason="group_full")
    ApplicationFactory(edition=edition)
    decided(edition, "offer", state="withdrawn")

    found = preview(edition, staff)

    assert found.total == 3
    assert [(str(one), n, languages, places) for one, n, languages, places in found.decisions] == [
        ("offer", 2, {"en": 1, "fr": 1}, {"KE": 1, "MW": 1}), ("wait", 1, {"en": 1}, {"MW": 1}), ("decline", 0, {}, {}),
    ]  # fmt: skip


def test_the_preview_warns_of_everything_that_may_be_a_mistake(edition, staff):
    for _n in range(3):
        decided(edition, "offer")
    decided(edition, "decline", user__name="No Reason")
    decided(edition, "wait", decision_reason="balance", country="ZM", user__name="Out Side")
    seated = DelegateFactory(delegation=edition.delegations.get(), group="finance")
    decided(edition, "decline", decision_reason="stronger", user=seated.user)
    invited = decided(edition, "decline", decision_reason="stronger", user__name="In Vited")
    InvitationFactory(delegation=edition.delegations.get(), email=invited.user.email)

    told = " ".join(preview(edition, staff).warnings)

    for words in (
        "1 offer more than seats",
        "No reason is given: No Reason",
        "No review is done",
        "Out Side",
        str(seated.user),
        "In Vited",
    ):
        assert words in told, words


def test_a_warning_names_nobody_about_whom_she_declared_a_conflict(edition, staff):
    row = decided(edition, "decline", user__name="Se Cret")
    declare_conflict(review=review_for(row, staff), reason="A friend")

    assert "Se Cret" not in " ".join(preview(edition, staff).warnings)


def test_the_preview_costs_the_same_for_one_and_for_many(edition, staff):
    def cost() -> int:
        with CaptureQueriesContext(connection) as seen:
            preview(edition, staff)
        return len(seen)

    decided(edition, "offer")
    one = cost()
    for country in ("KE", "ZM"):
        DelegationFactory(edition=edition, country=country)
        decided(edition, "offer", country=country)
        decided(edition, "wait", country=country)

    assert cost() == one <= 12


# Releasing ----------------------------------------------------------------------------------------
def test_a_release_brings_each_application_to_its_state_and_tells_each_person_once(edition, staff):
    offer, wait = decided(edition, "offer"), decided(edition, "wait", decision_reason="group_full")
    decline, open_ = decided(edition, "decline", decision_reason="stronger"), ApplicationFactory(edition=edition)

    released(edition, staff)

    for row in (offer, wait, decline, open_):
        row.refresh_from_db()
    assert [row.state for row in (offer, wait, decline, open_)] == ["offered", "waiting", "not_selected", "submitted"]
    assert timedelta(days=6, hours=23) < offer.offer_until - timezone.now() <= timedelta(days=7)
    assert (offer.offers, wait.rank) == (1, 1)
    mails = Letter.objects.filter(channel="mail").values_list("kind", "recipient")
    assert set(mails) == {
        ("clinics.offer", offer.user_id), ("clinics.decision", wait.user_id), ("clinics.decision", decline.user_id),
    }  # fmt: skip
    assert Event.objects.filter(act="release decision").count() == 3
    assert Event.objects.get(act="release decisions").after == {"offer": 1, "wait": 1, "decline": 1}


def test_those_who_wait_stand_by_rank_then_score_then_time(edition, staff):
    criterion = CriterionFactory(edition=edition)
    rows = [decided(edition, "wait") for _n in range(4)]
    weak, strong, bare, first = rows
    for row, points in ((weak, 1), (strong, 5)):
        who = UserFactory(is_staff=True, is_superuser=True)
        save_review(review=review_for(row, who), had=0, points={criterion.pk: points}, comment="", reviewer=who)
    Application.objects.filter(pk=first.pk).update(rank=1)
    standing = ApplicationFactory(edition=edition, state="waiting", rank=7, released_at=timezone.now())

    released(edition, staff)

    line = Application.objects.line(edition.pk, "MW", "workers")
    assert sorted(line, key=line.get) == [first.pk, standing.pk, strong.pk, weak.pk, bare.pk]


def test_a_release_that_was_interrupted_goes_on_and_tells_nobody_twice(edition, staff, monkeypatch):
    rows = [decided(edition, "decline", decision_reason="stronger") for _n in range(5)]
    monkeypatch.setattr(deciding, "BATCH", 2)
    job = release(edition=edition, mark=preview(edition, staff).mark, actor=staff)
    running = jobs.claim(job.pk)
    release_batch(edition, [row.pk for row in rows[:2]], staff.pk)  # and the worker died
    Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(minutes=1))

    assert jobs.perform(job.pk)
    release_batch(edition, [row.pk for row in rows], staff.pk)

    assert running.job.pk == job.pk
    assert Application.objects.filter(state="not_selected").count() == 5
    assert Letter.objects.filter(channel="mail").count() == 5
    assert Event.objects.filter(act="release decision").count() == 5


def test_what_changed_after_the_preview_is_not_released(edition, staff):
    decided(edition, "decline")
    mark = preview(edition, staff).mark
    decided(edition, "decline")

    assert refused(release, edition=edition, mark=mark, actor=staff) == "changed"
    assert not Job.objects.exists()


def test_while_a_release_is_under_way_nothing_is_decided_and_a_second_press_is_refused(edition, staff):
    row = decided(edition, "decline")
    mark = preview(edition, staff).mark
    release(edition=edition, mark=mark, actor=staff)

    assert refused(release, edition=edition, mark=mark, actor=staff) == "releasing"
    assert refused(decide, edition=edition, applications=[row.pk], decision="offer", actor=staff) == "releasing"


def test_an_offer_for_a_country_that_does_not_take_part_is_not_released(edition, staff):
    decided(edition, "offer", country="ZM")

    found = preview(edition, staff)

    assert len(found.faults) == 1
    assert refused(release, edition=edition, mark=found.mark, actor=staff) == "nowhere"


@pytest.mark.parametrize("state", [state for state in EditionState if state not in ("selection", "preparation", "running")])
def test_nothing_is_released_in_a_state_that_does_not_allow_it(edition, staff, state):
    decided(edition, "decline")
    Edition.objects.update(state=state)

    assert refused(release, edition=edition, mark=preview(edition, staff).mark, actor=staff) == "state"


def test_nothing_decided_nothing_released(edition, staff):
    assert refused(release, edition=edition, mark="", actor=staff) == "nobody"


def test_whoever_has_a_seat_already_gets_no_letter(edition, staff):
    seat = DelegateFactory(delegation=edition.delegations.get())
    row = decided(edition, "decline", user=seat.user)

    released(edition, staff)

    row.refresh_from_db()
    assert row.state == "accepted"
    assert not Letter.objects.exists()


def test_whoever_withdrew_after_the_decision_is_not_told(edition, staff):
    row, other = decided(edition, "offer"), decided(edition, "decline")
    withdraw_application(application=row)

    released(edition, staff)

    row.refresh_from_db()
    assert row.state == "withdrawn"
    assert list(Letter.objects.filter(channel="mail").values_list("recipient", flat=True)) == [other.user_id]


def test_who_waits_is_declined_at_the_end_and_told(edition, staff):
    row = decided(edition, "wait", decision_reason="group_full")
    released(edition, staff)
    decide(edition=edition, applications=[row.pk], decision="decline", reason="group_full", actor=staff)

    released(edition, staff)

    row.refresh_from_db()
    assert row.state == "not_selected"
    assert sorted(Letter.objects.filter(channel="mail").values_list("occurrence", flat=True)) == ["not_selected.0", "waiting.0"]


def test_the_end_of_waiting_is_taken_back_with_the_reason_that_was_told(edition, staff):
    row = decided(edition, "wait", decision_reason="group_full", decision_note="Soon")
    released(edition, staff)
    decide(edition=edition, applications=[row.pk], decision="decline", reason="stronger", actor=staff)

    decide(edition=edition, applications=[row.pk], decision="", actor=staff)

    row.refresh_from_db()
    assert (row.decision, row.decision_reason, row.decision_note) == ("wait", "group_full", "Soon")
    assert row.released_at
    assert preview(edition, staff).total == 0


def test_a_batch_costs_the_same_for_one_and_for_many(edition, staff):
    def cost(rows) -> int:
        with CaptureQueriesContext(connection) as seen:
            release_batch(edition, [row.pk for row in rows], staff.pk)
        return len(seen)

    def kinds():
        return [decided(edition, "offer"), decided(edition, "wait"), decided(edition, "decline")]

    one = kinds()
    assert cost(one) == cost([*kinds(), *kinds(), *kinds()]) <= 14


# Pages --------------------------------------------------------------------------------------------
def test_decisions_page_sets_what_is_ticked_and_what_the_filter_shows(edition, staff, client_of):
    client, address = client_of(staff), f"/admin/clinics/edition/{edition.pk}/decisions/"
    one, other = ApplicationFactory(edition=edition), ApplicationFactory(edition=edition)
    finance = ApplicationFactory(edition=edition, group="finance")

    client.post(address, {"application": one.pk, "decision": "offer"})
    done = client.post(f"{address}?group=finance", {"all": "1", "decision": "decline", "reason": "stronger"}, follow=True)

    assert done.status_code == 200
    assert dict(Application.objects.values_list("pk", "decision")) == {one.pk: "offer", other.pk: "", finance.pk: "decline"}


def test_decisions_page_refuses_and_keeps_what_was_typed(edition, staff, client_of):
    client, address = client_of(staff), f"/admin/clinics/edition/{edition.pk}/decisions/"
    ApplicationFactory(edition=edition)

    answer = client.post(address, {"decision": "wait", "note": "Words that stay"})

    assert answer.status_code == 409
    assert "Words that stay" in answer.content.decode()
    assert client.get(f"{address}?group=x").status_code == 404
    assert client.post(address, {"application": "x", "decision": "wait"}).status_code == 400


@pytest.mark.parametrize("order", ["score", "name", "organisation", "handed_in", "decision"])
def test_decisions_page_sorts_within_the_group(edition, staff, client_of, order):
    late, early = timezone.now(), timezone.now() - timedelta(days=1)
    last = {"user__name": "Zed", "organisation": "Zz", "submitted_at": late, "decision": "wait"}
    ApplicationFactory(edition=edition, **last)
    ApplicationFactory(edition=edition, user__name="Abe", organisation="Aa", submitted_at=early, decision="decline")

    html = client_of(staff).get(f"/admin/clinics/edition/{edition.pk}/decisions/?order={order}").content.decode()

    names = re.findall(r">(Abe|Zed)</a>", html)
    assert names == (["Zed", "Abe"] if order == "score" else ["Abe", "Zed"])


def test_decisions_page_hides_the_score_from_whoever_still_has_to_judge(edition, staff, client_of):
    Edition.objects.update(reviewers=2)
    criterion, row = CriterionFactory(edition=edition), ApplicationFactory(edition=edition)
    who = UserFactory(is_staff=True, is_superuser=True)
    save_review(review=review_for(row, who), had=0, points={criterion.pk: 3}, comment="", reviewer=who)
    row.reviews.create(reviewer=staff)
    address = f"/admin/clinics/edition/{edition.pk}/decisions/"

    assert "after your review" in client_of(staff).get(address).content.decode()
    assert "after your review" not in client_of(who).get(address).content.decode()


def test_decisions_page_costs_the_same_for_one_and_for_three(edition, staff, client_of):
    client, address = client_of(staff), f"/admin/clinics/edition/{edition.pk}/decisions/"

    def cost() -> int:
        client.get(address)
        with CaptureQueriesContext(connection) as seen:
            client.get(address)
        return len(seen)

    ApplicationFactory(edition=edition)
    one = cost()
    for country in ("KE", "ZM"):
        ApplicationFactory(edition=edition, country=country)

    assert cost() == one


def test_release_page_shows_numbers_warnings_and_letters_and_releases_what_it_showed(edition, staff, client_of):
    client, address = client_of(staff), f"/admin/clinics/edition/{edition.pk}/release/"
    row = decided(edition, "offer")
    decided(edition, "wait", decision_reason="balance")
    decided(edition, "decline")

    html = client.get(address).content.decode()
    mark = re.search(r'name="mark" value="(\w+)"', html)[1]
    answer = client.post(address, {"mark": mark})

    assert "Release 3 decisions" in html
    assert "No reason is given" in html
    assert html.count("<pre") == 9
    assert answer.status_code == 302
    assert "/jobs/" in answer["Location"]
    jobs.perform(Job.objects.get().pk)
    row.refresh_from_db()
    assert row.state == "offered"
    assert client.post(address, {"mark": mark}).status_code == 409


def test_decisions_pages_are_for_those_who_select(edition, client_of):
    plain = client_of(UserFactory(is_staff=True))

    for name in ("decisions", "release", "waiting", "reviews", "review", "behind"):
        assert plain.get(f"/admin/clinics/edition/{edition.pk}/{name}/").status_code == 403
