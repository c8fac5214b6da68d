"""Mail that no person wrote just now: answering machines, bounces, lists, and our own letters come back. Pure."""

import re
from urllib.parse import urlsplit

from django.conf import settings

from reminders.inbound.addresses import general_address
from reminders.inbound.parsing import Parsed

MACHINES = re.compile(r"(mailer-daemon|postmaster|mail-daemon|no-?reply|do-?not-?reply|bounces?|double-bounce)([+=].*)?")
ABSENT = re.compile(
    r"(automatic reply|auto(matic)?[- ]?reply|out of (the )?office|r[ée]ponse automatique|absence du bureau"
    r"|respuesta autom[áa]tica|fuera de la oficina)\s*:",
    re.IGNORECASE,
)
OUR_LETTER = re.compile(r"letter-\d+-[0-9a-f]+")
PRECEDENCE = {"bulk", "junk", "list", "auto_reply"}
MOST_HOPS = 50


def automatic_reason(mail: Parsed) -> str:
    """Return why a mail counts as sent by a machine, "" when a person seems to have written it."""
    return by_header(mail) or by_sender(mail) or by_round_trip(mail)


def by_header(mail: Parsed) -> str:
    """Return the header by which a machine says that it wrote (RFC 3834, and what stood before it)."""
    said = mail.header("auto-submitted").strip().lower()
    if said and not said.startswith("no"):
        return f"Auto-Submitted: {said}"
    precedence = mail.header("precedence").strip().lower()
    if precedence in PRECEDENCE:
        return f"Precedence: {precedence}"
    for name in ("x-autoreply", "x-autorespond", "x-autoresponder", "x-auto-response-suppress", "x-failed-recipients"):
        said = mail.header(name).strip().lower()
        if said and said not in ("no", "none", "false"):
            return f"{name}: {said}"
    if ABSENT.match(mail.subject):
        return "subject of an answering machine"
    return "delivery report" if mail.content_type == "multipart/report" else ""


def by_sender(mail: Parsed) -> str:
    """Return what is wrong with the sender: nobody at all, or a name that machines have."""
    if "return-path" in mail.headers and mail.header("return-path").strip() in ("", "<>"):
        return "empty Return-Path"
    return "sent by a mail server" if MACHINES.fullmatch(mail.sender.rpartition("@")[0]) else ""


def by_round_trip(mail: Parsed) -> str:
    """Return how we see that this mail is our own, or goes in circles."""
    name, _at, host = mail.message_id.strip("<>").lower().rpartition("@")
    ours = (urlsplit(settings.SITE_URL).hostname or "").lower()
    if host == ours and OUR_LETTER.fullmatch(name):  # people whose mail is at that host have other ids
        return "our own letter came back"
    sender_name, _at, sender_host = mail.sender.rpartition("@")
    if f"{sender_name.partition('+')[0]}@{sender_host}" == general_address():
        return "sent from our own address"
    return "passed on too often" if len(mail.headers.get("received", [])) > MOST_HOPS else ""
