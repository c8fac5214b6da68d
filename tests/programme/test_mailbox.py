"""Writing to the programme: the form, what is held as spam, the conversation and its address."""

import datetime as dt
import re

import pytest
import time_machine
from django.core import mail
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from core import registry
from core.models import Event, Once
from core.translations import LANGUAGES
from programme.enums import EnquiryState
from programme.forms.mailbox import AGAIN, EnquiryForm, Stamp
from programme.models import CannedAnswer, Enquiry, Message
from programme.services import answering
from programme.services.mailbox import LONGEST, RECEIPTS_A_DAY, answer_due, new_reference, one_line, take_in, write_on
from programme.suspicion import REASONS, in_words
from programme.views.mailbox import FLOOD, MANY
from reminders import services as ledger
from reminders.models import Letter
from tests.factories import EnquiryFactory, UserFactory
from tests.guards.cast import stored

pytestmark = pytest.mark.django_db
SUNDAY = dt.datetime(2026, 11, 22, 12, 0, tzinfo=dt.UTC)
WORDS = {"name": "Grâce N’Diaye", "email": "grace@labour.example", "subject": "A seat", "text": "May our union take part?"}


def stamped() -> str:
    """Return the hidden part of a form that was shown long enough ago to be written in."""
    return Stamp.new(AGAIN)


def send(browser=None, language="en", **changed):
    """Fill the form and send it; the answer of the portal."""
    data = WORDS | {"stamp": stamped(), "homepage": ""} | changed
    return (browser or Client()).post(f"/{language}/contact/", data)


def asked(**facts) -> Enquiry:
    return take_in(**(WORDS | {"language": "en"} | facts))


def refusals(response) -> dict:
    """Return the fields that a form refused, with the words beside them."""
    return {name: " ".join(said) for name, said in response.context["form"].errors.items()}


# The form -----------------------------------------------------------------------------------------
def test_visitor_asks_and_is_thanked_with_a_reference(visitor):
    response = visitor.post("/fr/contact/", WORDS | {"stamp": stamped()}, follow=True)

    enquiry = Enquiry.objects.get()
    page = response.content.decode()
    assert response.redirect_chain[0][0].startswith("/fr/contact/thanks/?of=")
    assert enquiry.reference in page
    assert f'href="/fr/contact/{enquiry.key}/"' in page
    assert (enquiry.name, enquiry.email, enquiry.language, enquiry.state) == (
        "Grâce N’Diaye",
        "grace@labour.example",
        "fr",
        EnquiryState.NEW,
    )
    assert [(m.kind, m.text, m.author) for m in enquiry.messages.all()] == [("incoming", "May our union take part?", None)]


def test_reference_is_readable_and_never_given_twice(monkeypatch):
    references = {new_reference() for _n in range(100)}
    assert len(references) == 100
    assert all(re.fullmatch(r"FDW-[2-9A-HJKMNP-TV-Z]{4}-[2-9A-HJKMNP-TV-Z]{2}", one) for one in references)

    EnquiryFactory(reference="FDW-2222-22")
    letters = iter("222222" + "333333")
    monkeypatch.setattr("programme.services.mailbox.secrets.choice", lambda _letters: next(letters))
    assert new_reference() == "FDW-3333-33"


def test_answer_is_due_five_working_days_later_where_the_team_sits():
    assert answer_due(SUNDAY).isoformat() == "2026-11-27T13:00:00+01:00"
    friday = dt.datetime(2026, 11, 27, 23, 30, tzinfo=dt.UTC)  # Saturday already, in Turin
    assert answer_due(friday).date() == dt.date(2026, 12, 4)


def test_signed_in_writer_is_prefilled_and_writes_from_her_own_address(client_of, participant):
    browser = client_of(participant)

    form = browser.get("/en/contact/").content.decode()
    send(browser, email="somebody@else.example", name="Grace")

    assert 'value="Demo Participant"' in form
    assert re.search(r'name="email"[^>]*value="participant@demo.example"[^>]*disabled', form)
    enquiry = Enquiry.objects.get()
    assert (enquiry.email, enquiry.user, enquiry.messages.get().author) == (participant.email, participant, participant)


