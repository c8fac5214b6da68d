"""Where allauth meets the portal: language and zone at sign-up, the welcome, the browser's last person, HTML mail."""

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils.translation import get_language

from accounts import services


class PortalAccountAdapter(DefaultAccountAdapter):
    def save_user(self, request, user, form, commit=True):
        """Fill a new account from the sign-up form: its language is the page's, its zone the browser's guess."""
        user = super().save_user(request, user, form, commit=False)
        data = form.cleaned_data
        user.name, user.language = data["name"], get_language()[:2]
        user.zone = data.get("zone") or "UTC"
        user.save()
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
        """Give allauth's codes and notices the letters' HTML frame."""
        mail = super().render_mail(template_prefix, email, context, headers)
        html = render_to_string(
            "emails/notice.html",
            {"subject": mail.subject, "text": mail.body, "code": context.get("code", ""), "language": get_language()[:2]},
        )
        framed = EmailMultiAlternatives(mail.subject, mail.body, mail.from_email, mail.to, headers=mail.extra_headers)
        framed.attach_alternative(html, "text/html")
        return framed

    def get_from_email(self):
        return settings.DEFAULT_FROM_EMAIL
