"""The library: records with their documents."""

from django import forms
from django.contrib import admin
from django.db.models import Sum
from django.template.defaultfilters import filesizeformat
from django.utils.html import format_html
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from core import countries
from core.admin import each_language
from core.errors import DomainError
from programme.admin.base import PublishedAdmin, PublishedForm
from programme.models import Document, Resource
from programme.services import library

TAKEN = {"feed"}  # addresses below library/ that are no records


class ResourceForm(PublishedForm):
    country_codes = forms.MultipleChoiceField(
        label=_("Countries"),
        required=False,
        choices=lambda: countries.choices((get_language() or "en")[:2]),
        widget=forms.SelectMultiple(attrs={"size": 8}),
        help_text=_("Hold Ctrl, or Command on a Mac, to choose more than one."),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk and "country_codes" in self.fields:
            self.fields["country_codes"].initial = list(self.instance.countries.values_list("code", flat=True))

    def clean_slug(self):
        if self.cleaned_data["slug"] in TAKEN:
            raise forms.ValidationError(_("This address is taken by a page of the portal’s own."))
        return self.cleaned_data["slug"]


class DocumentForm(forms.ModelForm):
    """Either a file or an address; neither says that no address is known yet. The language of a document stays."""

    upload = forms.FileField(
        label=_("New file"),
        required=False,
        help_text=_("Empty keeps the file that stands. Films and sound only for recordings."),
    )

    class Meta:
        model = Document
        fields = ["language", "url", "size"]

    kind = ""  # of the record, as its form says: set by the formset

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["language"].disabled = True

    def clean_upload(self):
        """Look at the content, not at the name."""
        upload = self.cleaned_data["upload"]
        if upload is not None:
            try:
                library.check_document(upload=upload, kind=self.kind)
            except DomainError as refusal:
                raise forms.ValidationError(refusal.message, code=refusal.code) from refusal
        return upload

    def clean(self):
        data = super().clean()
        if data.get("upload") and data.get("url"):
            self.add_error("upload", _("Give either a file or an address, not both."))
        if data.get("url"):
            self.instance.file = None  # an address takes the place of the file
        return data


class DocumentFormSet(forms.BaseInlineFormSet):
    def _construct_form(self, i, **kwargs):
        form = super()._construct_form(i, **kwargs)
        form.kind = self.instance.kind
        return form

    def save_documents(self) -> None:
        """Save the rows that changed by the service, which looks after who may load the files."""
        self.save(commit=False)  # tells the admin's log what changed
        for document in self.deleted_objects:
            library.drop_document(document=document)
        for form in self.forms:
            if form.has_changed() and form not in self.deleted_forms:
                facts = {name: form.cleaned_data[name] for name in ("language", "upload", "url", "size")}
                library.set_document(resource=self.instance, **facts)


class DocumentInline(admin.StackedInline):
    model = Document
    form = DocumentForm
    formset = DocumentFormSet
    extra = 0
    max_num = 3
    readonly_fields = ["stored", "downloads"]
    fieldsets = [(None, {"fields": [("language", "downloads"), "stored", "upload", ("url", "size")]})]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("file", "resource")

    @admin.display(description=_("stored file"))
    def stored(self, document):
        if document.file is None:
            return "–"
        file = document.file
        return format_html('<a href="{}">{}</a> ({})', file.get_absolute_url(), file.name, filesizeformat(file.size))


@admin.register(Resource)
class ResourceAdmin(PublishedAdmin):
    form = ResourceForm
    inlines = [DocumentInline]
    list_display = ["__str__", "kind", "year", "is_archive", "state", "downloads", "languages"]
    list_filter = ["state", "kind", "is_archive", "licence", "themes"]
    list_per_page = 50
    search_fields = ["slug", "authors", *each_language("title")]
    prepopulated_fields = {"slug": ["title_en"]}
    rows = {"summary": 4}
    fieldsets = [
        PublishedAdmin.standing,
        (_("Record"), {"fields": [("kind", "year", "is_archive"), ("slug", "source_language"), "authors", "licence"]}),
        (_("About"), {"fields": ["themes", "country_codes"]}),
        (_("Texts"), {"fields": [each_language("title"), each_language("summary")]}),
    ]

    def get_queryset(self, request):
        return super().get_queryset(request).annotate(loaded=Sum("documents__downloads"))

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        kwargs["widget"] = forms.CheckboxSelectMultiple()
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    @admin.display(description=_("downloads"), ordering="loaded")
    def downloads(self, resource):
        return resource.loaded or 0

    def save_formset(self, request, form, formset, change):
        formset.save_documents()

    def save_related(self, request, form, formsets, change):
        if "country_codes" in form.cleaned_data:
            library.set_countries(resource=form.instance, codes=form.cleaned_data["country_codes"])
        super().save_related(request, form, formsets, change)
