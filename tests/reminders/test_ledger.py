"""The ledger: written once, delivered once, tried again, never lost."""

import datetime as dt
import smtplib
import threading

import pytest
import time_machine
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import transaction
from django.utils import timezone

from core import registry
from reminders import services
from reminders.enums import Channel, State
from reminders.kinds import Due, Kind, Obsolete
from reminders.models import Letter
from tests.factories import LetterFactory, UserFactory

NOW = dt.datetime(2026, 11, 22, 12, 0, tzinfo=dt.UTC)


@pytest.fixture
def now():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def smtp(monkeypatch):
    """Return a list of errors: while it holds one, sending raises it."""
    errors = []
    send = EmailBackend.send_messages

    def send_messages(self, messages):
        if errors:
            raise errors[0]
        return send(self, messages)

    monkeypatch.setattr(EmailBackend, "send_messages", send_messages)
    return errors


@pytest.fixture
def kind(monkeypatch):
    """Return f(context) that registers a kind of letter for this test, with the templates of the welcome."""

    def register(context, **more):
        class Borrowed(Kind):
            template = "emails/accounts/welcome"

        made = Borrowed(code="test.kind", context=context, **more)
        monkeypatch.setitem(registry.letter_kinds._offers, "test.kind", made)
        return made

    return register


def row(letter):
    letter.refresh_from_db()
    return letter


# Written once -------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_tell_writes_a_row_a_channel_and_repeating_adds_none(participant, django_assert_num_queries):
    with django_assert_num_queries(1):
        services.tell(kind="accounts.welcome", recipient=participant)
    services.tell(kind="accounts.welcome", recipient=participant, context={"late": "facts"})
    assert sorted(Letter.objects.values_list("channel", "state", "context")) == [
        ("inbox", "planned", {}),
        ("mail", "planned", {}),
    ]
    services.tell(kind="accounts.welcome", recipient=participant, occurrence="2")
    services.tell(kind="accounts.welcome", recipient=participant, target="a:1")
    assert Letter.objects.count() == 6


@pytest.mark.django_db
def test_tell_unknown_kind_is_an_error_at_once(participant):
    with pytest.raises(KeyError):
        services.tell(kind="no.such", recipient=participant)


@pytest.mark.django_db(transaction=True)
def test_tell_is_delivered_after_commit_and_not_after_rollback(participant):
    with transaction.atomic():
        services.tell(kind="accounts.welcome", recipient=participant)
        assert mail.outbox == []
    assert len(mail.outbox) == 1
    with transaction.atomic():
        services.tell(kind="accounts.welcome", recipient=participant, occurrence="2")
        transaction.set_rollback(True)
    assert len(mail.outbox) == 1
    assert Letter.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_tell_outlives_a_broker_that_is_away(participant, monkeypatch):
    def away(*args, **kwargs):
        raise ConnectionError("broker")

    monkeypatch.setattr("reminders.tasks.deliver.apply_async", away)
    services.tell(kind="accounts.welcome", recipient=participant)
    assert Letter.objects.filter(state=State.PLANNED).count() == 2
    assert services.deliver() == 2


@pytest.mark.django_db(transaction=True)
def test_two_tell_at_once_write_one(participant, at_once, monkeypatch):
    monkeypatch.setattr(services, "ring", lambda: None)
    at_once(*[lambda: services.tell(kind="accounts.welcome", recipient=participant)] * 2)
    assert Letter.objects.count() == 2


# Delivered ----------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("cast", ["participant", "participant_fr", "participant_es"])
def test_deliver_in_the_persons_language_and_zone(request, cast, kind):
    person = request.getfixturevalue(cast)
    seen = {}

    def context(letter):
        from django.utils.translation import get_language

        seen.update(language=get_language(), zone=timezone.get_current_timezone_name())
        return {"name": letter.recipient.name, "url": "/x/"}

    kind(context)
    letters = [LetterFactory(kind="test.kind", recipient=person, channel=channel) for channel in Channel]
    assert services.deliver() == 2
    assert seen == {"language": person.language, "zone": person.zone}
    (message,) = mail.outbox
    assert message.to == [person.email]
    assert person.name in message.body
    assert message.extra_headers["Content-Language"] == person.language
    html, mime = message.alternatives[0]
    assert mime == "text/html"
    assert f'<html lang="{person.language}">' in html
    assert f"<title>{message.subject}</title>" in html
    for letter in letters:
        assert (row(letter).state, letter.language, letter.url) == (State.SENT, person.language, "/x/")
        assert (letter.subject, letter.text) == (message.subject, message.body)
        assert letter.lease_until is None
        assert letter.sent_at


@pytest.mark.django_db
def test_deliver_leaves_language_and_zone_as_they_were(participant_fr):
    LetterFactory(recipient=participant_fr)
    before = timezone.get_current_timezone_name()
    services.deliver()
    assert timezone.get_current_timezone_name() == before


