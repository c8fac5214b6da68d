"""What the programme holds about a person: handed out, forgotten, and brought together from two accounts."""

from django.db.models import Q
from django.utils.translation import ngettext

from core.personal import rows_of
from programme.enums import MessageKind
from programme.models import Enquiry, Message, Subscription
from programme.services.answering import forget_enquiries, forget_messages
from programme.services.newsletter import forget_subscriptions


def proven_addresses(user) -> list[str]:
    """Return the addresses that are surely this person's, in small letters. Queries: 1."""
    return [email.lower() for email in user.emailaddress_set.filter(verified=True).values_list("email", flat=True)]


# Handed out ---------------------------------------------------------------------------------------
def export_programme(user):
    """What a person wrote to the programme, what it answered (notes of the team are the team's), and her newsletter.

    Queries: 4.
    """
    addresses = proven_addresses(user)
    enquiries = Enquiry.objects.of_person(user, addresses).order_by("pk")
    fields = ["reference", "mailbox", "name", "email", "language", "subject", "state", "created_at", "closed_at"]
    yield "enquiries", rows_of(enquiries, *fields)
    hers = Q(enquiry__in=enquiries) | Q(sender__in=addresses)  # also what she wrote in conversations of others
    said = Message.objects.filter(hers).exclude(kind=MessageKind.NOTE).order_by("pk")
    yield "messages", rows_of(said, "kind", "sender", "text", "at", reference="enquiry__reference")
    subscriptions = Subscription.objects.of_person(user, addresses).order_by("pk")
    yield "subscriptions", rows_of(subscriptions, "email", "language", "state", "asked_at", "confirmed_at", "ended_at")


# Forgotten ----------------------------------------------------------------------------------------
def erase_programme(user):
    """Delete a person's conversations, what she wrote in those of others, and her newsletter; what she did for the team
    loses her name.

    Queries: 23. While her addresses are known.
    """
    addresses = proven_addresses(user)
    forget_enquiries(list(Enquiry.objects.of_person(user, addresses)))
    forget_messages(Message.objects.filter(sender__in=addresses))
    forget_subscriptions(list(Subscription.objects.of_person(user, addresses)))
    Message.objects.filter(author=user).update(author=None)
    Enquiry.objects.filter(assignee=user).update(assignee=None)


# Brought together ---------------------------------------------------------------------------------
def preview_programme(keep, drop):
    """Say how many conversations and subscriptions move. Queries: 2."""
    if count := Enquiry.objects.filter(user=drop).count():
        yield ngettext(
            "%(count)d conversation with the programme moves.", "%(count)d conversations with the programme move.", count
        ) % {"count": count}  # fmt: skip
    if count := Subscription.objects.filter(user=drop).count():
        yield ngettext(
            "%(count)d subscription to the newsletter moves.", "%(count)d subscriptions to the newsletter move.", count
        ) % {"count": count}  # fmt: skip


def merge_programme(keep, drop):
    """Move conversations, messages and subscriptions. Queries: 4."""
    Subscription.objects.filter(user=drop).update(user=keep)
    Enquiry.objects.filter(user=drop).update(user=keep)
    Enquiry.objects.filter(assignee=drop).update(assignee=keep)
    Message.objects.filter(author=drop).update(author=keep)
