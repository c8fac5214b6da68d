"""Every kind of letter, word for word, in three languages: tests/reminders/golden/<kind>.<language>.txt.

After a wanted change: `GOLDEN=1 python -m pytest tests/reminders/test_golden.py`, then read the difference in git.
The catalogues must be compiled before (`python manage.py compile_catalogues`).
"""

import os
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from clinics.services.priorities import REQUIRED
from core import registry
from core.models import object_key
from courses.services import complete_unit, record_reading
from reminders.models import Letter
from reminders.services import compose
from tests.factories import (
    ActivityFactory,
    AnnouncementFactory,
    ApplicationFactory,
    DelegateFactory,
    DelegationFactory,
    EditionFactory,
    EnquiryFactory,
    InvitationFactory,
    ModuleFactory,
    NewsletterFactory,
    PrioritiesFactory,
    SubscriptionFactory,
    TeamMemberFactory,
    UnitFactory,
    UserFactory,
    WeekFactory,
)

GOLDEN = Path(__file__).parent / "golden"
NAMES = {"en": "Grace O'Neill", "fr": "Émilie D’Almeida", "es": "Íñigo Núñez"}


def about(kind, person) -> dict:
    """Return what a letter of this kind is about, made as its service or finder would: target, occurrence, context."""
    if kind.startswith("programme.enquiry_"):
        return about_mail(person)
    if kind.startswith("programme.newsletter"):
        return about_newsletter(kind, person)
    if kind == "courses.unfinished":
        return about_module(person)
    if kind in ("clinics.seat_taken_over", "clinics.seat_passed_on", "clinics.withdrawn"):
        return about_seat(kind, person)
    if kind.startswith("clinics.priorities"):
        return about_priorities(kind, person)
    if kind in ("clinics.draft_application", "clinics.received"):
        return about_application(kind, person)
    if kind in INVITING:
        return about_invitation(kind, person)
    if kind in SELECTION:
        return about_selection(kind, person)
    if kind == "clinics.announcement":
        return about_announcement()
    return {}


def about_announcement() -> dict:
    """Return what staff told everybody of an edition, with a link and a character that HTML escapes."""
    edition = EditionFactory(slug="southern-africa", title_en="Southern Africa", title_fr="Afrique australe")
    body = {
        "body_en": "Read & sign:\n\n- [the note](/library/note/)",
        "body_fr": "Lisez & signez :\n\n- [la note](/library/note/)",
    }
    sent = {"sent_at": datetime(2026, 11, 22, 9, 0, tzinfo=UTC), "to": "participants"}
    return {"target": object_key(AnnouncementFactory(edition=edition, **body, **sent)), "occurrence": "1"}


INVITING = {
    "clinics.invitation",
    "clinics.invitation_reminder",
    "clinics.invitation_declined",
    "clinics.admitted",
    "clinics.focal_point",
}


def about_invitation(kind, person) -> dict:
    """Return an invitation to the workers of Malawi by their focal point, her link, or the seat that came of it."""
    edition = EditionFactory(
        slug="southern-africa-2099",
        starts_on=date(2099, 2, 2),
        title_en="Southern Africa & its budgets, 2099",
        title_fr="L’Afrique australe et ses budgets, 2099",
        title_es="África Austral y sus presupuestos, 2099",
    )
    if kind == "clinics.admitted":
        return {"target": object_key(DelegateFactory(delegation__edition=edition, user=person))}
    delegation, until = DelegationFactory(edition=edition), datetime(2099, 1, 15, 12, 0, tzinfo=UTC)
    facts = {"name": "Rose Phiri", "email": "rose@labour.example", "organisation": "Ministry of Labour", "country": "MW"}
    link = {"key": "golden-key-of-focal-point", "key_until": until}
    point = TeamMemberFactory(edition=edition, user=None, role="focal_point", **facts, **link)
    if kind == "clinics.focal_point":
        return {"target": object_key(point), "occurrence": "1"}
    no = {"state": "declined", "reason": "Elections <in> May", "suggestion": "Ann & Co, ann@union.example"}
    invitation = InvitationFactory(
        delegation=delegation,
        name=person.name,
        email=person.email,
        key="golden-key-of-invitation",
        focal_point=point,
        expires_at=until,
        **(no if kind.endswith("declined") else {}),
    )
    return {"target": object_key(invitation), "occurrence": "7 before 2099-01-15 12:00"}


def about_module(person) -> dict:
    """Return a module that this person left unfinished."""
    module = ModuleFactory(
        slug="refresher",
        title_en="Taxes & contributions: who's paying?",
        title_fr="Impôts et cotisations : qui paie ?",
        title_es="Impuestos y cotizaciones: ¿quién paga?",
    )
    units = [UnitFactory(module=module) for _ in range(3)]
    complete_unit(user=person, unit=units[0])
    record_reading(user=person, unit_id=units[1].pk, record=None)
    seen = person.unit_records.latest("seen_at").seen_at
    return {"target": f"courses.module:{module.pk}", "occurrence": f"{seen:%Y-%m-%d}"}


def about_priorities(kind, person) -> dict:
    """Return the priorities of Malawi, for whose workers this person sits: begun, complete, or published."""
    edition = EditionFactory(
        slug="southern-africa-2027",
        title_en="Southern Africa & its budgets, 2027",
        title_fr="L’Afrique australe et ses budgets, 2027",
        title_es="África Austral y sus presupuestos, 2027",
    )
    delegation = DelegateFactory(delegation__edition=edition, user=person).delegation
    if kind.endswith("to_write"):
        return {"target": object_key(delegation), "occurrence": "2027-02-01-14"}
    published = datetime(2027, 1, 25, 9, 0, tzinfo=UTC) if kind.endswith("published") else None
    priorities = PrioritiesFactory(delegation=delegation, published_at=published)
    for field in REQUIRED:
        priorities.texts.create(field=field, text="Words", language="en")
    return {"target": object_key(priorities), "occurrence": "1"}


