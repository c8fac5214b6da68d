"""What a mail says: whole mails of the programs people use, each with the text beside it that is theirs."""

from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reminders.inbound.automatic import automatic_reason
from reminders.inbound.html import text_of
from reminders.inbound.parsing import parse
from reminders.inbound.quotes import own_words

MAIL = Path(__file__).parent / "mail"
READ = sorted(path.stem for path in MAIL.glob("*.txt"))
MACHINES = {
    "auto_reply": "Auto-Submitted: auto-replied",
    "auto_reply_exchange": "subject of an answering machine",
    "auto_reply_suppress": "x-auto-response-suppress: all",
    "auto_reply_old": "x-autoreply: yes",
    "list": "Precedence: list",
    "bounce": "delivery report",
    "bounce_plain": "empty Return-Path",
    "loop": "our own letter came back",
    "loop_sender": "sent from our own address",
}


def mail(name: str) -> bytes:
    return (MAIL / f"{name}.eml").read_bytes()


def read(raw: bytes) -> str:
    found = parse(raw)
    return own_words(found.text, forwarded=found.is_forwarded) or found.text


@pytest.mark.parametrize("name", READ)
def test_a_person_is_read_without_quotations_and_signature(name):
    assert read(mail(name)) + "\n" == (MAIL / f"{name}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", READ)
def test_line_ends_of_the_wire_change_nothing(name):
    crlf = mail(name).replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")

    assert read(crlf) == read(mail(name))


def test_enough_mails_are_read():
    assert len(READ) >= 25


@pytest.mark.parametrize("name", READ)
def test_what_people_wrote_is_not_taken_for_a_machines(name):
    assert automatic_reason(parse(mail(name))) == ""


@pytest.mark.parametrize(("name", "reason"), MACHINES.items())
def test_machines_are_known(name, reason):
    assert automatic_reason(parse(mail(name))) == reason


@pytest.mark.parametrize(("said", "automatic"), [("no", False), ("auto-generated", True), ("auto-notified; x", True)])
def test_auto_submitted_no_is_a_person(said, automatic):
    raw = mail("flowed").replace(b"MIME-Version", f"Auto-Submitted: {said}\nMIME-Version".encode())

    assert bool(automatic_reason(parse(raw))) is automatic


def test_of_the_portals_own_host_our_letters_are_a_loop_and_people_are_people(settings):
    settings.SITE_URL = "https://fdw.example.org"

    assert automatic_reason(parse(mail("flowed").replace(b"flow1@thunderbird.example", b"letter-5-abc@fdw.example.org")))
    assert not automatic_reason(parse(mail("flowed").replace(b"flow1@thunderbird.example", b"x@fdw.example.org")))


def test_mail_that_goes_in_circles_is_known():
    assert automatic_reason(parse(b"Received: by x\n" * 51 + mail("flowed"))) == "passed on too often"


# Headers ------------------------------------------------------------------------------------------
def test_headers_are_decoded():
    found = parse(mail("gmail_fr"))

    assert (found.sender, found.sender_name) == ("emile@travail.example", "Émile D'Almeida")
    assert found.subject == "Re : Votre candidature à la clinique"
    assert found.recipients == ["programme@localhost"]
    assert found.sent_at.isoformat() == "2026-11-20T09:12:00+00:00"
    assert found.language == "fr"


def test_thread_is_read():
    found = parse(mail("gmail_en"))

    assert (found.message_id, found.in_reply_to) == ("<CAF1@mail.gmail.example>", "<letter-5-abc@localhost>")
    assert found.references == ("<first@x.example>", "<letter-5-abc@localhost>")


def test_line_break_in_an_encoded_subject_makes_no_header():
    found = parse(mail("subject_injection"))

    assert found.subject == "Hello Bcc: all@demo.example X"
    assert "bcc" not in found.headers


def test_comma_in_an_encoded_name_moves_no_address():
    raw = b"From: =?utf-8?q?Banda=2C_evil=40x=2Eexample?= <grace@labour.example>\n\nx"

    assert parse(raw).sender == "grace@labour.example"
    assert parse(raw).sender_name == "Banda, evil@x.example"


@pytest.mark.parametrize(
    "name", [b"", b"nobody", b"a b <x y@z>", b"<>", b"@@@", b"=?utf-8?q?=C3?=", b"\xff\xfe", b'"' * 999, b"a@b," * 9999]
)
def test_odd_senders_do_not_break_it(name):
    found = parse(b"From: " + name + b"\nTo: " + name + b"\nDate: yesterday\nReceived: x; never\n\nText.")

    assert found.text == "Text."
    assert "," not in found.sender


def test_mail_without_id_is_known_by_its_bytes():
    assert parse(mail("no_message_id")).key.startswith("sha256:")
    assert parse(mail("no_message_id")).key != parse(mail("no_message_id") + b"\n.").key


@pytest.mark.parametrize(
    ("header", "text", "language"),
    [
        ("", "Je vous remercie pour les documents que nous avons reçus avec plaisir", "fr"),
        ("", "Gracias por los documentos que usted nos envió para la clínica, una vez más", "es"),
        ("", "Thank you for the documents that you have sent", "en"),
        ("", "", "en"),
        ("fr-CA", "Thank you for the documents", "fr"),
        ("de", "Thank you for the documents", "en"),
    ],
)
def test_language_is_guessed(header, text, language):
    raw = f"From: a@b.example\nContent-Language: {header}\nContent-Type: text/plain; charset=utf-8\n\n{text}".encode()

    assert parse(raw).language == language