def test_to_whom_is_asked_only_where_there_is_a_choice(visitor, monkeypatch):
    assert 'name="to"' not in visitor.get("/en/contact/").content.decode()

    monkeypatch.setitem(registry.mailboxes._offers, "clinics", lambda user: [("clinic.12", "Clinic in Lilongwe")])
    page = visitor.get("/en/contact/?to=clinic.12").content.decode()
    refused = send(visitor, to="clinic.13")
    send(visitor, to="clinic.12")

    assert re.search(r'<option value="clinic.12" selected>\s*Clinic in Lilongwe', page)
    assert list(refusals(refused)) == ["to"]
    assert Enquiry.objects.get().mailbox == "clinic.12"


def test_form_says_why_it_asks_and_how_long_an_answer_takes(visitor):
    page = visitor.get("/en/contact/").content.decode()

    assert "We ask for your name and address to answer you" in page
    assert "within 5 working days" in page
    assert 'content="noindex"' not in page


@pytest.mark.parametrize("address", ["", "grace", "grace@", "grace@x", "a@b.example, c@d.example", "a b@x.example"])
def test_wrong_address_is_refused_beside_the_field_and_the_text_stays(address):
    response = send(email=address)

    assert response.status_code == 400
    assert list(refusals(response)) == ["email"]
    assert "May our union take part?" in response.content.decode()
    assert not Enquiry.objects.exists()


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\u2028", "\x0b", "\x85"])
@pytest.mark.parametrize("field", ["name", "subject", "email"])
def test_second_line_in_a_head_is_refused(field, end):
    response = send(**{field: f"{WORDS[field]}{end}Bcc: victim@x.example"})

    assert response.status_code == 400
    assert list(refusals(response)) == [field]
    assert "May our union take part?" in response.content.decode()
    assert not Enquiry.objects.exists()


def test_service_flattens_what_would_be_a_header_and_what_turns_lines_round():
    enquiry = asked(name="Grace\nBcc: x@y.example", subject="\u202eABC\u202c\tdef\r\n")

    assert enquiry.name == "Grace Bcc: x@y.example"
    assert enquiry.subject == "ABC def"
    assert one_line("שלום \u2067אב\u2069 عربي") == "שלום אב عربي"
    assert one_line(" Une\u202fquestion\u00a0: laquelle ? ") == "Une\u202fquestion\u00a0: laquelle ?"


def test_names_of_any_script_are_kept(visitor):
    send(visitor, name="أمينة 山田 Ñandú 👩🏾‍⚖️", subject="سؤال")

    enquiry = Enquiry.objects.get()
    assert enquiry.name == "أمينة 山田 Ñandú 👩🏾‍⚖️"
    page = visitor.get(enquiry.get_absolute_url()).content.decode()
    assert "<bdi>سؤال</bdi>" in page
    assert "<bdi>أمينة 山田 Ñandú 👩🏾‍⚖️</bdi>" in page


def test_text_of_one_megabyte_is_refused_and_comes_back():
    text = "A long story. " * 75_000

    response = send(text=text)

    assert response.status_code == 400
    assert "at most 20000 characters; yours has 1049999" in refusals(response)["text"]
    assert response.content.decode().count("A long story.") == 75_000
    assert not Enquiry.objects.exists()


