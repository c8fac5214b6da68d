import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core import mail
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse

from accounts import services
from accounts.models import User
from core import jobs
from core.errors import DomainError
from core.models import Event, Job, StoredFile
from core.services import record_event
from courses.models import Attempt, Clarity, Statement, UnitRecord
from reminders.models import Letter
from tests.factories import UserFactory
from tests.guards.cast import scene_of

pytestmark = pytest.mark.django_db
PASSWORD = "a quiet river bends"


@pytest.fixture
def learner():
    person = UserFactory(
        email="learner@demo.example", name="Grace Learner", password=PASSWORD, country="MW", group="workers", sex="female",
        organisation="Union", phone="+265 1", bio="Two sentences.", zone="Africa/Blantyre",
    )  # fmt: skip
    scene_of(person)
    return person


def perform_erasure() -> Job:
    job = Job.objects.get(kind="accounts.erase")
    jobs.perform(job.pk)
    job.refresh_from_db()
    return job


def erased(person) -> User:
    services.ask_erasure(user=person, actor=person)
    perform_erasure()
    return User.objects.get(pk=person.pk)


def test_row_stays_without_what_says_whose_it_is(learner):
    person = erased(learner)

    assert (person.email, str(person), person.is_active) == (f"erased-{person.pk}@erased.invalid", "Erased person", False)
    assert (person.country, person.group) == ("MW", "workers")
    assert not any((person.name, person.sex, person.organisation, person.phone, person.bio, person.photo))
    assert (person.zone, person.has_usable_password()) == ("UTC", False)
    assert person.erased_at


def test_what_is_hers_goes_and_numbers_stay(learner):
    Authenticator.objects.create(user=learner, type="totp", data={})
    paths = list(StoredFile.objects.filter(audience=f"user.{learner.pk}").values_list("file", flat=True))
    person = erased(learner)

    gone = [EmailAddress, Authenticator, UserSession, Statement]
    assert [model.objects.filter(user=person).count() for model in gone] == [0] * len(gone)
    assert not person.notes.exists()
    assert not person.bookmarks.exists()
    assert not Letter.objects.filter(recipient=person).exists()
    assert not StoredFile.objects.filter(audience=f"user.{person.pk}").exists()
    assert paths
    assert not any(default_storage.exists(path) for path in paths)
    assert UnitRecord.objects.filter(user=person).exists()
    assert Attempt.objects.filter(user=person).exists()
    assert list(Clarity.objects.filter(user=person).values_list("is_clear", "remark")) == [(False, "")]
    assert list(person.consents.values_list("language", flat=True)) == [""]


def test_log_keeps_act_and_time_alone(learner, staff):
    record_event(actor=staff, act="correct address", obj=learner, reason="Grace phoned", before={"email": "old@x.example"})
    LogEntry.objects.create(
        user=staff, action_flag=CHANGE, object_id=str(learner.pk), object_repr="Grace Learner", change_message="Grace",
        content_type=ContentType.objects.get_for_model(User),
    )  # fmt: skip
    person = erased(learner)

    event = Event.objects.about(person).get(act="correct address")
    assert (event.actor, event.reason, event.before, event.object_name) == (staff, "", {}, "")
    assert {"ask for erasure", "erase"} <= set(Event.objects.about(person).values_list("act", flat=True))
    assert "Grace" not in "".join(LogEntry.objects.values_list("object_repr", flat=True))


def test_nothing_in_the_database_names_her_afterwards(learner):
    from django.apps import apps

    erased(learner)

    found = []
    for model in apps.get_models():
        for row in model.objects.values() if hasattr(model, "objects") else []:
            if any(word in str(row) for word in ("Grace", "learner@demo.example", "Ask the ministry", "Which year?", "+265 1")):
                found.append((model._meta.label, row))
    assert not found


def test_last_letter_is_sent_once_and_before_the_address_goes(learner):
    services.ask_erasure(user=learner, actor=learner)
    mail.outbox.clear()

    perform_erasure()

    assert [one.to for one in mail.outbox] == [["learner@demo.example"]]


def test_erasure_does_not_wait_for_a_mail_server_that_is_away(learner, monkeypatch):
    def away(*args, **kwargs):
        raise OSError("no route")

    monkeypatch.setattr("django.core.mail.EmailMultiAlternatives.send", away)

    person = erased(learner)

    assert person.erased_at
    assert Event.objects.about(person).get(act="erase").after == {"told": False}


