"""The open call: an application begun, kept as it is typed, handed in; and more time for one person."""

from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from django.core.files.base import File
from django.db import IntegrityError, transaction
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clinics import asked
from clinics.enums import Act, ApplicationState
from clinics.models import Application, Delegate, Edition, Extension, Invitation
from clinics.services.editions import require
from core.errors import DomainError
from core.models import Event, StoredFile
from core.personal import forget_files
from core.services import record_event
from core.time import moment
from core.uploads import IMAGES, store_upload
from courses.services.attempts import supersedes
from reminders.services import tell

LARGEST_LETTER = 5 * 2**20
LETTERS = {
    "application/pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.oasis.opendocument.text",
    *IMAGES,
}
LONGEST_REASON = 300
OPENED = "open application"
FROM_PROFILE = ("country", "group", "organisation", "position")


# When, and whether ----------------------------------------------------------------------------------
def deadline_for(edition: Edition, user) -> datetime | None:
    """Return until when this person may hand in: the call's deadline, or her own where it is later. Queries: 1."""
    own = extension_of(edition, user)
    return max(own, edition.apply_by) if own and edition.apply_by else own or edition.apply_by


def extension_of(edition: Edition, user) -> datetime | None:
    """Return the end of this person's extended deadline, None without one. Queries: 1."""
    return Extension.objects.filter(edition=edition, user=user).values_list("until", flat=True).first()


def require_call(edition: Edition, user) -> datetime:
    """Refuse whoever may not apply now; return this person's deadline.

    Whoever was given more time applies for as long as applications are reviewed; everybody else while the call is open.
    Raises: DomainError "invited_only", "state" or "late". Queries: 1.
    """
    if not edition.is_open_call:
        raise DomainError(_("This edition has no open call: people come by invitation."), code="invited_only")
    own = extension_of(edition, user)
    require(edition, Act.REVIEW if own else Act.APPLY)
    until = max(filter(None, (own, edition.apply_by)), default=None)
    if until is None or until <= timezone.now():
        told = _("The call closed on %(moment)s.") % {"moment": moment(until)} if until else _("The call is closed.")
        raise DomainError(told, code="late")
    return until


def open_until(application: Application) -> datetime | None:
    """Return until when a row `with_deadline` may be handed in, None when it may not any more. Pure but for the clock."""
    act = Act.REVIEW if application.extended else Act.APPLY
    may = application.is_open and application.edition.is_open_call and application.edition.allows(act)
    return application.deadline if may and application.deadline and application.deadline > timezone.now() else None


def seat_of(edition: Edition, user) -> Delegate | Invitation | None:
    """Return the seat that this person has in an edition, or the open invitation to one, by any of her own addresses.

    Queries: 2 at most.
    """
    delegate = edition.delegates.active().filter(user=user).select_related("delegation").first()
    if delegate is not None:
        return delegate
    mine = EmailAddress.objects.filter(user=user, verified=True).values(small=Lower("email"))
    rows = Invitation.objects.open().filter(edition=edition, expires_at__gt=timezone.now())
    return rows.filter(email__in=mine).select_related("delegation").first()


def refuse_seated(edition: Edition, user) -> None:
    """Refuse whoever need not apply. Raises: DomainError "joined" or "invited". Queries: 2."""
    seat = seat_of(edition, user)
    if isinstance(seat, Delegate):
        raise DomainError(_("You have a seat in this edition already."), code="joined")
    if seat is not None:
        raise DomainError(_("You are invited to this edition: answer the invitation instead."), code="invited")


# The draft ------------------------------------------------------------------------------------------
def prefilled(*, edition: Edition, user, language: str) -> Application:
    """Return a new application with what the person's profile knows, not saved. Pure.

    Only what the questions can take: a profile may hold a country or a language that an application cannot.
    """
    application = Application(edition=edition, user=user, language=language)
    for name in FROM_PROFILE:
        try:
            asked.put(application, name, asked.parse(edition, name, [getattr(user, name)]))
        except DomainError:
            continue
    application.languages = [code for code in edition.languages if code == user.language]
    return application