def test_line_ends_of_browsers_do_not_count_twice():
    text = "line\r\n" * (LONGEST // 5)

    assert send(text=text).status_code == 302
    assert len(Message.objects.get().text) == LONGEST - 1


@pytest.mark.parametrize("field", ["name", "subject", "text"])
def test_nothing_but_spaces_is_nothing(field):
    assert list(refusals(send(**{field: " \t "}))) == [field]


@pytest.mark.parametrize("field", ["name", "subject"])
@pytest.mark.parametrize("nothing", ["\x01", "\u202e", "\u2066\u2069"])
def test_nothing_but_marks_that_are_not_kept_is_nothing(field, nothing):
    assert list(refusals(send(**{field: nothing}))) == [field]
    assert not Enquiry.objects.exists()


def test_page_that_was_open_for_more_than_a_day_comes_back_fresh_with_its_text(visitor):
    with time_machine.travel(SUNDAY, tick=False):
        old = Stamp.new()
    with time_machine.travel(SUNDAY + dt.timedelta(days=1, minutes=1), tick=False):
        stale = send(visitor, stamp=old)
        fresh = stale.context["form"]["stamp"].value()
        again = send(visitor, stamp=fresh)

    assert stale.status_code == 400
    assert "open for more than a day" in stale.content.decode()
    assert "May our union take part?" in stale.content.decode()
    assert again.status_code == 302
    assert Enquiry.objects.get().state == EnquiryState.NEW


@pytest.mark.parametrize("stamp", ["", "x", "a:b:c"])
def test_form_without_our_stamp_comes_back_with_its_text(stamp):
    response = send(stamp=stamp)

    assert response.status_code == 400
    assert "May our union take part?" in response.content.decode()
    assert not Enquiry.objects.exists()


# Once ---------------------------------------------------------------------------------------------
def test_double_click_is_one_enquiry_and_one_letter(visitor):
    stamp = stamped()
    first, second = send(visitor, stamp=stamp), send(visitor, stamp=stamp)

    assert first.status_code == second.status_code == 302
    assert Enquiry.objects.count() == Message.objects.count() == Letter.objects.count() == 1


def test_form_sent_again_after_its_conversation_was_deleted_begins_another(visitor, staff):
    stamp = stamped()
    send(visitor, stamp=stamp)
    answering.forget_enquiry(enquiry=Enquiry.objects.get(), actor=staff, reason="asked")

    assert send(visitor, stamp=stamp).status_code == 302
    assert Enquiry.objects.count() == 1


def test_other_words_under_the_same_form_are_not_lost(visitor):
    stamp = stamped()
    send(visitor, stamp=stamp)
    send(visitor, stamp=stamp, text="I forgot to say: three of us.")

    assert Enquiry.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_two_submits_at_the_same_moment_make_one_enquiry(at_once):
    stamp = stamped()
    answers = at_once(*[lambda: send(stamp=stamp).status_code] * 3)

    assert answers == [302, 302, 302]
    assert Enquiry.objects.count() == Message.objects.count() == Once.objects.count() == 1


# Held as spam -------------------------------------------------------------------------------------
def quick() -> str:
    return Stamp.new()


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"homepage": "https://casino.example"}, "trap"),
        ({"stamp": quick}, "quick"),
        ({"text": "Buy: " + "https://a.example " * 6}, "links"),
        ({"subject": "See www.casino.example"}, "link_in_head"),
        ({"name": "Win at https://casino.example"}, "link_in_head"),
    ],
)
def test_suspicious_mail_is_held_thanked_for_and_not_acknowledged(visitor, changed, reason):
    response = send(visitor, **{name: value() if callable(value) else value for name, value in changed.items()})

    enquiry = Enquiry.objects.get()
    thanks = visitor.get(response["Location"]).content.decode()
    assert (enquiry.state, enquiry.suspicion) == (EnquiryState.SPAM, reason)
    assert enquiry.messages.count() == 1
    assert enquiry.reference in thanks
    assert "spam" not in thanks
    assert not Letter.objects.exists()
    assert visitor.get(enquiry.get_absolute_url()).status_code == 404
    assert Event.objects.about(enquiry).get().act == "hold enquiry"


def test_five_links_are_a_question():
    assert asked(text="Which? " + "https://a.example " * 5).state == EnquiryState.NEW


def test_a_members_sources_are_not_held(participant):
    assert asked(user=participant, email=participant.email, text="https://a.example " * 9).state == EnquiryState.NEW


def test_sixth_message_of_an_address_within_an_hour_is_held_and_none_is_lost():
    with time_machine.travel(SUNDAY) as now:
        states = [asked(text=f"Message {n}").state for n in range(6)]
        now.shift(dt.timedelta(minutes=61))
        later = asked(text="Later").state

    assert states == [EnquiryState.NEW] * 5 + [EnquiryState.SPAM]
    assert later == EnquiryState.NEW
    assert Message.objects.count() == 7
    assert Enquiry.objects.get(state="spam").suspicion == "address"


