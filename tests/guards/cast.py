"""One of each thing that a page or a permission is about, made with the suite's factories."""

from datetime import timedelta

from django.core.files.base import ContentFile
from django.utils import timezone

from accounts.models import User
from accounts.services import find_link, give_consent, make_link, use_link
from core.models import Job, StoredFile
from courses import services
from courses.models import Bookmark, Clarity, Note, Statement, UnitRecord
from programme.models import GlossaryTerm
from reminders.enums import Channel, State
from reminders.models import Letter
from tests.factories import (
    CheckFactory,
    FigureFactory,
    FilmFactory,
    LetterFactory,
    ModuleFactory,
    UnitFactory,
    UserFactory,
    texts,
)

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


def personal(owner: User, unit) -> dict:
    """Return what one person keeps beside her progress, and the work she asked for."""
    module = unit.module
    return {
        "note": Note.objects.create(user=owner, unit=unit, text="Ask the ministry.", typed_at=timezone.now()),
        "bookmark": Bookmark.objects.create(user=owner, unit=unit),
        "clarity": Clarity.objects.create(user=owner, unit=unit, language="en", is_clear=False, remark="Which year?"),
        "statement": Statement.objects.create(
            user=owner,
            module=module,
            number="FDW-7Q2M-K4XH-93TB-4HWD",
            name=owner.name,
            titles={code: module.text("title", code) for code in ("en", "fr", "es")},
            minutes=40,
            completed_on=timezone.now().date(),
        ),
        "job": Job.objects.create(kind="accounts.export", owner=owner, subject="scene"),
        "nobodys_job": Job.objects.create(kind="test.work", subject="scene"),
    }


def links(owner: User) -> dict:
    """Return the tokens of two sign-in links, of which one was used."""
    maker = UserFactory(is_staff=True)
    used = make_link(user=owner, actor=maker)
    use_link(link=find_link(used))
    return {"used_token": used, "link_token": make_link(user=owner, actor=maker), "link": owner.sign_in_links.first()}


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
        "figure": FigureFactory(module=published, key="four-blocks"),
        "draft_figure": FigureFactory(module=draft, key="four-blocks"),
        "film": FilmFactory(module=published),
        "record": UnitRecord.objects.create(user=owner, unit=unit, seen_at=seen, block=1),
        "attempt": services.start_attempt(user=owner, unit=check),
        "letter": letter(owner),
        "consent": owner.consents.get(),
        "person": owner,
        "public_file": stored("public"),
        "own_file": stored(f"user.{owner.pk}"),
        "theme": published.theme,
        "term": term(),
        **personal(owner, unit),
        **links(owner),
    }
