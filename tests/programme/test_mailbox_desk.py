"""Answering mail: the queue, the page of an enquiry, the letter looked at before it goes, who may do what."""

import datetime as dt
import re

import pytest
import time_machine
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from core import registry
from core.errors import DomainError
from core.models import Event, StoredFile
from programme.admin.answering import acts_for
from programme.enums import EnquiryState
from programme.models import CannedAnswer, Enquiry, Message
from programme.services import answering
from programme.services.mailbox import LONGEST, write_on
from reminders import services as ledger
from reminders.models import Letter
from tests.factories import EnquiryFactory, UserFactory, texts
from tests.guards.cast import stored

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 11, 23, 12, 0, tzinfo=dt.UTC)
LIST = "/admin/programme/enquiry/"
PDF = b"%PDF-1.7\n" + bytes(200)


@pytest.fixture
def desk(client_of, staff):
    """The browser of a member of the team."""
    return client_of(staff)


@pytest.fixture
def enquiry(db):
    return EnquiryFactory(name="Émilie", email="emilie@labour.example", language="fr", subject="Une place")


def page(enquiry: Enquiry, act: str = "change") -> str:
    return reverse(f"admin:programme_enquiry_{act}", args=[enquiry.pk])


def step(browser, enquiry: Enquiry, name: str, text: str = "Oui, bien sûr.", **more):
    """Press a button of the answer's form."""
    data = {"step": name, "text": text, "seen": answering.last_message(enquiry)} | more
    return browser.post(page(enquiry, "answer"), data)


def hidden(response, name: str) -> str:
    return re.search(rf'name="{name}" value="([^"]*)"', response.content.decode())[1]


def rows(response) -> list[str]:
    return [enquiry.subject for enquiry in response.context["cl"].result_list]


def member(*rights: str):
    """A member of the team with some rights alone."""
    person = UserFactory(is_staff=True)
    person.user_permissions.set(Permission.objects.filter(codename__in=rights))
    return person


# The queue ----------------------------------------------------------------------------------------
def test_queue_shows_what_waits_the_oldest_due_first(desk):
    now = timezone.now()
    for subject, days, state in [("Later", 3, "new"), ("Late", -2, "open"), ("Done", -9, "closed"), ("Spam", -9, "spam")]:
        EnquiryFactory(subject=subject, state=state, due_at=now + dt.timedelta(days=days, minutes=1))

    response = desk.get(LIST)

    assert rows(response) == ["Late", "Later"]
    assert '<span class="care">overdue: 1 day</span>'.replace(" day<", "\u00a0day<") in response.content.decode()
    assert "in 3\u00a0days" in response.content.decode()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("state=closed", ["Done"]),
        ("state=spam", ["Spam"]),
        ("state=all", ["Spam", "Done", "Mine", "Theirs"]),
        ("due=overdue", ["Theirs"]),
        ("due=later", ["Mine"]),
        ("assignee=me", ["Mine"]),
        ("assignee=nobody", ["Theirs"]),
        ("assignee=others", []),
        ("language__exact=fr", ["Mine"]),
        ("mailbox=programme", ["Theirs", "Mine"]),
        ("q=fdw-7kq4", ["Done"]),
        ("q=theirs@", ["Theirs"]),
        ("q=Spam", ["Spam"]),
        ("state=nonsense", ["Theirs", "Mine"]),
    ],
)
def test_queue_is_filtered_and_searched(desk, staff, query, found):
    now = timezone.now()
    EnquiryFactory(subject="Theirs", due_at=now - dt.timedelta(days=1), email="theirs@x.example")
    EnquiryFactory(subject="Mine", language="fr", assignee=staff, due_at=now + dt.timedelta(days=1))
    EnquiryFactory(subject="Done", state="closed", reference="FDW-7KQ4-M2", mailbox="clinic.1", due_at=now)
    EnquiryFactory(subject="Spam", state="spam", mailbox="clinic.1", due_at=now)

    assert rows(desk.get(f"{LIST}?{query}")) == found