def begin_application(*, edition: Edition, user, language: str) -> Application:
    """Return this person's application, begun now with what her profile knows if she had none.

    Raises, when there is none to return: as `require_call`; "joined" or "invited". Queries: 1, or 6 for a new one, in one
    transaction. Safe to repeat, also twice at once.
    """
    own = Application.objects.filter(edition=edition, user=user).select_related("edition", "letter")
    standing = own.first()
    if standing is not None:
        return standing
    require_call(edition, user)
    refuse_seated(edition, user)
    application = prefilled(edition=edition, user=user, language=language)
    try:
        with transaction.atomic():
            application.save(force_insert=True)
    except IntegrityError:  # two tabs at once
        return own.get()
    return application


def writable(application: Application) -> Application:
    """Return the application with its row locked, for a change by its writer, in the caller's transaction.

    Raises: DomainError "closed" when it was handed in; as `require_call`. Queries: 2.
    """
    rows = Application.objects.select_for_update(of=("self",)).select_related("edition", "user", "letter")
    locked = rows.get(pk=application.pk)
    if not locked.is_open:
        raise DomainError(_("This application was handed in already; it can no longer change."), code="closed")
    require_call(locked.edition, locked.user)
    return locked


def save_field(
    *, application: Application, field: str, value: list[str], client_id: str = "", age: timedelta = timedelta(0)
) -> Application:
    """Keep the answer to one question of a draft.

    Args:
        value: the field's values as the form sent them.
        client_id: "<browser>-<count>", made for each change; replaying it changes nothing.
        age: how long ago it was typed. Of two devices the later typed answer stays, whichever arrives last.
    Returns: the application as it now stands: perhaps with a newer answer from elsewhere.
    Raises: DomainError for an answer that the question cannot take; as `writable`. Queries: 3, in one transaction.
    """
    answer = asked.parse(application.edition, field, value)
    typed = timezone.now() - max(age, timedelta(0))
    with transaction.atomic():
        application = writable(application)
        if newer(application, field, client_id, typed):
            changed = set_answer(application, field, answer, client_id, typed)
            application.save(update_fields=[*changed, "typed", "saved_at"])
    return application


def newer(application: Application, field: str, client_id: str, typed: datetime) -> bool:
    """Say whether a change takes the place of the answer that stands. Pure."""
    kept_id, kept_at = application.typed.get(field, ("", None))
    return supersedes(client_id, typed, kept_id, kept_at and parse_datetime(kept_at))


def set_answer(application: Application, field: str, answer: list[str], client_id: str, typed: datetime) -> list[str]:
    """Put a parsed answer and its mark on the row, not saved; return the fields that changed. Pure."""
    application.typed[field] = [client_id, typed.isoformat()]
    return asked.put(application, field, answer)


def save_form(
    *, application: Application, values: dict[str, list[str]], had: dict[str, str]
) -> tuple[Application, dict[str, str]]:
    """Keep every answer that was changed on a page without script; the others may have changed elsewhere since.

    Args: values: {question: what the form sent}; had: {question: mark of what the page showed}.
    Returns: the application, and {question: why its answer could not be kept}.
    Raises: as `writable`. Queries: 3 at most, in one transaction.
    """
    changed = {name: raw for name, raw in values.items() if name in had and had[name] != asked.had(name, raw)}
    answers, errors = {}, {}
    for name, raw in changed.items():
        try:
            answers[name] = asked.parse(application.edition, name, raw)
        except DomainError as refusal:
            errors[name] = str(refusal)
    if not changed:
        return application, errors
    now, fields = timezone.now(), []
    with transaction.atomic():
        application = writable(application)
        for name, answer in answers.items():
            fields += set_answer(application, name, answer, "", now)
        if fields:
            application.save(update_fields=[*fields, "typed", "saved_at"])
    return application, errors


def attach_letter(*, application: Application, upload: File) -> Application:
    """Keep the letter of who nominates; it takes the place of an earlier one. Only the applicant and staff read it.

    Raises: DomainError for a file that is too large, empty or of another kind; as `writable`. Queries: 8 at most.
    """
    with transaction.atomic():
        application = writable(application)
        before, audience = application.letter, f"user.{application.user_id}"
        application.letter = store_upload(
            upload=upload, audience=audience, max_bytes=LARGEST_LETTER, allowed=LETTERS, field="letter"
        )
        application.save(update_fields=["letter", "saved_at"])
        forget_later(before)
    return application


