"""All that is kept about a person, as one zip: for her to read, and for another portal to load."""

import csv
import io
import json
import tempfile
import zipfile
from datetime import date, datetime

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import override

from accounts.models import User
from core import jobs, registry
from core.models import Job
from core.personal import own_files, prepared_files
from core.services import record_event

KIND = "accounts.export"
BOM = "\ufeff"
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def ask_export(*, user: User) -> Job:
    """Ask a worker to prepare a person's data; one that is being prepared is returned. Logged. Queries: 4 to 6."""
    under_way = Job.objects.unfinished().filter(kind=KIND, owner=user).exists()
    job = jobs.ask(kind=KIND, owner=user)
    if not under_way:
        record_event(actor=user, act="ask for all data", obj=user)
    return job


def run_export(running: jobs.Running) -> None:
    """Do the job: write the zip beside the memory, in the person's language, and attach it. Safe to repeat."""
    user = running.job.owner
    with tempfile.TemporaryFile() as out, override(user.language), timezone.override(user.zone):
        write_archive(user, out, running.progress)
        out.seek(0)
        running.attach(out, f"my-data-{timezone.now():%Y-%m-%d}.zip", "application/zip")
        with running.finishing():
            pass


def write_archive(user: User, out, progress=lambda done, total: None) -> None:
    """Write README.txt, data.json, tables/*.csv and files/* into a zip. Rows are never all in memory.

    Args: out: a binary file open for writing. Queries: those of the exporters, 1 for the files.
    """
    names, tables = registry.exporters.names(), {}
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive, tempfile.TemporaryFile("w+", encoding="utf-8") as whole:
        whole.write("{\n")
        for done, app in enumerate(names, start=1):
            for table, rows in registry.exporters[app](user):
                tables[f"{app}.{table}"] = write_table(archive, whole, f"{app}.{table}", rows, first=not tables)
            progress(done, len(names) + 1)
        whole.write("\n}\n")
        copy_text(whole, archive, "data.json")
        write_files(user, archive)
        facts = {"person": user, "tables": tables, "made_at": timezone.now(), "site_url": settings.SITE_URL}
        archive.writestr("README.txt", BOM + render_to_string("accounts/my_data_readme.txt", facts))
    progress(len(names) + 1, len(names) + 1)


def write_table(archive, whole, name: str, rows, *, first: bool) -> int:
    """Write one table as CSV into the zip and as a list into the JSON text. Returns: the number of rows."""
    count = 0
    whole.write(("" if first else ",\n") + json.dumps(name) + ": [")
    with archive.open(f"tables/{name}.csv", "w", force_zip64=True) as member:
        text = io.TextIOWrapper(member, encoding="utf-8", newline="", write_through=True)
        text.write(BOM)
        writer = None
        for count, row in enumerate(rows, start=1):
            writer = writer or header(text, row)
            writer.writerow({field: cell(value) for field, value in row.items()})
            whole.write(("," if count > 1 else "") + "\n  " + json.dumps(row, ensure_ascii=False, default=plain))
        text.detach()
    whole.write("\n]" if count else "]")
    return count


def header(text, row: dict) -> csv.DictWriter:
    """Begin a CSV table with the names of its columns."""
    writer = csv.DictWriter(text, fieldnames=list(row))
    writer.writeheader()
    return writer


def plain(value):
    """Return a value as JSON knows it: moments in ISO 8601, anything else as text."""
    return value.isoformat() if isinstance(value, datetime | date) else str(value)


def cell(value):
    """Return a value as a spreadsheet may safely open it: a text that begins like a formula is marked as text."""
    if value is None:
        return ""
    if isinstance(value, dict | list):
        value = json.dumps(value, ensure_ascii=False, default=plain)
    elif not isinstance(value, str | int | float):
        value = plain(value)
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


def copy_text(source, archive, name: str) -> None:
    """Copy a text file into the zip, portion by portion."""
    source.seek(0)
    with archive.open(name, "w", force_zip64=True) as member:
        while portion := source.read(65536):
            member.write(portion.encode())


def write_files(user: User, archive) -> None:
    """Copy the photo and the person's other files; what the portal has prepared for her before is left out."""
    found = list(own_files(user).exclude(pk__in=prepared_files(user).values("pk")).order_by("pk"))
    if user.photo and user.photo not in found:
        found.append(user.photo)
    for stored in found:
        with stored.file.open("rb") as body, archive.open(f"files/{stored.key}-{safe(stored.name)}", "w") as member:
            while portion := body.read(65536):
                member.write(portion)


def safe(name: str) -> str:
    """Return a file's name without what leads into other folders."""
    return name.replace("/", "_").replace("\\", "_").replace("..", "_")