def test_queue_costs_the_same_with_one_row_and_with_three(desk):
    def cost():
        with CaptureQueriesContext(connection) as seen:
            assert desk.get(LIST).status_code == 200
        return len(seen)

    EnquiryFactory(assignee=UserFactory(is_staff=True))
    cost()
    one = cost()
    for _n in range(2):
        EnquiryFactory(assignee=UserFactory(is_staff=True))

    assert one == cost() <= 12


def test_page_costs_the_same_with_one_message_and_with_three(desk, enquiry):
    def cost():
        with CaptureQueriesContext(connection) as seen:
            assert desk.get(page(enquiry)).status_code == 200
        return len(seen)

    enquiry.messages.get().attachments.add(stored(enquiry.audience))
    answering.note(enquiry=enquiry, actor=UserFactory(is_staff=True), text="One")
    cost()
    one = cost()
    for n in range(2):
        said = answering.note(enquiry=enquiry, actor=UserFactory(is_staff=True), text=f"And {n}")
        said.attachments.add(stored(enquiry.audience))

    assert one == cost() <= 20


def test_desk_says_how_much_waits_since_when_and_what_is_held(staff):
    with time_machine.travel(NOW - dt.timedelta(days=9), tick=False):
        old = EnquiryFactory(due_at=NOW - dt.timedelta(days=2))
        EnquiryFactory(state="closed")
        EnquiryFactory(state="spam")
    with time_machine.travel(NOW - dt.timedelta(days=3), tick=False):
        EnquiryFactory(due_at=NOW + dt.timedelta(days=2))
        write_on(enquiry=old, text="Any news?")

    with time_machine.travel(NOW, tick=False):
        waiting, late, held = registry.desk["mailbox"](staff)

    assert (waiting.count, waiting.note.replace("\u00a0", " ")) == (2, "oldest: 3 days")
    assert (late.count, held.count) == (1, 1)


def test_desk_is_quiet_when_nothing_waits_and_for_who_may_not_read(staff):
    assert [(line.count, line.note) for line in registry.desk["mailbox"](staff)] == [(0, ""), (0, ""), (0, "")]
    assert registry.desk["mailbox"](member()) == []


# Answering ----------------------------------------------------------------------------------------
def test_canned_answer_is_put_in_the_writers_language_with_her_name_and_reference(desk, enquiry):
    words = texts("name", "Title") | {
        f"body_{code}": f"{code}: Dear {{name}}, {{reference}}. 100 % {{other}}" for code in ("en", "fr", "es")
    }
    CannedAnswer.objects.create(code="hello", **words)

    response = step(desk, enquiry, "use", "Bonjour.", canned="hello")

    assert response.context["text"] == f"Bonjour.\n\nfr: Dear Émilie, {enquiry.reference}. 100 % {{other}}"
    assert step(desk, enquiry, "use", "", canned="hello").context["text"].startswith("fr: Dear Émilie")
    assert step(desk, enquiry, "use", "Bonjour.", canned="gone").context["text"] == "Bonjour."
    assert not Message.objects.filter(kind="reply").exists()


def test_letter_is_looked_at_and_then_sent_just_so(desk, enquiry, staff, mailoutbox):
    preview = step(desk, enquiry, "preview")
    shown = preview.context["letter"]
    assert not Letter.objects.exists()

    response = step(desk, enquiry, "send", previewed=hidden(preview, "previewed"))
    ledger.deliver()

    enquiry.refresh_from_db()
    assert response["Location"] == page(enquiry)
    assert (enquiry.state, enquiry.assignee) == (EnquiryState.WAITING, staff)
    sent = mailoutbox[0]
    assert (sent.subject, sent.body, sent.to) == (shown.subject, shown.text, ["emilie@labour.example"])
    assert Event.objects.about(enquiry).get().act == "answer enquiry"


def test_nothing_is_sent_without_a_look(desk, enquiry):
    response = step(desk, enquiry, "send")

    assert response.status_code == 200
    assert "Look once more" in response.content.decode()
    assert not Letter.objects.exists()
    assert enquiry.messages.count() == 1


def test_what_changed_after_the_look_is_shown_again(desk, enquiry):
    mark = hidden(step(desk, enquiry, "preview"), "previewed")

    response = step(desk, enquiry, "send", "Non.", previewed=mark)

    assert response.context["changed"]
    assert "Non." in response.content.decode()
    assert not Letter.objects.exists()


