"""What time itself brings about in clinics. The beat rings every ten minutes; each function is safe to repeat."""

from celery import shared_task

from clinics.services.invitations import expire_invitations
from clinics.services.offers import expire_offers

TENDING = [expire_invitations, expire_offers]


@shared_task(ignore_result=True)
def tend_clinics() -> None:
    """Let pass what is over: each function takes no argument, is short, and is safe to repeat and to run twice at once."""
    for tend in TENDING:
        tend()
