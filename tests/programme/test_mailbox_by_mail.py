"""The mailbox by mail: answers that hang together, and mail that joins its conversation or begins one."""

import io
from email.message import EmailMessage

import pytest
from django.core import mail as outgoing
from PIL import Image

from accounts.services import erase, merge_accounts
from core import registry
from core.models import Event, StoredFile
from programme.correspondence import ADDRESS
from programme.enums import EnquiryState
from programme.models import Enquiry, Message
from programme.services import answering
from programme.services.mailbox import LONGEST_KEPT, take_in, write_on
from reminders import services as ledger
from reminders.enums import MailState
from reminders.inbound.addresses import general_address, reply_address
from reminders.inbound.services import receive
from reminders.models import InboundMail, Letter
from tests.factories import EnquiryFactory, UserFactory
from tests.guards.cast import stored

pytestmark = pytest.mark.django_db
GRACE = "grace@labour.example"


def jpeg() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 8), "white").save(out, "JPEG")
    return out.getvalue()


def letter_in(text: str = "May our union take part?", *, to: str = "", sender: str = GRACE, mid: str = "1", **more) -> bytes:
    """Return a mail as it comes in. Args: more: subject, picture, headers."""
    mail = EmailMessage()
    mail["From"], mail["To"] = f"Grace Visitor <{sender}>", to or general_address()
    mail["Subject"], mail["Message-ID"] = more.get("subject", "A seat"), f"<{mid}@labour.example>"
    for name, value in more.get("headers", {}).items():
        mail[name] = value
    mail.set_content(text)
    if more.get("picture"):
        mail.add_attachment(jpeg(), maintype="image", subtype="jpeg", filename="badge.jpg")
    return mail.as_bytes()


def answered(enquiry: Enquiry, staff, text: str = "Yes, she may.", **more) -> Message:
    return answering.reply(enquiry=enquiry, actor=staff, text=text, seen=answering.last_message(enquiry), **more)


def reply_to(enquiry: Enquiry) -> str:
    return reply_address(ADDRESS, str(enquiry.pk))


# Going out ----------------------------------------------------------------------------------------
def test_answer_is_a_letter_of_a_person_that_can_be_answered(staff):
    enquiry = take_in(name="Grace", email=GRACE, subject="A seat", text="May we?", language="en")
    ledger.deliver()
    answered(enquiry, staff, "Yes, she may.\n\nSee https://fdw.example/?a=1&b=2")
    ledger.deliver()

    receipt, answer = outgoing.outbox
    assert answer.to == [GRACE]
    assert enquiry.reference in answer.subject
    assert "A seat" in answer.subject
    assert answer.body.startswith("Yes, she may.\n\nSee https://fdw.example/?a=1&b=2\n\nDemo Staff")
    assert answer.reply_to == receipt.reply_to == [reply_to(enquiry)]
    assert answer.extra_headers["In-Reply-To"] == receipt.extra_headers["Message-ID"]
    assert "Auto-Submitted" not in answer.extra_headers
    assert "Auto-Submitted" in receipt.extra_headers


def test_thread_holds_all_that_came_and_went_oldest_first(staff):
    receive(letter_in())
    enquiry = Enquiry.objects.get()
    ledger.deliver()
    receive(letter_in("And my colleague?", to=reply_to(enquiry), mid="2"))
    answered(enquiry, staff)
    ledger.deliver()

    receipt, answer = outgoing.outbox
    assert receipt.extra_headers["In-Reply-To"] == "<1@labour.example>"
    assert receipt.extra_headers["Auto-Submitted"] == "auto-replied"
    ids = ["<1@labour.example>", receipt.extra_headers["Message-ID"], "<2@labour.example>"]
    assert answer.extra_headers["References"].split() == ids
    assert answer.extra_headers["In-Reply-To"] == "<2@labour.example>"


