"""Forms of a person's pages in the administration."""

from django import forms
from django.utils.translation import gettext_lazy as _

from core import countries
from core.time import zone_choices

LONG = {"rows": 3, "class": "vLargeTextField"}


class PersonForm(forms.ModelForm):
    country = forms.ChoiceField(label=_("Country"), required=False, choices=countries.country_choices)
    zone = forms.ChoiceField(label=_("Time zone"), choices=zone_choices)

    class Meta:
        labels = {"bio": _("About the person, in her or his own words"), "visibility": _("Who sees photo and text")}
        widgets = {"bio": forms.Textarea(attrs={"rows": 5, "class": "vLargeTextField"})}


class AddressForm(forms.Form):
    email = forms.CharField(
        label=_("New e-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off", "class": "vTextField"}),
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        help_text=_("How you know that this address is hers or his. It stays in the log."),
        widget=forms.Textarea(attrs=LONG),
    )


class ReasonForm(forms.Form):
    """One act on an account, with the reason that stays in the log."""

    reason = forms.CharField(
        label=_("Reason"), max_length=500, help_text=_("It stays in the log."), widget=forms.Textarea(attrs=LONG)
    )


class OtherAccountForm(forms.Form):
    """Which account ends in this one: by its exact address, so that nobody merges a namesake."""

    email = forms.CharField(
        label=_("E-mail address of the account which ends"),
        max_length=254,
        help_text=_("The whole address. What this account holds moves here, then it is closed."),
        widget=forms.EmailInput(attrs={"autocomplete": "off", "class": "vTextField"}),
    )
