"""One mail that comes in: kept first, handled once, answered once, never lost."""

import base64
import datetime as dt
import io
import json
import mailbox
import subprocess
import sys
import threading
from types import SimpleNamespace

import pytest
import time_machine
from django.contrib.auth import get_user_model
from django.core import mail as outgoing
from django.core.management import CommandError, call_command
from django.db import OperationalError, transaction
from django.test import Client, override_settings
from django.urls import path, reverse
from PIL import Image

from accounts.services import erase
from core import registry
from core.audiences import HIDDEN
from core.errors import DomainError
from core.models import Event, StoredFile
from fdw_portal.urls import urlpatterns as portal_urls
from reminders import services as ledger
from reminders.enums import MailState
from reminders.inbound import Handler, handled, refused, reply_address, services, unknown
from reminders.inbound.addresses import Forged, read_address
from reminders.inbound.services import receive
from reminders.inbound.webhook import webhook
from reminders.management.commands import receive_mail
from reminders.models import InboundMail, Letter
from tests.factories import UserFactory
from tests.reminders.test_inbound_reading import MACHINES, MAIL, mail

NOW = dt.datetime(2026, 11, 22, 12, 0, tzinfo=dt.UTC)


@pytest.fixture
def handler(monkeypatch):
    """Return f(name, act) -> list of what a handler got; `act(mail, key)` answers, handled by default."""

    def register(name, act=lambda mail, key: handled(), **more):
        got = []

        def take(received, key):
            got.append((received, key))
            return act(received, key)

        monkeypatch.setitem(registry.inbound._offers, name, Handler(receive=take, **more))
        return got

    return register


@pytest.fixture
def general(handler):
    """What the handler of the general address got."""
    return handler("mailbox")


def to(address: str, *, mid: str = "<a@x.example>", sender: str = "grace@labour.example", text: str = "Yes.") -> bytes:
    return f"From: {sender}\nTo: {address}\nMessage-ID: {mid}\nSubject: Re: x\n\n{text}\n".encode()


def state(row) -> tuple:
    row.refresh_from_db()
    return row.state, row.handler, row.reason


# Signed addresses ---------------------------------------------------------------------------------
def test_signed_address_comes_back():
    address = reply_address("forums", "12-5")

    assert address.startswith("programme+forums.12-5.")
    assert read_address(address) == read_address(address.upper()) == ("forums", "12-5")
    assert len(reply_address("mailbox", "a" * 32).partition("@")[0]) <= 64


def test_general_address_and_those_of_others():
    assert read_address("Programme@LocalHost") == ("", "")
    assert read_address("grace@labour.example") is None
    assert read_address("programme@other.example") is None


@pytest.mark.parametrize("change", [lambda a: a.replace(".12.", ".13."), lambda a: a.replace("forums", "mailbox"),
                                    lambda a: a.replace("@localhost", "")[:-1] + "@localhost",
                                    lambda a: a.replace("@", "a@"), lambda a: "programme+@localhost",
                                    lambda a: "programme+forums.12@localhost",
                                    lambda a: "programme+é.1.é@localhost"])  # fmt: skip
def test_changed_address_is_forged(change):
    with pytest.raises(Forged):
        read_address(change(reply_address("forums", "12")))


def test_address_of_another_secret_is_forged(settings):
    address = reply_address("forums", "12")
    settings.SECRET_KEY = "another"

    with pytest.raises(Forged):
        read_address(address)


@pytest.mark.parametrize(("kind", "key"), [("Forums", "1"), ("forums", "A"), ("forums", "1.2"), ("forums", "é"), ("", "1"),
                                           ("forums", ""), ("forums", "a\n"), ("forums", "a" * 40)])  # fmt: skip
def test_address_that_mail_servers_would_spoil_is_not_made(kind, key):
    with pytest.raises(ValueError):
        reply_address(kind, key)


# The route ----------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_answer_reaches_the_handler_of_its_address(handler, general):
    got = handler("forums")
    row = receive(to(reply_address("forums", "12-5"), text="Yes.\n\n> Coming?"))

    ((received, key),) = got
    assert key == "12-5"
    assert (received.sender, received.text, received.whole_text) == ("grace@labour.example", "Yes.", "Yes.\n\n> Coming?")
    assert state(row) == ("handled", "forums", "")
    assert row.text == "Yes."
    assert row.raw.audience == HIDDEN
    assert not general


