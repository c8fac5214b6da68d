"""Which countries take part: points, weights and rationales on one sheet, decisions, and the record of both."""

from django import forms
from django.contrib import messages
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods

from clinics.admin.pages import edition_page, page
from clinics.enums import Act, CandidateDecision
from clinics.models.selection import MOST_POINTS
from clinics.services.countries import (
    LONGEST,
    MOST_WEIGHT,
    ChangedMeanwhile,
    Row,
    Table,
    consider_country,
    country_table,
    events_of,
    save_sheet,
    select_country,
    sheet_of,
    turn_down_country,
    unselect_country,
)
from clinics.services.criteria import make_criteria
from core import countries
from core.errors import DomainError

ACTS = {
    "consider country": pgettext_lazy("country", "considered"),
    "weigh country": gettext_lazy("points or rationale"),
    "weigh criteria": gettext_lazy("weights"),
    "select country": pgettext_lazy("country", "selected"),
    "turn down country": pgettext_lazy("country", "not selected"),
    "open country again": pgettext_lazy("country", "opened again"),
}
KEYS = {"decision": gettext_lazy("decision"), "rationale": gettext_lazy("rationale"), "total": gettext_lazy("total"),
        "country": gettext_lazy("country")}  # fmt: skip


class SheetForm(forms.Form):
    """Everything that is typed on the page, a field for each cell of `sheet_of`, and what the page showed."""

    had = forms.JSONField(widget=forms.HiddenInput, required=False)
    country = forms.ChoiceField(label=gettext_lazy("Add a country"), choices=countries.country_choices, required=False)

    def __init__(self, data, *, table: Table, sheet: dict, is_open: bool):
        super().__init__(data, initial=sheet | {"had": sheet})
        self.table = table
        for criterion in table.criteria:
            self.number(f"w-{criterion.pk}", _("Weight: %(criterion)s") % {"criterion": criterion}, 1, MOST_WEIGHT, True)
        for row in table.rows:
            for criterion in table.criteria:
                label = f"{row.candidate}: {criterion}"
                self.number(f"p-{row.candidate.pk}-{criterion.pk}", label, 0, MOST_POINTS, False)
            if row.candidate.decision == CandidateDecision.OPEN:
                self.text(f"r-{row.candidate.pk}", _("Rationale for %(country)s") % {"country": row.candidate})
        if not is_open:
            for field in self.fields.values():
                field.disabled = True

    def number(self, name: str, label: str, least: int, most: int, required: bool):
        widget = forms.NumberInput(attrs={"aria-label": label})
        self.fields[name] = forms.IntegerField(label=label, min_value=least, max_value=most, required=required, widget=widget)

    def text(self, name: str, label: str):
        widget = forms.Textarea(attrs={"rows": 2, "class": "vLargeTextField"})
        self.fields[name] = forms.CharField(label=label, max_length=LONGEST, required=False, widget=widget)

    def clean_had(self):
        """Return what the page showed, its cells alone."""
        had, shown = self.cleaned_data["had"] or {}, len(self.initial) > 1
        if not isinstance(had, dict) or (shown and not had):
            raise forms.ValidationError(_("Please open this page again."))
        return {cell: value for cell, value in had.items() if cell in self.initial and isinstance(value, int | str | None)}

    def typed(self) -> dict:
        """Return what was typed, a value for each cell that was shown."""
        had = self.cleaned_data["had"]
        return {name: self.cleaned_data[name] for name in self.fields if name in had and name in self.cleaned_data}

    def anew(self, refusal: ChangedMeanwhile, is_open: bool) -> "SheetForm":
        """Return the form once more: what was typed by hand stays, all else is as it stands now."""
        had = self.cleaned_data["had"]
        own = {cell: value for cell, value in self.typed().items() if cell in refusal.sheet and value != had.get(cell)}
        form = SheetForm(None, table=self.table, sheet=refusal.sheet, is_open=is_open)
        form.initial |= own
        return form

    # For the page -----------------------------------------------------------------------------------
    def weights(self) -> list:
        return [self[f"w-{criterion.pk}"] for criterion in self.table.criteria]

    def lines(self) -> list[dict]:
        """Return a row of the table for each country: its facts and its fields."""
        return [self.line(row) for row in self.table.rows]

    def line(self, row: Row) -> dict:
        pk, is_open = row.candidate.pk, row.candidate.decision == CandidateDecision.OPEN
        points = [self[f"p-{pk}-{criterion.pk}"] for criterion in self.table.criteria]
        return {"row": row, "candidate": row.candidate, "points": points, "rationale": self[f"r-{pk}"] if is_open else None}