def test_address_that_nobody_has_proven_gets_few_receipts_a_day_and_every_message_is_kept(participant):
    with time_machine.travel(SUNDAY, tick=False) as now:
        for _n in range(RECEIPTS_A_DAY + 2):
            asked(email="Victim@x.example")
            asked(user=participant, email=participant.email)
            now.shift(dt.timedelta(hours=2))
        assert Letter.objects.filter(address="victim@x.example").count() == RECEIPTS_A_DAY
        assert Letter.objects.filter(recipient=participant, channel="mail").count() == RECEIPTS_A_DAY + 2
        now.shift(dt.timedelta(days=1))
        asked(email="victim@x.example")
    assert Letter.objects.filter(address="victim@x.example").count() == RECEIPTS_A_DAY + 1
    assert Enquiry.objects.filter(email="victim@x.example", state="new").count() == RECEIPTS_A_DAY + 3


def test_eleventh_message_of_a_connection_within_an_hour_is_held(visitor):
    most = int(MANY["contact"].partition("/")[0])
    for n in range(most + 1):
        send(visitor, email=f"person{n}@x.example")

    assert Enquiry.objects.count() == most + 1
    assert Enquiry.objects.held().get().suspicion == "connection"


def test_flood_is_refused_with_the_text_kept(visitor, monkeypatch):
    monkeypatch.setitem(FLOOD, "contact_flood", "1/h/ip")
    send(visitor)

    response = send(visitor, text="One more question")

    assert response.status_code == 429
    assert "One more question" in response.content.decode()
    assert Enquiry.objects.count() == 1


def test_released_mail_is_acknowledged_once_and_its_page_opens(visitor, staff):
    enquiry = asked(signs=["trap"])
    answering.release(enquiry=enquiry, actor=staff)
    answering.release(enquiry=enquiry, actor=staff)

    enquiry.refresh_from_db()
    assert (enquiry.state, enquiry.suspicion) == (EnquiryState.NEW, "")
    assert Letter.objects.get().address == "grace@labour.example"
    assert visitor.get(enquiry.get_absolute_url()).status_code == 200


def test_held_spam_stays_with_all_it_says(staff):
    enquiry = asked(signs=["trap"], text="Please do not lose this")
    for act in (answering.close, answering.reopen, answering.hold):
        act(enquiry=enquiry, actor=staff)

    assert Enquiry.objects.held().get().messages.get().text == "Please do not lose this"


def test_reasons_are_words():
    assert in_words("trap links") == "it filled a field that people do not see; it holds many links"
    assert in_words("") == ""
    assert all(str(words) for words in REASONS.values())


def test_trap_is_hidden_from_everybody_but_machines(visitor):
    page = visitor.get("/en/contact/").content.decode()

    assert re.search(r'<input[^>]*name="homepage"[^>]*autocomplete="off"[^>]*>', page)
    assert re.search(r'<input[^>]*name="homepage"[^>]*tabindex="-1"[^>]*>', page)
    assert re.search(r'<div[^>]*class="visually-hidden"[^>]*aria-hidden="true"', page)


