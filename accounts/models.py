"""The person: one account, several addresses, one language and zone in which everything is told."""

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.enums import ConstituentGroup, Sex, Visibility
from core import countries
from core.audiences import OwnQuerySet
from core.models import StoredFile


def display_name(user) -> str:
    return str(user)


class UserQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Return the people whose page this person may read: oneself; staff with the permission read all."""
        if not user.is_authenticated:
            return self.none()
        if user.is_staff and user.has_perm("accounts.view_user"):
            return self
        return self.filter(pk=user.pk)


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):
    def create_user(self, email, password=None, **fields):
        """Make a person with a verified address, as commands and tests need. Queries: 2."""
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.full_clean(exclude=["password"])
        user.save(using=self._db)
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        return user

    def create_superuser(self, email, password=None, **fields):
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, email):
        return self.get(email__iexact=email)


class User(AbstractBaseUser, PermissionsMixin):
    email = models.EmailField(_("e-mail address"), max_length=254)
    name = models.CharField(_("name, as it should stand on a certificate"), max_length=200)
    language = models.CharField(_("language"), max_length=2, choices=settings.LANGUAGES, default="en")
    zone = models.CharField(_("time zone"), max_length=50, default="UTC")
    zone_confirmed = models.BooleanField(default=False, editable=False)
    country = models.CharField(_("country"), max_length=2, blank=True)
    organisation = models.CharField(_("organisation"), max_length=200, blank=True)
    position = models.CharField(_("position"), max_length=200, blank=True)
    group = models.CharField(_("constituent group"), max_length=20, choices=ConstituentGroup, blank=True)
    sex = models.CharField(_("sex"), max_length=10, choices=Sex, blank=True)
    phone = models.CharField(_("phone or WhatsApp"), max_length=40, blank=True)
    photo = models.ForeignKey(
        StoredFile, verbose_name=_("photo"), null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    bio = models.TextField(_("about you"), max_length=1500, blank=True)
    visibility = models.CharField(
        _("who sees your photo and text"), max_length=10, choices=Visibility, default=Visibility.NOBODY
    )
    consent_version = models.CharField(max_length=20, blank=True, editable=False)
    audience_version = models.PositiveIntegerField(default=1, editable=False)
    is_staff = models.BooleanField(_("programme team"), default=False)
    is_active = models.BooleanField(_("active"), default=True)
    date_joined = models.DateTimeField(_("joined"), default=timezone.now)
    erased_at = models.DateTimeField(_("erased"), null=True, blank=True, editable=False)

    objects = UserManager()
    USERNAME_FIELD = EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        permissions = [("look_as", "Can look at the portal as another person")]
        constraints = [
            models.UniqueConstraint(
                Lower("email"), name="email_unique_without_case", violation_error_message=_("This address is in use.")
            )
        ]

    def __str__(self):
        if self.erased_at:
            return gettext("Erased person")
        return self.name or self.email

    @property
    def side(self):
        return ConstituentGroup(self.group).side if self.group else None

    @property
    def country_name(self) -> str:
        return countries.name(self.country) if self.country else ""

    @property
    def has_consented(self) -> bool:
        return self.consent_version == settings.CONSENT_VERSION

    def get_full_name(self):
        return self.name

    def get_short_name(self):
        return str(self)


class Consent(models.Model):
    """What a person agreed to, which version, when: kept for as long as the account."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="consents")
    version = models.CharField(_("version"), max_length=20)
    given_at = models.DateTimeField(_("given at"), auto_now_add=True)
    language = models.CharField(_("language"), max_length=2)

    objects = OwnQuerySet.as_manager()

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        constraints = [models.UniqueConstraint(fields=["user", "version"], name="one_consent_a_version")]

    def __str__(self):
        return f"{self.user_id}: {self.version}"


class SignInLink(models.Model):
    """A link that signs one person in once, made by the support desk and passed on by phone. Only its hash is kept."""

    user = models.ForeignKey(User, verbose_name=_("person"), on_delete=models.CASCADE, related_name="sign_in_links")
    digest = models.CharField(max_length=64, unique=True)
    made_by = models.ForeignKey(User, verbose_name=_("made by"), null=True, on_delete=models.SET_NULL, related_name="+")
    made_at = models.DateTimeField(_("made"), auto_now_add=True)
    expires_at = models.DateTimeField(_("expires"))
    used_at = models.DateTimeField(_("used"), null=True, blank=True)

    class Meta:
        verbose_name = _("one-time sign-in link")
        verbose_name_plural = _("one-time sign-in links")
        ordering = ["-pk"]

    def __str__(self):
        return f"{self.user_id}: {self.made_at:%Y-%m-%d %H:%M}"

    @property
    def over(self):
        """Return why the link no longer works, in the reader's language, None while it does."""
        if self.used_at:
            return _("This link was used already. Each link signs in once.")
        if self.expires_at <= timezone.now():
            return _("This link has ended: it works for 24 hours, and a newer one takes its place.")
        if self.user.is_staff or self.user.is_superuser:
            return _("This link is over.")  # no links for the team: she joined it after it was made
        return None if self.user.is_active else _("This account is closed.")
