"""Take in mail: one from standard input, all of an mbox or a maildir, or once more what failed.

    |/srv/fdw/.venv/bin/python /srv/fdw/manage.py receive_mail --to "$ORIGINAL_RECIPIENT"      (a mail server's pipe)

Exit codes are those that mail servers know (sysexits.h): 0 taken in, 65 larger than we take (the server tells the
sender), 75 try again later (the database is away; nothing was kept).
"""

import logging
import mailbox
import sys
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from reminders.enums import MailState
from reminders.inbound.services import LARGEST, receive, receive_again

log = logging.getLogger(__name__)
DATA_ERROR, TRY_LATER = 65, 75


class Command(BaseCommand):
    requires_system_checks = []  # a mail server starts it for every mail
    help = "Take in mail: one message from standard input, an mbox, a maildir, or once more what failed."

    def add_arguments(self, parser):
        way = parser.add_mutually_exclusive_group()
        way.add_argument("--mbox", type=Path, help="a file of messages; it stays as it is")
        way.add_argument("--maildir", type=Path, help="a folder; what was taken in moves from new to cur, marked as seen")
        way.add_argument("--again", action="store_true", help="handle once more what failed")
        parser.add_argument("--to", default="", help="to whom the message on standard input was delivered")

    def handle(self, *args, mbox, maildir, again, to, **options):
        if again:
            self.tell(receive_again())
        elif mbox:
            self.tell([receive(raw) for raw in messages_of(mbox)])
        elif maildir:
            self.tell([take_from_maildir(path) for path in unseen(maildir)])
        else:
            try:
                self.take_one(to)
            except Exception as error:  # whatever it is, the mail server keeps the mail and comes again
                log.exception("mail on standard input")
                self.stderr.write(f"try again later: {type(error).__name__}")
                sys.exit(TRY_LATER)

    def take_one(self, to: str) -> None:
        """Take in the message on standard input; of one that is too large only the beginning is kept."""
        raw = sys.stdin.buffer.read(LARGEST + 1)
        while sys.stdin.buffer.read(2**20):
            pass
        self.tell([receive(raw, envelope_to=to)])
        if len(raw) > LARGEST:
            self.stderr.write(f"message too large: at most {LARGEST // 2**20} MB")
            sys.exit(DATA_ERROR)

    def tell(self, rows) -> None:
        """Say how many ended in which state."""
        counts = {state: sum(row.state == state for row in rows) for state in MailState.values}
        self.stdout.write(", ".join(f"{state}: {count}" for state, count in counts.items() if count) or "no mail")


def messages_of(path: Path):
    """Yield the messages of an mbox as bytes; it is opened as a file that must exist and is not changed."""
    try:
        box = mailbox.mbox(path, create=False)
    except mailbox.NoSuchMailboxError as error:
        raise CommandError(f"no such mailbox: {path}") from error
    try:
        for key in box.iterkeys():
            yield box.get_bytes(key)
    finally:
        box.close()


def unseen(box: Path) -> list[Path]:
    """Return what lies in `new`, and of what in `cur` nobody has seen: their names say so, none is opened."""
    if not (box / "new").is_dir():
        raise CommandError(f"no such mailbox: {box}")
    mails = [path for folder in ("new", "cur") for path in sorted((box / folder).glob("[!.]*"))]
    return [path for path in mails if "S" not in flags_of(path)]


def flags_of(path: Path) -> str:
    """Return the flags of a mail of a maildir, such as "RS". Pure."""
    return path.name.partition(":2,")[2]


def take_from_maildir(path: Path):
    """Take in one mail, then mark it: a process killed in between takes it in again, which changes nothing."""
    row = receive(path.read_bytes())
    flags = "".join(sorted({*flags_of(path), "S"}))
    path.rename(path.parent.parent / "cur" / f"{path.name.partition(':2,')[0]}:2,{flags}")
    return row
