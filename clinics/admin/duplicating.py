"""The next edition: what to copy and from when, a dry run of every date, then the draft."""

from itertools import groupby

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from clinics.admin.pages import edition_page, list_page, page
from clinics.enums import CopyPart
from clinics.services.duplicating import (
    check_names,
    duplicate_edition,
    last_edition,
    mark_of,
    preview_copy,
    suggested_names,
)
from clinics.services.shifting import first_start
from core.errors import DomainError
from core.time import zone_choices
from core.translations import LANGUAGES

MAY = "clinics.add_edition"
GROUPS = {
    "edition": gettext_lazy("Edition"),
    "weeks": gettext_lazy("Weeks"),
    "blocks": gettext_lazy("Building blocks"),
    "activities": gettext_lazy("Activities"),
    "sessions": gettext_lazy("Live sessions"),
}


class DuplicateForm(forms.Form):
    """What to copy, and what the copy is called."""

    starts_on = forms.DateField(
        label=gettext_lazy("Starts on"),
        help_text=gettext_lazy("The same weekday as before: all dates move by whole weeks."),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "vTextField"}),
    )
    zone = forms.ChoiceField(
        label=gettext_lazy("Time zone"),
        choices=zone_choices,
        help_text=gettext_lazy("Sessions that were set in the edition’s zone go along and keep what their clock shows."),
    )
    slug = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=80,
        help_text=gettext_lazy("Small letters, figures and hyphens; it becomes part of the public page’s address."),
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )
    what = forms.MultipleChoiceField(
        label=pgettext_lazy("choices", "Copy"), choices=CopyPart.choices, required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for code, language in settings.LANGUAGES:
            label = f"{_('Title')} ({language})"
            widget = forms.TextInput(attrs={"class": "vTextField", "lang": code})
            self.fields[f"title_{code}"] = forms.CharField(label=label, max_length=160, required=False, widget=widget)
        self.order_fields(["starts_on", "zone", *(f"title_{code}" for code in LANGUAGES), "slug", "what"])

    def dates(self) -> dict:
        """Return what decides upon the dates, as the services take it."""
        return {name: self.cleaned_data[name] for name in ("starts_on", "zone", "what")}

    def names(self) -> dict:
        """Return what the copy is called, as the service takes it."""
        titles = {code: self.cleaned_data[f"title_{code}"] for code in LANGUAGES}
        return {"slug": self.cleaned_data["slug"], "titles": titles}


def begin_with(edition) -> dict:
    """Return what the form shows first: all of it, from the first fitting day eight weeks ahead. Queries: 1."""
    starts_on = first_start(edition, edition.today())
    names = suggested_names(edition, starts_on)
    return {"starts_on": starts_on, "zone": edition.zone, "what": CopyPart.values, **names}


@edition_page("duplicate", gettext_lazy("Duplicate"), position=90, permission=MAY)
@require_http_methods(["GET", "HEAD", "POST"])
def duplicate(request, edition):
    """Ask what to copy; show every date; make the draft once that has been seen."""
    form = DuplicateForm(request.POST or None, initial=begin_with(edition))
    lines = []
    if request.method == "POST" and form.is_valid():
        try:
            check_names(edition=edition, **form.names())
            lines = preview_copy(edition=edition, **form.dates())
            if request.POST.get("seen") == mark_of(lines):
                made = duplicate_edition(edition=edition, **form.dates(), **form.names(), actor=request.user)
                messages.success(request, what_next(made))
                return redirect("admin:clinics_edition_change", made.pk)
            if "seen" in request.POST:
                messages.warning(request, _("The edition has changed since you looked. Please look again."))
        except DomainError as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
            lines = []
    title = _("Build the next edition from “%(name)s”") % {"name": edition}
    context = {"title": title, "form": form, "groups": in_groups(lines), "seen": mark_of(lines), "cares": cares_of(lines)}
    return page(request, edition, "duplicate", "admin/clinics/duplicate.html", context, status=400 if form.errors else 200)


def what_next(made) -> str:
    """Return what to do with a new draft."""
    text = _(
        "“%(name)s” is a draft that nobody sees, and it sends no letters. Next: read its texts, look at the dates and the "
        "seats, name the team, and then open the call."
    )
    return text % {"name": made}


def in_groups(lines: list) -> list[dict]:
    """Return the lines of a dry run under their headings."""
    return [{"name": GROUPS[key], "lines": list(found)} for key, found in groupby(lines, key=lambda line: line.group)]


def cares_of(lines: list) -> dict[str, int]:
    """Return how many lines want a look: whose clocks change, whose time the clocks skip or show twice, what is past."""
    marks = {"changes": "is_clock_change", "skipped": "is_skipped", "twice": "is_twice", "past": "is_past"}
    return {name: sum(getattr(line, mark) for line in lines) for name, mark in marks.items()}


@list_page("next")
@require_safe
def build_next(request):
    """Lead to the copy of the last edition; without one, to an empty form."""
    if not request.user.has_perm(MAY):
        raise PermissionDenied
    edition = last_edition()
    if edition is None:
        messages.info(request, _("There is no edition yet that could be copied. Begin with this form."))
        return redirect("admin:clinics_edition_add")
    return redirect("admin:clinics_edition_duplicate", edition.pk)
