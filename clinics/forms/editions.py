"""Forms of an edition and of the parts of its plan, for the administration."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.contrib.admin.widgets import AdminDateWidget, AdminTimeWidget
from django.utils.translation import gettext_lazy as _

from clinics.enums import Act
from clinics.models import Edition
from clinics.services.editions import edition_languages, require
from clinics.services.planning import SHAPES, check_capacity, check_dates
from core import countries
from core.admin import TranslatedForm
from core.errors import DomainError
from core.time import is_zone
from core.translations import LANGUAGES
from programme.admin.base import PublishedForm

END_OF_DAY = time(23, 59)
SHAPE_LABELS = {"3x4": _("Three weeks, four blocks"), "3x3": _("Three weeks, three blocks: one a week")}


class Languages(forms.MultipleChoiceField):
    """Languages of the portal as boxes to tick; what is stored is the list of their codes in the portal's order."""

    def __init__(self, **kwargs):
        super().__init__(choices=settings.LANGUAGES, widget=forms.CheckboxSelectMultiple, **kwargs)

    def clean(self, value):
        chosen = super().clean(value)
        return [code for code in LANGUAGES if code in chosen]


def instant(day: date, clock: time, zone: str) -> datetime:
    """Return a day and a clock time of a zone as an instant.

    Raises: ValidationError for an hour that the clocks skip, and for a day at the edge of the calendar.
    """
    if not 2000 < day.year < 2200:
        raise forms.ValidationError(_("Choose a day in these years."))
    found = datetime.combine(day, clock, tzinfo=ZoneInfo(zone))
    if found.astimezone(UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None) != found.replace(tzinfo=None):
        raise forms.ValidationError(_("The clocks of %(zone)s skip this hour on that day."), params={"zone": zone})
    return found


class EditionForm(PublishedForm):
    """Texts, place, dates and call. What was published is not left without one of its languages."""

    languages = Languages(label=_("Languages"), help_text=_("In which participants are read and answered."))
    interpretation = Languages(
        label=_("Interpretation into"), required=False, help_text=_("Languages into which live sessions are interpreted.")
    )
    apply_day = forms.DateField(label=_("deadline: last day"), required=False, widget=AdminDateWidget)
    apply_clock = forms.TimeField(
        label=_("until"), required=False, widget=AdminTimeWidget, help_text=_("In the time zone of the edition; empty: 23:59.")
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk and not self.instance.allows(Act.PLAN):
            del self.fields["apply_day"], self.fields["apply_clock"]
        if self.instance.apply_by and "apply_day" in self.fields:
            local = self.instance.apply_by.astimezone(self.instance.tz)
            self.initial |= {"apply_day": local.date(), "apply_clock": local.time()}

    def clean(self):
        data = super().clean() or self.cleaned_data
        known = {name: data.get(name, getattr(self.instance, name)) for name in ("starts_on", "ends_on", "zone")}
        if all(known.values()):
            self.heed(check_dates, **known)
        if self.instance.pk and data.get("capacity"):
            self.heed(check_capacity, edition=self.instance, capacity=data["capacity"])
        if "apply_day" in self.fields and "apply_day" in data:
            self.clean_deadline(data, known["zone"])
        return data

    def heed(self, rule, **facts) -> None:
        """Say what a rule refuses beside the field that it concerns."""
        try:
            rule(**facts)
        except DomainError as refusal:
            place = refusal.field if refusal.field in self.fields else None
            if place not in self.errors:
                self.add_error(place, str(refusal))

    def clean_deadline(self, data: dict, zone: str) -> None:
        """Make one instant of day, clock and zone."""
        day, until = data.get("apply_day"), None
        if day and is_zone(zone or ""):
            try:
                until = instant(day, data.get("apply_clock") or END_OF_DAY, zone)
            except forms.ValidationError as error:
                self.add_error("apply_clock", error)
        self.instance.apply_by = until


class PartForm(TranslatedForm):
    """A part of an edition's plan: refused when the edition's state allows no change, or readers would miss a language."""

    @property
    def edition(self) -> Edition | None:
        """Return the edition to which the part belongs, None while none is chosen."""
        if self.instance.edition_id:
            return self.instance.edition
        return self.cleaned_data.get("edition") if hasattr(self, "cleaned_data") else None

    def clean(self):
        data = super().clean() or self.cleaned_data
        if self.edition is not None:
            try:
                require(self.edition, Act.PLAN)
            except DomainError as refusal:
                self.add_error(None, str(refusal))
        begins, ends = data.get("starts_on"), data.get("ends_on")
        if begins and ends and ends < begins:
            self.add_error("ends_on", _("It ends before it starts."))
        return data

    def _post_clean(self):
        super()._post_clean()
        if self.edition is None or self.edition.is_draft:
            return
        for code in edition_languages(self.edition):
            for name in (f"{field}_{code}" for field in self.instance.missing(code)):
                if name in self.fields and name not in self.errors:
                    self.add_error(name, _("Readers see this: write it in every language of the edition."))


class SessionForm(PartForm):
    """A live session: day and clock are typed in its own zone."""

    day = forms.DateField(label=_("day"), widget=AdminDateWidget)
    clock = forms.TimeField(label=_("begins at"), widget=AdminTimeWidget, help_text=_("In the time zone below."))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.starts_at and self.instance.zone:
            local = self.instance.starts_at.astimezone(ZoneInfo(self.instance.zone))
            self.initial |= {"day": local.date(), "clock": local.time()}

    def clean(self):
        data = super().clean()
        if data.get("day") and data.get("clock") and is_zone(data.get("zone") or ""):
            try:
                self.instance.starts_at = instant(data["day"], data["clock"], data["zone"])
            except forms.ValidationError as error:
                self.add_error("clock", error)
        return data


class TeamForm(forms.ModelForm):
    """One person in one role."""

    languages = Languages(label=_("Works in"), required=False)
    country = forms.ChoiceField(
        label=_("Country"), required=False, choices=countries.country_choices, help_text=_("Of a country focal point.")
    )


class PlanForm(forms.Form):
    """Which default plan."""

    shape = forms.ChoiceField(
        label=_("Shape"), choices=[(code, SHAPE_LABELS[code]) for code in SHAPES], initial=SHAPES[0], widget=forms.RadioSelect
    )


class MoveForm(forms.Form):
    """One state back, with its reason."""

    reason = forms.CharField(label=_("Why does it go back?"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}))