# Acknowledged -------------------------------------------------------------------------------------
def test_visitor_gets_one_receipt_in_the_language_of_the_page(django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        send(language="es")

    sent = mail.outbox
    enquiry = Enquiry.objects.get()
    assert [one.to for one in sent] == [["grace@labour.example"]]
    assert enquiry.reference in sent[0].subject
    assert sent[0].extra_headers["Content-Language"] == "es"
    assert f"/es/contact/{enquiry.key}/" in sent[0].body
    assert sent[0].extra_headers["Auto-Submitted"] == "auto-generated"


def test_receipt_repeats_nothing_that_was_typed(django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        send(name="Visit watches.example", subject="Cheap watches", text="Buy now")

    letter = mail.outbox[0]
    assert "watches" not in letter.subject + letter.body + letter.alternatives[0].content
    assert "Buy now" not in letter.body


def test_member_gets_the_receipt_in_her_inbox_too(participant_fr):
    asked(user=participant_fr, email=participant_fr.email)

    assert {(row.recipient, row.channel) for row in Letter.objects.all()} == {
        (participant_fr, "mail"),
        (participant_fr, "inbox"),
    }


def test_receipt_of_what_was_held_meanwhile_is_not_sent(staff):
    enquiry = asked()
    answering.hold(enquiry=enquiry, actor=staff)

    assert ledger.deliver() == 0
    assert Letter.objects.get().state == "obsolete"


# The conversation ---------------------------------------------------------------------------------
def test_conversation_opens_to_whoever_has_its_address_and_to_nobody_else(visitor, client_of, outsider):
    enquiry = asked()
    other = reverse("programme:enquiry_detail", args=["00000000-0000-4000-8000-000000000000"])

    page = visitor.get(enquiry.get_absolute_url())

    assert "May our union take part?" in page.content.decode()
    assert '<meta name="robots" content="noindex">' in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    assert client_of(outsider).get(enquiry.get_absolute_url()).status_code == 200
    assert visitor.get(other).status_code == 404


def test_conversation_shows_answers_in_order_and_no_notes(visitor, staff):
    enquiry = asked()
    answering.note(enquiry=enquiry, actor=staff, text="Careful with this one")
    answering.reply(enquiry=enquiry, actor=staff, text="Yes, she may.", seen=answering.last_message(enquiry))
    write_on(enquiry=enquiry, text="Thank you!")

    page = visitor.get(enquiry.get_absolute_url()).content.decode()

    said = ["May our union take part?", "Yes, she may.", "Thank you!"]
    places = [page.index(words) for words in said]
    assert places == sorted(places)
    assert "Careful" not in page


def test_text_of_a_stranger_is_shown_as_text(visitor):
    enquiry = asked(text="<script>alert(1)</script> & https://x.example/a?b=1", name="<b>Bold</b>")

    page = visitor.get(enquiry.get_absolute_url()).content.decode()

    assert "<script>alert" not in page
    assert "<b>Bold" not in page
    assert 'rel="nofollow"' in page


def test_times_are_in_the_readers_zone(client_of, participant):
    with time_machine.travel(SUNDAY, tick=False):
        enquiry = asked()

    assert "14:00 (Central Africa Time)" in client_of(participant).get(enquiry.get_absolute_url()).content.decode()


@pytest.mark.parametrize("state", ["waiting", "closed"])
def test_writing_on_opens_the_conversation_again(visitor, state):
    enquiry = EnquiryFactory(state=state, due_at=SUNDAY)

    response = visitor.post(enquiry.get_absolute_url(), {"text": "One more thing"})

    enquiry.refresh_from_db()
    assert response["Location"].startswith(enquiry.get_absolute_url())
    assert (enquiry.state, enquiry.closed_at) == (EnquiryState.OPEN, None)
    assert enquiry.due_at > timezone.now()
    assert [m.text for m in enquiry.messages.all()][-1] == "One more thing"


def test_writing_on_twice_by_a_double_click_is_one_message(visitor):
    enquiry = asked()
    data = {"text": "One more thing", "client_id": "0" * 32}
    for _n in range(2):
        visitor.post(enquiry.get_absolute_url(), data)

    assert enquiry.messages.count() == 2


def test_colleague_who_has_the_address_writes_under_her_own_name(client_of, participant, outsider):
    enquiry = asked(user=participant, email=participant.email)
    client_of(outsider).post(enquiry.get_absolute_url(), {"text": "I join in"})
    client_of(participant).post(enquiry.get_absolute_url(), {"text": "Good"})

    assert [(m.author, m.sender, m.written_by) for m in enquiry.messages.all()][1:] == [
        (None, outsider.email, outsider.email),
        (participant, "", "Grâce N’Diaye"),
    ]


def test_twenty_first_message_within_an_hour_is_refused_and_kept_in_the_form(visitor):
    enquiry = asked()
    for n in range(19):
        write_on(enquiry=enquiry, text=f"And {n}")

    response = visitor.post(enquiry.get_absolute_url(), {"text": "And another"})

    assert response.status_code == 400
    assert "20 messages within an hour" in response.content.decode()
    assert "And another" in response.content.decode()
    assert enquiry.messages.count() == 20


@pytest.mark.parametrize(("text", "refused"), [("", True), ("x" * (LONGEST + 1), True), ("x" * LONGEST, False)])
def test_size_of_what_is_written_on(visitor, text, refused):
    enquiry = asked()
    response = visitor.post(enquiry.get_absolute_url(), {"text": text})

    assert (response.status_code == 400) is refused


def test_file_opens_with_the_address_of_its_conversation_alone(visitor, client_of, outsider, staff):
    enquiry, other = asked(), asked(email="other@x.example")
    kept = stored(enquiry.audience)
    enquiry.messages.get().attachments.add(kept)
    note = answering.note(enquiry=enquiry, actor=staff, text="See")
    secret = stored(enquiry.audience)
    note.attachments.add(secret)

    def opened(browser, key, found):
        return browser.get(reverse("programme:enquiry_file", args=[key, found.key])).status_code

    assert opened(visitor, enquiry.key, kept) == 200
    assert opened(visitor, other.key, kept) == 404
    assert opened(visitor, enquiry.key, secret) == 404
    assert opened(client_of(staff), enquiry.key, secret) == 200
    assert visitor.get(kept.get_absolute_url()).status_code == 302  # to sign-in
    assert client_of(outsider).get(kept.get_absolute_url()).status_code == 404
    answering.hold(enquiry=enquiry, actor=staff)
    assert opened(visitor, enquiry.key, kept) == 404
    assert opened(client_of(staff), enquiry.key, kept) == 200


def test_member_finds_her_own_conversations(client_of, participant, outsider):
    mine = asked(user=participant, email=participant.email, subject="Mine")
    asked(user=outsider, email=outsider.email, subject="Hers")
    asked(user=participant, email=participant.email, subject="Held", signs=["trap"])

    page = client_of(participant).get(reverse("programme:enquiry_list")).content.decode()

    assert mine.get_absolute_url() in page
    assert "Hers" not in page
    assert "Held" not in page


def test_conversation_costs_a_visitor_the_same_with_one_message_and_with_many(visitor):
    def cost(enquiry):
        with CaptureQueriesContext(connection) as seen:
            visitor.get(enquiry.get_absolute_url())
        return len(seen)

    enquiry = asked()
    enquiry.messages.get().attachments.add(stored(enquiry.audience))
    cost(enquiry)  # the first page of all fills the caches of menus
    one = cost(enquiry)
    for n in range(5):
        write_on(enquiry=enquiry, text=f"And {n}").attachments.add(stored(enquiry.audience))

    assert one == cost(enquiry) <= 8


@pytest.mark.parametrize("of", ["", "x", "MQ:1abc:zzz"])
def test_thanks_need_a_message(visitor, of):
    assert visitor.get(reverse("programme:contact_thanks"), {"of": of})["Location"] == "/en/contact/"


def test_impossible_enquiry_is_never_half_written():
    with pytest.raises(ValidationError):
        asked(email="nobody")

    assert not Enquiry.objects.exists()
    assert not Message.objects.exists()


def test_form_knows_only_the_fields_that_it_shows():
    form = EnquiryForm(user=UserFactory())

    assert list(form.fields) == ["name", "email", "subject", "text", "homepage", "stamp"]


# Starter and demonstration ------------------------------------------------------------------------
def test_canned_answers_are_loaded_and_filled_in_the_writers_language():
    changed = registry.starters["canned answers"]()

    assert changed == CannedAnswer.objects.count() >= 5
    assert registry.starters["canned answers"]() == 0
    enquiry = EnquiryFactory(language="fr", name="Émilie {reference}")
    for answer in CannedAnswer.objects.all():
        assert not [code for code in LANGUAGES if answer.missing(code)]
        said = answering.fill_in(answer, enquiry)
        assert enquiry.reference in said
        assert said.startswith(("Bonjour", "Madame"))


def test_demonstration_shows_three_conversations_in_three_states(staff):
    for _n in range(2):
        registry.demos["mailbox"]("")

    found = {one.language: one for one in Enquiry.objects.all()}
    assert {code: one.state for code, one in found.items()} == {"en": "new", "fr": "waiting", "es": "closed"}
    assert found["en"].is_overdue
    assert all("demo" in one.email and "é" not in one.email for one in found.values())
    assert Enquiry.objects.count() == 3


def test_demonstration_stands_without_demo_people():
    registry.demos["mailbox"]("")

    assert Enquiry.objects.waiting().count() == 3
