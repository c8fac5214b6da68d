"""The newsletter by mail: asked for, confirmed by whoever reads at the address, sent once, ended by one click."""

import uuid
from datetime import timedelta

from django.db import transaction
from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core import jobs
from core.errors import DomainError
from core.models import Job, object_key
from core.personal import hush
from core.services import once, record_event
from programme.enums import SubscriptionState
from programme.models import Newsletter, Subscription
from reminders.services import tell

CONFIRM, ISSUE = "programme.newsletter_confirm", "programme.newsletter"
MOST_A_DAY = 3  # letters that ask for confirmation, to one address
DAY = timedelta(days=1)
PATIENCE = timedelta(days=30)  # until an address that nobody confirmed is forgotten


# Subscribing --------------------------------------------------------------------------------------
def ask_for_newsletter(*, email: str, language: str, user=None, client_id: str = "") -> None:
    """Send a letter in which an address is confirmed, at most MOST_A_DAY a day; nothing else is sent before.

    What comes back is the same whether the address is known or not. One that is confirmed stays as it is until its owner
    confirms again, which changes the language.
    Args: user: who is signed in, None for a visitor; client_id: made once for each form that is shown.
    Raises: ValidationError. Queries: 12. Safe to repeat: the same form sent twice, also at once, is one letter.
    """
    email = email.strip().lower()
    digest = uuid.uuid5(uuid.NAMESPACE_URL, f"{email} {language}").hex

    def act() -> dict:
        _ask(email, language, user)
        return {}

    once(f"newsletter:{client_id[:40] or uuid.uuid4().hex}:{digest}", act)


def _ask(email: str, language: str, user) -> None:
    now = timezone.now()
    own = user if user is not None and user.email.lower() == email else None
    with transaction.atomic():
        Subscription.objects.unconfirmed_since(now - PATIENCE).delete()
        standing = locked(email, language)
        if now - standing.asked_at >= DAY:
            standing.asked_at, standing.asks = now, 0
        if standing.asks >= MOST_A_DAY:
            return
        standing.asks += 1
        if not standing.is_confirmed:
            standing.state, standing.language = SubscriptionState.ASKED, language
        standing.user = standing.user or own
        standing.full_clean()
        standing.save()
        reader = {"recipient": own} if own else {"address": email, "language": language}
        occurrence = f"{standing.asked_at:%Y-%m-%dT%H:%M:%S} {standing.asks}"
        context = {"language": language, "key": str(standing.confirm_key)}
        tell(kind=CONFIRM, target=object_key(standing), occurrence=occurrence, context=context, **reader)


def locked(email: str, language: str) -> Subscription:
    """Return the row of an address, made when it is new, that nobody else changes before the transaction ends. Queries: 2."""
    row, _made = Subscription.objects.get_or_create(email=email, defaults={"language": language, "asks": 0})
    return Subscription.objects.select_for_update(of=("self",)).select_related("user").get(pk=row.pk)


def confirm(*, subscription: Subscription, language: str) -> None:
    """Let issues go to an address, in this language. Queries: 3. Logged the first time. Safe to repeat."""
    with transaction.atomic():
        row = Subscription.objects.select_for_update(of=("self",)).select_related("user").get(pk=subscription.pk)
        if not row.is_confirmed:
            row.state, row.confirmed_at, row.ended_at = SubscriptionState.CONFIRMED, timezone.now(), None
            record_event(actor=row.user, act="confirm newsletter", obj=row)
        row.language = language
        row.save()


def end(*, subscription: Subscription, actor=None, reason: str = "") -> None:
    """Send nothing more to an address; whoever confirms it again needs a new letter. Queries: 3. Logged. Safe to repeat.

    Args: actor: the member of staff who does it, None for the reader herself.
    """
    with transaction.atomic():
        row = Subscription.objects.select_for_update(of=("self",)).select_related("user").get(pk=subscription.pk)
        if row.is_ended:
            return
        row.state, row.ended_at, row.confirm_key = SubscriptionState.ENDED, timezone.now(), uuid.uuid4()
        row.save()
        record_event(actor=actor or row.user, act="end newsletter", obj=row, reason=reason)


def forget_subscriptions(rows: list[Subscription]) -> None:
    """Delete subscriptions; the log keeps that something was done, not for whom. Queries: 2. Safe to repeat."""
    hush([object_key(row) for row in rows])
    Subscription.objects.filter(pk__in=[row.pk for row in rows]).delete()


# Sending ------------------------------------------------------------------------------------------
def recipients() -> dict[str, int]:
    """Return {language: how many confirmed addresses} to whom an issue would go now. Queries: 1."""
    counts = Subscription.objects.confirmed().order_by().values_list("language").annotate(count=Count("pk"))
    return dict(counts)


def send_newsletter(*, newsletter: Newsletter, actor) -> Job:
    """Send a published issue to all who have confirmed by now, in the background; those who confirm later get the next.

    Returns: the job. Raises: DomainError "draft", "sent" or "nobody". Queries: 8. Logged. An issue is sent once.
    """
    with transaction.atomic():
        row = Newsletter.objects.select_for_update(of=("self",)).get(pk=newsletter.pk)
        if row.is_draft:
            raise DomainError(_("Publish the issue first: the letter leads to it."), code="draft")
        if row.sent_at:
            raise DomainError(_("This issue has been sent already. Nobody gets it twice."), code="sent")
        count = sum(recipients().values())
        if not count:
            raise DomainError(_("Nobody has confirmed a subscription yet, so there is nobody to send it to."), code="nobody")
        row.sent_at = timezone.now()
        row.save(update_fields=["sent_at"])
        record_event(actor=actor, act="send newsletter", obj=row, after={"recipients": count})
        return jobs.ask(kind=ISSUE, owner=None, subject=str(row.pk), args={"newsletter": row.pk})
