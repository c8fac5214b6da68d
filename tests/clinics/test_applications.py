"""The open call: a draft that keeps what is typed, handed in once and in time, and more time for one person."""

import datetime as dt

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from clinics import asked
from clinics.models import Application, Extension
from clinics.services.applications import (
    attach_letter,
    begin_application,
    deadline_for,
    extend_deadline,
    hand_in,
    open_until,
    remove_letter,
    save_field,
    save_form,
)
from core.errors import DomainError
from core.models import Event, StoredFile
from reminders.models import Letter
from tests.factories import (
    ApplicationFactory,
    DelegateFactory,
    DelegationFactory,
    EditionFactory,
    InvitationFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 11, 22, 12, 0, tzinfo=dt.UTC)
MINUTE, DAY = dt.timedelta(minutes=1), dt.timedelta(days=1)
PDF = b"%PDF-1.4\n1 0 obj\n"


@pytest.fixture(autouse=True)
def now():
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def edition(db):
    return EditionFactory(slug="call", state="call_open", apply_by=NOW + 10 * DAY)


@pytest.fixture
def person(db):
    return UserFactory(
        name="Grace", email="grace@union.example", country="MW", group="workers", organisation="Congress", position="Researcher"
    )


@pytest.fixture
def draft(edition, person):
    return begin_application(edition=edition, user=person, language="en")


@pytest.fixture
def complete(edition, person):
    """A draft with an answer to every question that needs one."""
    return ApplicationFactory(edition=edition, user=person, state="draft", submitted_at=None)


def code_of(act, **kwargs) -> str:
    with pytest.raises(DomainError) as caught:
        act(**kwargs)
    return caught.value.code


def said(application, field="motivation"):
    application.refresh_from_db()
    return getattr(application, field)


# A draft ------------------------------------------------------------------------------------------


def test_draft_is_prefilled_from_the_profile(draft):
    facts = [getattr(draft, name) for name in ("country", "group", "organisation", "position", "languages")]
    assert facts == ["MW", "workers", "Congress", "Researcher", ["en"]]
    assert (draft.motivation, draft.consent_at, draft.state) == ("", None, "draft")


def test_draft_takes_of_the_profile_only_what_it_may_hold(edition):
    odd = UserFactory(country="ZZ", organisation="Unions", language="es")
    edition.languages = ["en", "fr"]
    draft = begin_application(edition=edition, user=odd, language="es")
    assert (draft.country, draft.organisation, draft.languages) == ("", "Unions", [])


def test_begun_twice_is_one_draft(draft, edition, person):
    assert begin_application(edition=edition, user=person, language="fr") == draft
    assert Application.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_begun_in_two_tabs_at_once_is_one_draft(edition, person, at_once):
    def begin():
        return begin_application(edition=edition, user=person, language="en").pk

    assert len(set(at_once(begin, begin, begin))) == 1


def test_draft_is_not_begun_where_no_call_is(edition, person):
    begin = {"edition": edition, "user": person, "language": "en"}
    edition.state = "selection"
    assert code_of(begin_application, **begin) == "state"
    edition.state, edition.apply_by = "call_open", NOW
    assert code_of(begin_application, **begin) == "late"
    edition.is_open_call = False
    assert code_of(begin_application, **begin) == "invited_only"
    assert not Application.objects.exists()


def test_whoever_has_a_seat_or_an_invitation_need_not_apply(edition, person):
    delegation = DelegationFactory(edition=edition)
    invitation = InvitationFactory(delegation=delegation, email="grace@union.example")
    begin = {"edition": edition, "user": person, "language": "en"}
    assert code_of(begin_application, **begin) == "invited"
    invitation.expires_at = NOW
    invitation.save()
    assert code_of(hand_in, application=begin_application(**begin)) == "incomplete"
    DelegateFactory(delegation=delegation, user=person)
    assert code_of(hand_in, application=begin_application(**begin)) == "joined"
    assert code_of(begin_application, **begin | {"user": DelegateFactory(delegation=delegation).user}) == "joined"


def test_an_invitation_to_another_address_is_no_seat(edition, person):
    InvitationFactory(delegation=DelegationFactory(edition=edition), email="other@union.example")
    assert begin_application(edition=edition, user=person, language="en").pk


# Kept as it is typed ------------------------------------------------------------------------------


def test_answer_is_kept_and_knows_when_it_was_typed(draft):
    saved = save_field(application=draft, field="motivation", value=[" We negotiate. "], client_id="a-1", age=MINUTE)
    assert saved.motivation == said(draft) == "We negotiate."
    assert saved.typed["motivation"] == ["a-1", (NOW - MINUTE).isoformat()]


def test_each_kind_of_answer_is_kept(draft):
    given = {"country": ["KE"], "languages": ["es", "en"], "funding": ["needs_data"], "nominator_email": ["boss@union.example"],
             "consent": ["yes"], "organisation": [" Central\n Union "], "group": [""]}  # fmt: skip
    for name, raw in given.items():
        draft = save_field(application=draft, field=name, value=raw)
    draft.refresh_from_db()
    assert (draft.country, draft.languages, draft.funding) == ("KE", ["en", "es"], "needs_data")
    assert (draft.nominator_email, draft.organisation, draft.group) == ("boss@union.example", "Central Union", "")
    assert draft.consent_at == NOW


