"""Why a message of a stranger may be spam. What is suspicious is held for the team, never thrown away."""

import re
from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from programme.models import Enquiry

QUICKEST = 3  # seconds in which nobody reads and fills a form
MOST_LINKS = 5
MOST_AN_HOUR = 5  # of one address
LINK = re.compile(r"https?://|\bwww\.|\[url\b|<a\s", re.IGNORECASE)

REASONS = {
    "trap": _("it filled a field that people do not see"),
    "quick": _("it was sent faster than a person writes"),
    "links": _("it holds many links"),
    "link_in_head": _("its name or subject holds a link"),
    "address": _("many messages came from this address within an hour"),
    "connection": _("many messages came from this connection within an hour"),
    "staff": _("the team held it"),
}


def judge(*, email: str, name: str, subject: str, text: str, known: bool = False, signs: list[str] | None = None) -> list[str]:
    """Return the reasons for which a message is held, keys of REASONS; none for what looks like a person's.

    Args: known: whether its writer is signed in, so that her address is proven; signs: what the form itself has noticed.
    Queries: 1, by enquiries_of_address.
    """
    found = [sign for sign in signs or [] if sign in REASONS]
    if LINK.search(name) or LINK.search(subject):
        found.append("link_in_head")
    if not known and len(LINK.findall(text)) > MOST_LINKS:
        found.append("links")
    lately = Enquiry.objects.filter(email=email, created_at__gt=timezone.now() - timedelta(hours=1))
    if lately[:MOST_AN_HOUR].count() >= MOST_AN_HOUR:
        found.append("address")
    return found


def in_words(codes: str) -> str:
    """Return the reasons that an enquiry keeps, in the reader's language: "links trap" -> "it holds many links; …". Pure."""
    return "; ".join(str(REASONS[code]) for code in codes.split() if code in REASONS)