@pytest.mark.django_db
def test_mail_to_the_general_address_reaches_the_mailbox(general):
    row = receive(mail("gmail_fr"))

    ((received, key),) = general
    assert (key, received.language, received.sender_name) == ("", "fr", "Émile D'Almeida")
    assert state(row) == ("handled", "mailbox", "")


@pytest.mark.django_db
def test_where_it_was_delivered_counts_more_than_what_it_says(handler, general):
    got = handler("forums")
    receive(to("undisclosed-recipients:;"), envelope_to=reply_address("forums", "7").upper())
    receive(to("programme@localhost, " + reply_address("forums", "8"), mid="<b@x.example>"))

    assert [key for _mail, key in got] == ["7", "8"]
    assert not general


@pytest.mark.django_db
def test_what_was_made_of_it_is_remembered(handler, participant):
    handler("mailbox", lambda mail, key: handled(participant))
    row = receive(mail("gmail_en"))

    row.refresh_from_db()
    assert row.target == f"accounts.user:{participant.pk}"


@pytest.mark.django_db
def test_same_mail_by_two_ways_is_handled_once(general):
    first = receive(mail("gmail_en"))
    second = receive(b"Received: by another way\n" + mail("gmail_en"))

    assert first == second
    assert len(general) == InboundMail.objects.count() == StoredFile.objects.count() == 1


@pytest.mark.django_db
def test_mail_without_id_is_handled_once(general):
    receive(mail("no_message_id"))
    receive(mail("no_message_id"))

    assert len(general) == 1


@pytest.mark.django_db(transaction=True)
def test_same_mail_at_the_same_moment_is_handled_once(general, at_once):
    results = at_once(*[lambda: receive(mail("gmail_en"))] * 3)

    assert [row.state for row in results] == ["handled"] * 3
    assert len(general) == InboundMail.objects.count() == 1


@pytest.mark.django_db
def test_number_of_queries_is_bounded(general, django_assert_max_num_queries):
    with django_assert_max_num_queries(13):  # four of them savepoints
        receive(mail("gmail_en"))


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["programme+forums.12.aaaaaaaaaaaaa@localhost", "programme+forums@localhost"])
def test_forged_address_is_refused_and_stands_on_the_desk(handler, general, address, staff):
    got = handler("forums")
    row = receive(to(address))

    assert state(row) == ("refused", "", "address not signed by us")
    assert not got
    assert not general
    (line,) = registry.desk["mail"](staff)
    assert line.count == 1


# Who is not known ---------------------------------------------------------------------------------
@pytest.mark.django_db
def test_unknown_sender_is_told_once_in_thirty_days(handler, django_capture_on_commit_callbacks):
    handler("forums", lambda mail, key: unknown("no account"))
    address = reply_address("forums", "1")
    with time_machine.travel(NOW, tick=False) as clock, django_capture_on_commit_callbacks(execute=True):
        row = receive(to(address, mid="<1@x.example>"))
        receive(to(address, mid="<2@x.example>", sender="Grace@Labour.example"))
        clock.shift(dt.timedelta(days=29))
        receive(to(address, mid="<3@x.example>"))
        assert Letter.objects.count() == 1
        clock.shift(dt.timedelta(days=2))
        receive(to(address, mid="<4@x.example>"))
    assert Letter.objects.count() == 2
    assert state(row) == ("unknown", "forums", "no account")
    assert {letter.address for letter in Letter.objects.all()} == {"grace@labour.example"}


@pytest.mark.django_db
def test_letter_to_the_unknown_answers_and_repeats_nothing(handler):
    handler("forums", lambda mail, key: unknown())
    receive(to(reply_address("forums", "1"), text="Merci pour vos documents, nous vous les rendons. Achetez !"))
    ledger.deliver()

    (letter,) = outgoing.outbox
    assert letter.to == ["grace@labour.example"]
    assert letter.extra_headers["In-Reply-To"] == letter.extra_headers["References"] == "<a@x.example>"
    assert letter.extra_headers["Auto-Submitted"] == "auto-replied"
    assert letter.extra_headers["Content-Language"] == "fr"
    assert "Achetez" not in letter.body + letter.alternatives[0][0] + letter.subject


@pytest.mark.django_db
def test_address_that_nobody_handles_is_answered(handler):
    row = receive(to(reply_address("gone", "1")))

    assert state(row)[0] == "unknown"
    assert Letter.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(MACHINES))
