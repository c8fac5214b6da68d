"""The letters of the newsletter, and the background work that writes an issue into the ledger."""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from core.errors import DomainError
from core.jobs import Kind as JobKind
from core.models import object_key
from programme.mailtext import letter_html, letter_text
from programme.models import Newsletter, Subscription
from programme.services.newsletter import CONFIRM, ISSUE
from reminders.enums import Channel
from reminders.kinds import Due, Kind, Obsolete
from reminders.models import Letter
from reminders.services import compose, ring, write

BATCH = 500  # letters of one transaction


# Confirmation -------------------------------------------------------------------------------------
def confirm_context(letter: Letter) -> dict:
    """Lead to the page with the button, in the language that was asked for."""
    row = Subscription.objects.filter(confirm_key=letter.context["key"]).first()
    if row is None:
        raise Obsolete("subscription ended or gone")
    with override(letter.context["language"]):
        url = reverse("programme:newsletter_confirm", args=[row.confirm_key])
    return {"email": row.email, "asked_language": letter.context["language"], "is_known": row.is_confirmed, "url": url}


# Issues -------------------------------------------------------------------------------------------
def issue_context(letter: Letter) -> dict:
    """Return what an issue says to one reader, unless it was taken back or she has ended her subscription."""
    newsletter = Newsletter.objects.in_state().filter(pk=letter.target.rpartition(":")[2], sent_at__isnull=False).first()
    if newsletter is None:
        raise Obsolete("issue taken back")
    if not Subscription.objects.told_of(newsletter).filter(key=letter.context["key"]).exists():
        raise Obsolete("subscription ended")
    return issue_facts(newsletter, letter.reader.language, end_address(letter))


def issue_facts(newsletter: Newsletter, language: str, end_url: str) -> dict:
    """Return what the letter of an issue says in a language, sent or as a preview. Pure but for addresses."""
    shown = newsletter.reading_language(language)
    with override(language):
        url = newsletter.get_absolute_url()
    return {
        "title": newsletter.text("title", shown),
        "body": letter_text(newsletter.text("body", shown), shown),
        "body_html": letter_html(newsletter.text("body_html", shown)),
        "shown_in": shown,
        "url": url,
        "end_url": end_url,
    }


def end_address(letter: Letter) -> str:
    """Return the address at which one POST ends the subscription. Pure."""
    with override(letter.reader.language):
        return reverse("programme:newsletter_end", args=[letter.context["key"]])


def preview(newsletter: Newsletter, language: str) -> Letter:
    """Return the letter of an issue as a reader would get it, unsaved, its link to the end leading nowhere. Queries: 0."""
    kind = Kind(code=ISSUE, context=lambda letter: issue_facts(newsletter, language, reverse("programme:newsletter")))
    letter = Letter(kind=ISSUE, address="reader@example.org", language=language, channel=Channel.MAIL)
    compose(letter, kind)
    return letter


KINDS = [
    Kind(code=CONFIRM, context=confirm_context, channels=(Channel.MAIL,)),  # only who reads there may confirm
    Kind(
        code=ISSUE,
        context=issue_context,
        channels=(Channel.MAIL,),
        late=timedelta(days=7),
        unsubscribe=end_address,
    ),
]


# Sending ------------------------------------------------------------------------------------------
def run_sending(running) -> dict:
    """Write one letter for each confirmed subscriber into the ledger, portion by portion.

    A second run writes those that are missing: the ledger holds one letter of an issue for each address.
    """
    newsletter = Newsletter.objects.filter(pk=running.job.args["newsletter"], sent_at__isnull=False).first()
    if newsletter is None:
        raise DomainError(_("This issue is gone."), code="gone")
    kind, told = next(kind for kind in KINDS if kind.code == ISSUE), Subscription.objects.told_of(newsletter).order_by("pk")
    done, total, last = 0, told.count(), 0
    while rows := list(told.filter(pk__gt=last)[:BATCH]):
        with transaction.atomic():
            write(kind, [due(newsletter, row) for row in rows])
            transaction.on_commit(ring)
        done, last = done + len(rows), rows[-1].pk
        running.progress(done, max(total, done))
    return {"letters": done}


def due(newsletter: Newsletter, row: Subscription) -> Due:
    """Return the letter of an issue to one subscriber, due now. Pure but for the clock."""
    language = row.language if row.language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
    return Due(
        recipient_id=None,
        target=object_key(newsletter),
        occurrence="",
        due_at=timezone.now(),
        context={"key": str(row.key)},
        address=row.email,
        language=language,
    )


def title_of(job) -> str:
    """Return what a job sends, for its page. Queries: 1."""
    newsletter = Newsletter.objects.filter(pk=job.args["newsletter"]).first()
    return _("Sending the newsletter “%(title)s”") % {"title": newsletter or "–"}


JOB = JobKind(run=run_sending, title=title_of)