@pytest.mark.django_db
def test_deliver_only_what_is_due(now):
    early, due = LetterFactory(due_at=NOW + dt.timedelta(seconds=1)), LetterFactory(due_at=NOW)
    assert services.deliver() == 1
    assert (row(early).state, row(due).state) == (State.PLANNED, State.SENT)
    assert services.deliver() == 0
    assert len(mail.outbox) == 1


@pytest.mark.django_db
def test_deliver_more_than_a_batch(monkeypatch):
    monkeypatch.setattr(services, "BATCH", 2)
    monkeypatch.setattr(services.claim, "__defaults__", (2,))
    person = UserFactory()
    LetterFactory.create_batch(5, recipient=person)
    assert services.deliver() == 5
    assert len(mail.outbox) == 5


@pytest.mark.django_db
def test_deliver_not_to_closed_accounts():
    letter = LetterFactory(recipient=UserFactory(is_active=False))
    assert services.deliver() == 0
    assert (row(letter).state, letter.reason) == (State.OBSOLETE, "account closed")
    assert mail.outbox == []


@pytest.mark.django_db
def test_obsolete_says_why(kind):
    def context(letter):
        raise Obsolete("module finished")

    kind(context)
    letter = LetterFactory(kind="test.kind")
    services.deliver()
    assert (row(letter).state, letter.reason) == (State.OBSOLETE, "module finished")


@pytest.mark.django_db
def test_unknown_kind_is_obsolete():
    letter = LetterFactory(kind="gone.app")
    services.deliver()
    assert (row(letter).state, letter.reason) == (State.OBSOLETE, "unknown kind")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("age", "state"), [(dt.timedelta(days=2), State.SENT), (dt.timedelta(days=2, seconds=1), State.MISSED)]
)
def test_too_late_is_missed(now, age, state):
    letter = LetterFactory(due_at=NOW - age)
    services.deliver()
    assert row(letter).state == state


# Trouble ------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(
    "error", [smtplib.SMTPServerDisconnected("away"), ConnectionRefusedError(111, "no"), TimeoutError("slow")]
)
def test_smtp_down_is_counted_and_sent_later(now, smtp, error):
    smtp.append(error)
    letter = LetterFactory()
    waits = []
    for attempt in (1, 2, 3):
        assert services.deliver() == 0
        assert (row(letter).state, letter.attempts) == (State.PLANNED, attempt)
        assert type(error).__name__ in letter.reason
        waits.append((letter.due_at - timezone.now()) / dt.timedelta(minutes=1))
        assert services.deliver() == 0  # not before its time
        assert row(letter).attempts == attempt
        now.move_to(letter.due_at)
    assert waits == [1, 4, 9]
    smtp.clear()
    assert services.deliver() == 1
    assert (row(letter).state, len(mail.outbox)) == (State.SENT, 1)


@pytest.mark.django_db
def test_gives_up_after_most_attempts(now, smtp):
    smtp.append(smtplib.SMTPRecipientsRefused({}))
    letter = LetterFactory()
    for _ in range(services.MOST_ATTEMPTS):
        services.deliver()
        now.move_to(row(letter).due_at)
    assert (letter.state, letter.attempts) == (State.FAILED, services.MOST_ATTEMPTS)
    smtp.clear()
    assert services.deliver() == 0


@pytest.mark.django_db
def test_one_broken_letter_does_not_stop_the_others(kind, caplog):
    def context(letter):
        return {}["no such fact"]

    kind(context)
    broken, whole = LetterFactory(kind="test.kind"), LetterFactory()
    assert services.deliver() == 1
    assert (row(broken).state, broken.attempts, row(whole).state) == (State.PLANNED, 1, State.SENT)
    assert f"letter {broken.pk}" in caplog.text


@pytest.mark.django_db
def test_a_letter_tried_before_is_never_too_late(now):
    letter = LetterFactory(due_at=NOW - dt.timedelta(days=9), attempts=1)
    assert services.deliver() == 1
    assert row(letter).state == State.SENT


@pytest.mark.django_db
def test_worker_killed_leaves_a_row_that_another_sends_after_the_lease(now):
    letter = LetterFactory()
    assert services.claim(timezone.now()) == [letter.pk]  # and then kill -9
    now.move_to(NOW + services.LEASE)
    assert services.deliver() == 0
    now.move_to(NOW + services.LEASE + dt.timedelta(seconds=1))
    assert services.deliver() == 1
    assert row(letter).state == State.SENT


@pytest.mark.django_db
def test_slow_worker_does_not_send_what_another_took_over(now, monkeypatch):
    """A mail server that hangs makes a batch outlast its lease; who comes later has sent the rest meanwhile."""
    LetterFactory.create_batch(3)
    send = EmailBackend.send_messages
    slow = [True]

    def send_messages(self, messages):
        if slow:
            slow.clear()
            now.move_to(NOW + services.LEASE + dt.timedelta(seconds=1))
            services.deliver()  # the other worker
        return send(self, messages)

    monkeypatch.setattr(EmailBackend, "send_messages", send_messages)
    services.deliver()
    sent = [message.extra_headers["Message-ID"] for message in mail.outbox]
    assert len(set(sent)) == 3
    assert len(sent) <= 4  # the one that hung may go twice, under one Message-ID
    assert not Letter.objects.exclude(state=State.SENT).exists()


