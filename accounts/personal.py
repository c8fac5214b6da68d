"""What an account itself holds about a person: handed out, forgotten, and brought together from two accounts."""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Consent, SignInLink, User
from accounts.services import anonymise
from core.personal import rows_of

PROFILE = [
    "name", "email", "language", "zone", "country", "organisation", "position", "group", "sex", "phone", "bio", "visibility",
    "date_joined", "last_login",
]  # fmt: skip
FILLED = ["country", "organisation", "position", "group", "sex", "phone", "bio", "photo"]


def export_account(user):
    """The profile, and all by which a person signs in (no secrets: those are hashes and keys). Queries: 7."""
    yield "profile", rows_of(User.objects.filter(pk=user.pk), *PROFILE)
    mine = {"user": user}
    yield "addresses", rows_of(EmailAddress.objects.filter(**mine).order_by("pk"), "email", "verified", "primary")
    yield "consents", rows_of(Consent.objects.filter(**mine).order_by("pk"), "version", "given_at", "language")
    factors = Authenticator.objects.filter(**mine).order_by("pk")
    yield "second_factors", rows_of(factors, "type", "created_at", "last_used_at")
    single = SocialAccount.objects.filter(**mine).order_by("pk")
    yield "single_sign_on", rows_of(single, "provider", "uid", "date_joined", "last_login", "extra_data")
    sessions = UserSession.objects.filter(**mine).order_by("pk")
    yield "sessions", rows_of(sessions, "created_at", "last_seen_at", "ip", "user_agent")
    links = SignInLink.objects.filter(**mine).order_by("pk")
    yield "sign_in_links", rows_of(links, "made_at", "expires_at", "used_at")


def erase_account(user):
    """Leave a row without a name. That a notice was agreed to, and when, stays; in which language does not."""
    anonymise(user)
    Consent.objects.filter(user=user).update(language="")


def filled(keep, drop) -> list[str]:
    """Return the fields of the profile that only the account which ends has."""
    return [name for name in FILLED if not getattr(keep, name) and getattr(drop, name)]


def preview_account(keep, drop):
    """Say which addresses and facts move. Queries: 4."""
    addresses = ", ".join(sorted(EmailAddress.objects.filter(user=drop).values_list("email", flat=True)))
    if addresses:
        yield _("These addresses also sign in to the account which stays: %(addresses)s.") % {"addresses": addresses}
    if names := filled(keep, drop):
        words = ", ".join(str(User._meta.get_field(name).verbose_name) for name in names)
        yield _("Empty fields are filled: %(fields)s. Where both say something, the account which stays wins.") % {
            "fields": words
        }
    if count := SocialAccount.objects.filter(user=drop).count():
        yield ngettext(
            "%(count)d single sign-on moves.", "%(count)d single sign-ons move.", count
        ) % {"count": count}  # fmt: skip
    if count := Authenticator.objects.filter(user=drop).count():
        yield ngettext(
            "%(count)d second factor or passkey of the account which ends is removed.",
            "%(count)d second factors or passkeys of the account which ends are removed.",
            count,
        ) % {"count": count}


def merge_account(keep, drop):
    """Move addresses, consents and single sign-on; fill what `keep` left empty. Queries: 12."""
    SocialAccount.objects.filter(user=drop).update(user=keep)
    known = {email.casefold() for email in EmailAddress.objects.filter(user=keep).values_list("email", flat=True)}
    for address in EmailAddress.objects.filter(user=drop):
        if address.email.casefold() in known:
            address.delete()
    EmailAddress.objects.filter(user=drop).update(user=keep, primary=False)
    merge_consents(keep, drop)
    for name in filled(keep, drop):
        setattr(keep, name, getattr(drop, name))
    if keep.photo == drop.photo:
        drop.photo = None  # it moved: the row that ends must not take it along
    keep.date_joined = min(keep.date_joined, drop.date_joined)
    keep.consent_version = keep.consent_version if keep.has_consented or not drop.has_consented else drop.consent_version
    keep.save(update_fields=[*FILLED, "date_joined", "consent_version"])


def merge_consents(keep, drop):
    """Of each version the first agreement stays."""
    standing = {consent.version: consent for consent in Consent.objects.filter(user=keep)}
    for other in Consent.objects.filter(user=drop):
        if (consent := standing.get(other.version)) is None:
            Consent.objects.filter(pk=other.pk).update(user=keep)
            continue
        if other.given_at < consent.given_at:
            Consent.objects.filter(pk=consent.pk).update(given_at=other.given_at, language=other.language)
        other.delete()