def about_seat(kind, person) -> dict:
    """Return the seat of this person: taken over with a refresher to catch up on, passed on, or given up."""
    edition = EditionFactory(
        slug="southern-africa-2098",
        starts_on=date(2098, 2, 3),
        title_en="Southern Africa & its budgets, 2098",
        title_fr="L’Afrique australe et ses budgets, 2098",
        title_es="África Austral y sus presupuestos, 2098",
    )
    title = {"title_en": "Who pays?", "title_fr": "Qui paie ?", "title_es": "¿Quién paga?"}
    unit = UnitFactory(module=ModuleFactory(slug="refresher", **title), minutes=20)
    ActivityFactory(week=WeekFactory(edition=edition), kind="refresher", module=unit.module)
    state = {"clinics.seat_passed_on": "replaced", "clinics.withdrawn": "withdrawn"}.get(kind, "active")
    left_at = datetime(2098, 1, 25, 9, 0, tzinfo=UTC) if state != "active" else None
    own = DelegateFactory(delegation__edition=edition, user=person, state=state, left_at=left_at)
    DelegateFactory(delegation=own.delegation, state="replaced", successor=own)
    return {"target": object_key(own)}


def about_application(kind, person) -> dict:
    """Return an application in an open call whose deadline is far away: a draft, or handed in."""
    edition = EditionFactory(
        slug="southern-africa-2099",
        state="call_open",
        apply_by=datetime(2099, 1, 15, 21, 59, tzinfo=UTC),
        starts_on=date(2099, 2, 2),
        title_en="Southern Africa & its budgets, 2099",
        title_fr="L’Afrique australe et ses budgets, 2099",
        title_es="África Austral y sus presupuestos, 2099",
    )
    state = "submitted" if kind.endswith("received") else "draft"
    return {"target": object_key(ApplicationFactory(edition=edition, user=person, state=state))}


SELECTION = {
    "clinics.decision": ("not_selected", "not_selected.1"),
    "clinics.offer": ("offered", "1"),
    "clinics.offer_reminder": ("offered", "1.3"),
    "clinics.offer_expired": ("expired", "1"),
    "clinics.waiting_moved": ("waiting", "1"),
}


def about_selection(kind, person) -> dict:
    """Return an application whose decision was released: not selected, offered, run out, or on the waiting list."""
    edition = EditionFactory(
        slug="southern-africa-2099",
        state="selection",
        starts_on=date(2099, 2, 2),
        title_en="Southern Africa & its budgets, 2099",
        title_fr="L’Afrique australe et ses budgets, 2099",
        title_es="África Austral y sus presupuestos, 2099",
    )
    state, occurrence = SELECTION[kind]
    ends = datetime(2099, 1, 15, 21, 59, tzinfo=UTC)
    released = {"released_at": datetime(2099, 1, 8, 9, 0, tzinfo=UTC), "decision_reason": "balance", "offers": 1, "rank": 1}
    row = ApplicationFactory(edition=edition, user=person, state=state, offer_until=ends, **released)
    return {"target": object_key(row), "occurrence": occurrence}


def about_newsletter(kind, person) -> dict:
    """Return an issue to somebody who confirmed before it was sent, or the question whether she wants it."""
    now = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
    subscription = SubscriptionFactory(
        email=person.email,
        language=person.language,
        key="0d4b7c1e-52a8-4f0e-8f0b-6f1f7d2f9a01",
        confirm_key="5e0c6c0a-7f3b-4f55-9a6e-2b8d3c4e5f02",
        state="asked" if kind.endswith("confirm") else "confirmed",
        confirmed_at=None if kind.endswith("confirm") else now,
    )
    if kind.endswith("confirm"):
        context = {"key": str(subscription.confirm_key), "language": person.language}
        return {"target": object_key(subscription), "context": context}
    issue = NewsletterFactory(slug="first-issue", state="published", sent_at=now)
    return {"target": object_key(issue), "context": {"key": str(subscription.key)}}


def about_mail(person) -> dict:
    """Return an enquiry that waits for this person's answer, and an answer that it got."""
    enquiry = EnquiryFactory(
        pk=12,
        reference="FDW-7KQ4-M2",
        key="8b1f6a52-9d0e-4c0b-9a43-1f3f5b0c7d11",
        user=person,
        assignee=person,
        language=person.language,
        subject="Who pays? <A & B>",
        due_at=datetime(2026, 11, 27, 12, 0, tzinfo=UTC),
    )
    answer = enquiry.messages.create(kind="reply", author=person, text="Hello,\n\nsee https://fdw.example/ & write again.")
    return {"target": object_key(enquiry), "occurrence": str(answer.pk)}


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["en", "fr", "es"])
@pytest.mark.parametrize("kind", registry.letter_kinds.names())
def test_letter_reads_as_agreed(kind, language, settings):
    settings.SITE_URL = "https://fdw.example"
    person = UserFactory(name=NAMES[language], language=language, email="reader@ministry.example")
    letter = Letter(kind=kind, recipient=person, channel="mail", **about(kind, person))
    compose(letter, registry.letter_kinds[kind])
    said = f"{letter.subject}\n\n{letter.text}"
    path = GOLDEN / f"{kind}.{language}.txt"
    if os.environ.get("GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(said, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == said
