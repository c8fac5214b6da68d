"""Mail by the webhook of a sending service: anymail knows its form and proves its secret; then the one service."""

from email import policy
from email.errors import MessageError

from anymail.webhooks.base import AnymailBasicAuthMixin
from anymail.webhooks.mailjet import MailjetInboundWebhookView
from anymail.webhooks.postmark import PostmarkInboundWebhookView
from anymail.webhooks.sparkpost import SparkPostInboundWebhookView
from django.core.exceptions import BadRequest, RequestDataTooBig
from django.http import HttpResponse

from reminders.inbound.services import LARGEST, receive

SERVICES = {  # those that post JSON and prove themselves by the secret alone
    "mailjet": MailjetInboundWebhookView,
    "postmark": PostmarkInboundWebhookView,
    "sparkpost": SparkPostInboundWebhookView,
}
LARGEST_POST = LARGEST * 3 // 2  # attachments come in base64
AS_IT_CAME = policy.default.clone(refold_source="none")


class Receiving:
    """Answers a post by receiving its mails: 400 without the secret or for what is no mail; 500 makes the service repeat."""

    def post(self, request, *args, **kwargs):
        AnymailBasicAuthMixin.validate_request(self, request)  # before a large body is read
        request._body = request.read(LARGEST_POST + 1)  # Django's own limit is for forms, and lower
        if len(request._body) > LARGEST_POST:
            raise RequestDataTooBig(f"more than {LARGEST_POST} bytes")
        self.run_validators(request)
        try:
            mails = [as_bytes(event.message) for event in self.parse_events(request) if event.message is not None]
        except (ValueError, LookupError, TypeError, AttributeError, MessageError, RecursionError) as error:
            raise BadRequest(f"no mail: {type(error).__name__}") from error
        for raw, delivered_to in mails:
            receive(raw, envelope_to=delivered_to)
        return HttpResponse()


def as_bytes(message) -> tuple[bytes, str]:
    """Return (a mail that anymail read, as bytes with its envelope's sender; to whom it was delivered)."""
    sender = message.envelope_sender
    envelope = "" if sender is None or "return-path" in message else f"Return-Path: <{''.join(sender.split())}>\n"
    return envelope.encode() + message.as_bytes(policy=AS_IT_CAME), message.envelope_recipient or ""


def webhook(service: str):
    """Return the view that takes in the posts of a service."""
    known = SERVICES[service]
    return type(f"Receiving{known.__name__}", (Receiving, known), {}).as_view()
