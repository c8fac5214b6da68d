"""Doorbells: the ledger is the queue, these only look at it."""

from celery import shared_task

from reminders import services


@shared_task
def plan() -> None:
    services.plan()


@shared_task
def deliver() -> None:
    services.deliver()
