"""Every kind of letter, word for word, in three languages: tests/reminders/golden/<kind>.<language>.txt.

After a wanted change: `GOLDEN=1 python -m pytest tests/reminders/test_golden.py`, then read the difference in git.
The catalogues must be compiled before (`python manage.py compile_catalogues`).
"""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core import registry
from core.models import object_key
from courses.services import complete_unit, record_reading
from reminders.models import Letter
from reminders.services import compose
from tests.factories import (
    EnquiryFactory,
    ModuleFactory,
    NewsletterFactory,
    SubscriptionFactory,
    UnitFactory,
    UserFactory,
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
    return {}


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
