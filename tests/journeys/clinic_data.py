"""Editions for the journeys of clinics, made inside the portal by the services that people use.

    facts = json.loads(portal.manage("shell", "-v0", "-c", "from tests.journeys.clinic_data import make; make()"))

Every edition has its own address and its own people, so that no journey meets another one.
"""

import json
from datetime import timedelta

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone

from accounts.models import User
from accounts.services import bump_audience, give_consent
from clinics.asked import AGREED
from clinics.enums import EditionState
from clinics.models import Delegation, Edition
from clinics.services.admission import admit
from clinics.services.applications import begin_application, hand_in, save_field
from clinics.services.criteria import make_criteria
from clinics.services.deciding import decide
from clinics.services.delegations import add_delegation
from clinics.services.editions import move_edition
from clinics.services.invitations import invite
from clinics.services.planning import kept, make_plan
from core.changes import content_changed
from programme.models import SubRegion

BACKEND = "django.contrib.auth.backends.ModelBackend"
TEXT = {
    "summary": "In short: {}.",
    "description": "What happens in {}.",
    "cost": "No fee in {}.",
    "equipment": "A phone for {}.",
    "certificate_rules": "Three webinars of {}.",
}


class People:
    """Staff of the demonstration, and people made for one journey, each with a session of her own."""

    def __init__(self):
        self.staff = User.objects.get(email="staff@demo.example")
        self.sessions: dict[str, str] = {}
        self.let_in("staff", self.staff)

    def make(self, handle: str, name: str, language: str = "en", country: str = "MW", group: str = "workers", **facts) -> User:
        """Return a person who has agreed to the privacy notice; her session stands in `sessions` by her handle."""
        email = f"{handle}@journey.example"
        facts = {"organisation": "An organisation", "position": "Officer", "zone": "Africa/Kigali"} | facts
        known = {"language": language, "country": country, "group": group, "zone_confirmed": True}
        user = User.objects.create_user(email, None, name=name, **known, **facts)
        give_consent(user=user, language=language)
        self.let_in(handle, user)
        return user

    def let_in(self, handle: str, user: User) -> None:
        """Open a session for a person, as the form to sign in would."""
        session = SessionStore()
        proof = user.get_session_auth_hash()
        session.update({SESSION_KEY: str(user.pk), BACKEND_SESSION_KEY: BACKEND, HASH_SESSION_KEY: proof})
        session.save()
        self.sessions[handle] = session.session_key


def edition(slug: str, staff: User, *, weeks: int, last: str, seats: dict[str, dict[str, int]]) -> Edition:
    """Return an edition with the default plan and criteria that starts on a Monday so many weeks ahead, in a state.

    Args: last: its state; seats: {country: {group: number}}.
    """
    today = timezone.now().date()
    starts_on = today - timedelta(days=today.weekday()) + timedelta(weeks=weeks)
    made = Edition(slug=slug, sub_region=SubRegion.objects.first(), zone="Africa/Blantyre", starts_on=starts_on)
    made.ends_on, made.apply_by = starts_on + timedelta(days=18), timezone.now() + timedelta(days=20)
    told = {field: {code: words.format(f"{slug} {code}") for code in ("en", "fr", "es")} for field, words in TEXT.items()}
    kept(made, title={code: f"Journey {slug} {code}" for code in ("en", "fr", "es")}, **told)
    content_changed(made)
    make_plan(edition=made, actor=staff)
    make_criteria(edition=made)
    for country, numbers in seats.items():
        add_delegation(edition=made, country=country, seats=numbers, actor=staff)
    return onwards(made, last, staff)


def onwards(made: Edition, last: str, staff: User) -> Edition:
    """Move an edition on, step by step, to a state."""
    while made.state != last:
        made = move_edition(edition=made, to=EditionState(made.state).next, actor=staff)
    return made


def place(made: Edition, country: str) -> Delegation:
    return made.delegations.select_related("edition").get(country=country)