def test_machines_reach_nobody_and_get_no_answer(general, name):
    row = receive(mail(name))

    assert state(row)[0] == "automatic"
    assert row.raw
    assert not general
    assert not Letter.objects.exists()


@pytest.mark.django_db
def test_our_own_letter_that_comes_back_is_a_loop(general, participant):
    ledger.tell(kind="accounts.welcome", recipient=participant)
    ledger.deliver()
    row = receive(outgoing.outbox[0].message().as_bytes(), envelope_to="programme@localhost")

    assert state(row)[0] == "automatic"


@pytest.mark.django_db
def test_more_than_a_person_writes_in_an_hour_is_a_machine(general, monkeypatch):
    monkeypatch.setattr(services, "MOST_AN_HOUR", 3)
    with time_machine.travel(NOW, tick=False) as clock:
        rows = [receive(to("programme@localhost", mid=f"<{n}@x.example>")) for n in range(4)]
        other = receive(to("programme@localhost", mid="<o@x.example>", sender="other@x.example"))
        clock.shift(dt.timedelta(hours=1, seconds=1))
        later = receive(to("programme@localhost", mid="<l@x.example>"))
    assert [row.state for row in rows] == ["handled"] * 3 + ["automatic"]
    assert (other.state, later.state) == ("handled", "handled")


@pytest.mark.django_db
def test_backlog_is_counted_by_when_it_arrived(general, monkeypatch):
    monkeypatch.setattr(services, "MOST_AN_HOUR", 1)
    for day in (18, 19, 20):
        received = f"Received: by mx.example; {day} Nov 2026 10:00:00 +0000\n".encode()
        receive(received + to("programme@localhost", mid=f"<{day}@x.example>"))

    assert len(general) == 3


# Trouble ------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_handler_that_breaks_loses_nothing_and_is_tried_again(handler, staff, client_of):
    def broken(received, key):
        UserFactory(email="half@demo.example")
        raise ZeroDivisionError("planted")

    handler("mailbox", broken)
    row = receive(mail("attachments"))
    assert state(row) == ("failed", "", "ZeroDivisionError: planted")
    assert list(StoredFile.objects.all()) == [row.raw]  # what the handler was given is rolled back
    assert registry.desk["mail"](staff)[0].count == 1

    got = handler("mailbox")
    receive_again = io.StringIO()
    call_command("receive_mail", "--again", stdout=receive_again)
    assert receive_again.getvalue() == "handled: 1\n"
    assert state(row)[0] == "handled"
    assert got[0][0].text.startswith("Voici les pièces")
    assert registry.desk["mail"](staff)[0].count == 0


@pytest.mark.django_db
def test_mail_that_comes_again_after_a_failure_is_handled(handler, general):
    handler("mailbox", lambda mail, key: 1 / 0)
    receive(mail("gmail_en"))
    got = handler("mailbox")
    row = receive(mail("gmail_en"))

    assert (row.state, row.attempts, len(got)) == ("handled", 2, 1)


@pytest.mark.django_db
def test_refusal_of_a_service_is_kept(handler):
    def closed(received, key):
        UserFactory(email="half@demo.example")
        raise DomainError("The discussion is closed.", code="closed")

    handler("forums", closed)
    row = receive(to(reply_address("forums", "1")))
    assert state(row)[::2] == ("refused", "closed: The discussion is closed.")
    assert not Letter.objects.exists()
    assert not get_user_model().objects.filter(email="half@demo.example").exists()


@pytest.mark.django_db
def test_refused_mail_leaves_no_files(handler):
    handler("mailbox", lambda mail, key: refused("not here"))
    row = receive(mail("attachments"))

    assert list(StoredFile.objects.all()) == [row.raw]


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(path.stem for path in MAIL.glob("*.eml")))
def test_every_mail_ends_in_a_state(general, name):
    row = receive(mail(name))

    assert row.state != MailState.FAILED, row.reason
    assert (row.state == MailState.REFUSED) is (name == "no_headers")


@pytest.mark.django_db
def test_huge_mail_is_refused_and_only_its_beginning_kept(general, monkeypatch):
    monkeypatch.setattr(services, "LARGEST", 100_000)
    row = receive(mail("flowed") + b"x" * 100_000)

    assert state(row)[0] == "refused"
    assert row.raw.size == services.KEPT_OF_TOO_LARGE
    assert row.sender == "grace@labour.example"
    assert not general


