"""Forms of the administration about seats: who leaves, who follows, who comes late, who has how many."""

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.enums import ConstituentGroup
from clinics.models import Delegate, Delegation, Edition
from core import countries

MOST_SEATS = 500


class OfDelegate(forms.ModelChoiceField):
    """One of those who take part, with country and group."""

    def label_from_instance(self, obj):
        return f"{obj.delegation.name}: {obj} ({obj.get_group_display()})"


class OfDelegation(forms.ModelChoiceField):
    """One of the delegations of an edition."""

    def label_from_instance(self, obj):
        return obj.name


def reason_field() -> forms.CharField:
    return forms.CharField(label=gettext_lazy("Reason, for the log"), max_length=300)


class SwapForm(forms.Form):
    """Who leaves, who follows, and why. Args: edition."""

    leaving = OfDelegate(label=gettext_lazy("Who leaves"), queryset=Delegate.objects.none())
    email = forms.EmailField(label=gettext_lazy("E-mail address of the successor"), max_length=254)
    name = forms.CharField(
        label=gettext_lazy("Name of the successor"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("Only for whoever has no account yet: an invitation goes out in this language."),
    )
    language = forms.ChoiceField(label=gettext_lazy("Language of the invitation"), choices=settings.LANGUAGES)
    reason = reason_field()

    def __init__(self, *args, edition: Edition, **kwargs):
        super().__init__(*args, **kwargs)
        rows = Delegate.objects.active().filter(edition=edition).select_related("user", "delegation")
        self.fields["leaving"].queryset = rows.order_by("delegation__country", "group", "pk")


class LateForm(forms.Form):
    """Who comes late, for which seat, and why. Args: edition."""

    delegation = OfDelegation(label=gettext_lazy("Delegation"), queryset=Delegation.objects.none())
    group = forms.ChoiceField(label=gettext_lazy("Constituent group"), choices=ConstituentGroup.choices)
    email = forms.EmailField(label=gettext_lazy("E-mail address of the account"), max_length=254)
    reason = reason_field()

    def __init__(self, *args, edition: Edition, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["delegation"].queryset = edition.delegations.all()


class EndForm(forms.Form):
    """Why a delegate's part ends."""

    reason = reason_field()


class CountryForm(forms.Form):
    """Which country joins."""

    country = forms.ChoiceField(label=gettext_lazy("Country"))

    def __init__(self, *args, taken=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["country"].choices = [choice for choice in countries.country_choices() if choice[0] not in taken]


class SeatGrid:
    """Numbers of seats, one field a delegation and group, as they stand or as they were typed.

    Args: rows: delegations with their seats prefetched and `taken` ({group: number}); data: what was posted, or None.
    """

    def __init__(self, rows: list, data=None):
        self.rows, self.data = rows, data
        self.errors: dict[tuple[int, str], str] = {}
        self.grid: dict[int, dict[str, int]] = {}

    def is_valid(self) -> bool:
        """Read every field; a field that is no number of seats has its error. Fields that were not sent stay as they are."""
        for row in self.rows:
            for group in ConstituentGroup.values:
                typed = self.data.get(self.name(row, group))
                if typed is None:
                    continue
                typed = typed.strip() or "0"
                if typed.isascii() and typed.isdigit() and len(typed) < 5 and int(typed) <= MOST_SEATS:
                    self.grid.setdefault(row.pk, {})[group] = int(typed)
                else:
                    self.errors[row.pk, group] = _("A number of seats from 0 to %(most)d.") % {"most": MOST_SEATS}
        return not self.errors

    @staticmethod
    def name(row, group: str) -> str:
        return f"seats-{row.pk}-{group}"

    def lines(self) -> list[dict]:
        """Return what the table shows: each delegation with its cells."""
        return [{"delegation": row, "cells": [self.cell(row, group) for group in ConstituentGroup.values]} for row in self.rows]

    def cell(self, row, group: str) -> dict:
        numbers = {seats.group: seats.number for seats in row.seats.all()}
        name = self.name(row, group)
        typed = self.data.get(name) if self.data else None
        return {
            "name": name,
            "group": ConstituentGroup(group).label,
            "value": numbers.get(group, 0) if typed is None else typed,
            "taken": row.taken.get(group, 0),
            "error": self.errors.get((row.pk, group), ""),
        }