def test_double_click_on_send_is_one_answer(desk, enquiry, staff):
    seen = answering.last_message(enquiry)
    for _n in range(2):
        answering.reply(enquiry=enquiry, actor=staff, text="Oui.", seen=seen)

    assert enquiry.messages.filter(kind="reply").count() == 1
    assert Letter.objects.count() == 1


def test_second_of_two_who_answer_sees_that_an_answer_came(desk, client_of, enquiry):
    colleague = UserFactory(is_staff=True, is_superuser=True, name="Quick Colleague")
    seen = answering.last_message(enquiry)
    mark = hidden(step(desk, enquiry, "preview"), "previewed")
    answering.reply(enquiry=enquiry, actor=colleague, text="Already answered.", seen=seen)

    response = step(desk, enquiry, "send", seen=seen, previewed=mark)

    said = response.content.decode()
    assert response.status_code == 400
    assert "Another message has come since you opened this page" in said
    assert "Already answered." in said
    assert "Oui, bien sûr." in said
    assert enquiry.messages.filter(kind="reply").count() == 1
    again = step(desk, enquiry, "preview", seen=hidden(response, "seen"))
    assert again.context["letter"].text.startswith("Oui, bien sûr.")


@pytest.mark.django_db(transaction=True)
def test_two_answers_at_the_same_moment_are_one_and_a_refusal(at_once):
    enquiry = EnquiryFactory()
    people = [UserFactory(is_staff=True) for _n in range(2)]
    seen = answering.last_message(enquiry)

    results = at_once(*[lambda who=who: answering.reply(enquiry=enquiry, actor=who, text="Yes.", seen=seen) for who in people])

    refused = [one for one in results if isinstance(one, DomainError)]
    assert [one.code for one in refused] == ["meanwhile"]
    assert enquiry.messages.filter(kind="reply").count() == 1


def test_writer_who_wrote_meanwhile_is_not_overlooked(desk, enquiry):
    seen = answering.last_message(enquiry)
    write_on(enquiry=enquiry, text="I have found it myself")

    response = step(desk, enquiry, "preview", seen=seen)

    assert response.status_code == 400
    assert "I have found it myself" in response.content.decode()


@pytest.mark.parametrize(
    ("text", "code"), [("", "empty"), (" \n ", "empty"), ("x" * (LONGEST + 1), "long")], ids=["empty", "spaces", "long"]
)
def test_impossible_answer_is_refused_beside_the_field(desk, enquiry, text, code):
    response = step(desk, enquiry, "preview", text)

    assert response.status_code == 400
    assert response.context["refusal"].code == code
    assert not Letter.objects.exists()


@pytest.mark.parametrize("seen", ["", "x", "-1", "9" * 30, "٣"])
def test_odd_number_of_the_last_message_counts_as_none(desk, enquiry, seen):
    assert step(desk, enquiry, "preview", seen=seen).status_code == 400


def test_held_mail_is_not_answered(desk, staff):
    enquiry = EnquiryFactory(state="spam", suspicion="trap")

    assert "it filled a field that people do not see" in desk.get(page(enquiry)).content.decode()
    with pytest.raises(DomainError) as refusal:
        answering.reply(enquiry=enquiry, actor=staff, text="Hello", seen=answering.last_message(enquiry))
    assert refusal.value.code == "held"


def test_answer_may_close_the_conversation(desk, enquiry):
    preview = step(desk, enquiry, "preview", close="on")
    step(desk, enquiry, "send", close=hidden(preview, "close"), previewed=hidden(preview, "previewed"))

    enquiry.refresh_from_db()
    assert enquiry.state == EnquiryState.CLOSED
    assert enquiry.closed_at


# Files --------------------------------------------------------------------------------------------
def test_file_is_attached_shown_taken_away_and_sent(desk, enquiry, staff, mailoutbox):
    for name in ("one.pdf", "two.pdf"):
        step(desk, enquiry, "attach", upload=SimpleUploadedFile(name, PDF))
    one, two = answering.laid_ready(enquiry=enquiry, actor=staff)
    preview = step(desk, enquiry, "preview", take_away=str(one.key))

    assert "two.pdf" in preview.content.decode()
    assert "one.pdf" not in preview.content.decode()
    step(desk, enquiry, "send", previewed=hidden(preview, "previewed"))
    ledger.deliver()

    assert [name for name, _body, _kind in mailoutbox[0].attachments] == ["two.pdf"]
    assert enquiry.messages.last().attachments.get() == two
    assert not one.file.storage.exists(one.file.name)


