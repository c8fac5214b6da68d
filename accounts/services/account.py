"""What changes in a person's account."""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Consent, User
from core.errors import DomainError
from core.services import record_event, store_photo
from reminders.services import tell


def welcome(*, user: User) -> None:
    """Tell a new person where to begin. Once, through the ledger. Queries: 1."""
    tell(kind="accounts.welcome", recipient=user)


def give_consent(*, user: User, language: str) -> None:
    """Remember that a person agreed to the present version of the privacy notice. Queries: 2. Safe to repeat."""
    with transaction.atomic():
        Consent.objects.get_or_create(user=user, version=settings.CONSENT_VERSION, defaults={"language": language})
        user.consent_version = settings.CONSENT_VERSION
        user.save(update_fields=["consent_version"])


def open_account(*, email: str, name: str, language: str, zone: str = "UTC", **profile) -> User:
    """Open an account for somebody who came by a link that was mailed to her: the address is proven, no password is set.

    Args: profile: further fields of the person. She agreed to the privacy notice on the page from which this is called.
    Raises: DomainError "taken" when an account has the address; ValidationError for a field. Queries: 6.
    """
    email = email.strip().lower()
    taken = DomainError(_("Another person uses this address."), code="taken", field="email")
    if EmailAddress.objects.filter(email__iexact=email).exists():
        raise taken
    user = User(email=email, name=name, language=language, zone=zone, **profile)
    user.set_unusable_password()
    user.full_clean(exclude=["password"], validate_constraints=False)
    try:
        with transaction.atomic():
            user.save()
            EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
            give_consent(user=user, language=language)
    except IntegrityError as error:
        raise taken from error
    return user


def save_profile(*, user: User, upload=None) -> User:
    """Keep a changed profile and its new photo, readable by this person alone until clinics share it.

    Raises: DomainError for a photo that cannot be kept; ValidationError for a field. Queries: 2 to 4.
    """
    user.full_clean(exclude=["password"])
    with transaction.atomic():
        if upload:
            user.photo = store_photo(upload=upload, audience=f"user.{user.pk}", max_bytes=settings.PHOTO_MAX_BYTES)
        user.save()
    return user


def bump_audience(*users: User) -> None:
    """Make the audience keys of these people be asked anew, after a membership changed. Queries: 1."""
    User.objects.filter(pk__in=[u.pk for u in users]).update(audience_version=F("audience_version") + 1)


def correct_address(*, user: User, email: str, actor: User, reason: str) -> None:
    """Replace a person's main address, as staff do when it was mistyped. Logged; the old address is told nothing.

    Raises: DomainError when the address is malformed or in use. Queries: 5. Safe to repeat.
    """
    email = email.strip().lower()
    try:
        validate_email(email)
    except ValidationError as error:
        raise DomainError(_("This is not an e-mail address."), field="email") from error
    before = user.email
    try:
        with transaction.atomic():
            if EmailAddress.objects.filter(email__iexact=email).exclude(user=user).exists():
                raise DomainError(_("Another person uses this address."), field="email")
            EmailAddress.objects.filter(user=user, email__iexact=before).delete()
            EmailAddress.objects.filter(user=user).update(primary=False)
            EmailAddress.objects.update_or_create(user=user, email=email, defaults={"verified": True, "primary": True})
            user.email = email
            user.save(update_fields=["email"])
            record_event(
                actor=actor, act="correct address", obj=user, reason=reason, before={"email": before}, after={"email": email}
            )
    except IntegrityError as error:
        raise DomainError(_("Another person uses this address."), field="email") from error


def end_sessions(user: User) -> int:
    """End all sessions of a person. Returns: how many ended. Queries: 1 and 2 a session. Safe to repeat."""
    sessions = list(UserSession.objects.filter(user=user))
    for session in sessions:
        session.end()
    return len(sessions)


def sign_out_everywhere(*, user: User, actor: User, reason: str = "") -> int:
    """End all sessions of a person. Logged. Returns: how many ended. Queries: 2 and 2 a session."""
    with transaction.atomic():
        ended = end_sessions(user)
        record_event(actor=actor, act="sign out everywhere", obj=user, reason=reason, after={"sessions": ended})
    return ended


def close_account(*, user: User) -> None:
    """Let nobody sign in to an account: it is inactive, its sessions and sign-in links end. Queries: 3 and 2 a session.

    Sessions end too, or they would live again on the day on which the account is opened again. The caller logs why.
    """
    with transaction.atomic():
        user.is_active = False
        user.save(update_fields=["is_active"])
        user.sign_in_links.filter(used_at=None, expires_at__gt=timezone.now()).update(expires_at=timezone.now())
        end_sessions(user)


def remove_second_factor(*, user: User, actor: User, reason: str) -> int:
    """Remove the second factor, passkeys and recovery codes of a person who has lost them. Logged, and she is told.

    Returns: how many were removed. Raises: DomainError when there is none. Queries: 6.
    """
    with transaction.atomic():
        kinds = sorted(Authenticator.objects.filter(user=user).values_list("type", flat=True))
        if not kinds:
            raise DomainError(_("This account has no second factor."), code="none")
        Authenticator.objects.filter(user=user).delete()
        event = record_event(actor=actor, act="remove second factor", obj=user, reason=reason, before={"kinds": kinds})
        tell(kind="accounts.factor_removed", recipient=user, occurrence=str(event.pk))
    return len(kinds)
