"""Letters about a seat that was taken."""

from django.urls import reverse

from clinics.models import Delegate
from reminders.kinds import Kind, Obsolete


def admitted_context(letter) -> dict:
    """Return what whoever has a seat is told, or Obsolete when she has it no more. Queries: 1."""
    rows = Delegate.objects.active().select_related("edition", "delegation")
    delegate = rows.filter(pk=letter.target.split(":")[1]).first()
    if delegate is None:
        raise Obsolete("seat given up")
    return {
        "name": letter.reader.get_short_name(),
        "edition": delegate.edition,
        "delegation": delegate.delegation,
        "url": reverse("clinics:edition_detail", args=[delegate.edition.slug]),
    }


KINDS = [Kind(code="clinics.admitted", context=admitted_context)]