def test_file_attached_after_the_look_is_looked_at_first(desk, enquiry):
    mark = hidden(step(desk, enquiry, "preview"), "previewed")
    step(desk, enquiry, "attach", upload=SimpleUploadedFile("late.pdf", PDF))

    assert step(desk, enquiry, "send", previewed=mark).context["changed"]
    assert not Letter.objects.exists()


@pytest.mark.parametrize("body", [b"", b"MZ\x90 program", b"<script>"])
def test_file_of_another_kind_is_refused_and_the_text_stays(desk, enquiry, body):
    response = step(desk, enquiry, "preview", upload=SimpleUploadedFile("answer.pdf", body))

    assert response.status_code == 400
    assert response.context["refusal"].field == "upload"
    assert "Oui, bien sûr." in response.content.decode()
    assert not StoredFile.objects.exists()


def test_sixth_file_is_refused(desk, enquiry):
    statuses = [step(desk, enquiry, "attach", upload=SimpleUploadedFile(f"{n}.pdf", PDF)).status_code for n in range(6)]

    assert statuses == [200] * 5 + [400]


def test_what_was_left_lying_for_a_day_goes(enquiry, staff):
    with time_machine.travel(NOW, tick=False):
        answering.lay_ready(enquiry=enquiry, actor=staff, upload=SimpleUploadedFile("old.pdf", PDF))
    with time_machine.travel(NOW + dt.timedelta(days=2), tick=False):
        answering.lay_ready(enquiry=enquiry, actor=staff, upload=SimpleUploadedFile("new.pdf", PDF))

    assert [one.name for one in answering.laid_ready(enquiry=enquiry, actor=staff)] == ["new.pdf"]


# Beside the answer --------------------------------------------------------------------------------
def test_note_is_kept_for_the_team(desk, enquiry, visitor):
    desk.post(page(enquiry, "note"), {"note": "Ask Turin"})

    assert "Ask Turin" in desk.get(page(enquiry)).content.decode()
    assert "Ask Turin" not in visitor.get(enquiry.get_absolute_url()).content.decode()
    assert desk.post(page(enquiry, "note"), {"note": " "}).status_code == 400
    assert desk.post(page(enquiry, "note"), {"note": "x" * (LONGEST + 1)}).status_code == 400


def test_note_does_not_count_as_an_answer(enquiry, staff):
    seen = answering.last_message(enquiry)
    answering.note(enquiry=enquiry, actor=staff, text="Ask Turin")

    assert answering.reply(enquiry=enquiry, actor=staff, text="Oui.", seen=seen)


def test_mail_is_taken_given_and_given_back(desk, enquiry, staff):
    colleague = UserFactory(is_staff=True, name="Quick Colleague")

    def assignee():
        enquiry.refresh_from_db()
        return enquiry.assignee

    desk.post(page(enquiry, "assign"), {"mine": "1"})
    assert assignee() == staff
    desk.post(page(enquiry, "assign"), {"assignee": colleague.pk})
    assert assignee() == colleague
    desk.post(page(enquiry, "assign"), {"assignee": ""})
    assert assignee() is None
    assert desk.post(page(enquiry, "assign"), {"assignee": UserFactory().pk}).status_code == 400
    assert Event.objects.about(enquiry).filter(act="assign enquiry").count() == 3


def test_nobody_outside_the_team_is_assigned(enquiry, staff, participant):
    with pytest.raises(DomainError) as refusal:
        answering.assign(enquiry=enquiry, actor=staff, assignee=participant)
    assert refusal.value.code == "not_staff"


def test_day_of_the_answer_is_changed(desk, enquiry):
    desk.post(page(enquiry, "due"), {"due": "2026-12-24"})

    enquiry.refresh_from_db()
    assert enquiry.due_at == dt.datetime(2026, 12, 24, 17, 0, tzinfo=dt.UTC)  # six in the evening in Rome
    for odd in ("", "soon", "0001-01-01", "9999-12-31"):
        assert desk.post(page(enquiry, "due"), {"due": odd}).status_code == 400
    enquiry.refresh_from_db()
    assert enquiry.due_at.year == 2026


