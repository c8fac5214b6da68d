"""Where allauth meets the portal: language and zone at sign-up, the welcome, the browser's last person, HTML mail."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from accounts import services
from accounts.models import User


class PortalAccountAdapter(DefaultAccountAdapter):
    def save_user(self, request, user, form, commit=True):
        """Fill a new account from the sign-up form: its language is the page's, its zone the browser's guess."""
        user = super().save_user(request, user, form, commit=False)
        data = form.cleaned_data
        user.name, user.language = data.get("name") or user.name, get_language()[:2]
        user.zone = data.get("zone") or "UTC"
        user.save()
        if data.get("consent"):  # single sign-on has no such box: the consent page then comes first
            services.give_consent(user=user, language=user.language)
        return user

    def confirm_email(self, request, email_address):
        """Welcome a person when the first address is confirmed."""
        first = not email_address.user.emailaddress_set.filter(verified=True).exists()
        confirmed = super().confirm_email(request, email_address)
        if confirmed and first:
            services.welcome(user=email_address.user)
        return confirmed

    def render_mail(self, template_prefix, email, context, headers=None):
        """Give allauth's codes and notices the letters' HTML frame, in the language of the account if there is one."""
        whose = User.objects.filter(emailaddress__email__iexact=email).values_list("language", flat=True)
        language = whose.first() or get_language()[:2]
        with override(language):
            mail = super().render_mail(template_prefix, email, context, headers)
            facts = {"subject": mail.subject, "text": mail.body, "code": context.get("code", ""), "language": language}
            html = render_to_string("emails/notice.html", facts)
        framed = EmailMultiAlternatives(mail.subject, mail.body, mail.from_email, mail.to, headers=mail.extra_headers)
        framed.attach_alternative(html, "text/html")
        return framed

    def get_from_email(self):
        return settings.DEFAULT_FROM_EMAIL


class PortalMFAAdapter(DefaultMFAAdapter):
    def build_totp_svg(self, url):
        """Lay white under the black: in dark colours no app could read the picture."""
        svg = super().build_totp_svg(url)
        return svg.replace("<path", '<rect width="100%" height="100%" fill="#fff"/><path', 1)

    def generate_authenticator_name(self, user, type):
        """Offer a name for a new passkey, in the person's language."""
        count = user.authenticator_set.filter(type=type).count()
        return f"{_('Passkey')} {count + 1}" if count else _("Passkey")


class PortalSocialAdapter(DefaultSocialAccountAdapter):
    def populate_user(self, request, sociallogin, data):
        """Take the name from single sign-on, and the language from the page."""
        user = super().populate_user(request, sociallogin, data)
        parts = [data.get("first_name"), data.get("last_name")]
        user.name = (data.get("name") or " ".join(filter(None, parts)))[:200]
        user.language = get_language()[:2]
        return user
