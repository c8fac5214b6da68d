"""A person's letters: handed out, deleted, moved to the account that stays."""

from django.db.models import Exists, OuterRef
from django.utils.translation import ngettext

from core import registry
from core.personal import Merger, rows_of
from reminders.models import Letter

ONCE = ("kind", "target", "occurrence", "channel")


@registry.exporters("reminders")
def export_letters(user):
    """Every letter to a person, with what it said."""
    fields = ["kind", "channel", "state", "language", "subject", "text", "url", "created_at", "due_at", "sent_at", "read_at"]
    yield "letters", rows_of(Letter.objects.filter(recipient=user).order_by("pk"), *fields)


@registry.erasers("reminders")
def erase_letters(user):
    """Delete a person's letters. Queries: 1."""
    Letter.objects.filter(recipient=user).delete()


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