def remove_letter(*, application: Application) -> Application:
    """Take the letter out of a draft. Raises: as `writable`. Queries: 5. Safe to repeat."""
    with transaction.atomic():
        application = writable(application)
        before, application.letter = application.letter, None
        application.save(update_fields=["letter", "saved_at"])
        forget_later(before)
    return application


def forget_later(stored: StoredFile | None) -> None:
    """Delete a file once the row no longer leads to it."""
    if stored is not None:
        transaction.on_commit(lambda: forget_files([stored]))


def hand_in(*, application: Application) -> Application:
    """Hand an application in: complete, before the deadline, once. Its writer is told what happens next.

    Raises: DomainError "incomplete" (`asked.missing` says what), "joined", "invited"; as `require_call`.
    Queries: 8 in one transaction, with the row locked. Handing in again returns it as it stands.
    """
    with transaction.atomic():
        rows = Application.objects.select_for_update(of=("self",)).select_related("edition", "user", "letter")
        application = rows.get(pk=application.pk)
        if not application.is_open:
            return application
        require_call(application.edition, application.user)
        refuse_seated(application.edition, application.user)
        if lacking := len(asked.missing(application)):
            told = ngettext("%(n)d answer is missing.", "%(n)d answers are missing.", lacking) % {"n": lacking}
            raise DomainError(told, code="incomplete")
        application.state, application.submitted_at = ApplicationState.SUBMITTED, timezone.now()
        application.save(update_fields=["state", "submitted_at", "saved_at"])
        facts = {"country": application.country, "group": application.group}
        record_event(actor=application.user, act="hand in application", obj=application, after=facts)
        tell(kind="clinics.received", recipient=application.user, target=f"clinics.application:{application.pk}")
    return application


def note_opened(*, application: Application, staff) -> None:
    """Log that a member of staff read an application: once a day for each of them. Queries: 1, and 1 the first time."""
    today = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    known = Event.objects.about(application).filter(actor=staff, act=OPENED, at__gte=today)
    if not known.exists():
        record_event(actor=staff, act=OPENED, obj=application)


# More time for one person ---------------------------------------------------------------------------
def extend_deadline(*, edition: Edition, user, until: datetime, actor, reason: str) -> Extension:
    """Let one person hand in later than the others. A second extension takes the place of the first. Logged.

    Raises: DomainError "invited_only", "state", "handed_in", "past", "earlier" (the call itself is open longer), "beyond"
    (after the edition's end), "reason". Queries: 6, in one transaction.
    """
    if not edition.is_open_call:
        raise DomainError(_("This edition has no open call: people come by invitation."), code="invited_only")
    require(edition, Act.REVIEW)
    check_until(edition, until)
    if not reason.strip():
        raise DomainError(_("Say why this person gets more time."), code="reason", field="reason")
    handed_in = Application.objects.filter(edition=edition, user=user).exclude(state=ApplicationState.DRAFT)
    if handed_in.exists():
        told = _("This person has handed in already; more time would reopen nothing.")
        raise DomainError(told, code="handed_in", field="email")
    with transaction.atomic():
        before = extension_of(edition, user)
        facts = {"until": until, "reason": reason.strip()[:LONGEST_REASON], "made_by": actor}
        extension, _new = Extension.objects.update_or_create(edition=edition, user=user, defaults=facts)
        changes = {"before": {"until": before.isoformat()} if before else {}, "after": {"until": until.isoformat()}}
        record_event(actor=actor, act="extend deadline", obj=extension, reason=reason, **changes)
    return extension


def check_until(edition: Edition, until: datetime) -> None:
    """Refuse an extended deadline that is over, no extension, or after the edition. Pure but for the clock."""
    if until <= timezone.now():
        raise DomainError(_("This moment is over already."), code="past", field="until")
    if edition.apply_by and until <= edition.apply_by:
        told = _("Everybody may apply until %(moment)s: give a later moment.") % {"moment": moment(edition.apply_by)}
        raise DomainError(told, code="earlier", field="until")
    if until > edition.moment(edition.ends_on + timedelta(days=1)):
        raise DomainError(_("The edition is over by then."), code="beyond", field="until")
