"""Doorbells: the rows say what is due, these only look at them."""

from celery import shared_task

from courses.services.schedule import keep_schedule as keep


@shared_task
def keep_schedule() -> None:
    keep()
