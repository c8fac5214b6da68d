"""Letters to an address without account: told once, in the language that the caller gives, and answered by mail."""

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language

from accounts.services import erase, merge_accounts
from core import registry
from core.services import store_file
from reminders import services
from reminders.enums import Channel, State
from reminders.kinds import Due, Kind, Thread
from reminders.models import Letter
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def kind(monkeypatch):
    """Return f(**more) that registers a kind of letter for this test, with the templates of the welcome."""

    def register(context=lambda letter: {"name": letter.reader.get_short_name(), "url": "/x/"}, **more):
        class Borrowed(Kind):
            template = "emails/accounts/welcome"

        monkeypatch.setitem(registry.letter_kinds._offers, "test.kind", Borrowed(code="test.kind", context=context, **more))

    return register


def tell(**more):
    services.tell(**{"kind": "test.kind", "address": "speaker@x.example", "name": "Ana", "language": "es"} | more)


def test_address_gets_one_mail_and_no_inbox(kind, django_assert_num_queries):
    kind()
    with django_assert_num_queries(1):
        tell()
    tell(address="Speaker@X.example")
    letter = Letter.objects.get()
    assert (letter.recipient, letter.address, letter.channel) == (None, "speaker@x.example", Channel.MAIL)
    tell(occurrence="2")
    tell(target="a:1")
    tell(address="other@x.example")
    assert Letter.objects.count() == 4


def test_letter_speaks_the_language_given_in_the_programmes_zone(kind, settings):
    seen = {}

    def context(letter):
        seen.update(language=get_language(), zone=timezone.get_current_timezone_name())
        return {"name": letter.reader.get_short_name(), "url": "/x/"}

    kind(context)
    tell()
    assert services.deliver() == 1
    (message,) = mail.outbox
    assert message.to == ["speaker@x.example"]
    assert seen == {"language": "es", "zone": settings.PROGRAMME_ZONE}
    assert message.extra_headers["Content-Language"] == "es"
    assert '<html lang="es">' in message.alternatives[0][0]
    assert "Ana" in message.body
    letter = Letter.objects.get()
    assert (letter.state, letter.language, letter.subject) == (State.SENT, "es", message.subject)


def test_finder_may_find_addresses(kind):
    person, when = UserFactory(), timezone.now()
    speaker = Due(None, "a:1", "", when, address="a@x.example", name="A", language="fr")
    kind(finder=lambda now: [speaker, Due(person.pk, "a:1", "", when)])
    services.plan()
    services.plan()
    assert Letter.objects.filter(recipient=None).count() == 1
    assert services.deliver() == 3  # the person's stands in her inbox too


@pytest.mark.parametrize("address", ["", "nobody", "a@b@c", "a b@c.example", "a@x.example\nBcc: b@x.example"])
def test_what_is_no_address_is_an_error_at_once(kind, address):
    kind()
    with pytest.raises(ValueError):
        tell(address=address)


def test_letter_goes_to_a_person_or_to_an_address(kind, participant):
    kind()
    with pytest.raises(ValueError):
        tell(recipient=participant)
    with pytest.raises(IntegrityError), transaction.atomic():
        Letter.objects.create(kind="x", recipient=participant, address="a@x.example", channel=Channel.MAIL)
    with pytest.raises(IntegrityError), transaction.atomic():
        Letter.objects.create(kind="x", channel=Channel.MAIL)
    with pytest.raises(IntegrityError), transaction.atomic():
        Letter.objects.create(kind="x", address="a@x.example", channel=Channel.INBOX)


def test_unknown_language_becomes_english_and_a_name_one_line(kind):
    kind()
    tell(language="de", name="Ana\r\nBcc: x")
    assert Letter.objects.values_list("language", "name").get() == ("en", "Ana Bcc: x")


