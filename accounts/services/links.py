"""One-time sign-in links, passed on by phone or WhatsApp to people whom mail does not reach."""

import hashlib
import secrets
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import SignInLink, User
from core.errors import DomainError
from core.services import record_event

LIFE = timedelta(hours=24)
MOST_AN_HOUR = 20


def digest(token: str) -> str:
    """Return the hash under which a link is kept."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def make_link(*, user: User, actor: User) -> str:
    """Make a link that signs a person in once within LIFE; her earlier links end. Logged.

    Returns: the token, which is kept nowhere. Raises: DomainError "staff", "closed" or "often". Queries: 6.
    """
    if user.is_staff or user.is_superuser:
        raise DomainError(_("People of the programme team sign in themselves; there are no links for them."), code="staff")
    if not user.is_active:
        raise DomainError(_("This account is closed. Open it first."), code="closed")
    now, token = timezone.now(), secrets.token_urlsafe(24)
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)  # two at once: one link stays
        if SignInLink.objects.filter(made_by=actor, made_at__gt=now - timedelta(hours=1)).count() >= MOST_AN_HOUR:
            raise DomainError(_("You have made many links within an hour. Please wait before you make another."), code="often")
        user.sign_in_links.filter(used_at=None, expires_at__gt=now).update(expires_at=now)
        SignInLink.objects.create(user=user, digest=digest(token), made_by=actor, expires_at=now + LIFE)
        record_event(actor=actor, act="make sign-in link", obj=user)
    return token


def find_link(token: str) -> SignInLink | None:
    """Return the link of a token with its person, None when there is none. Queries: 1."""
    return SignInLink.objects.select_related("user").filter(digest=digest(token)).first()


def use_link(*, link: SignInLink) -> User:
    """Use a link up. Of two at once one gets through. Logged. Returns: the person. Queries: 3.

    Raises: DomainError "used" or "expired".
    """
    with transaction.atomic():
        now = timezone.now()
        may = User.objects.filter(pk=link.user_id, is_active=True, is_staff=False, is_superuser=False)
        # No join in the update: PostgreSQL would not look again at a row for which it waited.
        free = SignInLink.objects.filter(pk=link.pk, used_at=None, expires_at__gt=now)
        if not (may.exists() and free.update(used_at=now)):
            link.refresh_from_db()
            raise DomainError(link.over or _("This link is over."), code="used" if link.used_at else "expired")
        record_event(actor=link.user, act="use sign-in link", obj=link.user)
    return link.user