@edition_page("countries", gettext_lazy("Country selection"), position=20, permission="clinics.select_edition")
@require_http_methods(["GET", "HEAD", "POST"])
def country_selection(request, edition):
    """Weigh countries and decide: one form, in which every button saves what was typed first."""
    is_open = edition.allows(Act.PLAN)
    table = country_table(edition)
    form = SheetForm(request.POST or None, table=table, sheet=sheet_of(edition), is_open=is_open)
    changes = []
    if request.method == "POST" and form.is_valid():
        try:
            save_sheet(edition=edition, typed=form.typed(), had=form.cleaned_data["had"], actor=request.user)
        except ChangedMeanwhile as refusal:
            changes = described(refusal, form)
            form = form.anew(refusal, is_open)
            messages.error(request, refusal.message)
        except DomainError as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        else:
            carry_out(request, edition, form)
            return redirect(request.path)
    context = {"title": _("Country selection"), "form": form, "table": table, "changes": changes, "is_open": is_open,
               "record": record_of(edition, table), "criteria_url": criteria_url(edition)}  # fmt: skip
    status = 409 if changes else 400 if form.errors else 200
    return page(request, edition, "countries", "admin/clinics/countries.html", context, status=status)


def criteria_url(edition) -> str:
    return f"{reverse('admin:clinics_criterion_changelist')}?edition__id__exact={edition.pk}"


def carry_out(request, edition, form: SheetForm) -> None:
    """Do what the pressed button says, once the sheet is saved; a refusal is said and loses nothing."""
    act, _dash, number = request.POST.get("act", "save").partition("-")
    candidate = next((row.candidate for row in form.table.rows if str(row.candidate.pk) == number), None)
    try:
        messages.success(request, done(act, edition, candidate, form, request.user))
    except DomainError as refusal:
        messages.error(request, _("What you typed is saved. %(reason)s") % {"reason": refusal.message})


def done(act: str, edition, candidate, form: SheetForm, actor) -> str:
    """Do one act and return what to say of it. Raises: DomainError."""
    if act == "criteria":
        make_criteria(edition=edition)
        return _("The programme’s criteria stand. Change their weights as this edition needs.")
    if act == "add":
        added = consider_country(edition=edition, country=form.cleaned_data["country"], actor=actor)
        return _("%(country)s is considered now.") % {"country": added}
    if candidate is None or act not in ("select", "turn", "open"):
        return _("All points, weights and rationales are saved.")
    candidate.refresh_from_db()
    if act == "select":
        select_country(candidate=candidate, rationale=candidate.rationale, actor=actor)
        return _("%(country)s takes part. Its delegation stands; give it seats next.") % {"country": candidate}
    if act == "turn":
        turn_down_country(candidate=candidate, rationale=candidate.rationale, actor=actor)
        return _("%(country)s does not take part; the rationale is on record.") % {"country": candidate}
    unselect_country(candidate=candidate, actor=actor)
    return _("The decision about %(country)s is open again.") % {"country": candidate}


def described(refusal: ChangedMeanwhile, form: SheetForm) -> list[dict]:
    """Return what changed since the page was shown, in words, with what was typed where it differs."""
    names = {str(row.candidate.pk): str(row.candidate) for row in form.table.rows}
    typed, lines = form.typed(), []
    for cell, (shown, stands) in refusal.changes.items():
        kind, _dash, rest = cell.partition("-")
        name, own = form.fields[cell].label if cell in form.fields else names.get(rest, ""), typed.get(cell)
        if kind == "d":  # a decision: what was typed as its rationale would otherwise be lost
            shown, stands = (CandidateDecision(value).label if value else None for value in (shown, stands))
            own = form.data.get(f"r-{rest}", "").strip()
        lines.append({"name": name, "shown": in_words(shown), "stands": in_words(stands)})
        lines[-1]["own"] = str(own) if own not in (shown, stands, None, "") else ""
    return lines


def in_words(value) -> str:
    """Return a value of a cell as a line shows it."""
    return "–" if value in (None, "") else str(value)[:200]


def record_of(edition, table: Table) -> list[dict]:
    """Return the log of the selection as lines of a table, newest first. Queries: 2."""
    names = {one.code: str(one) for one in table.criteria}
    return [
        {
            "event": event,
            "act": ACTS.get(event.act, event.act),
            "changes": [told(key, event, names) for key in event.after if not isinstance(event.after[key], dict)],
        }
        for event in events_of(edition)
    ]


def told(key: str, event, names: dict[str, str]) -> str:
    """Return one change of a line of the log in words, such as "decision: Open → Selected"."""
    before, after = event.before.get(key), event.after[key]
    if key == "decision":
        before, after = (CandidateDecision(value).label if value else None for value in (before, after))
    if key == "country":
        after = countries.name(after)
    words = [in_words(before), in_words(after)]
    label = names.get(key) or KEYS.get(key, key)
    return f"{label}: {' → '.join(words if key in event.before else words[1:])}"
