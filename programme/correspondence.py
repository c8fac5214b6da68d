"""The mailbox by mail: the letters of an enquiry, how they hang together, and what becomes of the mail that answers them."""

import re

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import User
from core.models import StoredFile
from programme.enums import MessageKind
from programme.models import Enquiry, Message
from programme.services.mailbox import WORKING_DAYS, come_in, one_line, take_in
from reminders.enums import Channel, State
from reminders.inbound.addresses import reply_address
from reminders.inbound.handlers import Handler, Outcome, Received, handled, refused, unknown
from reminders.kinds import Kind, Obsolete, Thread
from reminders.models import Letter

RECEIVED, REPLY, ASSIGNED = (f"programme.enquiry_{name}" for name in ("received", "reply", "assigned"))
ADDRESS = "enquiry"  # kind of the reply addresses
REFERENCE = re.compile(r"\bFDW-[2-9A-HJKMNP-TV-Z]{4}-[2-9A-HJKMNP-TV-Z]{2}\b", re.IGNORECASE)


# Letters ------------------------------------------------------------------------------------------
def enquiry_of(letter: Letter) -> Enquiry:
    """Return what a letter is about. Raises: Obsolete when it is gone or held as spam. Queries: 1."""
    enquiry = Enquiry.objects.filter(pk=letter.target.rpartition(":")[2]).first()
    if enquiry is None or enquiry.is_held:
        raise Obsolete("enquiry gone or held")
    return enquiry


def received_context(letter: Letter) -> dict:
    """Repeat nothing of the message, nor the name without account: whoever typed this address may be somebody else."""
    enquiry = enquiry_of(letter)
    name = letter.recipient.get_short_name() if letter.recipient_id else ""
    facts = {"name": name, "reference": enquiry.reference, "days": WORKING_DAYS}
    return facts | {"url": enquiry.get_absolute_url()}


def reply_of(letter: Letter) -> Message:
    """Return the answer that a letter carries. Raises: Obsolete. Queries: 2."""
    rows = enquiry_of(letter).messages.select_related("author", "enquiry")
    message = rows.filter(kind=MessageKind.REPLY, pk=letter.occurrence).first()
    if message is None:
        raise Obsolete("answer gone")
    return message


def reply_context(letter: Letter) -> dict:
    message = reply_of(letter)
    return reply_facts(message.enquiry, message.text, message.author)


def reply_facts(enquiry: Enquiry, text: str, author) -> dict:
    """Return what the letter of an answer says, sent or as a preview. Pure."""
    return {
        "said": text,
        "author": str(author) if author else "",
        "reference": enquiry.reference,
        "subject_of_enquiry": enquiry.subject,
        "url": enquiry.get_absolute_url(),
    }


def assigned_context(letter: Letter) -> dict:
    enquiry = enquiry_of(letter)
    if enquiry.assignee_id != letter.recipient_id:
        raise Obsolete("assigned to another")
    if not enquiry.waits:
        raise Obsolete("answered")
    return {
        "name": letter.recipient.get_short_name(),
        "reference": enquiry.reference,
        "subject_of_enquiry": enquiry.subject,
        "due_at": enquiry.due_at,
        "url": reverse("admin:programme_enquiry_change", args=[enquiry.pk]),
    }


def received_thread(letter: Letter) -> Thread:
    return thread(enquiry_of(letter), letter)


def reply_thread(letter: Letter) -> Thread:
    message = reply_of(letter)
    return thread(message.enquiry, letter, tuple(message.attachments.order_by("pk")))


def thread(enquiry: Enquiry, letter: Letter, files: tuple[StoredFile, ...] = ()) -> Thread:
    """Return how a letter stands in a conversation: behind the mails that came and the letters that went. Queries: 2."""
    came = enquiry.messages.exclude(message_id="").filter(at__lte=letter.created_at)
    went = Letter.objects.filter(
        kind__in=[RECEIVED, REPLY],
        target=letter.target,
        channel=Channel.MAIL,
        state=State.SENT,
        created_at__lt=letter.created_at,
    )
    dated = [(message.at, message.message_id) for message in came]
    dated += [(earlier.created_at, earlier.message_id) for earlier in went if earlier.pk != letter.pk]
    return Thread(
        reply_to=reply_address(ADDRESS, str(enquiry.pk)), answers=tuple(one for _at, one in sorted(dated)), files=files
    )


KINDS = [
    Kind(code=RECEIVED, context=received_context, thread=received_thread),
    Kind(code=REPLY, context=reply_context, thread=reply_thread, written=True),
    Kind(code=ASSIGNED, context=assigned_context),
]


# Mail that comes in -------------------------------------------------------------------------------
def receive_new(mail: Received, key: str) -> Outcome:
    """Make an enquiry of a mail to the general address; one that names a reference of its sender's joins that conversation."""
    try:
        validate_email(mail.sender)
    except ValidationError:
        return refused("no mail address that could be answered")
    named = REFERENCE.search(mail.subject)
    standing = Enquiry.objects.filter(reference=named[0].upper(), email=mail.sender).first() if named else None
    if standing:
        come_in(enquiry=standing, text=words_of(mail), message_id=mail.message_id, files=mail.files)
        return handled(standing)
    with override(mail.language):
        subject = one_line(mail.subject) or _("A message without a subject")
    made = take_in(
        name=mail.sender_name,
        email=mail.sender,
        subject=subject,
        text=words_of(mail),
        language=mail.language,
        message_id=mail.message_id,
        files=mail.files,
    )
    return handled(made)


def receive_reply(mail: Received, key: str) -> Outcome:
    """Add a mail to the conversation whose letter it answers. From another address it shows that address."""
    enquiry = Enquiry.objects.select_related("user").filter(pk=key).first() if key.isdecimal() else None
    if enquiry is None:
        return unknown("the conversation is gone")
    sender = "" if mail.sender in addresses_of(enquiry) else mail.sender
    try:
        validate_email(mail.sender)
    except ValidationError:
        return refused("no mail address that could be answered")
    come_in(enquiry=enquiry, text=words_of(mail), sender=sender, message_id=mail.message_id, files=mail.files)
    return handled(enquiry)


def addresses_of(enquiry: Enquiry) -> set[str]:
    """Return the addresses from which the writer herself writes, in small letters. Queries: 1 with an account."""
    own = User.objects.filter(pk=enquiry.user_id, emailaddress__verified=True).values_list("emailaddress__email", flat=True)
    return {enquiry.email, *(address.lower() for address in own)} if enquiry.user_id else {enquiry.email}


def words_of(mail: Received) -> str:
    """Return what a mail says: its own words, else all of it, else its subject. Pure."""
    return next((text for text in (mail.text, mail.whole_text, mail.subject) if text.strip()), "…")


def files_of(key: str) -> str:
    """Return the audience of files that come in by a reply address. Pure."""
    return f"enquiry.{key}"


NEW, ANSWERED = Handler(receive=receive_new), Handler(receive=receive_reply, audience=files_of)