@pytest.mark.django_db
def test_left_by_a_killed_process_is_handled_later(handler, monkeypatch):
    monkeypatch.setattr(services, "handle", lambda pk, mail=None: None)
    row = receive(mail("gmail_en"))
    monkeypatch.undo()
    got = handler("mailbox")
    assert services.handle_abandoned(row.received_at + dt.timedelta(minutes=9)) == 0
    assert services.handle_abandoned(row.received_at + dt.timedelta(minutes=11)) == 1 == len(got)
    assert state(row)[0] == "handled"


@pytest.mark.django_db
def test_mail_that_kills_its_workers_is_left_to_staff(general, monkeypatch):
    monkeypatch.setattr(services, "handle", lambda pk, mail=None: None)
    row = receive(mail("gmail_en"))
    later = row.received_at + dt.timedelta(hours=1)

    assert [services.handle_abandoned(later) for _time in range(4)] == [1, 1, 1, 0]
    assert state(row) == ("failed", "", "its worker died, several times")


@pytest.mark.django_db
def test_old_mail_is_forgotten_and_still_not_handled_twice(general, settings):
    row = receive(mail("gmail_en"))
    assert services.forget_old(row.received_at + dt.timedelta(days=settings.INBOUND_KEEP_DAYS - 1)) == 0
    assert services.forget_old(row.received_at + dt.timedelta(days=settings.INBOUND_KEEP_DAYS + 1)) == 1
    row.refresh_from_db()
    assert (row.raw, row.text) == (None, "")
    assert not StoredFile.objects.exists()
    receive(mail("gmail_en"))
    assert len(general) == 1


@pytest.mark.django_db
def test_what_waits_for_staff_is_not_forgotten(handler):
    handler("mailbox", lambda mail, key: 1 / 0)
    row = receive(mail("gmail_en"))

    assert services.forget_old(row.received_at + dt.timedelta(days=9999)) == 0


# Attachments --------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_attachments_are_kept_by_content_and_refusals_are_named(handler):
    got = handler("mailbox", audience=lambda key: "user.5")
    receive(mail("attachments"))

    received = got[0][0]
    assert [(one.name, one.content_type) for one in received.files] == [
        ("budget-2027.pdf", "application/pdf"),
        ("carte-ete.jpg", "image/jpeg"),
        ("img_0001.jpg", "image/jpeg"),
    ]
    assert {one.audience for one in received.files} == {"user.5"}
    body, _empty, line = received.text.partition("\n\n")
    assert body == "Voici les pièces que vous attendez."
    assert "setup.exe" in line
    with Image.open(received.files[2].file) as picture:
        assert not picture.getexif()


@pytest.mark.django_db
def test_eleventh_file_is_refused_by_name(general):
    lines = ['Content-Type: multipart/mixed; boundary="m"', "", "--m\nContent-Type: text/plain\n\nFiles.\n"]
    for n in range(12):
        lines.append(f'--m\nContent-Disposition: attachment; filename="f{n}.pdf"\nContent-Type: application/pdf\n\n%PDF-1.7\n')
    receive(("From: a@b.example\nTo: programme@localhost\n" + "\n".join(lines) + "--m--\n").encode())

    received = general[0][0]
    assert len(received.files) == 10
    assert ["f10.pdf" in received.text, "f11.pdf" in received.text, "f9.pdf" in received.text] == [True, True, False]


@pytest.mark.django_db
def test_file_under_a_quotation_alone_brings_no_words(general):
    inner = mail("attachments").replace("Voici les pièces que vous attendez.".encode(), b"> Send it.")
    receive(inner)

    assert general[0][0].text.startswith("[")


# The command --------------------------------------------------------------------------------------
@pytest.fixture
def piped(monkeypatch):
    """Return f(raw, *options) -> (exit code, words): the command with a mail on standard input."""

    def run(raw: bytes, *options):
        monkeypatch.setattr(receive_mail.sys, "stdin", SimpleNamespace(buffer=io.BytesIO(raw)))
        out, err, code = io.StringIO(), io.StringIO(), 0
        try:
            call_command("receive_mail", *options, stdout=out, stderr=err)
        except SystemExit as ended:
            code = ended.code
        return code, out.getvalue() + err.getvalue()

    return run


