"""Country profiles: summary and stages, and the facts below them."""

from django import forms
from django.contrib import admin
from django.db.models import Prefetch
from django.utils.translation import gettext_lazy as _

from core import countries, time
from core.admin import Lines, TranslatedForm, TranslatedInline, each_language
from programme.admin.base import PublishedAdmin, PublishedForm
from programme.models import CountryFact, CountryProfile


class SourceLines(forms.CharField):
    """Sources as lines, "Title | https://…", each of which becomes a title and an address."""

    widget = Lines

    def prepare_value(self, value):
        """Return lines of a stored list, and what was typed as it was."""
        return "\n".join(f"{one['title']} | {one['url']}" for one in value) if isinstance(value, list) else value

    def to_python(self, value) -> list[dict]:
        """Return [{title, url}]; the model says whether each address is one. Raises: ValidationError naming the line."""
        found, faults = [], []
        for n, line in enumerate(super().to_python(value).splitlines(), start=1):
            title, bar, url = (part.strip() for part in line.rpartition("|"))
            if bar:
                found.append({"title": title, "url": url})
            elif line.strip():
                faults.append(_("Line %(n)d: write the title, a vertical bar, and the web address.") % {"n": n})
        if faults:
            raise forms.ValidationError(faults)
        return found


class FactForm(TranslatedForm):
    sources = SourceLines(
        label=_("Sources"),
        required=False,
        max_length=6000,
        widget=Lines(attrs={"rows": 4, "class": "vLargeTextField"}),
        help_text=_("One a line: Title | https://… Titles stay in their own language."),
    )


class FactFormSet(forms.BaseInlineFormSet):
    def _construct_form(self, i, **kwargs):
        """Let a new fact speak its profile's source language."""
        form = super()._construct_form(i, **kwargs)
        if not form.instance.pk:
            form.instance.source_language = self.instance.source_language
        return form


class FactInline(TranslatedInline):
    model = CountryFact
    form = FactForm
    formset = FactFormSet
    verbose_name_plural = _("What is known, each as of a date and from named sources")
    fieldsets = [(None, {"fields": [("kind", "as_of"), each_language("body"), "sources"]})]

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        if db_field.name.startswith("body_"):
            kwargs["widget"] = forms.Textarea(attrs={"rows": 9, "class": "vLargeTextField"})
        return super().formfield_for_dbfield(db_field, request, **kwargs)


class CountryForm(PublishedForm):
    code = forms.ChoiceField(label=_("Country"), choices=countries.country_choices)


@admin.register(CountryProfile)
class CountryProfileAdmin(PublishedAdmin):
    form = CountryForm
    list_display = ["name", "state", "languages", "as_of", "sub_region"]
    list_display_links = ["name"]
    list_filter = ["state", "sub_region", "inff_stage", "accelerator"]
    list_select_related = ["sub_region"]
    list_per_page = 60
    search_fields = ["code", *each_language("summary")]
    inlines = [FactInline]
    rows = {"summary": 7}
    fieldsets = [
        PublishedAdmin.standing,
        (None, {"fields": [("code", "sub_region"), ("inff_stage", "accelerator"), "source_language"]}),
        (_("Texts"), {"fields": [each_language("summary")]}),
    ]

    def get_queryset(self, request):
        facts = Prefetch("facts", CountryFact.objects.defer(*each_language("body_html")))
        return super().get_queryset(request).with_newest().prefetch_related(facts)

    def get_readonly_fields(self, request, obj=None):
        """A profile's country is in its address: it is chosen once."""
        return [*super().get_readonly_fields(request, obj), *(["code"] if obj else [])]

    def save_formset(self, request, form, formset, change):
        super().save_formset(request, form, formset, change)
        if change:
            form.instance.refresh_from_db(fields=["facts"])  # forget the facts as they were fetched with the profile

    def parts(self, obj) -> list:
        return [obj, *obj.facts.all()]

    @admin.display(description=_("country"), ordering="code")
    def name(self, profile):
        return profile.name

    @admin.display(description=_("as of"), ordering="newest")
    def as_of(self, profile):
        """Return the month of the newest fact."""
        return time.month(profile.newest) if profile.newest else "–"
