"""A person's letters and mail: handed out, deleted, moved to the account that stays; what staff should look at."""

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core import registry
from core.cards import Waiting
from core.paging import capped_count
from core.personal import Merger, rows_of
from reminders.inbound import letters
from reminders.inbound.services import forget_senders
from reminders.models import InboundMail, Letter

WAITING = "state__in=failed,refused&settled_at__isnull=True"
ONCE = ("kind", "target", "occurrence", "channel")


registry.letter_kinds.register(letters.UNKNOWN_SENDER, letters.KIND)


def proven_addresses(user) -> list[str]:
    """Return the addresses that are surely this person's. Queries: 1.

    One that she only claims may be another's: what was written there is not handed out and not deleted.
    """
    return list(user.emailaddress_set.filter(verified=True).values_list("email", flat=True))


@registry.exporters("reminders")
def export_letters(user):
    """Every letter to a person, with what it said: to her account, and to her addresses before it; mail she has sent."""
    fields = ["kind", "channel", "state", "language", "subject", "text", "url", "created_at", "due_at", "sent_at", "read_at"]
    yield "letters", rows_of(Letter.objects.filter(recipient=user).order_by("pk"), *fields)
    addresses = proven_addresses(user)
    yield "letters_to_addresses", rows_of(Letter.objects.to_addresses(addresses).order_by("pk"), "address", "name", *fields)
    mail = InboundMail.objects.from_addresses(addresses).order_by("pk")
    yield "mail", rows_of(mail, "sender", "to", "subject", "text", "received_at", "state")


@registry.erasers("reminders")
def erase_letters(user):
    """Delete a person's letters; of the mail she sent leave that it came. Queries: 6. Before her addresses are forgotten."""
    addresses = proven_addresses(user)
    Letter.objects.filter(recipient=user).delete()
    Letter.objects.to_addresses(addresses).delete()
    forget_senders(addresses)


def told_twice(keep, drop):
    """Return the letters of `drop` that `keep` got as well: only one can stand in the ledger."""
    same = Letter.objects.filter(recipient=keep, **{name: OuterRef(name) for name in ONCE})
    return Letter.objects.filter(Exists(same), recipient=drop)


def preview_letters(keep, drop):
    """Say how many letters move and how many both accounts got."""
    both = told_twice(keep, drop).count()
    moving = Letter.objects.filter(recipient=drop).count() - both
    if moving:
        yield ngettext("%(count)d letter moves.", "%(count)d letters move.", moving) % {"count": moving}
    if both:
        yield ngettext(
            "%(count)d letter stands in both accounts: that of the account which stays is kept.",
            "%(count)d letters stand in both accounts: those of the account which stays are kept.",
            both,
        ) % {"count": both}


def merge_letters(keep, drop):
    """Move letters; of what both got, that of `keep` stays. Queries: 2."""
    told_twice(keep, drop).delete()
    Letter.objects.filter(recipient=drop).update(recipient=keep)


registry.mergers.register("reminders", Merger(preview=preview_letters, merge=merge_letters))


@registry.desk("mail")
def unhandled_mail(user):
    """Mail that failed or was refused, and that nobody has settled; for who may open it. Queries: 1."""
    if not user.has_perm("reminders.view_inboundmail"):
        return []
    waiting = capped_count(InboundMail.objects.waiting())
    page = reverse("admin:reminders_inboundmail_changelist")
    return [Waiting(_("Mail that could not be handled"), waiting, f"{page}?{WAITING}")]