@pytest.mark.django_db
def test_command_takes_one_from_standard_input(handler, piped):
    got = handler("forums")

    assert piped(to("x@y.example"), "--to", reply_address("forums", "3")) == (0, "handled: 1\n")
    assert got[0][1] == "3"


@pytest.mark.django_db
def test_command_tells_the_mail_server_to_come_again(monkeypatch, piped):
    def away(*args, **kwargs):
        raise OperationalError("database is away")

    monkeypatch.setattr(receive_mail, "receive", away)
    code, words = piped(mail("gmail_en"))
    assert code == 75
    assert "OperationalError" in words


@pytest.mark.django_db
def test_command_tells_the_mail_server_what_is_too_large(monkeypatch, piped):
    monkeypatch.setattr(receive_mail, "LARGEST", 1000)
    monkeypatch.setattr(services, "LARGEST", 1000)
    assert piped(mail("gmail_en") + b"x" * 5000)[0] == 65
    assert InboundMail.objects.get().state == "refused"


@pytest.mark.django_db
def test_command_reads_an_mbox_as_often_as_one_likes(general, tmp_path):
    box = mailbox.mbox(tmp_path / "box")
    for name in ("gmail_en", "gmail_fr", "gmail_en"):
        box.add(mail(name))
    box.close()
    before = (tmp_path / "box").read_bytes()
    for _time in range(2):
        call_command("receive_mail", "--mbox", str(tmp_path / "box"), stdout=io.StringIO())
    assert len(general) == 2
    assert (tmp_path / "box").read_bytes() == before
    with pytest.raises(CommandError):
        call_command("receive_mail", "--mbox", str(tmp_path / "gone"))


@pytest.mark.django_db
def test_command_marks_a_maildir_as_seen(general, tmp_path):
    box = mailbox.Maildir(tmp_path / "box")
    for name in ("gmail_en", "gmail_fr"):
        box.add(mail(name))
    said = io.StringIO()
    for _time in range(2):
        call_command("receive_mail", "--maildir", str(tmp_path / "box"), stdout=said)
    assert said.getvalue() == "handled: 2\nno mail\n"
    assert len(general) == 2
    assert [one.get_flags() for one in mailbox.Maildir(tmp_path / "box")] == ["S", "S"]
    assert not list((tmp_path / "box" / "new").iterdir())
    assert len(list((tmp_path / "box" / "cur").iterdir())) == 2
    with pytest.raises(CommandError):
        call_command("receive_mail", "--maildir", str(tmp_path / "gone"))


@pytest.mark.django_db
def test_maildir_keeps_the_bytes_and_flags_of_its_mails_whatever_they_are(general, tmp_path):
    for name in ("new", "cur", "tmp"):
        (tmp_path / "box" / name).mkdir(parents=True)
    broken = b"From: a@b.example\nContent-Type: message/rfc822\n\n" + b"Content-Type: message/rfc822\n\n" * 900 + b"\xff"
    files = {
        "new/1.a.host": broken,
        "cur/2.b.host:2,FR": to("programme@localhost"),
        "cur/3.c.host:2,S": b"seen",
        "new/.hidden": b"x",
    }
    for name, raw in files.items():
        (tmp_path / "box" / name).write_bytes(raw)

    said = io.StringIO()
    call_command("receive_mail", "--maildir", str(tmp_path / "box"), stdout=said)

    assert said.getvalue() == "handled: 1, refused: 1\n"
    kept = {one.name: one.read_bytes() for one in (tmp_path / "box" / "cur").iterdir()}
    assert kept == {"1.a.host:2,S": broken, "2.b.host:2,FRS": files["cur/2.b.host:2,FR"], "3.c.host:2,S": b"seen"}


# The webhook --------------------------------------------------------------------------------------
urlpatterns = [path("inbound/postmark/", webhook("postmark")), *portal_urls]
SECRET = "postmark:a-long-enough-secret"


@pytest.fixture
def posted():
    """Return f(payload, secret) -> answer: what Postmark posts for a mail that came in."""

    def post(payload, secret=SECRET):
        head = {"HTTP_AUTHORIZATION": f"Basic {base64.b64encode(secret.encode()).decode()}"} if secret else {}
        body = payload if isinstance(payload, str) else json.dumps(payload)
        with override_settings(ROOT_URLCONF=__name__, ANYMAIL={"WEBHOOK_SECRET": SECRET}):
            return Client(enforce_csrf_checks=True).post("/inbound/postmark/", body, content_type="application/json", **head)

    return post


