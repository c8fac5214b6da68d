"""Background work: asked for in a page, done by a worker, finished once.

The row is the queue of record; a message only rings the bell. A worker holds a job by a lease: when it dies, the lease
ends and another worker takes the job up again, and whoever lost the lease writes nothing.
"""

import contextlib
import logging
import traceback
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils import timezone, translation
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from core import registry
from core.audiences import PUBLIC
from core.enums import JobState
from core.errors import DomainError
from core.models import Job
from core.personal import forget_files
from core.services import record_event, store_file

log = logging.getLogger(__name__)
LEASE = timedelta(minutes=2)
MOST_ATTEMPTS = 3
PATIENCE = timedelta(seconds=20)  # until the sweep rings again for a job that nobody took up
KEPT = timedelta(days=7)
BATCH = 500


@dataclass(frozen=True)
class Kind:
    """One kind of background work. An app registers its own in `offers.py`: `registry.jobs.register(code, Kind(…))`.

    Args:
        run: f(running) -> small JSON-able dict or None. It may run twice, so what it writes to tables stands in
            `with running.finishing():`, in one transaction with the end of the job; or it only attaches a file.
            A `url` in what it returns is where the person goes on. DomainError ends the job with that sentence.
        title: f(job) -> what is being made, in the reader's language.
        back: f(job) -> address of the page from which it was asked.
    """

    run: Callable
    title: Callable
    back: Callable | None = None


class Lost(Exception):
    """Another worker holds the job by now: stop, write nothing."""


class Running:
    """A job in the hands of one worker."""

    def __init__(self, job: Job):
        self.job, self.finished = job, False
        self._file = None

    def progress(self, done: int, total: int) -> None:
        """Say how far the work is and keep the lease for another LEASE. Raises: Lost. Queries: 1."""
        self.write(done=done, total=total, lease_until=timezone.now() + LEASE)
        self.job.done, self.job.total = done, total

    def attach(self, data, name: str, content_type: str) -> None:
        """Give the job its file: bytes or an open file. Written when the job finishes; the last one given counts."""
        self._file = {"data": data, "name": name, "content_type": content_type}

    @contextlib.contextmanager
    def finishing(self):
        """End the job in one transaction with what is written inside: once, or not at all.

        Yields: a dict that becomes the job's result. Raises: Lost when another worker holds the job; an exception inside
        leaves the job unfinished. Queries: 3, and 1 for a file.
        """
        result = {}
        with transaction.atomic():
            self.write(**ended(JobState.DONE))  # first, so that the row is locked
            yield result
            owner = self.job.owner_id
            stored = store_file(audience=f"user.{owner}" if owner else PUBLIC, **self._file) if self._file else None
            Job.objects.filter(pk=self.job.pk).update(result=result, file=stored)
        self.finished = True

    def write(self, **changes) -> None:
        """Change the row while this worker holds it. Raises: Lost. Queries: 1."""
        held = Job.objects.filter(pk=self.job.pk, state=JobState.RUNNING, lease=self.job.lease)
        if not held.update(**changes):
            raise Lost(self.job)


def ended(state: JobState, error: str = "") -> dict:
    """Return the fields of a job that has come to its end."""
    return {"state": state, "error": error[-4000:], "finished_at": timezone.now(), "lease": None, "lease_until": None}


def ask(*, kind: str, owner, subject: str = "", args: dict | None = None, reuse: bool = False) -> Job:
    """Ask for background work; an unfinished job of the same kind, owner and subject is returned instead.

    Args: kind: a registered code; owner: the person, or None for work whose page whoever has its address may open;
    args: small JSON facts, to which the reader's language is added; reuse: one that is done and whose file is still kept
    will do as well, since the subject says all that the file depends on. Queries: 1 to 6. Safe to repeat.
    """
    if kind not in registry.jobs:
        raise KeyError(kind)
    facts = {"kind": kind, "owner": owner, "subject": subject}
    ready = Job.objects.filter(**facts, state=JobState.DONE, file__isnull=False) if reuse else Job.objects.none()
    standing = Job.objects.unfinished().filter(**facts).first() or ready.first()
    if standing:
        return standing
    try:
        with transaction.atomic():
            job = Job.objects.create(**facts, args={"language": get_language()[:2]} | (args or {}))
    except IntegrityError:  # a double click: the other request was quicker
        return Job.objects.filter(**facts).latest("pk")
    transaction.on_commit(lambda: ring(job.pk))
    return job


