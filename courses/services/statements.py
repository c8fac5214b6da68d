"""Statements of completion: issued, withdrawn, issued anew, found by their number."""

import re
import secrets

from django.db import IntegrityError, transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError
from core.services import record_event
from core.text import clean
from core.translations import LANGUAGES
from courses.models import Module, Statement
from courses.services.completion import completed_on, score_of

LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's: no I, L, O, U
LOOK_ALIKES = str.maketrans("OIL", "011")
HEAD, GROUPS = "FDW", 4


def new_number() -> str:
    """Return an unguessable number such as "FDW-7K3M-9QXR-2TBN-4HWD": 80 random bits."""
    return grouped("".join(secrets.choice(LETTERS) for _n in range(4 * GROUPS)))


def grouped(letters: str) -> str:
    """Return letters as people read a number aloud: the head, then groups of four."""
    return "-".join([HEAD, *(letters[n : n + 4] for n in range(0, len(letters), 4))])


def read_number(typed: str) -> str:
    """Return the number that a person means, "" when it is none: case, spaces, dashes and look-alikes do not matter."""
    letters = re.sub(r"[\s\-‐-―_.]+", "", typed.upper())
    if len(letters) > 4 * GROUPS:
        letters = letters.removeprefix(HEAD)
    letters = letters.translate(LOOK_ALIKES)
    return grouped(letters) if len(letters) == 4 * GROUPS and set(letters) <= set(LETTERS) else ""


def issue_statement(*, user, module: Module) -> Statement:
    """State that a person completed a module, with name, titles, minutes and score as of now; or return what stands.

    Raises: DomainError "incomplete", "name", or "withdrawn": what staff withdrew only staff issue anew.
    Queries: 1 for a standing one, else 9. Logged. Safe to repeat and to click twice.
    """
    own = Statement.objects.filter(user=user, module=module).order_by("withdrawn_at", "-pk")
    standing = own.filter(withdrawn_at=None).first()
    if standing:
        return standing
    if own.exists():
        raise DomainError(
            _("Your statement for this module was withdrawn. Write to the programme team, which can issue it anew."),
            code="withdrawn",
        )
    day = completed_on(user, module)
    if day is None:
        raise DomainError(_("The statement is ready when you have completed the module."), code="incomplete")
    if not user.name.strip():
        raise DomainError(_("Write your name into your profile first: it stands on the statement."), code="name")
    minutes = module.units.standing().filter(is_optional=False).aggregate(sum=Sum("minutes"))["sum"] or 0
    statement = Statement(
        user=user,
        module=module,
        number=new_number(),
        name=user.name.strip(),
        titles={code: module.text("title", module.reading_language(code)) for code in LANGUAGES},
        minutes=minutes,
        score=score_of(user, module),
        completed_on=day,
    )
    return _kept(statement, actor=user, act="issue statement") or own.filter(withdrawn_at=None).get()


def _kept(statement: Statement, *, actor, act: str, reason: str = "") -> Statement | None:
    """Save a new statement and log it; None when another request was quicker. Queries: 4."""
    statement.full_clean(validate_constraints=False)
    try:
        with transaction.atomic():
            statement.save()
            after = {"name": statement.name, "module": statement.module_id}
            record_event(actor=actor, act=act, obj=statement, reason=reason, after=after)
    except IntegrityError:
        return None
    return statement


def withdraw_statement(*, statement: Statement, actor, reason: str) -> None:
    """Withdraw a statement: its page says so from now on, and why. Logged.

    Args: reason: shown to whoever verifies the number. Raises: DomainError "reason", "withdrawn". Queries: 4.
    """
    reason = clean(reason)[:300]
    if not reason:
        raise DomainError(_("Give a reason: whoever verifies the number reads it."), code="reason", field="reason")
    with transaction.atomic():
        standing = Statement.objects.filter(pk=statement.pk, withdrawn_at=None)
        if not standing.update(withdrawn_at=timezone.now(), withdrawn_because=reason):
            raise DomainError(_("This statement was withdrawn already."), code="withdrawn", field="reason")
        record_event(actor=actor, act="withdraw statement", obj=statement, reason=reason)
    statement.refresh_from_db()


def reissue_statement(*, statement: Statement, actor, name: str, reason: str) -> Statement:
    """Issue a statement anew under a corrected name: the old number is withdrawn, all else stays as it was. Logged.

    Raises: DomainError "name", "reason", or "standing" when the person has another one for this module. Queries: 9.
    """
    name = " ".join(clean(name).split())
    if not 0 < len(name) <= 200:
        raise DomainError(_("Write the name as it should stand on the statement."), code="name", field="name")
    with transaction.atomic():
        if statement.withdrawn_at is None:
            withdraw_statement(statement=statement, actor=actor, reason=reason)
        kept = ("user", "module", "titles", "minutes", "score", "completed_on")
        fresh = Statement(number=new_number(), name=name, **{field: getattr(statement, field) for field in kept})
        if not _kept(fresh, actor=actor, act="issue statement anew", reason=f"{statement.number}: {clean(reason)}"[:500]):
            raise DomainError(_("This person has another statement for this module already."), code="standing", field="name")
    return fresh
