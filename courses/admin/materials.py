"""What stands in a unit beside its text: figures with their drawings, reflections, films and files."""

from django import forms
from django.conf import settings
from django.contrib import admin
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _

from core.admin import TranslatedForm, TranslatedInline, each_language
from core.uploads import ENDINGS, kind_of
from courses.admin.base import CourseAdmin, drawing
from courses.models import Figure, Medium, Module, Reflection
from courses.services import media


@admin.register(Figure)
class FigureAdmin(CourseAdmin):
    list_display = ["__str__", "module", "key", "languages"]
    list_filter = ["module"]
    list_select_related = ["module"]
    list_per_page = 25
    ordering = ["module", "key"]
    search_fields = ["key", *each_language("title")]
    readonly_fields = ["drawings", "how_to_show"]
    rows = {"description": 8, "svg": 14}
    fieldsets = [
        (None, {"fields": ["drawings", "how_to_show"]}),
        (_("Texts"), {"fields": ["source_language", each_language("title"), each_language("description")]}),
        (_("Drawings (SVG)"), {"fields": [each_language("svg")]}),
        (_("Place"), {"fields": [("module", "key")]}),
    ]

    def modules_of(self, obj):
        return [obj.module]

    def get_fieldsets(self, request, obj=None):
        found = super().get_fieldsets(request, obj)
        return found if obj else found[1:]

    def get_changeform_initial_data(self, request):
        """A figure added from its module's page speaks the module's source language."""
        initial = super().get_changeform_initial_data(request)
        pk = initial.get("module", "")
        module = Module.objects.filter(pk=pk).first() if pk.isascii() and pk.isdigit() and len(pk) < 19 else None
        return initial | ({"source_language": module.source_language} if module else {})

    @admin.display(description=_("as stored"))
    def drawings(self, figure):
        """Show the stored drawings as images, in which nothing runs; only checked ones are ever stored."""
        stored = [(code, figure.text("svg", code), figure.text("title", code)) for code, _name in settings.LANGUAGES]
        images = ((code.upper(), drawing(svg), title) for code, svg, title in stored if svg)
        picture = '<figure class="drawing"><figcaption>{}</figcaption><img src="{}" alt="{}" width="300"></figure>'
        return format_html_join("", picture, images) or "–"

    @admin.display(description=_("in a text"))
    def how_to_show(self, figure):
        return format_html("<code>![](figure:{})</code>", figure.key)


class ReflectionForm(TranslatedForm):
    class Meta:
        help_texts = {"key": _("Never changes: answers hang on it.")}


class ReflectionFormSet(forms.BaseInlineFormSet):
    def _construct_form(self, i, **kwargs):
        """Let a reflection speak its unit's source language."""
        form = super()._construct_form(i, **kwargs)
        if not form.instance.pk:
            form.instance.source_language = self.instance.source_language
        return form


class ReflectionInline(TranslatedInline):
    """Reflections of a unit: one that is no longer asked is switched off, for people have answered it."""

    model = Reflection
    form = ReflectionForm
    formset = ReflectionFormSet
    ordering = ["position"]
    verbose_name_plural = _("reflections: “for my country”")
    fieldsets = [(None, {"fields": [("key", "position", "is_active"), each_language("prompt")]})]

    def has_delete_permission(self, request, obj=None):
        """Answers would go with it: `is_active` takes it out of the page."""
        return False

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        if db_field.name.startswith("prompt"):
            kwargs["widget"] = forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"})
        return super().formfield_for_dbfield(db_field, request, **kwargs)


class MediumForm(forms.ModelForm):
    """Either a file or an address. Kind and language stay: another kind or language is another medium."""

    upload = forms.FileField(label=_("file"), required=False, help_text=_("Empty keeps the file that stands."))

    class Meta:
        model = Medium
        fields = ["kind", "language", "url", "bytes", "seconds"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["kind"].disabled = self.fields["language"].disabled = True

    def clean_upload(self):
        """Look at the content, not at the name."""
        upload, kind = self.cleaned_data["upload"], self.cleaned_data.get("kind")
        if upload is None or kind not in media.ALLOWED:
            return upload
        if upload.size > settings.MEDIA_MAX_BYTES:
            text = _("This file is too large. At most %(mb)d MB.") % {"mb": settings.MEDIA_MAX_BYTES // 2**20}
            raise forms.ValidationError(text)
        if kind_of(upload) not in media.ALLOWED[kind]:
            kinds = ", ".join(ending for name, ending in ENDINGS.items() if name in media.ALLOWED[kind])
            raise forms.ValidationError(_("Please choose a file of one of these kinds: %(kinds)s.") % {"kinds": kinds})
        return upload

    def clean(self):
        data = super().clean()
        stands = data.get("upload") or (self.instance.pk and self.instance.file_id and not data.get("url"))
        if not self.errors and bool(stands) == bool(data.get("url")):
            self.add_error("upload", _("Give either a file or an address."))
        return data


class MediumInline(admin.StackedInline):
    """Films, sound, captions and files of a unit; saved by the service, which looks after who may load them."""

    model = Medium
    form = MediumForm
    extra = 0
    ordering = ["kind", "language"]
    readonly_fields = ["stored"]
    fieldsets = [(None, {"fields": [("kind", "language"), "stored", "upload", ("url", "bytes"), "seconds"]})]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("file")

    @admin.display(description=_("stored file"))
    def stored(self, medium):
        if not medium.file_id:
            return "–"
        return format_html(
            '<a href="{}">{}</a> ({:.1f} MB)', medium.file.get_absolute_url(), medium.file.name, medium.size / 2**20
        )


def save_media(formset) -> None:
    """Save the rows of a unit's media by the service. Queries: up to 10 a row that changed."""
    formset.save(commit=False)  # tells the admin's log what changed
    for medium in formset.deleted_objects:
        media.drop_medium(medium=medium)
    for form in formset.forms:
        if form.has_changed() and form not in formset.deleted_forms:
            data = form.cleaned_data
            media.set_medium(
                unit=formset.instance,
                kind=data["kind"],
                language=data["language"],
                upload=data["upload"],
                url=data["url"],
                size=data["bytes"],
                seconds=data["seconds"],
            )