def test_worker_killed_between_letter_and_erasing_finishes_once(learner, monkeypatch):
    from accounts.services import erasure

    services.ask_erasure(user=learner, actor=learner)
    monkeypatch.setattr(erasure, "erase", lambda **kwargs: (_ for _ in ()).throw(SystemExit))
    job = Job.objects.get(kind="accounts.erase")
    with pytest.raises(SystemExit):
        jobs.perform(job.pk)
    assert len(mail.outbox) == 1
    assert User.objects.get(pk=learner.pk).name == "Grace Learner"
    monkeypatch.undo()
    Job.objects.filter(pk=job.pk).update(lease_until=job.created_at)

    assert perform_erasure().state == "done"
    assert not jobs.perform(job.pk)

    assert len(mail.outbox) == 1
    assert User.objects.get(pk=learner.pk).erased_at
    assert Event.objects.about(learner).filter(act="erase").count() == 1


def test_erasing_twice_changes_nothing_more(learner):
    person = erased(learner)
    when = person.erased_at

    services.ask_erasure(user=person, actor=person)
    services.erase(user=person)

    assert User.objects.get(pk=person.pk).erased_at == when
    assert Job.objects.filter(kind="accounts.erase").count() == 1


def test_account_is_closed_from_the_moment_it_was_asked(client_of, learner):
    phone = client_of(learner)
    services.ask_erasure(user=learner, actor=learner)

    assert phone.get(reverse("accounts:profile")).status_code == 302
    other = Client()
    other.post(reverse("account_login"), {"login": learner.email, "password": PASSWORD})
    assert other.get(reverse("accounts:profile")).status_code == 302


def browser_of(learner, client_of) -> Client:
    """Return a browser in which she has just shown that it is she."""
    browser = client_of(learner)
    browser.post(f"{reverse('account_reauthenticate')}?next={reverse('accounts:erase')}", {"password": PASSWORD})
    return browser


def test_page_says_what_goes_and_asks_for_the_address(client_of, learner):
    browser = browser_of(learner, client_of)
    page = browser.get(reverse("accounts:erase"))
    assert "Nobody can verify their numbers afterwards" in page.text

    wrong = browser.post(reverse("accounts:erase"), {"email": "other@demo.example"})
    assert wrong.status_code == 400
    assert "other@demo.example" in wrong.text
    assert User.objects.get(pk=learner.pk).is_active

    done = browser.post(reverse("accounts:erase"), {"email": "LEARNER@demo.example"})
    assert done["Location"] == reverse("accounts:erased")
    assert not User.objects.get(pk=learner.pk).is_active
    assert browser.get(reverse("accounts:profile")).status_code == 302


def test_erasing_asks_once_more_who_it_is(client_of, learner):
    turned = client_of(learner).post(reverse("accounts:erase"), {"email": learner.email})

    assert "/reauthenticate/" in turned["Location"]
    assert User.objects.get(pk=learner.pk).is_active


def test_staff_are_refused_with_the_reason(client_of, staff):
    with pytest.raises(DomainError, match="Ask an administrator") as refusal:
        services.ask_erasure(user=staff, actor=staff)
    assert refusal.value.code == "staff"
    browser = client_of(staff)
    assert "Ask an administrator" in browser.get(reverse("accounts:erase")).text


def test_staff_erase_a_person_with_a_reason(client_of, staff, learner):
    browser, url = client_of(staff), reverse("admin:accounts_user_erase", args=[learner.pk])
    assert browser.post(url, {"reason": ""}).status_code == 400
    assert User.objects.get(pk=learner.pk).is_active

    assert browser.post(url, {"reason": "asked by letter"}).status_code == 302

    event = Event.objects.about(learner).get(act="ask for erasure")
    assert (event.actor, event.reason) == (staff, "asked by letter")
    perform_erasure()
    assert browser.get(reverse("admin:accounts_user_change", args=[learner.pk])).status_code == 200


def test_log_of_her_statements_no_longer_names_her(learner, staff):
    statement = Statement.objects.filter(user=learner).first()
    record_event(actor=learner, act="issue statement", obj=statement, after={"name": statement.name})
    record_event(actor=staff, act="withdraw statement", obj=statement, reason="Grace Learner wrote to us")

    erased(learner)

    assert {(e.reason, str(e.after)) for e in Event.objects.about(statement)} == {("", "{}")}
