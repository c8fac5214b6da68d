"""Doorbells: the ledger is the queue, these only look at it."""

from celery import shared_task

from reminders import services
from reminders.inbound.services import forget_old, handle_abandoned


@shared_task
def plan() -> None:
    services.plan()


@shared_task
def deliver() -> None:
    services.deliver()


@shared_task
def tend_mail() -> None:
    """Handle what a killed process left, and delete what was kept long enough."""
    handle_abandoned()
    forget_old()
