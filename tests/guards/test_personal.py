"""Nothing about a person is forgotten: every table with a relation to her is handed out, erased and merged."""

from functools import reduce
from operator import or_

import pytest
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.apps import apps
from django.conf import settings
from django.db.models import Q

from accounts import services
from clinics.models import Delegation, Review, Signature
from core import registry
from core.models import TextTranslation, TextVersion, object_key
from tests.factories import ApplicationFactory, InvitationFactory, TeamMemberFactory, UserFactory
from tests.guards.house import standing_apps

pytestmark = pytest.mark.django_db
GONE = "gone"  # after erasing no row of hers is left; otherwise the fields that must be empty

# What each table is called in the export, and what erasing leaves. A new table with a person in it needs a line.
PLACES = {
    "account.EmailAddress": ("accounts.addresses", GONE),
    "mfa.Authenticator": ("accounts.second_factors", GONE),
    "socialaccount.SocialAccount": ("accounts.single_sign_on", GONE),
    "usersessions.UserSession": ("accounts.sessions", GONE),
    "accounts.Consent": ("accounts.consents", ["language"]),
    "accounts.SignInLink": ("accounts.sign_in_links", GONE),
    "core.Job": ("core.jobs", GONE),
    "reminders.Letter": ("reminders.letters", GONE),
    "programme.Subscription": ("programme.subscriptions", GONE),
    "programme.Enquiry": ("programme.enquiries", GONE),
    "programme.Message": ("programme.messages", GONE),
    "courses.UnitRecord": ("courses.progress", []),
    "courses.Attempt": ("courses.attempts", []),
    "courses.Note": ("courses.notes", GONE),
    "courses.Bookmark": ("courses.bookmarks", GONE),
    "courses.Clarity": ("courses.clarity", ["remark"]),
    "courses.Statement": ("courses.statements", GONE),
    "core.TextVersion": ("core.text_versions", GONE),
    "core.TextTranslation": ("core.text_translations", GONE),
    "clinics.Application": ("clinics.applications", GONE),
    "clinics.Invitation": ("clinics.invitations", GONE),
    "clinics.Delegate": ("clinics.seats", GONE),  # the row stays for headcounts, without her
    "clinics.TeamMember": ("clinics.team_roles", GONE),
    "clinics.PriorityText": ("clinics.priorities", GONE),  # the delegation's common text, without her name
    "clinics.Signature": ("clinics.signatures", GONE),
    "clinics.Extension": ("clinics.extensions", GONE),
    "clinics.Review": ("clinics.reviews", GONE),
}

# Tables with a relation to the user in which she is no subject.
EXEMPT = {
    "admin.LogEntry": "what the team did; what it says about a person is blanked with her account",
    "core.Event": "who acted; what is said about a person is found by its object, exported and blanked",
    "clinics.CountryCandidate": "who of the team decided on a country; erasing takes the name away",
    "clinics.Announcement": "who of the team sent it; erasing takes the name away",
}


def relations(model) -> list:
    """Return the fields of a model that point to the user, without those of who made or changed a row."""
    return [
        field
        for field in model._meta.get_fields()
        if field.concrete and field.is_relation and not field.many_to_many
        and field.related_model._meta.label == settings.AUTH_USER_MODEL and field.name != "made_by"
    ]  # fmt: skip


def about_people() -> list:
    """Return the models with a relation to the user, without tables of history: their user is the editor."""
    return [m for m in apps.get_models() if relations(m) and not m.__name__.startswith("Historical")]


def unplaced(models, places: dict) -> list[str]:
    known = {*places, *EXEMPT}
    return [model._meta.label for model in models if model._meta.label not in known]


def rows_of(model, user):
    return model._default_manager.filter(reduce(or_, (Q(**{field.name: user}) for field in relations(model))))


def exported(user) -> dict[str, list]:
    return {f"{app}.{table}": list(rows) for app in registry.exporters.names() for table, rows in registry.exporters[app](user)}


def left_behind(user, places: dict) -> list[str]:
    """Return what an erasure left of a person that its line does not allow."""
    found = []
    for label, (_table, left) in places.items():
        rows = rows_of(apps.get_model(label), user)
        if left == GONE and rows.exists():
            found.append(f"{label}: {rows.count()} rows")
        elif left != GONE:
            found += [f"{label}.{field}" for field in left for value in rows.values_list(field, flat=True) if value]
    return found


@pytest.fixture
def whole(participant, scene):
    """The owner of the scene, with every way of signing in."""
    Authenticator.objects.create(user=participant, type="totp", data={})
    SocialAccount.objects.create(user=participant, provider="oidc", uid="1")
    UserSession.objects.create(user=participant, ip="127.0.0.1", session_key="k", user_agent="x")
    took_part(participant, scene)
    return participant


def took_part(user, scene) -> None:
    """Let her write, translate and sign priorities, hold a role, review, and be invited."""
    text = scene["priority_text"]
    text.written_by = user
    text.save()
    facts = {"object_key": object_key(text), "language": "en"}
    TextVersion.objects.create(**facts, number=1, author=user, text="Informality", reason="My own")
    TextTranslation.objects.create(**facts, text="x", provenance="human", translator=user, of_version=1)
    Signature.objects.create(priorities=scene["priorities"], side="workers", user=user, version=1)
    TeamMemberFactory(edition=scene["edition"], user=user, role="observer")
    Review.objects.create(application=ApplicationFactory(edition=scene["edition"]), reviewer=user)
    InvitationFactory(delegation=Delegation.objects.get(pk=scene["delegation"].pk), user=user, email=user.email)


def test_every_table_about_a_person_has_a_place():
    assert len(about_people()) >= 14
    assert not unplaced(about_people(), PLACES)


def test_table_without_a_place_is_caught():
    places = {label: place for label, place in PLACES.items() if label != "courses.Note"}

    assert unplaced(about_people(), places) == ["courses.Note"]


def test_every_app_with_a_table_offers_all_three():
    theirs = {label.split(".")[0] for label in PLACES} & set(standing_apps())

    for found in (registry.exporters, registry.erasers, registry.mergers):
        assert set(found.names()) >= theirs


def test_every_table_is_handed_out(whole):
    tables = exported(whole)

    empty = [label for label, (table, _left) in PLACES.items() if not tables.get(table)]
    assert not empty


def test_erasing_leaves_what_the_lines_allow(whole):
    assert len(left_behind(whole, PLACES)) > 10  # before: the planted case

    services.erase(user=whole)

    assert not left_behind(whole, PLACES)


def test_erasing_is_safe_to_repeat(whole):
    services.erase(user=whole)
    services.erase(user=whole)

    assert not left_behind(whole, PLACES)


def test_merging_leaves_nothing_with_the_account_that_ends(whole):
    keep = UserFactory()
    places = {label: (table, GONE) for label, (table, _left) in PLACES.items()}

    services.merge_accounts(keep=keep, drop=whole, actor=UserFactory(is_staff=True), reason="one person")

    assert not left_behind(whole, places)
    moved = ["courses.UnitRecord", "courses.Attempt", "courses.Note", "courses.Statement", "reminders.Letter"]
    moved += ["clinics.Application", "clinics.Delegate", "clinics.Invitation", "clinics.TeamMember", "core.TextVersion"]
    assert all(rows_of(apps.get_model(label), keep).exists() for label in moved)


def test_erasing_another_person_touches_nothing(whole, outsider):
    before = {table: rows for table, rows in exported(whole).items() if table != "core.log"}

    services.erase(user=outsider)

    assert {table: rows for table, rows in exported(whole).items() if table != "core.log"} == before
