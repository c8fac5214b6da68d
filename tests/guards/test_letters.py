"""Every kind of letter renders in three languages: subject, text and HTML, each in its own words and small."""

import re

import pytest
from django.template.loader import get_template
from django.utils import timezone

from clinics.services.priorities import REQUIRED
from core import registry
from core.models import object_key
from reminders.enums import Channel
from reminders.kinds import Kind
from reminders.models import Letter
from reminders.services import compose
from tests.factories import DelegateFactory, InvitationFactory
from tests.guards.house import LANGUAGES

pytestmark = pytest.mark.django_db
MOST_BYTES = 20_000
ENDS = (".subject.txt", ".txt", ".html")

# What each kind is about, made from the scene: (target, occurrence, context). A new kind needs a line.
ABOUT = {
    "reminders.unknown_sender": lambda scene: ("", "", {}),
    "accounts.welcome": lambda scene: ("", "", {}),
    "accounts.erased": lambda scene: ("", "", {}),
    "accounts.factor_removed": lambda scene: ("", "", {}),
    "programme.newsletter_confirm": lambda scene: (
        object_key(scene["subscription"]),
        "",
        {"key": str(scene["subscription"].confirm_key), "language": "fr"},
    ),
    "programme.newsletter": lambda scene: (object_key(scene["newsletter"]), "", {"key": str(scene["subscription"].key)}),
    "programme.enquiry_received": lambda scene: (object_key(scene["enquiry"]), "", {}),
    "programme.enquiry_reply": lambda scene: (object_key(scene["enquiry"]), str(scene["answer"].pk), {}),
    "programme.enquiry_assigned": lambda scene: (object_key(scene["enquiry"]), "1", {}),
    "clinics.announcement": lambda scene: (object_key(sent(scene["announcement"])), "1", {}),
    "clinics.draft_application": lambda scene: (object_key(scene["draft_application"]), "", {}),
    "clinics.decision": lambda scene: (object_key(scene["not_selected"]), "not_selected.0", {}),
    "clinics.offer": lambda scene: (object_key(scene["offered"]), "1", {}),
    "clinics.offer_reminder": lambda scene: (object_key(scene["offered"]), "1.3", {}),
    "clinics.offer_expired": lambda scene: (object_key(scene["offer_expired"]), "1", {}),
    "clinics.waiting_moved": lambda scene: (object_key(scene["waiting"]), "1", {}),
    "clinics.priorities_to_write": lambda scene: (object_key(scene["delegation"]), "2027-02-01-14", {}),
    "clinics.priorities_to_sign": lambda scene: (object_key(filled(scene["priorities"])), "2027-02-01-7", {}),
    "clinics.priorities_published": lambda scene: (object_key(published(scene["priorities"])), "1", {}),
    "clinics.received": lambda scene: (object_key(scene["application"]), "", {}),
    "clinics.seat_taken_over": lambda scene: (object_key(scene["delegate"]), "", {}),
    "clinics.seat_passed_on": lambda scene: (object_key(left(scene["delegation"], "replaced")), "", {}),
    "clinics.withdrawn": lambda scene: (object_key(left(scene["delegation"], "withdrawn")), "", {}),
    "clinics.admitted": lambda scene: (object_key(scene["delegate"]), "", {}),
    "clinics.invitation": lambda scene: (object_key(InvitationFactory()), "", {}),
    "clinics.invitation_reminder": lambda scene: reminder(InvitationFactory()),
    "clinics.invitation_declined": lambda scene: (object_key(declined(scene["invitation"])), "", {}),
    "clinics.focal_point": lambda scene: (object_key(scene["team_member"]), "1", {}),
    "courses.unfinished": lambda scene: (
        f"courses.module:{scene['published'].pk}",
        f"{scene['record'].seen_at:%Y-%m-%d}",
        {},
    ),
}


def sent(announcement):
    """Return an announcement that was sent."""
    type(announcement).objects.filter(pk=announcement.pk).update(sent_at=timezone.now())
    return announcement


def filled(priorities):
    """Return priorities in which every required field has a text."""
    for field in REQUIRED:
        priorities.texts.update_or_create(field=field, defaults={"text": "Words", "language": "en"})
    return priorities


def left(delegation, state):
    """Return a delegate who takes part no more."""
    return DelegateFactory(delegation=delegation, state=state, left_at=timezone.now())


def published(priorities):
    """Return priorities that were published."""
    type(priorities).objects.filter(pk=priorities.pk).update(published_at=timezone.now())
    return priorities


def reminder(invitation):
    """Return what the reminder of an invitation to another clinic is about."""
    return object_key(invitation), f"7 before {invitation.expires_at:%Y-%m-%d %H:%M}", {}


def declined(invitation):
    """Return an invitation to which the answer was no."""
    return InvitationFactory(delegation=invitation.delegation, state="declined", reason="Elections", suggestion="Ann")


def written(kind: Kind, scene: dict, language: str) -> Letter:
    """Return a letter of a kind as this person would get it in a language."""
    person = scene["person"]
    person.language = language
    target, occurrence, context = ABOUT[kind.code](scene)
    row = Letter(pk=1, kind=kind.code, recipient=person, target=target, occurrence=occurrence, context=context)
    row.channel, row.due_at = Channel.MAIL, timezone.now()
    compose(row, kind)
    return row


def words(html: str) -> str:
    """Return a text without what the scene's content itself says, so that only the interface is compared."""
    return re.sub(r"(Title|Unit) \S+ (en|fr|es)|/(en|fr|es)/|lang=\"..\"", "", html)


def faults(letters: dict[str, Letter]) -> list[str]:
    """Return what is wrong with one kind's letters, by language."""
    found = []
    for language, row in letters.items():
        parts = {"subject": row.subject, "text": row.text.strip(), "html": row.html}
        found += [f"{language}: no {name}" for name, part in parts.items() if not part]
        if len(row.html.encode()) >= MOST_BYTES:
            found.append(f"{language}: {len(row.html.encode())} bytes of HTML")
        if f'lang="{language}"' not in row.html:
            found.append(f"{language}: HTML in another language")
    for name in ("subject", "text", "html"):
        texts = {words(getattr(row, name)) for row in letters.values()}
        if len(texts) < len(letters):
            found.append(f"{name}: the same in two languages")
    return found


def test_every_kind_has_its_templates():
    kinds = list(registry.letter_kinds)

    for kind in kinds:
        for end in ENDS:
            get_template(kind.template + end)
    assert len(kinds) >= 2
    assert set(registry.letter_kinds.names()) == set(ABOUT)


@pytest.mark.parametrize("code", sorted(ABOUT))
def test_letter_is_sound_in_every_language(scene, code):
    letters = {language: written(registry.letter_kinds[code], scene, language) for language in LANGUAGES}

    assert not faults(letters)


def test_planted_faults_are_caught():
    rows = {code: Letter(subject="A", text="B", language=code) for code in LANGUAGES}
    for code, row in rows.items():
        row.html = f'<html lang="{code}">' + "x" * MOST_BYTES
    rows["es"].subject = ""

    found = faults(rows)

    assert "es: no subject" in found
    assert "text: the same in two languages" in found
    assert any("bytes of HTML" in line for line in found)
