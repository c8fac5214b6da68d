"""A long list of people to invite: kept between its rehearsal and its sending, and sent by a worker."""

from django.urls import reverse
from django.utils.translation import gettext as _

from clinics.invitees import Row, read_rows
from clinics.models import Delegation, Edition
from clinics.services.inviting_many import Plan, invite_many, plan_invitations
from core import jobs
from core.errors import DomainError
from core.models import Job, StoredFile
from core.personal import forget_files
from core.services import store_file

KIND = "clinics.invite_many"
CSV, NAME = "text/csv", "invitations.csv"
AT_ONCE = 200  # rows that a page sends by itself


def keep_list(*, user, data: bytes) -> StoredFile:
    """Keep a list until its sending is confirmed; an older one of the same person goes. Queries: 4."""
    forget_files(list(lists_of(user)))
    return store_file(data=data, name=NAME, content_type=CSV, audience=f"user.{user.pk}")


def lists_of(user):
    """Return the lists that a person has rehearsed and not sent."""
    return StoredFile.objects.filter(audience=f"user.{user.pk}", content_type=CSV, name=NAME)


def rows_in(stored: StoredFile) -> list[Row]:
    """Return the rows of a list that is kept. Raises: as `read_rows`."""
    with stored.file.open("rb") as file:
        return read_rows(file.read())


def send_list(*, user, stored: StoredFile, edition: Edition, delegation: Delegation | None, only_good: bool) -> Plan | Job:
    """Invite everybody on a kept list: at once, or by a worker when it is long. Raises: as `read_rows` and `invite_many`."""
    rows = rows_in(stored)
    if len(rows) <= AT_ONCE:
        plan = invite_many(rows=rows, edition=edition, delegation=delegation, actor=user, only_good=only_good)
        forget_files([stored])
        return plan
    args = {"edition": edition.pk, "delegation": delegation and delegation.pk, "file": str(stored.key), "only_good": only_good}
    return jobs.ask(kind=KIND, owner=user, subject=f"{edition.pk}.{stored.sha256[:16]}.{only_good}", args=args)


def send_by_worker(running: jobs.Running) -> None:
    """Invite everybody on a list, in one transaction with the end of the work. Raises: DomainError."""
    args, user = running.job.args, running.job.owner
    stored = lists_of(user).filter(key=args["file"]).first()
    edition = Edition.objects.get(pk=args["edition"])
    delegation = edition.delegations.filter(pk=args["delegation"]).first() if args["delegation"] else None
    if stored is None:
        raise DomainError(_("The list that was rehearsed is gone. Choose it again."), code="gone")
    rows = rows_in(stored)
    plan_invitations(rows=rows, edition=edition, delegation=delegation, progress=running.progress)
    with running.finishing() as result:
        plan = invite_many(rows=rows, edition=edition, delegation=delegation, actor=user, only_good=args["only_good"])
        result |= plan.counts | {"url": page_of(edition.pk)}
    forget_files([stored])


def page_of(edition: int) -> str:
    """Return the page of an edition's invitations. Pure."""
    return reverse("admin:clinics_edition_invitations", args=[edition])


def title_of(job: Job) -> str:
    """Return what is being done, in the reader's language."""
    return _("Invitations by list")


JOB = jobs.Kind(run=send_by_worker, title=title_of, back=lambda job: page_of(job.args["edition"]))
