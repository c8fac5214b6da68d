"""What time itself brings about in clinics. Two tasks, so that a fault in one does not hold up the other."""

from celery import shared_task

from clinics.services import invitations, offers


@shared_task(ignore_result=True)
def expire_invitations() -> None:
    """End the invitations that nobody answered in time. Safe to repeat and to run twice at once."""
    invitations.expire_invitations()


@shared_task(ignore_result=True)
def expire_offers() -> None:
    """End the offers that nobody answered in time, and ask whoever is next. Safe to repeat and to run twice at once."""
    offers.expire_offers()
