"""Organisations and people."""

from django import forms
from django.conf.locale import LANG_INFO
from django.contrib import admin
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from core import countries
from core.admin import each_language
from core.errors import DomainError
from programme.admin.base import PublishedAdmin, PublishedForm
from programme.models import Expert, Partner
from programme.services.people import new_photo, set_photo

SPOKEN = ["en", "fr", "es", "pt", "ar", "sw", "it", "de", "ru", "zh-hans"]


class PartnerForm(PublishedForm):
    country = forms.ChoiceField(label=_("country"), required=False, choices=countries.country_choices)


@admin.register(Partner)
class PartnerAdmin(PublishedAdmin):
    form = PartnerForm
    list_display = ["__str__", "kind", "country", "is_invited", "state", "languages"]
    list_filter = ["state", "kind", "is_invited"]
    list_per_page = 50
    search_fields = ["code", *each_language("name"), *each_language("abbreviation")]
    rows = {"description": 6}
    fieldsets = [
        PublishedAdmin.standing,
        (None, {"fields": [("kind", "position"), ("code", "country"), "is_invited", "url", "source_language"]}),
        (_("Texts"), {"fields": [*map(each_language, ("name", "abbreviation", "description"))]}),
    ]


class ExpertForm(PublishedForm):
    """The photo is checked by content and made small; it is read by those who see the expert."""

    upload = forms.FileField(
        label=_("New photo"),
        required=False,
        help_text=_("JPEG, PNG or WebP. It is cut down to what the page shows, and what the camera wrote into it is removed."),
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
    )
    remove_photo = forms.BooleanField(label=_("Remove the photo"), required=False)
    languages_spoken = forms.MultipleChoiceField(
        label=_("Languages spoken"),
        required=False,
        choices=[(code, LANG_INFO[code]["name_local"].capitalize()) for code in SPOKEN],
        widget=forms.CheckboxSelectMultiple,
    )

    def _post_clean(self):
        super()._post_clean()
        self.photo = None
        if self.cleaned_data.get("upload") and not self.errors:
            try:
                self.photo = new_photo(upload=self.cleaned_data["upload"])
            except DomainError as refusal:
                self.add_error("upload", refusal.message)


@admin.register(Expert)
class ExpertAdmin(PublishedAdmin):
    form = ExpertForm
    list_display = ["__str__", "kind", "role", "organisation", "state", "languages"]
    list_filter = ["state", "kind"]
    list_select_related = ["organisation"]
    list_per_page = 50
    search_fields = ["name"]
    readonly_fields = ["state", "preview", "photo_shown"]
    rows = {"bio": 6}
    fieldsets = [
        PublishedAdmin.standing,
        (None, {"fields": ["name", ("kind", "position"), "organisation", "languages_spoken", "url", "source_language"]}),
        (_("Photo"), {"fields": ["photo_shown", "upload", "remove_photo"]}),
        (_("Texts"), {"fields": [*map(each_language, ("honorific", "role", "bio"))]}),
    ]

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        if form.photo or form.cleaned_data.get("remove_photo"):
            set_photo(expert=obj, photo=form.photo)

    @admin.display(description=_("photo"))
    def photo_shown(self, expert):
        if not expert.photo:
            return "–"
        return format_html('<img src="{}" width="80" height="80" alt="">', expert.photo.get_absolute_url())