def ring(pk: int) -> None:
    """Tell a worker that a job waits. The broker may be away: the sweep rings again, so this only logs."""
    from core.tasks import run_job  # the task imports this module

    try:
        run_job.apply_async((pk,), expires=60, retry=False)
    except Exception as error:  # any broker's own exception types
        log.warning("bell not rung: %s", error)


def claim(pk: int) -> Running | None:
    """Take a job under a new lease: one that waits, or one whose lease ended. None when there is nothing to take.

    Queries: 2. Of two workers at once one gets it.
    """
    now, lease = timezone.now(), uuid.uuid4()
    free = Job.objects.filter(pk=pk, attempts__lt=MOST_ATTEMPTS).filter(
        Q(state=JobState.QUEUED) | Q(state=JobState.RUNNING, lease_until__lt=now)
    )
    taken = free.update(
        state=JobState.RUNNING, lease=lease, lease_until=now + LEASE, attempts=F("attempts") + 1, done=0, total=0
    )
    return Running(Job.objects.select_related("owner").get(pk=pk)) if taken else None


def perform(pk: int) -> bool:
    """Do a job, if it can be taken, in the language in which it was asked for.

    Returns: whether this call finished it. An exception puts it back into the queue, or ends it after MOST_ATTEMPTS;
    a DomainError ends it at once, with its sentence for the person. Queries: 4 and those of the work.
    """
    running = claim(pk)
    if running is None:
        return False
    job = running.job
    with translation.override(job.args.get("language")):
        try:
            result = registry.jobs[job.kind].run(running)
            if not running.finished:
                with running.finishing() as kept:
                    kept |= result or {}
        except Lost:
            log.warning("job %s was taken over by another worker", job.pk)
        except DomainError as refusal:
            leave(running, ended(JobState.FAILED, str(refusal)) | {"result": {"refused": str(refusal)}})
        except Exception:  # whatever the work raises is kept in the row and in the log
            log.exception("job %s (%s), attempt %s", job.pk, job.kind, job.attempts)
            state = JobState.FAILED if job.attempts >= MOST_ATTEMPTS else JobState.QUEUED
            found = ended(state, traceback.format_exc())
            leave(running, found if state == JobState.FAILED else found | {"finished_at": None})
    return running.finished


def leave(running: Running, changes: dict) -> None:
    """Give a job back unfinished. If another worker has it by now, that one says how it ends. Queries: 1."""
    try:
        running.write(**changes)
    except Lost:
        log.warning("job %s was taken over by another worker", running.job.pk)


def run_again(*, job: Job, actor) -> None:
    """Put a failed job back into the queue, with all its attempts. Logged.

    Raises: DomainError "state" when it has not failed, "standing" when the same work was asked for anew. Queries: 4.
    """
    with transaction.atomic():
        try:
            with transaction.atomic():
                changed = Job.objects.filter(pk=job.pk, state=JobState.FAILED).update(
                    state=JobState.QUEUED, attempts=0, error="", result={}, finished_at=None
                )
        except IntegrityError as error:
            raise DomainError(_("The same work was asked for again and is under way."), code="standing") from error
        if not changed:
            raise DomainError(_("Only work that failed can be run again."), code="state")
        record_event(actor=actor, act="run again", obj=job)
    transaction.on_commit(lambda: ring(job.pk))


def sweep(now: datetime | None = None) -> int:
    """Ring for jobs that nobody works on, end those that were tried too often, delete what is older than KEPT.

    Returns: how many bells were rung. Queries: 4 when nothing is old. Safe to repeat and to run twice at once.
    """
    now = now or timezone.now()
    dead = Job.objects.filter(state=JobState.RUNNING, lease_until__lt=now)
    dead.filter(attempts__gte=MOST_ATTEMPTS).update(**ended(JobState.FAILED, f"the worker died {MOST_ATTEMPTS} times"))
    waiting = Job.objects.filter(state=JobState.QUEUED, created_at__lt=now - PATIENCE)
    found = [*waiting.values_list("pk", flat=True)[:BATCH], *dead.values_list("pk", flat=True)[:BATCH]]
    for pk in found:
        ring(pk)
    forget_old(now)
    return len(found)


def forget_old(now: datetime) -> None:
    """Delete jobs that finished KEPT ago, with their files. Queries: 1, and 4 and those of the relations for up to BATCH."""
    old = list(Job.objects.filter(finished_at__lt=now - KEPT).select_related("file")[:BATCH])
    if old:
        forget_files([job.file for job in old if job.file])  # first: a file that no job knows would never be deleted
        Job.objects.filter(pk__in=[job.pk for job in old]).delete()