@pytest.mark.django_db(transaction=True)
def test_two_workers_claim_disjoint_rows(at_once):
    ids = {letter.pk for letter in LetterFactory.create_batch(6)}
    first, second = at_once(*[lambda: services.claim(timezone.now(), 3)] * 2)
    assert not set(first) & set(second)
    assert set(first) | set(second) <= ids
    left = services.claim(timezone.now(), 6)
    assert sorted([*first, *second, *left]) == sorted(ids)
    assert {len(first), len(second)} <= {0, 3}


@pytest.mark.django_db(transaction=True)
def test_two_workers_deliver_each_letter_once(at_once):
    LetterFactory.create_batch(6)
    sent, lock = [], threading.Lock()

    class Recorder(EmailBackend):
        pass

    def send_messages(self, messages):
        with lock:
            sent.extend(message.extra_headers["Message-ID"] for message in messages)
        return len(messages)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(EmailBackend, "send_messages", send_messages)
        results = at_once(services.deliver, services.deliver)
    assert sum(results) == 6
    assert len(sent) == len(set(sent)) == 6


# What goes out ------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_message_id_is_the_same_at_every_attempt(now, smtp):
    letter = LetterFactory()
    first = letter.message_id
    smtp.append(OSError("down"))
    services.deliver()
    smtp.clear()
    now.move_to(row(letter).due_at)
    services.deliver()
    assert mail.outbox[0].extra_headers["Message-ID"] == first
    assert mail.outbox[0].message()["Message-ID"] == first
    assert LetterFactory().message_id != first


@pytest.mark.django_db
def test_name_injects_no_header(kind, monkeypatch):
    name = "Eve\r\nBcc: all@demo.example\u2028X"

    class Named(Kind):
        template = "emails/courses/unfinished"

    facts = {"name": name, "title": name, "done": 1, "left": 2, "url": "/"}
    monkeypatch.setitem(registry.letter_kinds._offers, "test.kind", Named(code="test.kind", context=lambda letter: facts))
    LetterFactory(kind="test.kind")
    assert services.deliver() == 1
    message = mail.outbox[0].message()
    assert "Bcc" not in message
    assert "\n" not in mail.outbox[0].subject
    assert "Eve" in mail.outbox[0].subject
    assert mail.outbox[0].recipients() == mail.outbox[0].to


@pytest.mark.django_db
def test_subject_and_text_are_plain_and_html_is_escaped(monkeypatch):
    class Named(Kind):
        template = "emails/courses/unfinished"

    facts = {"name": "O'Neill & <b>", "title": "Taxes & l'emploi", "done": 1, "left": 2, "url": "/"}
    monkeypatch.setitem(registry.letter_kinds._offers, "test.kind", Named(code="test.kind", context=lambda letter: facts))
    LetterFactory(kind="test.kind")
    services.deliver()
    message = mail.outbox[0]
    assert "Taxes & l'emploi" in message.subject
    assert "O'Neill & <b>" in message.body
    assert "O&#x27;Neill &amp; &lt;b&gt;" in message.alternatives[0][0]
    assert "&amp;amp;" not in message.alternatives[0][0]


# Finders ------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_plan_writes_what_finders_find_once(participant, outsider, kind, django_assert_num_queries):
    def find(now):
        yield Due(participant.pk, "a:1", "2026", now)
        yield Due(outsider.pk, "a:1", "2026", now)

    kind(lambda letter: {"name": "", "url": ""}, finder=find)
    finders = sum(1 for one in registry.letter_kinds if one.finder)  # the test's own asks nothing, and there is one write
    with django_assert_num_queries(finders):
        assert services.plan() == 2
    services.plan()
    assert Letter.objects.count() == 4


def test_a_finder_that_fails_holds_up_no_other(participant, kind, monkeypatch):
    def fail(now):
        raise ZeroDivisionError

    broken = Kind(code="accounts.welcome", context=dict, finder=fail)
    monkeypatch.setitem(registry.letter_kinds._offers, "accounts.welcome", broken)
    kind(lambda letter: {"name": "", "url": ""}, finder=lambda now: [Due(participant.pk, "a:1", "2026", now)])

    with pytest.raises(ExceptionGroup) as failed:
        services.plan()

    assert failed.group_contains(ZeroDivisionError)
    assert Letter.objects.filter(kind="test.kind").count() == 2


@pytest.mark.django_db(transaction=True)
def test_plan_twice_at_once_writes_once(participant, kind, at_once):
    kind(lambda letter: {"name": "", "url": ""}, finder=lambda now: [Due(participant.pk, "a:1", "2026", now)])
    assert at_once(services.plan, services.plan) == [1, 1]
    assert Letter.objects.count() == 2
