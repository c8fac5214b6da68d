"""Doorbells: the rows of jobs are the queue, these only look at them."""

from celery import shared_task

from core import jobs


@shared_task
def run_job(pk: int) -> None:
    jobs.perform(pk)


@shared_task
def sweep_jobs() -> None:
    jobs.sweep()
