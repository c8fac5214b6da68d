"""One of each thing that a page or a permission is about, made with the suite's factories."""

from datetime import timedelta

from django.core.files.base import ContentFile
from django.utils import timezone

from accounts.models import User
from accounts.services import find_link, give_consent, make_link, use_link
from clinics.models import (
    CountryCandidate,
    Delegation,
    DelegationTask,
    Edition,
    Extension,
    PriorityText,
    Review,
    SeatLink,
    WorkGroup,
)
from core.models import Job, StoredFile
from courses import services
from courses.models import Bookmark, Clarity, Note, Statement, UnitRecord
from programme.models import GlossaryTerm
from programme.services.library import set_document
from reminders.enums import Channel, State
from reminders.models import Letter
from search.models import SearchDoc
from tests.factories import (
    ActivityFactory,
    AnnouncementFactory,
    ApplicationFactory,
    BlockFactory,
    CheckFactory,
    CountryFactory,
    DelegateFactory,
    DelegationFactory,
    EditionFactory,
    EnquiryFactory,
    ExpertFactory,
    FactFactory,
    FaqEntryFactory,
    FigureFactory,
    FilmFactory,
    GoalFactory,
    InvitationFactory,
    LetterFactory,
    MechanismFactory,
    MenuItemFactory,
    ModuleFactory,
    NewsletterFactory,
    PageFactory,
    PartnerFactory,
    PillarFactory,
    PrioritiesFactory,
    ResourceFactory,
    SessionFactory,
    SubscriptionFactory,
    TeamMemberFactory,
    UnitFactory,
    UserFactory,
    WeekFactory,
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


def indexed(audience: str) -> SearchDoc:
    """Return a text that stands in the index for an audience."""
    facts = {"title": "Levies", "title_stems": "levi", "text": "", "text_stems": "", "marks": "", "url": "/en/"}
    return SearchDoc.objects.create(kind="page", language="en", audience=audience, object_key=f"scene:{audience}", **facts)


def face() -> dict:
    """Return one of each thing that tells what the programme is."""
    page, answer = PageFactory(slug="introduction"), FaqEntryFactory(slug="who-may-come")
    return {
        "page": page,
        "draft_page": PageFactory(slug="not-yet", state="draft"),
        "topic": answer.topic,
        "faq_entry": answer,
        "draft_faq_entry": FaqEntryFactory(slug="not-yet", state="draft", topic=answer.topic),
        "partner": PartnerFactory(),
        "expert": ExpertFactory(),
        "menu_item": MenuItemFactory(menu="footer", route="", page=page),
        "text": indexed("public"),
        "members_text": indexed("member"),
    }


def terms_and_countries() -> dict:
    """Return one entry of each vocabulary, and profiles of countries."""
    fact = FactFactory()
    return {
        "sub_region": fact.profile.sub_region,
        "goal": GoalFactory(),
        "pillar": PillarFactory(),
        "mechanism": MechanismFactory(code="levy"),
        "profile": fact.profile,
        "draft_profile": CountryFactory(code="ZM", state="draft", sub_region=fact.profile.sub_region),
        "fact": fact,
        "draft_fact": FactFactory(profile=CountryFactory(code="KE", state="draft", sub_region=fact.profile.sub_region)),
    }


def links(owner: User) -> dict:
    """Return the tokens of two sign-in links, of which one was used."""
    maker = UserFactory(is_staff=True)
    used = make_link(user=owner, actor=maker)
    use_link(link=find_link(used))
    return {"used_token": used, "link_token": make_link(user=owner, actor=maker), "link": owner.sign_in_links.first()}


def conversation(owner: User) -> dict:
    """Return what one person asked the programme, with an answer to it, and what somebody else is held for."""
    enquiry = EnquiryFactory(user=owner, email=owner.email, assignee=owner)
    answer = enquiry.messages.create(kind="reply", author=owner, text="Open the page of the clinic.")
    answer.attachments.add(stored(enquiry.audience))
    return {"enquiry": enquiry, "answer": answer, "held_enquiry": EnquiryFactory(state="spam", suspicion="trap")}


def library(owner: User) -> dict:
    """Return records with a file and a link, and issues of the newsletter, which the owner gets."""
    resource, draft = ResourceFactory(slug="guide"), ResourceFactory(slug="not-yet", state="draft")
    for row in (resource, draft):
        set_document(resource=row, language="en", upload=ContentFile(b"%PDF-1.7 ", "guide.pdf"))
    set_document(resource=resource, language="fr", url="https://inff.org/guide")
    return {
        "resource": resource,
        "draft_resource": draft,
        "newsletter": NewsletterFactory(slug="first", sent_at=timezone.now() + timedelta(hours=1)),
        "draft_newsletter": NewsletterFactory(slug="not-yet", state="draft"),
        "subscription": SubscriptionFactory(user=owner, email=owner.email),
    }


def clinic(owner: User) -> dict:
    """Return an edition in preparation in which the owner sits for the workers of Malawi, and one that nobody sees."""
    edition = EditionFactory(slug="clinic")
    week, block = WeekFactory(edition=edition), BlockFactory(edition=edition)
    delegation = DelegationFactory(edition=edition)
    return {
        "edition": edition,
        "draft_edition": EditionFactory(slug="not-yet", state="draft", sub_region=edition.sub_region),
        "week": week,
        "block": block,
        "activity": ActivityFactory(week=week),
        "session": SessionFactory(block=block),
        "delegation": delegation,
        **clinic_published(edition),
        "delegate": DelegateFactory(delegation=delegation, user=owner),
        "invitation": InvitationFactory(delegation=delegation),
        **clinic_texts(delegation, owner),
        **clinic_call(edition, delegation, owner),
    }


def clinic_published(edition: Edition) -> dict:
    """Return another delegation, whose priorities are published."""
    delegation = DelegationFactory(edition=edition, country="KE")
    priorities = PrioritiesFactory(delegation=delegation, version=1, state="published", published_at=timezone.now())
    text = PriorityText.objects.create(priorities=priorities, field="deficit", text="Low cover", language="en", version=1)
    kept = {"pk": text.pk, "field": "deficit", "version": 1, "language": "en", "text": text.text}
    priorities.published = {"version": 1, "texts": [kept], "sides": [{"side": "workers", "state": "not_signed"}]}
    priorities.save()
    return {"other_delegation": delegation, "published_priorities": priorities}


def clinic_texts(delegation: Delegation, owner: User) -> dict:
    """Return what a delegation wrote and set itself to do."""
    priorities = PrioritiesFactory(delegation=delegation)
    return {
        "priorities": priorities,
        "priority_text": PriorityText.objects.create(priorities=priorities, field="deficit", text="Informality", language="en"),
        "task": DelegationTask.objects.create(delegation=delegation, title="Count the seats", language="en"),
        "seats": delegation.seats.first(),
        "seat_link": SeatLink.objects.create(
            delegation=delegation, group="workers", seats=2, expires_at=timezone.now() + timedelta(days=9), made_by=owner
        ),
    }


def clinic_call(edition: Edition, delegation: Delegation, owner: User) -> dict:
    """Return what came in by the open call, and what the team keeps."""
    application = ApplicationFactory(edition=edition, user=owner)
    return {
        "application": application,
        "draft_application": ApplicationFactory(
            edition=EditionFactory(slug="call", state="call_open", sub_region=edition.sub_region),
            user=owner,
            state="draft",
            submitted_at=None,
        ),
        "review": Review.objects.create(application=application, reviewer=UserFactory(is_staff=True)),
        "extension": Extension.objects.create(edition=edition, user=owner, until=timezone.now(), reason="Power cut"),
        "candidate": CountryCandidate.objects.create(edition=edition, country="RW"),
        "announcement": AnnouncementFactory(edition=edition),
        "team_member": TeamMemberFactory(
            edition=edition, role="focal_point", country="MW", key_until=timezone.now() + timedelta(days=9)
        ),
        "work_group": WorkGroup.objects.create(edition=edition, number=1),
        **clinic_decisions(edition),
    }


def clinic_decisions(edition: Edition) -> dict:
    """Return applications of others whose decision was released: offered, waiting, not selected, run out."""
    now = timezone.now()
    facts = {"edition": edition, "country": "KE", "released_at": now, "decision_reason": "group_full"}
    return {
        "offered": ApplicationFactory(**facts, state="offered", offers=1, offer_until=now + timedelta(days=7)),
        "waiting": ApplicationFactory(**facts, state="waiting", rank=1),
        "not_selected": ApplicationFactory(**facts, state="not_selected"),
        "offer_expired": ApplicationFactory(**facts, state="expired", offer_until=now),
    }


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
        **face(),
        **terms_and_countries(),
        **personal(owner, unit),
        **conversation(owner),
        **library(owner),
        **clinic(owner),
        **links(owner),
    }