def test_answer_to_a_member_stands_in_her_inbox_in_her_language(staff, participant_fr):
    enquiry = take_in(name="P", email=participant_fr.email, subject="Une place", text="?", language="fr", user=participant_fr)
    answered(enquiry, staff, "Oui.")
    ledger.deliver()

    rows = Letter.objects.filter(kind="programme.enquiry_reply")
    assert {(row.channel, row.state, row.language) for row in rows} == {("mail", "sent", "fr"), ("inbox", "sent", "fr")}
    assert rows.first().url == f"/fr/contact/{enquiry.key}/"


def test_answer_to_a_closed_account_goes_to_its_address(staff, participant):
    enquiry = EnquiryFactory(user=participant, email=participant.email)
    participant.is_active = False
    participant.save()

    answered(Enquiry.objects.get(pk=enquiry.pk), staff)

    assert Letter.objects.get(kind="programme.enquiry_reply").address == participant.email


def test_files_of_an_answer_go_with_it(staff):
    enquiry = EnquiryFactory(email=GRACE)
    ready = stored(answering.draft_audience(enquiry, staff))
    others = stored(answering.draft_audience(enquiry, UserFactory(is_staff=True)))
    answered(enquiry, staff)
    ledger.deliver()

    assert [name for name, _body, _kind in outgoing.outbox[0].attachments] == [ready.name]
    ready.refresh_from_db()
    others.refresh_from_db()
    assert ready.audience == enquiry.audience
    assert others.audience != enquiry.audience


def test_colleague_is_told_what_was_assigned_to_her_and_nothing_she_took_herself(staff):
    colleague = UserFactory(is_staff=True)
    enquiry = EnquiryFactory()

    answering.assign(enquiry=enquiry, actor=staff, assignee=staff)
    assert not Letter.objects.exists()
    answering.assign(enquiry=enquiry, actor=staff, assignee=colleague)
    answering.assign(enquiry=enquiry, actor=staff, assignee=colleague)
    ledger.deliver()

    assert {row.recipient for row in Letter.objects.all()} == {colleague}
    assert outgoing.outbox[0].body.count(f"/admin/programme/enquiry/{enquiry.pk}/change/") == 1


def test_assignment_that_was_taken_back_is_not_told(staff):
    colleague = UserFactory(is_staff=True)
    enquiry = EnquiryFactory()
    answering.assign(enquiry=enquiry, actor=staff, assignee=colleague)
    answering.assign(enquiry=enquiry, actor=staff, assignee=None)

    assert ledger.deliver() == 0


# Coming in ----------------------------------------------------------------------------------------
def test_mail_to_the_general_address_begins_a_conversation_in_its_language():
    text = "Bonjour,\n\nLe syndicat peut-il prendre part à la clinique ? Merci pour votre réponse.\n"

    row = receive(letter_in(text, subject="Une question", picture=True))

    enquiry = Enquiry.objects.get()
    assert (row.state, row.target) == (MailState.HANDLED, f"programme.enquiry:{enquiry.pk}")
    assert (enquiry.name, enquiry.email, enquiry.language, enquiry.subject, enquiry.user) == (
        "Grace Visitor",
        GRACE,
        "fr",
        "Une question",
        None,
    )
    message = enquiry.messages.get()
    assert message.text.startswith("Bonjour,\n\nLe syndicat")
    assert message.attachments.get().audience == enquiry.audience
    assert Letter.objects.get().language == "fr"


def test_same_mail_twice_is_one_conversation():
    receive(letter_in())
    receive(letter_in())

    assert Enquiry.objects.count() == Letter.objects.count() == 1


def test_automatic_answer_begins_nothing():
    row = receive(letter_in(headers={"Auto-Submitted": "auto-replied"}))

    assert row.state == MailState.AUTOMATIC
    assert not Enquiry.objects.exists()


def test_mail_without_subject_or_text_is_still_heard():
    receive(letter_in("\n", subject="Please call me"))
    receive(letter_in("Hello from us, and thank you for this.", subject="", mid="2"))

    assert [one.messages.get().text for one in Enquiry.objects.order_by("pk")] == [
        "Please call me",
        "Hello from us, and thank you for this.",
    ]
    assert Enquiry.objects.order_by("pk").last().subject == "A message without a subject"


