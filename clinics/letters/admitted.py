"""Letters about a seat that was taken."""

from django.urls import reverse

from clinics.invited import offer
from clinics.models import Delegate
from reminders.kinds import Kind, Obsolete


def admitted_context(letter) -> dict:
    """Return what whoever has a seat is told, or Obsolete when she has it no more. Queries: 1."""
    rows = Delegate.objects.active().select_related("edition", "delegation")
    delegate = rows.filter(pk=letter.target.split(":")[1]).first()
    if delegate is None:
        raise Obsolete("seat given up")
    if delegate.edition.is_draft:
        raise Obsolete("edition is a draft")
    return offer(delegate.delegation, delegate.edition, delegate.group) | {
        "name": letter.reader.get_short_name(),
        "url": reverse("clinics:home", args=[delegate.edition.slug]),
        "letter_url": reverse("clinics:employer_letter", args=[delegate.edition.slug]),
        "code_url": reverse("account_request_login_code"),
        "has_password": delegate.user is None or delegate.user.has_usable_password(),
    }


KINDS = [Kind(code="clinics.admitted", context=admitted_context)]
