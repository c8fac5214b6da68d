"""Mail that comes in: the one route by which letters are answered and the programme is written to.

An app registers a handler under the kind of its reply addresses, and puts such an address into its letters:

    # <app>/offers.py
    def receive_reply(mail: Received, key: str) -> Outcome:
        person = User.objects.filter(email=mail.sender).first()
        if person is None:
            return unknown("no account")                      # the sender is told once a month how to get one
        post = services.answer(topic_id=int(key), author=person, text=mail.text, files=mail.files)
        return handled(post)                                  # a DomainError refuses, any other exception is tried again

    registry.inbound.register("forums", Handler(receive=receive_reply))
    registry.letter_kinds.register("forums.post", Kind(…, thread=lambda letter: Thread(reply_to=reply_address("forums", key))))

Mail to the general address (INBOUND_ADDRESS without anything added) goes to the handler named "mailbox", with an
empty key. The service is `reminders.inbound.services.receive`; see "One mail that comes in" in docs/architecture.md.
"""

from reminders.inbound.addresses import general_address, reply_address
from reminders.inbound.handlers import MAILBOX, Handler, Outcome, Received, handled, refused, unknown

__all__ = [
    "MAILBOX",
    "Handler",
    "Outcome",
    "Received",
    "general_address",
    "handled",
    "refused",
    "reply_address",
    "unknown",
]
