# ruff: noqa: F811  the fixture `chief` is imported
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.urls import reverse
from django.utils import timezone

from accounts import services
from accounts.models import Consent, User
from core.errors import DomainError
from core.models import Event, object_key
from courses.models import Attempt, Bookmark, Clarity, Note, Statement, UnitRecord
from courses.services import start_attempt, submit_attempt
from reminders.models import Letter
from reminders.services import tell
from tests.admin_desk import chief  # noqa: F401
from tests.factories import CheckFactory, UnitFactory, UserFactory

pytestmark = pytest.mark.django_db
NOW = timezone.now()


@pytest.fixture
def keep(db):
    return UserFactory(email="grace@work.example", name="Grace Phiri", country="MW")


@pytest.fixture
def drop(db):
    return UserFactory(email="grace@home.example", name="Grace P.", country="RW", organisation="Union", phone="+265 1")


def merge(keep, drop, actor=None, reason="she phoned"):
    services.merge_accounts(keep=keep, drop=drop, actor=actor or UserFactory(is_staff=True), reason=reason)
    keep.refresh_from_db()
    drop.refresh_from_db()


def record(user, unit, **facts):
    row = UnitRecord.objects.create(user=user, unit=unit, seen_at=facts.pop("seen_at", NOW))
    UnitRecord.objects.filter(pk=row.pk).update(**facts)


def test_addresses_sign_in_to_the_account_which_stays(keep, drop):
    merge(keep, drop)

    rows = EmailAddress.objects.filter(user=keep).order_by("email").values_list("email", "verified", "primary")
    assert list(rows) == [("grace@home.example", True, False), ("grace@work.example", True, True)]
    assert (drop.email, drop.is_active, str(drop)) == (f"erased-{drop.pk}@erased.invalid", False, "Erased person")


def test_address_that_was_never_confirmed_does_not_become_so(keep, drop):
    EmailAddress.objects.filter(user=drop).update(verified=False)
    merge(keep, drop)
    assert not EmailAddress.objects.get(email="grace@home.example").verified


def test_empty_fields_are_filled_and_the_rest_stays(keep, drop):
    merge(keep, drop)
    assert (keep.name, keep.country, keep.organisation, keep.phone) == ("Grace Phiri", "MW", "Union", "+265 1")


def test_single_sign_on_moves_and_the_first_consent_stays(keep, drop):
    SocialAccount.objects.create(user=drop, provider="oidc", uid="g1")
    for person, day in ((keep, NOW), (drop, NOW - timedelta(days=9))):
        services.give_consent(user=person, language="en")
        Consent.objects.filter(user=person).update(given_at=day)
    merge(keep, drop)

    assert SocialAccount.objects.get().user == keep
    assert list(Consent.objects.values_list("user", "given_at")) == [(keep.pk, NOW - timedelta(days=9))]


def test_records_keep_the_first_opening_and_the_completion(keep, drop):
    unit, only = UnitFactory(), UnitFactory()
    record(keep, unit, opened_at=NOW, completed_at=None, block=7)
    record(drop, unit, opened_at=NOW - timedelta(days=5), completed_at=NOW - timedelta(days=4), block=2,
           seen_at=NOW - timedelta(days=4))  # fmt: skip
    record(drop, only)
    merge(keep, drop)

    row = UnitRecord.objects.get(user=keep, unit=unit)
    assert (row.opened_at, row.completed_at, row.block) == (NOW - timedelta(days=5), NOW - timedelta(days=4), 7)
    assert UnitRecord.objects.filter(user=keep).count() == 2
    assert not UnitRecord.objects.filter(user=drop).exists()


def answer_one(attempt):
    answer = attempt.answers.first()
    answer.value, answer.saved_at = answer.version.content["choices"][0]["key"], NOW
    answer.save()


def test_attempts_are_numbered_on_and_at_most_one_is_open(keep, drop):
    check = CheckFactory(max_attempts=None)
    submit_attempt(attempt=start_attempt(user=keep, unit=check))
    standing = start_attempt(user=keep, unit=check)
    submit_attempt(attempt=start_attempt(user=drop, unit=check))
    answer_one(start_attempt(user=drop, unit=check))
    merge(keep, drop)

    rows = Attempt.objects.filter(user=keep).order_by("number")
    assert [row.number for row in rows] == [1, 2, 3, 4]
    assert [row.pk for row in rows if row.is_open] == [standing.pk]
    assert not Attempt.objects.filter(user=drop).exists()


def test_open_attempt_without_answers_is_not_counted(keep, drop):
    check = CheckFactory()
    start_attempt(user=keep, unit=check)
    start_attempt(user=drop, unit=check)
    merge(keep, drop)
    assert Attempt.objects.filter(user=keep).count() == 1


def test_open_attempt_of_one_alone_stays_open(keep, drop):
    answer_one(start_attempt(user=drop, unit=CheckFactory()))
    merge(keep, drop)
    assert Attempt.objects.get(user=keep).is_open


