"""Units."""

from django import forms
from django.contrib import admin
from django.db.models import Count
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.admin import TranslatedForm, each_language
from courses.admin.base import HEAVY, CourseAdmin, change_url
from courses.admin.checks import CheckItemInline, keep_asking
from courses.admin.desk import UnitDesk
from courses.admin.materials import MediumInline, ReflectionInline, save_media
from courses.enums import ModuleState, UnitKind
from courses.models import Medium, Module, Unit
from courses.services.addresses import path_of, unit_renamed


class UnitForm(TranslatedForm):
    def clean_kind(self):
        kind = self.cleaned_data["kind"]
        was_check = self.instance.pk and self.instance.is_check
        if was_check and kind != UnitKind.CHECK and self.instance.attempts.exists():
            raise forms.ValidationError(_("People have attempted this knowledge check: it stays one."))
        return kind


@admin.register(Unit)
class UnitAdmin(UnitDesk, CourseAdmin):
    form = UnitForm
    inlines = [ReflectionInline, MediumInline]
    list_display = ["__str__", "module", "kind", "position", "minutes", "languages"]
    list_filter = ["module", "kind"]
    list_select_related = ["module"]
    list_per_page = 25
    ordering = ["module", "position"]
    search_fields = ["slug", *each_language("title")]
    prepopulated_fields = {"slug": ["title_en"]}
    readonly_fields = ["preview", "question_list"]
    rows = {"body": 26, "transcript": 8, "sources": 6}
    fieldsets = [
        (None, {"fields": ["preview"]}),
        (_("Questions"), {"fields": ["question_list"]}),
        (
            _("Texts"),
            {
                "fields": [
                    "source_language",
                    *(each_language(name) for name in ("title", "summary", "body", "transcript", "sources")),
                ]
            },
        ),
        (_("Place"), {"fields": [("module", "position"), ("slug", "kind"), ("minutes", "is_optional")]}),
        (_("Knowledge check"), {"fields": [("pass_mark", "max_attempts")]}),
    ]

    def modules_of(self, obj):
        return [obj.module]

    def get_inlines(self, request, obj):
        """A check shows what it asks."""
        return [*super().get_inlines(request, obj), *([CheckItemInline] if obj and obj.is_check else [])]

    def save_model(self, request, obj, form, change):
        """Leave word at the old address."""
        super().save_model(request, obj, form, change)
        unit_renamed(unit=obj, before=old_path(obj, form) if change else path_of(obj.module.slug, obj.slug))

    def save_formset(self, request, form, formset, change):
        if formset.model is Medium:
            save_media(formset)
        else:
            super().save_formset(request, form, formset, change)

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        unit = form.instance
        if unit.is_check and unit.module.state == ModuleState.PUBLISHED:
            keep_asking(request, unit)

    def get_queryset(self, request):
        rows = super().get_queryset(request).select_related("module")
        return rows.defer(*(name for name in HEAVY if name.startswith("body_html"))) if self.is_list(request) else rows

    def get_fieldsets(self, request, obj=None):
        found = super().get_fieldsets(request, obj)
        hidden = [] if obj and obj.is_check else [1]
        return [part for n, part in enumerate(found) if n not in (hidden if obj else [0, 1])]

    def get_changeform_initial_data(self, request):
        """A unit added from its module's page stands last and speaks the module's source language."""
        initial = super().get_changeform_initial_data(request)
        pk = initial.get("module", "")
        module = Module.objects.filter(pk=pk).first() if pk.isascii() and pk.isdigit() and len(pk) < 19 else None
        if module:
            initial |= {"position": module.units.count() + 1, "source_language": module.source_language}
        return initial

    @admin.display(description=_("in order"))
    def question_list(self, unit):
        items = list(unit.items.select_related("question", "tag").annotate(choice_count=Count("question__choices")))
        add_url = f"{reverse('admin:courses_question_add')}?unit={unit.pk}"
        rows = [{"item": item, "url": change_url(item.question) if item.question else ""} for item in items]
        return render_to_string("admin/courses/_questions.html", {"rows": rows, "add_url": add_url})


def old_path(unit: Unit, form) -> str:
    """Return where a unit stood before its form was saved. Queries: 1 when it went to another module."""
    pk = form.initial.get("module", unit.module_id)
    slug = unit.module.slug if pk == unit.module_id else Module.objects.values_list("slug", flat=True).get(pk=pk)
    return path_of(slug, form.initial.get("slug", unit.slug))
