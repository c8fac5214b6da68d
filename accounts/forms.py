from allauth.account import forms as allauth_forms
from crispy_forms.helper import FormHelper
from crispy_forms.layout import Fieldset, Layout
from django import forms
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.utils.translation import gettext_lazy as _

from accounts.enums import ConstituentGroup
from accounts.models import User
from core import countries
from core.text import clean
from core.time import is_zone, zone_choices


def plain_helper() -> FormHelper:
    """Return a crispy helper that leaves the form tag and the token to the template."""
    helper = FormHelper()
    helper.form_tag = False
    helper.disable_csrf = True
    return helper


class LoginForm(allauth_forms.LoginForm):
    """E-mail and password; on a shared computer nothing stays behind."""

    shared = forms.BooleanField(
        label=_("This is a shared computer"),
        required=False,
        help_text=_("You are signed out when the browser closes, and nothing is kept in it."),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["login"].label = _("E-mail address")
        self.fields["password"].label = _("Password")
        self.fields["password"].help_text = ""  # the way to a new password stands beside the button, and keeps `next`
        self.helper = plain_helper()

    def login(self, request, redirect_url=None):
        response = super().login(request, redirect_url)
        if self.cleaned_data["shared"]:
            request.session["shared"] = True
            request.session.set_expiry(0)
        else:
            request.session.set_expiry(settings.SESSION_COOKIE_AGE)
        return response


class SignupForm(allauth_forms.SignupForm):
    """Four fields on a phone: the rest of the profile can wait."""

    name = forms.CharField(
        label=_("Your name"),
        max_length=200,
        help_text=_("As it should stand on a certificate."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    zone = forms.CharField(required=False, max_length=50, widget=forms.HiddenInput(attrs={"data-zone": ""}))
    consent = forms.BooleanField(label=_("I have read how the programme uses my data, and I agree."))

    field_order = ["name", "email", "password1", "consent"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["email"].label = _("E-mail address")
        self.fields["password1"].label = _("Password")
        self.fields["password1"].help_text = _("At least 10 characters. A short sentence is easy to remember.")
        self.helper = plain_helper()

    def try_save(self, request):
        """A known address takes as long as a new one: its password is hashed too, and thrown away."""
        if self.account_already_exists:
            make_password(self.cleaned_data["password1"])
        return super().try_save(request)

    def clean_name(self):
        return clean(self.cleaned_data["name"])

    def clean_zone(self):
        zone = self.cleaned_data["zone"]
        return zone if is_zone(zone) else ""


class ProfileForm(forms.ModelForm):
    upload = forms.FileField(
        label=_("Photo"),
        required=False,
        help_text=_("JPEG, PNG or WebP, at most 5 MB. Where and when it was taken is removed."),
        widget=forms.ClearableFileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
    )

    class Meta:
        model = User
        fields = [
            "name", "language", "country", "zone", "group", "organisation", "position",
            "sex", "phone", "bio", "visibility",
        ]  # fmt: skip
        help_texts = {
            "language": _("Letters reach you in this language."),
            "zone": _("Times are shown in it."),
            "group": _("Each delegation brings government, employers and workers together."),
            "sex": _("Optional. Only counted, so that the programme can say whom it reaches."),
            "phone": _("Optional. Only for the programme team, when mail does not reach you before a webinar."),
            "bio": _("Two or three sentences for the people you learn with."),
        }
        widgets = {"bio": forms.Textarea(attrs={"rows": 4})}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["country"] = forms.ChoiceField(label=_("Country"), required=False, choices=countries.country_choices)
        self.fields["zone"] = forms.ChoiceField(
            label=_("Time zone"), choices=zone_choices, help_text=self.fields["zone"].help_text
        )
        self.fields["group"].choices = [("", "—"), *ConstituentGroup.choices]
        self.helper = plain_helper()
        self.helper.layout = Layout(
            Fieldset(_("You"), "name", "language", "country", "zone"),
            Fieldset(_("Your work"), "group", "organisation", "position"),
            Fieldset(_("What you may add"), "sex", "phone", "upload", "bio", "visibility"),
        )

    def clean_name(self):
        return clean(self.cleaned_data["name"])

    def clean_bio(self):
        return clean(self.cleaned_data["bio"])


class ConsentForm(forms.Form):
    consent = forms.BooleanField(label=_("I have read how the programme uses my data, and I agree."))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = plain_helper()


class ErasureForm(forms.Form):
    """Asks a person to type her address: nobody erases an account by a slip of the finger."""

    email = forms.CharField(
        label=_("Type your e-mail address to confirm"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.user, self.helper = user, plain_helper()

    def clean_email(self):
        typed = clean(self.cleaned_data["email"])
        if typed.casefold() != self.user.email.casefold():
            raise forms.ValidationError(_("This is not the address of your account."), code="other")
        return typed