def test_both_texts_of_a_note_are_kept(keep, drop):
    unit, only = UnitFactory(), UnitFactory()
    for person, text in ((keep, "At work"), (drop, "At home")):
        Note.objects.create(user=person, unit=unit, text=text, typed_at=NOW)
        Bookmark.objects.create(user=person, unit=unit)
        Clarity.objects.create(user=person, unit=unit, language="en", is_clear=person == keep)
    Note.objects.create(user=drop, unit=only, text="Alone", typed_at=NOW)
    merge(keep, drop)

    assert list(Note.objects.filter(user=keep).order_by("pk").values_list("text", flat=True)) == ["At work\n\nAt home", "Alone"]
    assert Bookmark.objects.filter(user=keep).count() == Bookmark.objects.count() == 1
    assert [row.is_clear for row in Clarity.objects.all()] == [True]


def test_every_statement_can_still_be_found_by_its_number(keep, drop):
    module = UnitFactory().module
    for n, person in enumerate((keep, drop)):
        Statement.objects.create(
            user=person, module=module, number=f"N-{n}", name=person.name, titles={}, minutes=5, completed_on=NOW.date()
        )
    merge(keep, drop)

    rows = Statement.objects.order_by("number")
    assert [(row.number, row.user, row.withdrawn_at is None) for row in rows] == [("N-0", keep, True), ("N-1", keep, False)]


def test_letters_move_once(keep, drop):
    for person in (keep, drop):
        tell(kind="accounts.welcome", recipient=person)
    Letter.objects.create(kind="x.y", recipient=drop, channel="mail")
    merge(keep, drop)

    assert Letter.objects.filter(recipient=keep).count() == 3
    assert not Letter.objects.filter(recipient=drop).exists()


def test_log_says_what_was_before_and_where_the_account_went(keep, drop):
    services.sign_out_everywhere(user=drop, actor=keep, reason="old act")
    merge(keep, drop)

    stays, ended = Event.objects.about(keep).get(act="merge accounts"), Event.objects.about(drop).get(act="end in a merge")
    assert stays.before == {"email": "grace@home.example", "name": "Grace P."}
    assert (stays.after["merged"], ended.after["into"], stays.reason) == (object_key(drop), object_key(keep), "she phoned")
    assert Event.objects.about(drop).get(act="sign out everywhere").reason == "old act"


def test_erasing_the_account_which_stays_cleans_the_log_of_both(keep, drop):
    services.sign_out_everywhere(user=drop, actor=keep, reason="Grace lost her phone")
    merge(keep, drop)
    services.erase(user=keep)
    assert not Event.objects.filter(reason__contains="Grace").exists()
    assert not Event.objects.exclude(before={}).exists()


def test_merging_twice_changes_nothing_more(keep, drop):
    merge(keep, drop)
    events = Event.objects.count()
    merge(keep, drop)
    assert Event.objects.count() == events


def test_broken_merge_leaves_both_as_they_were(keep, drop, monkeypatch):
    from accounts.services import merging

    UnitRecord.objects.create(user=drop, unit=UnitFactory(), seen_at=NOW)
    monkeypatch.setattr(merging, "anonymise", lambda user: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        merge(keep, drop)
    assert UnitRecord.objects.filter(user=drop).exists()
    assert EmailAddress.objects.filter(user=drop).exists()


@pytest.mark.parametrize("side", ["keep", "drop"])
def test_accounts_of_the_team_are_refused(keep, drop, side):
    person = {"keep": keep, "drop": drop}[side]
    person.is_staff = True
    person.save()
    with pytest.raises(DomainError) as refusal:
        merge(keep, drop)
    assert refusal.value.code == "staff"


def page(person):
    return reverse("admin:accounts_user_merge", args=[person.pk])


def test_preview_says_what_would_happen_and_does_nothing(client, chief, keep, drop):
    unit = UnitFactory()
    for person in (keep, drop):
        record(person, unit)
        Note.objects.create(user=person, unit=unit, text=person.email, typed_at=NOW)
    shown = client.get(page(keep), {"email": "GRACE@home.example"})

    assert "1 unit was opened in both" in shown.text
    assert "both texts are kept" in shown.text
    assert "Empty fields are filled: organisation, phone or WhatsApp" in shown.text
    assert User.objects.get(pk=drop.pk).is_active


@pytest.mark.parametrize("email", ["nobody@demo.example", "grace@work.example", "grace", "chief@example.org", ""])
def test_other_account_is_chosen_by_its_exact_address(client, chief, keep, drop, email):
    answer = client.get(page(keep), {"email": email})
    assert answer.status_code == 400
    assert "email" in answer.context["form"].errors


def test_merging_in_the_administration_asks_why(client, chief, keep, drop):
    assert client.post(page(keep), {"email": drop.email, "reason": ""}).status_code == 400
    assert client.post(page(keep), {"email": drop.email, "reason": "same person"}).status_code == 302
    assert not User.objects.get(pk=drop.pk).is_active
    assert Event.objects.about(keep).get(act="merge accounts").actor == chief