def payload(**more) -> dict:
    return {
        "FromFull": {"Email": "grace@labour.example", "Name": "Grace Banda"},
        "ToFull": [{"Email": "programme@localhost", "Name": ""}],
        "OriginalRecipient": "programme@localhost",
        "Subject": "Re: Applications",
        "MessageID": "not-the-header",
        "Date": "Fri, 20 Nov 2026 10:12:00 +0100",
        "TextBody": "Nous venons.\n\n> Coming?\n",
        "HtmlBody": "<p>Nous venons.</p>",
        "Headers": [
            {"Name": "Return-Path", "Value": "<grace@labour.example>"},
            {"Name": "Message-ID", "Value": "<CAF1@mail.gmail.example>"},
        ],
        "Attachments": [
            {"Name": "b.pdf", "ContentType": "application/pdf", "Content": base64.b64encode(b"%PDF-1.7\n").decode()}
        ],
    } | more


@pytest.mark.django_db
def test_webhook_receives_and_a_replay_changes_nothing(general, posted):
    assert [posted(payload()).status_code for _time in range(2)] == [200, 200]

    ((received, _key),) = general
    assert (received.text, received.sender_name, received.message_id) == (
        "Nous venons.",
        "Grace Banda",
        "<CAF1@mail.gmail.example>",
    )
    assert [one.name for one in received.files] == ["b.pdf"]


@pytest.mark.django_db
def test_same_mail_by_webhook_and_mailbox_is_handled_once(general, posted):
    posted(payload())
    receive(mail("gmail_en"))

    assert len(general) == 1


@pytest.mark.django_db
@pytest.mark.parametrize("secret", ["", "postmark:wrong", "postmark:"])
def test_webhook_without_the_secret_is_refused(general, posted, secret):
    assert posted(payload(), secret).status_code == 400
    assert not InboundMail.objects.exists()


@pytest.mark.django_db
def test_webhook_knows_where_it_was_delivered_and_what_bounced(handler, general, posted):
    got = handler("forums")
    posted(payload(OriginalRecipient=reply_address("forums", "4")))
    bounce = [{"Name": "Return-Path", "Value": "<>"}, {"Name": "Message-ID", "Value": "<b@x.example>"}]
    posted(payload(Headers=bounce))

    assert got[0][1] == "4"
    assert InboundMail.objects.get(message_id="<b@x.example>").state == "automatic"
    assert not general


@pytest.mark.django_db
@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "[]",
        "{}",
        "3",
        '{"FromFull": 1, "Headers": 2}',
        json.dumps(payload(Subject="a\nBcc: x")),
        "[" * 100_000,
        json.dumps(payload(OriginalRecipient="a\x00@b.example")),
        json.dumps(payload(OriginalRecipient="\ud800")),
        json.dumps(payload(Headers=[{"Name": "X:\n\nY", "Value": "a\n\nb"}])),
    ],
)
def test_webhook_answers_odd_posts_without_breaking(general, posted, body):
    assert posted(body).status_code in (200, 400)
    assert not [row for row in InboundMail.objects.all() if row.state == "failed"]


@pytest.mark.django_db
def test_webhook_takes_large_mail_and_no_larger(general, posted, monkeypatch, settings):
    assert posted(payload(TextBody="x" * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1))).status_code == 200
    monkeypatch.setattr("reminders.inbound.webhook.LARGEST_POST", 100)
    assert posted(payload(Headers=[])).status_code == 400
    assert InboundMail.objects.count() == 1


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"INBOUND_ESP": "postmark", "ANYMAIL_WEBHOOK_SECRET": SECRET}, "True"),
        ({}, "False"),
        ({"INBOUND_ESP": "postmark"}, "INBOUND_ESP needs ANYMAIL_WEBHOOK_SECRET"),
        ({"INBOUND_ESP": "pigeon"}, "Must be one of"),
        ({"INBOUND_ADDRESS": "Team <team@x.example>"}, "INBOUND_ADDRESS is a bare address"),
        ({"DEFAULT_FROM_EMAIL": "Team <team@x.example>"}, "False team@x.example"),
    ],
)
def test_webhook_opens_only_with_a_secret(more, said, tmp_path):
    words = (
        "import django; django.setup(); from django.conf import settings; from fdw_portal.urls import urlpatterns;"
        "print(any(str(one.pattern).startswith('inbound/') for one in urlpatterns), settings.INBOUND_ADDRESS)"
    )
    environment = {"PATH": "", "DJANGO_SETTINGS_MODULE": "fdw_portal.settings", "FDW_DATA_DIR": str(tmp_path)} | more
    done = subprocess.run([sys.executable, "-c", words], env=environment, capture_output=True, text=True, check=False)
    assert said in done.stdout + done.stderr