# Files --------------------------------------------------------------------------------------------
def test_attachments_are_found_with_their_names():
    names = [one.name for one in parse(mail("attachments")).attachments]

    assert names == ["Budget 2027.pdf", "carte été.png", "IMG_0001.JPG", "setup.exe"]


def test_picture_that_adorns_a_page_is_no_attachment():
    assert parse(mail("logo")).attachments == []


def test_mail_in_a_mail_is_an_attachment():
    inner, outer = EmailMessage(), EmailMessage()
    inner.set_content("Inner words.")
    outer.set_content("Outer words.")
    outer.add_attachment(inner)
    found = parse(outer.as_bytes())

    assert (found.text, [one.name for one in found.attachments]) == ("Outer words.", ["message.eml"])
    assert b"Inner words." in found.attachments[0].data


def test_deep_nesting_is_survived():
    raw = b"From: a@b.example\n"
    for n in range(600):
        raw += f'Content-Type: multipart/mixed; boundary="b{n}"\n\n--b{n}\n'.encode()

    assert parse(raw + b"Content-Type: text/plain\n\nDeep.").sender == "a@b.example"


@given(st.binary(max_size=400))
def test_no_bytes_break_the_reader(noise):
    parse(noise)
    parse(b"From: a@b.example\nContent-Type: multipart/mixed; boundary=x\n\n--x\n" + noise)
    parse(b"From: " + noise + b"\nContent-Type: text/html; charset=" + noise + b"\n\n" + noise)


# Quotations ---------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "line",
    [
        "On Thu, 19 Nov 2026 at 16:05, A <a@b.example> wrote:",
        "On Nov 19, 2026, at 4:05 PM, A B wrote:",
        "Le jeudi 19 novembre 2026 à 16:05:00 UTC+1, A <a@b.example> a écrit :",
        "Le 19/11/2026 à 16h05, A a écrit :",
        "Le 19 nov. 2026 16:05, A a écrit:",
        "El jueves, 19 de noviembre de 2026 16:05, A <a@b.example> escribió:",
        "El 19/11/26 a las 16:05, A escribió:",
        "2026-11-19 16:05 GMT+01:00 A B <a@b.example> a écrit :",
    ],
)
def test_line_over_a_quotation_goes_with_it(line):
    assert own_words(f"Yes.\n\n{line}\n\n> Coming?\n") == "Yes."
    assert own_words(f"Yes.\n\n{line}\n> Coming?\n\nNo.") == "Yes.\n\nNo."


@pytest.mark.parametrize(
    "line",
    ["Sent from my Galaxy", "Get Outlook for iOS<https://aka.example/o>", "Envoyé depuis mon mobile", "Enviado desde mi Huawei",
     "Envoyé à partir de Outlook pour Android", "Obtener Outlook para Android", "--\nA. B.\nTel. 1", "-- \nA. B."],
)  # fmt: skip
def test_signature_goes(line):
    assert own_words(f"Yes.\n\n{line}\n") == "Yes."


@pytest.mark.parametrize(
    "text",
    [
        "Envoyé de mon bureau, voici le rapport que vous avez demandé la semaine dernière pour la clinique de février.",
        "Sent from my office:\nthe report.",
        "Thanks, I will come.\n\nThanks, again.",
        "- one\n- two",
        "A -- B",
        "From: Turin\nto Nairobi, by night.",
        "De : la part du ministre\n\nBonjour.",
        "Le 12 mai, il a écrit :\nrien.",
        "  indented\n    more",
    ],
)
def test_sentences_stay(text):
    assert own_words(text) == text


def test_stripping_a_long_mail_is_quick():
    assert own_words("On " * 50_000)
    assert own_words("Le 2026 " * 20_000 + "\n" * 1000)
    assert own_words("\n".join(["On 2026 it was"] * 20_000))
    assert own_words("<" * 200_000)
    assert own_words("<a@" * 60_000)
    assert own_words("De : " * 40_000)


# HTML ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("a<br>b<br><br>c", "a\nb\n\nc"),
        ("<div>a</div><div>b</div>", "a\nb"),
        ("<div>a</div><div><br></div><div>b</div>", "a\n\nb"),
        ("<p>a</p><p>b</p>", "a\n\nb"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
        ("<pre>a\n  b</pre>", "a\n  b"),
        ("<a href='https://x.example/'>x.example</a>", "x.example"),
        ("<a href='javascript:alert(1)'>click</a>", "click"),
        ("<blockquote>a<blockquote>b</blockquote></blockquote>c", "> a\n>\n>> b\n>\n\nc"),
        ("&lt;b&gt; &amp; &eacute;", "<b> & é"),
        ("<p>unclosed <b>bold", "unclosed bold"),
        ("</p></blockquote></div>x<", "x<"),
        ("<style>x</style><!-- y -->z", "z"),
    ],
)
def test_html_becomes_text(html, text):
    assert text_of(html) == text


@given(st.text(alphabet="<>/abdivpre blockquote&#;=\"'!-\n", max_size=300))
def test_no_html_breaks_the_reader(html):
    text_of(html)
