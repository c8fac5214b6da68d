"""Mail that was made to stop the portal: read in bounded time, kept, and never in the way of the mail behind it."""

import signal

import pytest

from reminders.enums import MailState
from reminders.inbound import parsing, services
from reminders.inbound.html import text_of
from reminders.inbound.parsing import parse
from reminders.inbound.quotes import own_words
from reminders.inbound.services import receive
from reminders.models import InboundMail

HEAD = b"From: a@b.example\nTo: programme@localhost\nMessage-ID: <a@b.example>\n"
MIXED = b"Content-Type: multipart/mixed; boundary=b\n\n"
MEGABYTE, LONGEST_TEXT = 10**6, parsing.LONGEST_TEXT
SECONDS = 8  # what took minutes or hours; most of these now take far less than one


@pytest.fixture(autouse=True)
def in_time():
    """End a test that hangs: one that is merely slow on a busy machine passes."""

    def give_up(*_signal):
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(SECONDS)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def nested(depth: int) -> bytes:
    return b"".join(b"--b%d\nContent-Type: multipart/mixed; boundary=b%d\n\n" % (n, n + 1) for n in range(depth))


HOSTILE = {
    "encoded words": HEAD + b"Subject: " + b"=?a?q?" * (MEGABYTE // 6) + b"\n\nhi",
    "encoded words, often": HEAD + (b"Received: " + b"=?a?q?" * 3000 + b"\n") * 50 + b"\n\nhi",
    "addresses": b"From: a@b.c\nTo: " + b"a@b.c," * (MEGABYTE // 6) + b"\n\nhi",
    "parameters": HEAD + b'Content-Type: text/plain; x="' + b";" * MEGABYTE + b"\n\nhi",
    "flowed": HEAD + b"Content-Type: text/plain; format=flowed\n\n" + b"a \n" * MEGABYTE,
    "slow charset": HEAD + b"Content-Type: text/plain; charset=punycode\n\n" + b"aaaa-" + b"9a" * MEGABYTE,
    "slow charset of a name": HEAD + b"Content-Disposition: attachment; filename*=punycode''a-" + b"9a" * MEGABYTE + b"\n\nhi",
    "many parts": HEAD + MIXED + b"--b\n\n" * MEGABYTE,
    "many lines in many parts": HEAD + MIXED.replace(b"=b", b"=b0") + nested(280) + b"x\n" * MEGABYTE,
    "headers": HEAD + b"Received: x\n" * MEGABYTE + b"\n\nhi",
    "one long line": HEAD + b"\n" + b"a" * (20 * MEGABYTE),
    "a huge page": HEAD + b"Content-Type: text/html\n\n" + b"<p>a</p>\n" * (2 * MEGABYTE),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_reading_takes_bounded_time(name):
    found = parse(HOSTILE[name])

    assert found.message_id in ("<a@b.example>", "")
    assert len(found.text) <= LONGEST_TEXT


@pytest.mark.parametrize(
    "piece",
    ["<!", "<a ", '<a x="', "<!--", "</", "<?", "<![", "<", "a<b>", "<script></", "<title><", "&#", "<p '", "<x/", "<a x=<",
     "<!-->", "<!a>", "<blockquote>", "<pre>\n", "<a href='http://x.example'>y</a>"],
)  # fmt: skip
def test_pages_are_read_in_bounded_time(piece):
    text_of(piece * (MEGABYTE // len(piece)))


@pytest.mark.parametrize("html", ["<![foo]>a", "<![<![", "<!ELEMENT>a", "<!DOCTYPE [<!x>]>a", "<![CDATA[a",
                                  "<![if !mso]>a<![endif]>", "<!--[if mso]>b<![endif]-->a", "a<b"])  # fmt: skip
def test_declarations_do_not_break_the_reader_and_hide_no_words(html):
    assert "a" in text_of(html) or html == "<![<!["


@pytest.mark.parametrize(
    "text",
    [
        "--\n" * (LONGEST_TEXT // 3),
        "a" + "\n" * (LONGEST_TEXT - 9) + "> x\nb",
        ("<@" * 195 + "\n") * (LONGEST_TEXT // 391),
        ("<@" * 150 + "a>" + "x" * 50 + "\n") * (LONGEST_TEXT // 353),
        ("<a@a>" * 70 + "\n") * (LONGEST_TEXT // 351),
        ("on " + "1 wrote " * 45 + "\n") * (LONGEST_TEXT // 364),
        ("on " + "0" * 380 + " wrote:\n") * (LONGEST_TEXT // 392),
    ],
    ids=["dashes", "blank lines", "half addresses", "addresses", "whole addresses", "wrote", "digits"],
)
def test_stripping_takes_bounded_time(text):
    own_words(text)


def test_flowed_text_is_joined_as_before():
    head = b"From: a@b.example\nContent-Type: text/plain; format=flowed%s\n\n"
    text = b"One \ntwo \n three.\n\n> quoted \nown \n-- \nname \nend\n \nx"

    assert parse(head % b"" + text).text == "One two three.\n\n> quoted \nown \n-- \nname end\n\nx"
    assert parse(head % b"; delsp=yes" + text).text == "Onetwothree.\n\n> quoted \nown \n-- \nnameend\n\nx"


# Nothing stands in the way ------------------------------------------------------------------------
BREAKING = {
    "a surrogate in the id": b"From: a@b.example\nTo: programme@localhost\nMessage-ID: =?utf-7?q?<a+2AA-@x.example>?=\n\nhi",
    "a surrogate in a reason": HEAD + b"Auto-Submitted: =?utf-7?q?yes+2AA-?=\n\nhi",
    "mails in mails": HEAD + b"Content-Type: message/rfc822\n\n" * 900 + b"\nhi",
    "mails in mails, fewer": HEAD + b"Content-Type: message/rfc822\n\n" * 330 + b"\nhi",
    "a broken page": HEAD + b"Content-Type: text/html\n\n<![<![<![",
    "more parts than are read": HEAD + MIXED + b"--b\n\nx\n" * 400 + b"--b--",
}


@pytest.mark.django_db
@pytest.mark.parametrize("name", BREAKING)
def test_no_mail_stops_those_behind_it(name):
    row = receive(BREAKING[name])

    assert row.state != MailState.FAILED, row.reason
    assert row.raw.size == len(BREAKING[name])


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["many parts", "many lines in many parts"])
def test_what_is_not_read_whole_waits_for_staff(name, monkeypatch):
    monkeypatch.setattr(services, "LARGEST", 100 * MEGABYTE)
    row = receive(HOSTILE[name])

    assert row.state == MailState.REFUSED
    assert row.sender == "a@b.example"
    assert row.raw.size == len(HOSTILE[name])
    assert row in InboundMail.objects.waiting()


@pytest.mark.django_db
def test_reader_that_breaks_after_all_keeps_the_mail_for_staff(monkeypatch):
    def broken(*args, **kwargs):
        raise ZeroDivisionError("planted")

    monkeypatch.setattr(parsing, "BodyReader", broken)
    row = receive(HEAD + b"\nhi")

    assert (row.state, row.sender) == (MailState.REFUSED, "a@b.example")
    assert "ZeroDivisionError" in row.reason
    assert row.raw.size == len(HEAD) + 3


@pytest.mark.django_db
def test_odd_envelope_is_no_trouble():
    row = receive(HEAD + b"\nhi", envelope_to="a\x00b\ud800" + "c" * 300)

    assert row.state != MailState.FAILED
    assert len(row.to) <= 254