# Correspondence -----------------------------------------------------------------------------------
def test_thread_brings_reply_to_references_and_files(kind):
    stored = store_file(data=b"%PDF-1.7", name="list.pdf", content_type="application/pdf", audience="hidden")
    thread = Thread(reply_to="programme+x.1.abc@localhost", answers=("<a@x>", "<b@x>", "<c@x>\nBcc: evil"), files=(stored,))
    kind(thread=lambda letter: thread, written=True)
    tell()
    services.deliver()
    message = mail.outbox[0].message()
    assert message["Reply-To"] == "programme+x.1.abc@localhost"
    assert (message["In-Reply-To"], message["References"]) == ("<b@x>", "<a@x> <b@x>")
    assert "Auto-Submitted" not in message
    assert "X-Auto-Response-Suppress" not in message
    assert mail.outbox[0].attachments[0].filename == "list.pdf"


def test_missing_file_makes_a_letter_wait(kind):
    stored = store_file(data=b"x", name="a.pdf", content_type="application/pdf", audience="hidden")
    stored.file.storage.delete(stored.file.name)
    kind(thread=lambda letter: Thread(files=(stored,)))
    tell()
    assert services.deliver() == 0
    assert (mail.outbox, Letter.objects.get().state) == ([], State.PLANNED)


def test_letters_of_the_portal_are_marked_as_a_machines(kind):
    kind(thread=lambda letter: None)
    tell()
    services.deliver()
    headers = mail.outbox[0].extra_headers
    assert (headers["Auto-Submitted"], headers["X-Auto-Response-Suppress"]) == ("auto-generated", "All")
    assert "List-Unsubscribe" not in headers
    assert "In-Reply-To" not in headers


def test_unsubscribing_takes_one_click(kind, settings):
    settings.SITE_URL = "https://fdw.example"
    kind(unsubscribe=lambda letter: "/en/newsletter/leave/abc/")
    tell()
    services.deliver()
    headers = mail.outbox[0].extra_headers
    assert headers["List-Unsubscribe"] == "<https://fdw.example/en/newsletter/leave/abc/>"
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert headers["Precedence"] == "bulk"


# A person's data ----------------------------------------------------------------------------------
def addresses_of(user) -> list[str]:
    return [one["address"] for one in dict(registry.exporters["reminders"](user))["letters_to_addresses"]]


def test_letters_to_proven_addresses_are_handed_out_and_erased(kind):
    kind()
    person = UserFactory(email="Speaker@x.example")
    person.emailaddress_set.create(email="claimed@x.example", verified=False)
    tell()
    tell(address="claimed@x.example")
    tell(address="other@x.example")
    assert addresses_of(person) == ["speaker@x.example"]

    erase(user=person)
    assert sorted(Letter.objects.filter(recipient=None).values_list("address", flat=True)) == [
        "claimed@x.example",
        "other@x.example",
    ]


def test_letters_to_addresses_follow_the_addresses_into_a_merged_account(kind, staff):
    kind()
    keep, drop = UserFactory(), UserFactory(email="speaker@x.example")
    tell()
    merge_accounts(keep=keep, drop=drop, actor=staff, reason="one person")
    assert addresses_of(keep) == ["speaker@x.example"]
    assert addresses_of(drop) == []


# The administration -------------------------------------------------------------------------------
@pytest.mark.parametrize("term", ["speaker@x.example", " Speaker@X.example "])
def test_staff_find_letters_by_address(kind, staff, client_of, term):
    kind()
    tell()
    tell(address="other@x.example")
    services.tell(kind="test.kind", recipient=UserFactory(email="a-speaker@x.example"))
    page = client_of(staff).get(reverse("admin:reminders_letter_changelist"), {"q": term}).context["cl"]
    found = {row.recipient.email if row.recipient else row.address for row in page.result_list}
    assert found == {"speaker@x.example", "a-speaker@x.example"}


def test_letter_to_an_address_opens_in_the_administration(kind, staff, client_of):
    kind()
    tell()
    page = client_of(staff).get(reverse("admin:reminders_letter_change", args=[Letter.objects.get().pk]))
    assert "speaker@x.example" in page.content.decode()