def apply(made: Edition, user: User) -> int:
    """Hand in an application of this person; return its number."""
    one = begin_application(edition=made, user=user, language=user.language)
    answers = {"motivation": "We negotiate.", "expected_use": "A brief.", "funding": "work_time", "languages": user.language}
    for field, value in (answers | {"consent": AGREED}).items():
        one = save_field(application=one, field=field, value=[value])
    return hand_in(application=one).pk


# The editions -------------------------------------------------------------------------------------
def copied(who: People) -> dict:
    """The edition from which the next one is built."""
    made = edition("journey-copied", who.staff, weeks=6, last="call_open", seats={"MW": {"workers": 2}, "RW": {"labour": 1}})
    return {"pk": made.pk}


def invited(who: People) -> dict:
    """An edition to which two trade unionists are invited in French."""
    made = edition("journey-invited", who.staff, weeks=7, last="call_open", seats={"RW": {"workers": 2, "labour": 1}})
    for name in ("Josiane", "Clarisse"):
        facts = {"name": f"{name} Mukamana", "language": "fr", "organisation": "Confédération syndicale"}
        invite(delegation=place(made, "RW"), group="workers", email=f"{name.lower()}@union.example", actor=who.staff, **facts)
    return {"slug": made.slug, "title": made.title_fr}


def called(who: People) -> dict:
    """An edition with one seat for workers and its call open: two have applied, a third will."""
    made = edition("journey-call", who.staff, weeks=8, last="call_open", seats={"MW": {"workers": 1}})
    who.make("esther", "Esther Applicant")
    facts = {name: apply(made, who.make(name, f"{name.title()} Applicant")) for name in ("brenda", "dora")}
    return {"pk": made.pk, "slug": made.slug, **facts}


def written(who: People) -> dict:
    """An edition in preparation: government and employers of Malawi have a member each, workers none; Zambia has one."""
    seats = {"MW": {"labour": 1, "employers": 1, "workers": 1}, "ZM": {"workers": 1}}
    made = edition("journey-priorities", who.staff, weeks=9, last="preparation", seats=seats)
    for handle, country, group in (("gladys", "MW", "labour"), ("edwin", "MW", "employers"), ("mutinta", "ZM", "workers")):
        user = who.make(handle, handle.title(), country=country, group=group)
        admit(delegation=place(made, country), user=user, group=group, actor=who.staff)
        bump_audience(user)
    return {"slug": made.slug}


def managed(who: People) -> dict:
    """An edition in selection for the administration: two delegates, one invitation open, two applications decided."""
    made = edition("journey-desk", who.staff, weeks=5, last="call_open", seats={"MW": {"workers": 3, "labour": 2}})
    pks = [apply(made, who.make(name, f"{name.title()} Applicant")) for name in ("faith", "grace")]
    late = who.make("hope", "Hope Late")
    begin_application(edition=made, user=late, language="en")
    made = onwards(made, "selection", who.staff)
    for handle, group, language in (("ivy", "labour", "fr"), ("joy", "labour", "en")):
        user = who.make(handle, f"{handle.title()} Delegate", language=language, group=group)
        admit(delegation=place(made, "MW"), user=user, group=group, actor=who.staff)
    who.make("kate", "Kate Successor", group="labour")
    facts = {"name": "Lena Invited", "language": "en"}
    invite(delegation=place(made, "MW"), group="workers", email="lena@union.example", actor=who.staff, **facts)
    decide(edition=made, applications=pks[:1], decision="offer", actor=who.staff)
    decide(edition=made, applications=pks[1:], decision="wait", reason="group_full", actor=who.staff)
    return {"pk": made.pk, "slug": made.slug, "title": str(made)}


def make() -> None:
    """Make all of it, and print what the journeys need to know."""
    who = People()
    found = {part.__name__: part(who) for part in (copied, invited, called, written, managed)}
    print(json.dumps(found | {"sessions": who.sessions}))
