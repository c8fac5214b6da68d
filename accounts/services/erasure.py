"""A person is forgotten: asked for in a page, done by a worker, once."""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.enums import Visibility
from accounts.models import User
from accounts.services.account import close_account, end_sessions
from core import jobs, registry
from core.errors import DomainError
from core.personal import forget_files
from core.services import record_event
from reminders.services import tell_now

CLEARED = ("name", "organisation", "position", "sex", "phone", "bio")


def ask_erasure(*, user: User, actor: User, reason: str = "") -> None:
    """Close an account at once and ask a worker to erase the person. Logged.

    Args: actor: the person herself, or staff, who say why.
    Raises: DomainError "staff" for an account of the team. Queries: 8 and 2 a session. Safe to repeat.
    """
    if user.is_staff or user.is_superuser:
        raise DomainError(
            _("This is an account of the programme team, and what it did must stay accountable. Ask an administrator."),
            code="staff",
        )
    with transaction.atomic():
        standing = User.objects.select_for_update().get(pk=user.pk)
        if standing.erased_at:
            return
        close_account(user=user)
        record_event(actor=actor, act="ask for erasure", obj=user, reason=reason)
        jobs.ask(kind="accounts.erase", owner=None, subject=str(user.pk), args={"user": user.pk})


def run_erasure(running: jobs.Running) -> None:
    """Do the job: tell the person while her address is known, then forget her and end the job in one transaction.

    The letter is a ledger row that is sent before the transaction: a worker killed in between finds it sent and sends
    no second one. When the mail server does not take it now, the erasure does not wait: the person's wish comes first.
    """
    user = User.objects.get(pk=running.job.args["user"])
    if user.erased_at:
        return
    told = tell_now(kind="accounts.erased", recipient=user)
    with running.finishing():
        erase(user=user, told=told)


def erase(*, user: User, told: bool = False) -> None:
    """Let every app forget a person; the row stays, without a name, so that numbers stay true. Logged. Safe to repeat.

    Queries: those of the apps' erasers, in one transaction.
    """
    with transaction.atomic():
        own_last = sorted(registry.erasers.names(), key=lambda name: name == "accounts")  # the others ask for her addresses
        for name in own_last:
            registry.erasers[name](user)
        record_event(actor=None, act="erase", obj=user, after={"told": told})


def anonymise(user: User) -> None:
    """Take from an account what says whose it is; country and group stay for headcounts. Safe to repeat.

    Deletes addresses, factors, single sign-on, sessions, sign-in links and the photo. Queries: 16 and 2 a session.
    """
    with transaction.atomic():
        end_sessions(user)
        for model in (EmailAddress, Authenticator, SocialAccount):
            model.objects.filter(user=user).delete()
        user.sign_in_links.all().delete()
        user.groups.clear()
        user.user_permissions.clear()
        photo, user.photo = user.photo, None
        for name in CLEARED:
            setattr(user, name, "")
        user.email, user.zone, user.zone_confirmed = f"erased-{user.pk}@erased.invalid", "UTC", False
        user.visibility, user.is_active, user.last_login = Visibility.NOBODY, False, None
        user.erased_at = user.erased_at or timezone.now()
        user.set_unusable_password()
        user.save()
        if photo:
            forget_files([photo])
        entries = LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(User), object_id=str(user.pk))
        entries.update(object_repr=f"erased-{user.pk}", change_message="")