def test_subject_of_nothing_but_marks_that_are_not_kept_is_no_subject():
    row = receive(letter_in(subject="\u202a\u202c"))

    assert row.state == MailState.HANDLED
    assert Enquiry.objects.get().subject == "A message without a subject"


def test_answer_from_an_address_that_could_not_be_kept_waits_for_staff():
    enquiry = EnquiryFactory(email=GRACE)
    raw = letter_in("I answer for her.", to=reply_to(enquiry)).replace(GRACE.encode(), "élodie@travail.example".encode())

    row = receive(raw)

    assert (row.state, row.sender) == (MailState.REFUSED, "élodie@travail.example")
    assert enquiry.messages.count() == 1


def test_longest_mail_is_cut_and_kept():
    receive(letter_in("word " * 30_000))

    assert len(Message.objects.get().text) <= LONGEST_KEPT


@pytest.mark.parametrize("state", ["waiting", "closed", "new"])
def test_answer_by_mail_joins_its_conversation_and_opens_it(staff, state):
    enquiry = EnquiryFactory(email=GRACE, state=state)

    row = receive(letter_in("Thank you.\n\n> Yes, she may.", to=reply_to(enquiry), picture=True))

    enquiry.refresh_from_db()
    message = enquiry.messages.last()
    assert row.state == MailState.HANDLED
    assert (message.kind, message.text, message.sender) == ("incoming", "Thank you.", "")
    assert message.attachments.get().audience == enquiry.audience
    assert enquiry.state == (EnquiryState.NEW if state == "new" else EnquiryState.OPEN)
    assert not Letter.objects.exists()  # acknowledged once, when it began


def test_answer_from_another_address_shows_that_address(staff, visitor):
    enquiry = EnquiryFactory(email=GRACE)

    receive(letter_in("I answer for her.", to=reply_to(enquiry), sender="colleague@labour.example"))

    assert enquiry.messages.last().written_by == "colleague@labour.example"
    assert "colleague@labour.example" in visitor.get(enquiry.get_absolute_url()).content.decode()


def test_members_other_confirmed_address_is_hers(participant):
    participant.emailaddress_set.create(email="Grace@Home.example", verified=True)
    participant.emailaddress_set.create(email="claimed@home.example", verified=False)
    enquiry = EnquiryFactory(user=participant, email=participant.email)

    receive(letter_in("From home.", to=reply_to(enquiry), sender="grace@home.example"))
    receive(letter_in("Claimed.", to=reply_to(enquiry), sender="claimed@home.example", mid="2"))

    assert [m.sender for m in enquiry.messages.all()][1:] == ["", "claimed@home.example"]


def test_reference_in_the_subject_joins_the_conversation_of_its_writer_alone():
    enquiry = EnquiryFactory(email=GRACE, reference="FDW-7KQ4-M2")

    receive(letter_in("More.", subject="Re: fdw-7kq4-m2 again"))
    receive(letter_in("Not mine.", subject="FDW-7KQ4-M2", sender="thief@x.example", mid="2"))

    assert [m.text for m in enquiry.messages.all()] == ["How do I apply?", "More."]
    assert Enquiry.objects.count() == 2


def test_answer_to_a_deleted_conversation_is_told_so(staff):
    enquiry = EnquiryFactory(email=GRACE)
    address = reply_to(enquiry)
    answering.forget_enquiry(enquiry=enquiry, actor=staff, reason="asked")

    row = receive(letter_in(to=address))

    assert row.state == MailState.UNKNOWN
    assert Letter.objects.get().kind == "reminders.unknown_sender"


def test_what_is_held_stays_held_when_it_is_answered(staff):
    enquiry = EnquiryFactory(email=GRACE, state="spam", suspicion="trap")

    receive(letter_in("Buy more.", to=reply_to(enquiry)))

    enquiry.refresh_from_db()
    assert enquiry.state == EnquiryState.SPAM
    assert enquiry.messages.count() == 2