def test_consent_is_taken_back(draft):
    draft = save_field(application=draft, field="consent", value=["yes"])
    assert save_field(application=draft, field="consent", value=[]).consent_at is None


def test_replay_changes_nothing(draft, now):
    save_field(application=draft, field="motivation", value=["one"], client_id="a-1")
    save_field(application=draft, field="motivation", value=["two"], client_id="a-2")
    now.shift(MINUTE)
    save_field(application=draft, field="motivation", value=["one"], client_id="a-1")
    assert said(draft) == "two"


def test_of_two_devices_the_later_typed_stays(draft, now):
    save_field(application=draft, field="motivation", value=["phone"], client_id="a-1", age=MINUTE)
    save_field(application=draft, field="motivation", value=["older, from the office"], client_id="b-1", age=5 * MINUTE)
    assert said(draft) == "phone"
    save_field(application=draft, field="motivation", value=["newer, from the office"], client_id="b-2")
    assert said(draft) == "newer, from the office"


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("motivation", ["x" * 100_000], "long"),
        ("organisation", ["x" * 201], "long"),
        ("country", ["ZZ"], "unknown"),
        ("country", ["MW", "KE"], "unknown"),
        ("group", ["pirates"], "unknown"),
        ("languages", ["en", "de"], "unknown"),
        ("consent", ["perhaps"], "unknown"),
        ("nominator_email", ["not an address"], "address"),
        ("decision", ["offer"], "unknown"),
        ("state", ["accepted"], "unknown"),
    ],
)
def test_what_a_question_cannot_take_is_refused(draft, field, value, code):
    before = Application.objects.values().get(pk=draft.pk)
    assert code_of(save_field, application=draft, field=field, value=value) == code
    assert Application.objects.values().get(pk=draft.pk) == before


def test_control_characters_never_reach_the_row(draft):
    assert save_field(application=draft, field="motivation", value=["a\x00b\x07c"]).motivation == "abc"


def test_nothing_changes_after_handing_in_or_the_deadline(draft):
    Application.objects.filter(pk=draft.pk).update(state="submitted")
    assert code_of(save_field, application=draft, field="motivation", value=["late"]) == "closed"
    Application.objects.filter(pk=draft.pk).update(state="draft")
    draft.edition.apply_by = NOW - MINUTE
    draft.edition.save()
    assert code_of(save_field, application=draft, field="motivation", value=["late"]) == "late"
    assert said(draft) == ""


def test_saving_costs_three_queries_and_a_savepoint(draft):
    with CaptureQueriesContext(connection) as seen:
        save_field(application=draft, field="motivation", value=["x"], client_id="a-1")
    assert len([q for q in seen if "SAVEPOINT" not in q["sql"]]) == 3


# A page without script ----------------------------------------------------------------------------


def test_form_keeps_what_was_changed_on_it_and_no_more(draft):
    had = {name: asked.had(name, asked.values(draft, name)) for name in asked.QUESTIONS}
    save_field(application=draft, field="position", value=["Economist"], client_id="phone-1")
    values = {"position": ["Researcher"], "motivation": ["To learn"], "country": ["KE"]}
    saved, errors = save_form(application=draft, values=values, had=had)
    assert errors == {}
    assert (saved.position, saved.motivation, saved.country) == ("Economist", "To learn", "KE")


def test_form_keeps_the_rest_when_one_answer_is_refused(draft):
    had = dict.fromkeys(asked.QUESTIONS, "")
    values = {"nominator_email": ["nobody"], "nominator_name": ["The president"]}
    saved, errors = save_form(application=draft, values=values, had=had)
    assert list(errors) == ["nominator_email"]
    assert saved.nominator_name == "The president"


def test_form_without_change_writes_nothing(complete, django_assert_num_queries):
    had = {name: asked.had(name, asked.values(complete, name)) for name in asked.QUESTIONS}
    values = {name: asked.values(complete, name) for name in asked.QUESTIONS}
    with django_assert_num_queries(0):
        save_form(application=complete, values=values, had=had)


# The letter ---------------------------------------------------------------------------------------


