"""Forms of the administration around invitations."""

from datetime import datetime, time

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.enums import ConstituentGroup
from clinics.invitees import MOST_BYTES
from clinics.models import Delegation, Edition

WIDE = {"class": "vTextField"}


class OfDelegation(forms.Form):
    """A form about one delegation and group of an edition. Args: edition; places: its delegations."""

    delegation = forms.ChoiceField(label=_("Delegation"))
    group = forms.ChoiceField(label=_("Constituent group"), choices=ConstituentGroup)

    def __init__(self, *args, places: list[Delegation], **kwargs):
        super().__init__(*args, **kwargs)
        self.places = {str(one.pk): one for one in places}
        self.fields["delegation"].choices = [(str(one.pk), one.name) for one in places]

    def clean_delegation(self):
        return self.places[self.cleaned_data["delegation"]]


class InviteForm(OfDelegation):
    """Who is invited by staff."""

    prefix = "one"

    name = forms.CharField(
        label=pgettext_lazy("of an invited person", "Name"), max_length=200, widget=forms.TextInput(attrs=WIDE)
    )
    email = forms.EmailField(label=_("E-mail address"), max_length=254, widget=forms.EmailInput(attrs=WIDE))
    language = forms.ChoiceField(label=_("Language of the invitation"), choices=settings.LANGUAGES)
    organisation = forms.CharField(label=_("Organisation"), max_length=200, required=False, widget=forms.TextInput(attrs=WIDE))
    position = forms.CharField(label=_("Position"), max_length=200, required=False, widget=forms.TextInput(attrs=WIDE))


class LinkForm(OfDelegation):
    """A link by which the first N people take seats."""

    prefix = "link"

    seats = forms.IntegerField(label=_("Seats by this link"), min_value=1, max_value=200, initial=1)
    days = forms.IntegerField(label=_("Days for which it works"), min_value=1, max_value=90, initial=14)


class ListForm(forms.Form):
    """A CSV file, or the one that was rehearsed."""

    csv = forms.FileField(label=_("List (CSV)"), required=False, allow_empty_file=True)
    kept = forms.UUIDField(required=False, widget=forms.HiddenInput)
    only_good = forms.BooleanField(required=False)

    def clean(self):
        data = super().clean()
        upload = data.get("csv")
        if upload and upload.size > MOST_BYTES:
            self.add_error("csv", _("This file is too large. At most %(mb)d MB.") % {"mb": MOST_BYTES // 2**20})
        if not self.errors and not upload and not data.get("kept"):
            self.add_error("csv", _("Choose a CSV file."))
        return data


class MoreTimeForm(forms.Form):
    """Until when an invitation is answered now. Args: edition."""

    until = forms.DateField(
        label=_("Answer by the end of"),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "vTextField"}),
    )
    reason = forms.CharField(label=_("Reason"), max_length=300, required=False, widget=forms.TextInput(attrs=WIDE))

    def __init__(self, *args, edition: Edition, **kwargs):
        super().__init__(*args, **kwargs)
        self.edition = edition

    def clean_until(self) -> datetime:
        """Return the end of that day in the edition's zone."""
        day = self.cleaned_data["until"]
        if not 2000 < day.year < 2200:
            raise forms.ValidationError(_("Choose a day in these years."))
        return self.edition.moment(day, time(23, 59))


class ReasonForm(forms.Form):
    """Why an invitation is taken back."""

    reason = forms.CharField(
        label=_("Reason"), max_length=300, help_text=_("It stays in the log."), widget=forms.TextInput(attrs=WIDE)
    )
