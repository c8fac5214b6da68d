"""The shape of what staff type about applications."""

from datetime import time

from allauth.account.models import EmailAddress
from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User


class ExtensionForm(forms.Form):
    """More time for one person: who, until when on the edition's clock, why."""

    email = forms.EmailField(
        label=_("E-mail address of the person"),
        max_length=254,
        help_text=_("The address of the account; any of them, if there are several."),
    )
    day = forms.DateField(label=_("New last day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    clock = forms.TimeField(
        label=_("Until what time"), initial=time(23, 59), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    reason = forms.CharField(label=_("Reason"), max_length=300, help_text=_("Stays in the log; the person does not read it."))

    def __init__(self, *args, edition, **kwargs):
        super().__init__(*args, **kwargs)
        self.edition = edition
        self.fields["clock"].help_text = _("In the edition’s zone: %(zone)s.") % {"zone": edition.zone}

    def clean_email(self):
        typed = self.cleaned_data["email"]
        known = EmailAddress.objects.filter(email__iexact=typed, verified=True).values("user")
        self.person = User.objects.filter(pk__in=known, is_active=True).first()
        if self.person is None:
            raise forms.ValidationError(_("No account has this address. Ask the person which address opens the account."))
        return typed

    @property
    def until(self):
        """Return the moment that was typed."""
        return self.edition.moment(self.cleaned_data["day"], self.cleaned_data["clock"])