# The administration -------------------------------------------------------------------------------
@pytest.mark.django_db
def test_staff_find_what_failed_and_handle_it_again(handler, staff, client_of):
    handler("mailbox", lambda mail, key: 1 / 0)
    row = receive(mail("gmail_en"))
    (line,) = registry.desk["mail"](staff)
    page = client_of(staff).get(line.url)
    assert "Re: Applications for the clinic" in page.content.decode()
    detail = client_of(staff).get(reverse("admin:reminders_inboundmail_change", args=[row.pk])).content.decode()
    assert row.raw.get_absolute_url() in detail
    raw = client_of(staff).get(row.raw.get_absolute_url())
    assert raw["Content-Disposition"].startswith("attachment")

    got = handler("mailbox")
    client_of(staff).post(
        reverse("admin:reminders_inboundmail_changelist"), {"action": "handle_again", "_selected_action": [row.pk]}
    )
    assert state(row)[0] == "handled"
    assert len(got) == 1


@pytest.mark.django_db
def test_desk_speaks_of_mail_to_those_who_may_open_it():
    assert registry.desk["mail"](UserFactory(is_staff=True)) == []


@pytest.mark.django_db
def test_staff_take_a_refusal_off_the_desk(staff, client_of):
    row = receive(to("programme+x@localhost"))
    client_of(staff).post(reverse("admin:reminders_inboundmail_changelist"), {"action": "settle", "_selected_action": [row.pk]})

    assert registry.desk["mail"](staff)[0].count == 0
    assert Event.objects.get(act="settle mail").actor == staff


@pytest.mark.django_db
def test_mail_as_it_came_is_hidden_from_members(general, participant, client_of):
    row = receive(mail("gmail_en"))

    assert client_of(participant).get(row.raw.get_absolute_url()).status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("count", [1, 3])
def test_list_costs_the_same_for_one_and_three(general, staff, client_of, count, django_assert_max_num_queries):
    for n in range(count):
        receive(to("programme@localhost", mid=f"<{n}@x.example>"))
    browser = client_of(staff)
    browser.get(reverse("admin:reminders_inboundmail_changelist"))
    with django_assert_max_num_queries(6):
        browser.get(reverse("admin:reminders_inboundmail_changelist"))


# A person's data ----------------------------------------------------------------------------------
@pytest.mark.django_db
def test_mail_of_a_person_is_handed_out_and_erased(general, django_capture_on_commit_callbacks):
    person = UserFactory(email="grace@labour.example")
    person.emailaddress_set.create(email="claimed@x.example", verified=False)
    row, other = receive(mail("gmail_en")), receive(to("programme@localhost", mid="<o@x.example>", sender="claimed@x.example"))
    tables = dict(registry.exporters["reminders"](person))
    assert [one["subject"] for one in tables["mail"]] == ["Re: Applications for the clinic"]

    with django_capture_on_commit_callbacks(execute=True):
        erase(user=person)
    row.refresh_from_db()
    other.refresh_from_db()
    assert (row.sender, row.subject, row.text, row.raw) == ("", "", "", None)
    assert other.text == "Yes."
    receive(mail("gmail_en"))
    assert len(general) == 2


@pytest.mark.django_db(transaction=True)
def test_two_at_once_of_a_failed_mail_handle_it_once(handler, at_once):
    handler("mailbox", lambda mail, key: 1 / 0)
    row = receive(mail("gmail_en"))
    got, lock = [], threading.Lock()

    def act(received, key):
        with lock:
            got.append(key)
        return handled()

    handler("mailbox", act)
    at_once(*[lambda: services.handle(row.pk)] * 2)
    assert len(got) == 1
    with transaction.atomic():
        assert not InboundMail.objects.unfinished().exists()