def test_letter_is_read_by_her_alone_and_the_last_one_stays(draft, person, outsider, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        attach_letter(application=draft, upload=SimpleUploadedFile("a.pdf", PDF))
        attach_letter(application=draft, upload=SimpleUploadedFile("Lettre du président.pdf", PDF))
    draft.refresh_from_db()
    assert (draft.letter.name, StoredFile.objects.count()) == ("lettre-du-president.pdf", 1)
    assert StoredFile.objects.visible_to(person).exists()
    assert not StoredFile.objects.visible_to(outsider).exists()


def test_letter_of_a_wrong_kind_is_refused(draft):
    for name, body, code in [("a.pdf", b"MZ program", "kind"), ("a.pdf", b"", "empty"), ("a.pdf", PDF * 400_000, "large")]:
        assert code_of(attach_letter, application=draft, upload=SimpleUploadedFile(name, body)) == code
    assert not StoredFile.objects.exists()


def test_letter_is_removed_twice(draft, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        attach_letter(application=draft, upload=SimpleUploadedFile("a.pdf", PDF))
        remove_letter(application=draft)
        remove_letter(application=draft)
    assert not StoredFile.objects.exists()


# Handing in ---------------------------------------------------------------------------------------


def test_complete_application_is_handed_in_once(complete):
    first = hand_in(application=complete)
    again = hand_in(application=complete)
    assert (first.state, first.submitted_at, again.submitted_at) == ("submitted", NOW, NOW)
    assert Event.objects.filter(act="hand in application").count() == 1
    assert Letter.objects.filter(kind="clinics.received", channel="mail").count() == 1


@pytest.mark.django_db(transaction=True)
def test_double_click_hands_in_once(complete, at_once):
    def send():
        return hand_in(application=complete).state

    assert at_once(send, send) == ["submitted", "submitted"]
    assert Event.objects.filter(act="hand in application").count() == 1


@pytest.mark.parametrize("field", [name for name in asked.REQUIRED if name not in ("languages", "consent")])
def test_every_question_that_needs_an_answer_is_missed(complete, field):
    setattr(complete, field, "")
    complete.save()
    assert code_of(hand_in, application=complete) == "incomplete"
    assert asked.missing(complete) == [field]
    assert said(complete, "state") == "draft"


def test_languages_and_consent_are_missed(complete):
    complete.languages, complete.consent_at = [], None
    complete.save()
    assert code_of(hand_in, application=complete) == "incomplete"
    assert asked.missing(complete) == ["languages", "consent"]
    assert asked.answered(complete) == 7


def test_nobody_hands_in_after_the_deadline(complete, now):
    now.shift(10 * DAY - MINUTE)
    assert deadline_for(complete.edition, complete.user) == timezone.now() + MINUTE
    now.shift(MINUTE)
    assert code_of(hand_in, application=complete) == "late"
    assert not Letter.objects.exists()


# More time ----------------------------------------------------------------------------------------


def test_more_time_is_for_one_person_also_when_selection_has_begun(complete, staff, now):
    edition, person, other = complete.edition, complete.user, UserFactory()
    extend_deadline(edition=edition, user=person, until=NOW + 12 * DAY, actor=staff, reason="No line for a week")
    now.shift(11 * DAY)
    edition.state = "selection"
    edition.save()
    assert code_of(begin_application, edition=edition, user=other, language="en") == "state"
    assert open_until(Application.objects.with_deadline().get(pk=complete.pk)) == NOW + 12 * DAY
    assert hand_in(application=complete).state == "submitted"


def test_more_time_is_logged_and_its_second_takes_the_place_of_the_first(edition, person, staff):
    give = {"edition": edition, "user": person, "actor": staff, "reason": "Ill"}
    extend_deadline(until=NOW + 12 * DAY, **give)
    extend_deadline(until=NOW + 13 * DAY, **give)
    assert Extension.objects.get().until == deadline_for(edition, person) == NOW + 13 * DAY
    event = Event.objects.filter(act="extend deadline").latest("pk")
    assert (event.actor, event.reason, event.before) == (staff, "Ill", {"until": (NOW + 12 * DAY).isoformat()})


@pytest.mark.parametrize(
    ("until", "reason", "code"),
    [(-MINUTE, "Ill", "past"), (9 * DAY, "Ill", "earlier"), (400 * DAY, "Ill", "beyond"), (12 * DAY, " ", "reason")],
)
def test_more_time_that_makes_no_sense_is_refused(edition, person, staff, until, reason, code):
    give = {"edition": edition, "user": person, "actor": staff, "reason": reason}
    assert code_of(extend_deadline, until=NOW + until, **give) == code
    assert not Extension.objects.exists()


def test_more_time_reopens_nothing(complete, staff):
    hand_in(application=complete)
    give = {"edition": complete.edition, "user": complete.user, "actor": staff, "reason": "Ill"}
    assert code_of(extend_deadline, until=NOW + 12 * DAY, **give) == "handed_in"


def test_a_call_that_is_moved_beyond_her_own_deadline_holds_for_her_too(edition, person, staff):
    extend_deadline(edition=edition, user=person, until=NOW + 12 * DAY, actor=staff, reason="Ill")
    edition.apply_by = NOW + 20 * DAY
    assert deadline_for(edition, person) == NOW + 20 * DAY


def test_rows_know_whether_they_are_still_open(draft, now):
    row = Application.objects.with_deadline().select_related("edition").get(pk=draft.pk)
    assert open_until(row) == NOW + 10 * DAY
    now.shift(10 * DAY)
    assert open_until(row) is None
