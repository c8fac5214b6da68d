"""The one letter that answers a mail by itself: nobody is known at that address."""

from datetime import timedelta

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.urls import reverse
from django.utils import timezone

from reminders.enums import Channel
from reminders.inbound.addresses import general_address
from reminders.kinds import Kind, Thread
from reminders.models import Letter
from reminders.services import tell

UNKNOWN_SENDER = "reminders.unknown_sender"
NOT_AGAIN_WITHIN = timedelta(days=30)


def tell_unknown(*, address: str, language: str, message_id: str) -> bool:
    """Tell a sender that her mail could not be placed, at most once in 30 days. Repeats nothing she wrote: it may be spam.

    Returns: whether a letter was written. Queries: 2. Safe to repeat.
    """
    try:
        validate_email(address)
    except ValidationError:
        return False
    now = timezone.now()
    told = Letter.objects.to_addresses([address]).filter(kind=UNKNOWN_SENDER, created_at__gt=now - NOT_AGAIN_WITHIN)
    if told.exists():
        return False
    context = {"message_id": message_id}
    tell(kind=UNKNOWN_SENDER, address=address, language=language, occurrence=f"{now:%Y-%m-%d}", context=context)
    return True


def unknown_sender_context(letter) -> dict:
    return {"url": reverse("home"), "address": general_address()}


def unknown_sender_thread(letter) -> Thread:
    found = letter.context.get("message_id", "")
    return Thread(answers=(found,) if found else ())


KIND = Kind(
    code=UNKNOWN_SENDER,
    context=unknown_sender_context,
    thread=unknown_sender_thread,
    channels=(Channel.MAIL,),
)