def test_many_mails_of_one_address_are_held_and_kept():
    for n in range(7):
        receive(letter_in(f"Message {n} of this and that", mid=str(n), subject=f"{n}"))

    assert Enquiry.objects.count() == 7
    assert Enquiry.objects.held().count() == 2


# A person's own -----------------------------------------------------------------------------------
def theirs(user) -> dict:
    return {table: list(rows) for table, rows in registry.exporters["programme"](user)}


def test_person_is_handed_out_what_she_wrote_signed_in_or_not(participant, staff):
    mine = EnquiryFactory(user=participant, email="old@x.example")
    mailed = EnquiryFactory(email=participant.email)
    EnquiryFactory()
    answering.note(enquiry=mine, actor=staff, text="Internal")
    answered(mine, staff, "Yes.")

    found = theirs(participant)

    assert [row["reference"] for row in found["enquiries"]] == [mine.reference, mailed.reference]
    assert [row["text"] for row in found["messages"]] == ["How do I apply?", "How do I apply?", "Yes."]


def test_person_is_handed_out_what_she_wrote_in_anothers_conversation_and_nothing_else_of_it(participant, outsider):
    others = EnquiryFactory(user=outsider, email=outsider.email, text="Not hers")
    write_on(enquiry=others, text="I join in", user=participant)

    assert [row["text"] for row in theirs(participant)["messages"]] == ["I join in"]


def test_erased_person_leaves_no_word_file_or_letter(participant, staff, outsider):
    enquiry = EnquiryFactory(user=participant, email=participant.email, subject="My secret")
    kept = stored(enquiry.audience)
    enquiry.messages.get().attachments.add(kept)
    answering.assign(enquiry=enquiry, actor=staff, assignee=UserFactory(is_staff=True))
    answering.close(enquiry=enquiry, actor=staff)
    receive(letter_in("By mail.", to=reply_to(enquiry), sender="colleague@x.example"))
    others = EnquiryFactory(user=outsider, email=outsider.email)
    write_on(enquiry=others, text="I join in", user=participant)
    mailed = EnquiryFactory(email=participant.email.upper().lower())

    erase(user=participant)

    assert set(Enquiry.objects.all()) == {others}
    assert [m.text for m in others.messages.all()] == ["How do I apply?"]
    assert not StoredFile.objects.filter(pk=kept.pk).exists()
    assert not kept.file.storage.exists(kept.file.name)
    assert not Letter.objects.filter(target__startswith="programme.enquiry:").exclude(target__endswith=f":{others.pk}").exists()
    assert not Event.objects.filter(object_name__contains="My secret").exists()
    assert not InboundMail.objects.filter(text__contains="By mail").exists()
    assert not Enquiry.objects.filter(pk=mailed.pk).exists()


def test_unconfirmed_claim_to_an_address_hands_out_and_erases_nothing(outsider):
    outsider.emailaddress_set.create(email=GRACE, verified=False)
    enquiry = EnquiryFactory(email=GRACE)

    assert theirs(outsider)["enquiries"] == []
    erase(user=outsider)
    assert Enquiry.objects.get() == enquiry


def test_erased_colleague_leaves_her_answers_without_a_name(staff):
    helper = UserFactory(is_staff=True, name="Helpful Colleague")
    enquiry = EnquiryFactory(assignee=helper)
    answered(enquiry, helper)

    erase(user=helper)

    enquiry.refresh_from_db()
    assert enquiry.assignee is None
    assert enquiry.messages.last().written_by == ""


def test_merged_accounts_share_one_list(participant, staff):
    keep = UserFactory()
    enquiry = EnquiryFactory(user=participant, email=participant.email)

    merge_accounts(keep=keep, drop=participant, actor=staff, reason="one person")

    enquiry.refresh_from_db()
    assert enquiry.user == enquiry.messages.get().author == keep