@pytest.mark.parametrize(
    ("before", "act", "after"),
    [
        ("new", "close", "closed"),
        ("closed", "reopen", "open"),
        ("waiting", "reopen", "open"),
        ("new", "hold", "spam"),
        ("spam", "release", "new"),
        ("spam", "close", "spam"),
        ("new", "release", "new"),
        ("new", "nonsense", "new"),
    ],
)
def test_state_turns_as_the_button_says(desk, before, act, after):
    enquiry = EnquiryFactory(state=before)

    assert desk.post(page(enquiry, "turn"), {"act": act}).status_code == 302

    enquiry.refresh_from_db()
    assert enquiry.state == after
    assert Event.objects.about(enquiry).count() == (before != after)


@pytest.mark.parametrize("state", EnquiryState.values)
def test_page_offers_the_acts_that_fit(desk, state):
    enquiry = EnquiryFactory(state=state)
    offered = {name for name, _label in acts_for(enquiry)}
    said = desk.get(page(enquiry)).content.decode()

    assert offered
    assert set(re.findall(r'name="act" value="(\w+)"', said)) == offered
    assert ("release" in offered) is (state == "spam")


def test_conversation_is_deleted_at_its_writers_wish_with_a_reason(desk, enquiry):
    kept = stored(enquiry.audience)
    enquiry.messages.get().attachments.add(kept)
    address = page(enquiry, "forget")

    assert desk.get(address).status_code == 200
    assert desk.post(address, {"reason": " "}).status_code == 400
    assert desk.post(address, {"reason": "She asked by phone"})["Location"] == LIST

    assert not Enquiry.objects.exists()
    assert not StoredFile.objects.filter(pk=kept.pk).exists()
    event = Event.objects.get(act="forget enquiry")
    assert (event.reason, "Une place" in event.object_name) == ("She asked by phone", False)


def test_logs_of_the_administration_never_hold_what_the_writer_said(desk, enquiry):
    shown = step(desk, enquiry, "preview", "Oui.")
    step(desk, enquiry, "send", "Oui.", previewed=shown.context["mark"])

    entry = LogEntry.objects.get()
    assert enquiry.reference in entry.object_repr
    assert enquiry.subject not in entry.object_repr


# Who may ------------------------------------------------------------------------------------------
ACTS = ["answer", "note", "assign", "due", "turn"]


def test_who_may_only_look_sees_no_forms(client_of, enquiry):
    browser = client_of(member("view_enquiry"))

    assert browser.get(LIST).status_code == 200
    said = browser.get(page(enquiry)).content.decode()
    assert "Une place" in said
    assert "<textarea" not in said
    assert [browser.post(page(enquiry, act), {"act": "close"}).status_code for act in ACTS] == [403] * 5
    assert browser.get(page(enquiry, "forget")).status_code == 403


def test_who_may_answer_may_not_delete(client_of, enquiry):
    browser = client_of(member("view_enquiry", "change_enquiry"))

    assert step(browser, enquiry, "preview").status_code == 200
    assert browser.post(page(enquiry, "forget"), {"reason": "x"}).status_code == 403


@pytest.mark.parametrize("act", ["change", *ACTS, "forget"])
def test_who_may_nothing_is_refused(client_of, participant, enquiry, act):
    method = "get" if act in ("change", "forget") else "post"

    assert getattr(client_of(member()), method)(page(enquiry, act)).status_code == 403
    assert getattr(client_of(participant), method)(page(enquiry, act)).status_code in (302, 403)


@pytest.mark.parametrize("pk", ["0", "999999999999999999", "x", "٣"])
def test_unknown_enquiry_is_404(desk, pk):
    assert desk.get(f"{LIST}{pk}/change/").status_code == 404


def test_acts_are_never_links(desk, enquiry):
    assert [desk.get(page(enquiry, act)).status_code for act in ACTS] == [405] * 5


def test_page_is_never_kept(desk, enquiry):
    assert "no-store" in desk.get(page(enquiry))["Cache-Control"]
