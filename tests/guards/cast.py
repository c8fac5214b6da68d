"""One of each thing that a page or a permission is about, made with the suite's factories."""

from datetime import timedelta

from django.core.files.base import ContentFile
from django.utils import timezone

from accounts.models import User
from accounts.services import give_consent
from core.models import StoredFile
from courses import services
from courses.models import UnitRecord
from programme.models import GlossaryTerm
from reminders.enums import Channel, State
from reminders.models import Letter
from tests.factories import CheckFactory, LetterFactory, ModuleFactory, UnitFactory, texts

ROLES = ("visitor", "participant", "outsider", "tutor", "staff")


def term(slug="decent-work") -> GlossaryTerm:
    return GlossaryTerm.objects.create(slug=slug, **texts("term", slug), **texts("definition", "Work that is decent."))


def letter(to: User) -> Letter:
    """Return a letter that stands in an inbox."""
    facts = {"subject": "Welcome", "text": "Welcome.", "url": "/en/", "language": "en", "sent_at": timezone.now()}
    return LetterFactory(recipient=to, channel=Channel.INBOX, state=State.SENT, **facts)


def stored(audience: str) -> StoredFile:
    row = StoredFile(name="photo.jpg", content_type="image/jpeg", size=3, sha256="0" * 64, audience=audience)
    row.file.save("photo.jpg", ContentFile(b"abc"), save=True)
    return row


def scene_of(owner: User) -> dict:
    """Return one of each thing, by name; what is personal belongs to `owner`."""
    published, draft = ModuleFactory(slug="published"), ModuleFactory(slug="draft", state="draft")
    unit, unread, draft_unit = UnitFactory(module=published), UnitFactory(module=published), UnitFactory(module=draft)
    check = CheckFactory(module=published, position=99)
    seen = timezone.now() - timedelta(days=6)
    give_consent(user=owner, language="en")
    return {
        "published": published,
        "draft": draft,
        "unit": unit,
        "unread": unread,
        "draft_unit": draft_unit,
        "check": check,
        "record": UnitRecord.objects.create(user=owner, unit=unit, seen_at=seen, block=1),
        "attempt": services.start_attempt(user=owner, unit=check),
        "letter": letter(owner),
        "consent": owner.consents.get(),
        "person": owner,
        "public_file": stored("public"),
        "own_file": stored(f"user.{owner.pk}"),
        "theme": published.theme,
        "term": term(),
    }
