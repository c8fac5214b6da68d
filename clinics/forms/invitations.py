"""Forms of the main road: to nominate somebody, and to answer."""

import secrets

from crispy_forms.layout import Layout
from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.enums import Sex
from accounts.forms import plain_helper
from core.text import clean


class NominateForm(forms.Form):
    """Who is invited to a seat. Args: groups: [(code, label)] to choose from; group: the one preselected."""

    group = forms.ChoiceField(label=_("Constituent group"))
    name = forms.CharField(
        label=pgettext_lazy("of an invited person", "Name"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        help_text=_("The person’s own address: the invitation is mailed there."),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        error_messages={"invalid": _("This is not an e-mail address. It looks like name@example.org.")},
    )
    language = forms.ChoiceField(label=_("Language of the invitation"), choices=settings.LANGUAGES)
    organisation = forms.CharField(label=_("Organisation"), max_length=200, required=False)
    position = forms.CharField(label=_("Position"), max_length=200, required=False)

    def __init__(self, *args, groups, group: str = "", language: str = "en", **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["group"].choices = groups
        self.fields["group"].initial = group
        self.fields["language"].initial = language
        self.helper = plain_helper()


class ProfileForm(forms.Form):
    """The short profile of whoever takes a seat. Args: user: None for whoever has no account; asked: what is known of her."""

    name = forms.CharField(
        label=_("Your name"),
        max_length=200,
        help_text=_("As it should stand on a certificate."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    organisation = forms.CharField(
        label=_("Your organisation"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "organization"})
    )
    position = forms.CharField(
        label=_("Your position"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "organization-title"})
    )
    language = forms.ChoiceField(
        label=_("Your language"), choices=settings.LANGUAGES, help_text=_("Pages and letters reach you in this language.")
    )
    sex = forms.ChoiceField(
        label=pgettext_lazy("of a person", "Sex"),
        required=False,
        choices=[("", pgettext_lazy("sex", "I prefer not to say")), *Sex.choices],
        help_text=_("Optional. Only counted, so that the programme can say whom it reaches."),
    )
    consent = forms.BooleanField(label=_("I have read how the programme uses my data, and I agree."))
    zone = forms.CharField(required=False, max_length=50, widget=forms.HiddenInput(attrs={"data-zone": ""}))
    client_id = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)

    def __init__(self, *args, user=None, asked: dict | None = None, **kwargs):
        known = dict(asked or {})
        if user is not None:
            own = {field: getattr(user, field) for field in ("name", "organisation", "position", "language", "sex")}
            known |= {field: value for field, value in own.items() if value}
        super().__init__(*args, initial=known | {"client_id": secrets.token_urlsafe(16)}, **kwargs)
        if user is not None:
            del self.fields["zone"]
            if user.has_consented:
                del self.fields["consent"]
        self.helper = plain_helper()
        self.helper.layout = Layout(*self.fields)

    def clean_name(self):
        return " ".join(clean(self.cleaned_data["name"]).split())

    @property
    def profile(self) -> dict:
        """Return what was written, as services take it."""
        return {field: value for field, value in self.cleaned_data.items() if field != "client_id"}


class DeclineForm(forms.Form):
    """A no, with its reason, and perhaps with a colleague who might come instead."""

    prefix = "decline"

    reason = forms.CharField(
        label=_("Why can you not come?"),
        max_length=300,
        required=False,
        help_text=_("Optional. Whoever nominated you reads it."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    suggestion = forms.CharField(
        label=_("Would a colleague come instead?"),
        max_length=300,
        required=False,
        help_text=_("Optional: name and e-mail address. Nobody is invited by this alone; whoever nominated you decides."),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = plain_helper()
