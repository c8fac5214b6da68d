"""Modules, units and questions: texts in three languages, what is missing where, preview, publication."""

from types import SimpleNamespace

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.urls import path, reverse
from django.utils import translation
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _

from core.admin import TranslatedAdmin, TranslatedForm, TranslatedInline, each_language
from core.errors import DomainError
from core.translations import LANGUAGES
from courses import services, versions
from courses.enums import ModuleState, QuestionKind, UnitKind
from courses.models import Choice, Module, Question, Unit

CHOICE_KINDS = (QuestionKind.SINGLE, QuestionKind.MULTIPLE)
FAULT_FIELD = {
    QuestionKind.TRUE_FALSE: "right_is_true",
    QuestionKind.NUMERIC: "answer",
    QuestionKind.SHORT: "accepted_{source}",
}
HEAVY = [f"{name}_{code}" for name in ("body", "body_html", "sources") for code in LANGUAGES]


def preview_links(obj):
    """Return links to the real page in each language."""
    links = []
    for code, name in settings.LANGUAGES:
        with translation.override(code):
            links.append((obj.get_absolute_url(), code, code, name))
    return format_html_join(" · ", '<a href="{}" hreflang="{}" lang="{}" target="_blank">{}</a>', links)


def change_url(obj) -> str:
    return reverse(f"admin:{obj._meta.app_label}_{obj._meta.model_name}_change", args=[obj.pk])


def gap_lines(module: Module) -> list[dict]:
    """Return what is missing, a line for each object and language, with where to mend it. Queries: 3."""
    lines = []
    for code, parts in module.gaps().items():
        by_object: dict = {}
        for part, field in parts:
            by_object.setdefault(part, []).append(part._meta.get_field(field).verbose_name)
        for part, fields in by_object.items():
            place = part.question if isinstance(part, Choice) else part
            lines.append(
                {
                    "code": code,
                    "kind": part._meta.verbose_name,
                    "name": str(part),
                    "fields": fields,
                    "url": change_url(place),
                    "fallback": code in module.fallback_languages,
                }
            )
    return lines


def stale_lines(module: Module) -> list[dict]:
    """Return the objects of a module with a translation older than its source. Queries: 3."""
    lines = []
    for part in module.parts():
        if codes := part.stale():
            place = part.question if isinstance(part, Choice) else part
            codes = ", ".join(code.upper() for code in codes)
            lines.append({"kind": part._meta.verbose_name, "name": str(part), "codes": codes, "url": change_url(place)})
    return lines


class CourseAdmin(TranslatedAdmin):
    """What the three share: saving a part of a published module says what readers now miss.

    Each of the three says with `module_of(obj)` which module a part belongs to.
    """

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        module = self.module_of(form.instance)
        if module.state == ModuleState.PUBLISHED:
            self.keep_published(form.instance)
            self.warn_of_gaps(request, module)

    def keep_published(self, obj) -> None:
        """Do what a change of a published part asks for."""

    def warn_of_gaps(self, request, module: Module) -> None:
        codes = [code for code, parts in module.gaps().items() if parts and code not in module.fallback_languages]
        if codes:
            text = _("This module is published, and readers miss texts in: %(languages)s.")
            messages.warning(request, text % {"languages": ", ".join(code.upper() for code in codes)})

    @admin.display(description=_("preview"))
    def preview(self, obj):
        return preview_links(obj) if obj.pk else "–"

    def is_list(self, request) -> bool:
        return request.resolver_match is not None and request.resolver_match.url_name.endswith("_changelist")


# Modules ------------------------------------------------------------------------------------------
class ModuleForm(TranslatedForm):
    fallback_languages = forms.MultipleChoiceField(
        label=_("Languages that may show the source"),
        required=False,
        choices=settings.LANGUAGES,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Such a language may be published incomplete: readers see the source text, marked as such."),
    )


@admin.register(Module)
class ModuleAdmin(CourseAdmin):
    form = ModuleForm
    list_display = ["__str__", "kind", "theme", "state", "languages"]
    list_filter = ["state", "kind", "theme"]
    list_select_related = ["theme"]
    list_per_page = 20
    search_fields = ["slug", *each_language("title")]
    filter_horizontal = ["prerequisites"]
    prepopulated_fields = {"slug": ["title_en"]}
    actions = ["publish", "back_to_draft", "confirm_translations"]
    readonly_fields = ["state", "published_at", "preview", "what_is_missing", "unit_list"]
    rows = {"summary": 5, "objectives": 7}
    fieldsets = [
        (None, {"fields": ["state", "preview"]}),
        (_("What is missing where"), {"fields": ["what_is_missing"]}),
        (_("Units"), {"fields": ["unit_list"]}),
        (_("Texts"), {"fields": ["source_language", *map(each_language, ("title", "summary", "objectives"))]}),
        (_("Place"), {"fields": [("slug", "position"), ("kind", "theme"), "prerequisites"]}),
        (_("Readers"), {"fields": ["audience", "fallback_languages"]}),
    ]
    add_only = [3, 4, 5]  # a new module has nothing to list yet

    def module_of(self, obj):
        return obj

    def parts(self, obj):
        """Return a module and all its parts, from what the list has prefetched."""
        return obj.parts()

    def get_queryset(self, request):
        rows = super().get_queryset(request)
        return rows.with_parts() if self.is_list(request) else rows

    def get_fieldsets(self, request, obj=None):
        found = super().get_fieldsets(request, obj)
        return found if obj else [found[n] for n in self.add_only]

    @admin.display(description=_("texts"))
    def what_is_missing(self, module):
        context = {"gaps": gap_lines(module), "stale": stale_lines(module)}
        return render_to_string("admin/courses/module/_gaps.html", context)

    @admin.display(description=_("in order"))
    def unit_list(self, module):
        units = list(module.units.defer(*HEAVY).annotate(question_count=Count("questions")))
        add_url = f"{reverse('admin:courses_unit_add')}?module={module.pk}"
        rows = [{"unit": unit, "url": change_url(unit)} for unit in units]
        return render_to_string("admin/courses/module/_units.html", {"rows": rows, "add_url": add_url})

    def has_publish_permission(self, request) -> bool:
        return request.user.has_perm("courses.publish_module")

    def change_view(self, request, object_id, form_url="", extra_context=None):
        extra = {"may_publish": self.has_publish_permission(request)}
        return super().change_view(request, object_id, form_url, extra | (extra_context or {}))

    def get_urls(self):
        view = self.admin_site.admin_view
        return [
            path("<n:pk>/publish/", view(self.publish_one), name="courses_module_publish"),
            path("<n:pk>/draft/", view(self.draft_one), name="courses_module_draft"),
            *super().get_urls(),
        ]

    def publish_one(self, request, pk):
        return self.one(request, pk, self.publish)

    def draft_one(self, request, pk):
        return self.one(request, pk, self.back_to_draft)

    def one(self, request, pk: int, act):
        """Do a list's action for one module, from its page."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self.has_publish_permission(request):
            raise PermissionDenied
        module = get_object_or_404(Module, pk=pk)
        act(request, [module])
        return redirect(change_url(module))

    @admin.action(description=_("Publish"), permissions=["publish"])
    def publish(self, request, queryset):
        for module in queryset:
            try:
                services.publish_module(module=module, actor=request.user)
            except DomainError as refusal:
                text = _("“%(module)s” was not published. %(reason)s") % {"module": module, "reason": refusal.message}
                messages.error(request, text)
            else:
                self.log_change(request, module, [{"changed": {"fields": ["state"]}}])
                messages.success(request, _("“%(module)s” is published.") % {"module": module})

    @admin.action(description=_("Back to draft"), permissions=["publish"])
    def back_to_draft(self, request, queryset):
        for module in queryset:
            services.unpublish_module(module=module, actor=request.user)
            self.log_change(request, module, [{"changed": {"fields": ["state"]}}])
            messages.success(request, _("“%(module)s” is a draft again; readers no longer see it.") % {"module": module})


# Units --------------------------------------------------------------------------------------------
class UnitForm(TranslatedForm):
    def clean_kind(self):
        kind = self.cleaned_data["kind"]
        was_check = self.instance.pk and self.instance.is_check
        if was_check and kind != UnitKind.CHECK and self.instance.attempts.exists():
            raise forms.ValidationError(_("People have attempted this knowledge check: it stays one."))
        return kind


@admin.register(Unit)
class UnitAdmin(CourseAdmin):
    form = UnitForm
    list_display = ["__str__", "module", "kind", "position", "minutes", "languages"]
    list_filter = ["module", "kind"]
    list_select_related = ["module"]
    list_per_page = 25
    ordering = ["module", "position"]
    search_fields = ["slug", *each_language("title")]
    prepopulated_fields = {"slug": ["title_en"]}
    readonly_fields = ["preview", "question_list"]
    rows = {"body": 26, "sources": 6}
    fieldsets = [
        (None, {"fields": ["preview"]}),
        (_("Questions"), {"fields": ["question_list"]}),
        (
            _("Texts"),
            {"fields": ["source_language", *(each_language(name) for name in ("title", "summary", "body", "sources"))]},
        ),
        (_("Place"), {"fields": [("module", "position"), ("slug", "kind"), "minutes"]}),
        (_("Knowledge check"), {"fields": [("pass_mark", "max_attempts")]}),
    ]

    def module_of(self, obj):
        return obj.module

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
        questions = list(unit.questions.annotate(choice_count=Count("choices")).order_by("position"))
        add_url = f"{reverse('admin:courses_question_add')}?unit={unit.pk}"
        rows = [{"question": question, "url": change_url(question)} for question in questions]
        return render_to_string("admin/courses/_questions.html", {"rows": rows, "add_url": add_url})


# Questions ----------------------------------------------------------------------------------------
class QuestionForm(TranslatedForm):
    def clean(self):
        """Refuse a question that nobody can answer rightly; choices are looked at in their own rows."""
        data = super().clean() or self.cleaned_data
        kind = data.get("kind")
        if kind in FAULT_FIELD and not set(self.errors) & {"answer", "right_is_true"}:
            typed = SimpleNamespace(
                kind=kind,
                right_is_true=data.get("right_is_true"),
                answer=data.get("answer"),
                text=lambda field, code: data.get(f"{field}_{code}") or "",
            )
            if reason := versions.fault(typed):
                source = data.get("source_language") or self.instance.source_language
                self.add_error(FAULT_FIELD[kind].format(source=source), reason)
        return data


class ChoiceFormSet(forms.BaseInlineFormSet):
    def _construct_form(self, i, **kwargs):
        """Let a choice speak its question's source language."""
        form = super()._construct_form(i, **kwargs)
        form.instance.source_language = self.instance.source_language
        return form

    def clean(self):
        super().clean()
        if any(self.errors) or self.instance.kind not in CHOICE_KINDS:
            return
        kept = [form for form in self.forms if form.cleaned_data and form not in self.deleted_forms]
        choices = [SimpleNamespace(is_right=form.cleaned_data["is_right"]) for form in kept]
        if reason := versions.fault(SimpleNamespace(kind=self.instance.kind, choices=SimpleNamespace(all=lambda: choices))):
            raise forms.ValidationError(reason)


class ChoiceInline(TranslatedInline):
    model = Choice
    formset = ChoiceFormSet
    ordering = ["position"]
    fieldsets = [(None, {"fields": [("position", "is_right"), each_language("label"), each_language("feedback")]})]

    def get_extra(self, request, obj=None, **kwargs):
        return 0 if obj else 3

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        if db_field.name.startswith(("label", "feedback")):
            kwargs["widget"] = forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"})
        return super().formfield_for_dbfield(db_field, request, **kwargs)


@admin.register(Question)
class QuestionAdmin(CourseAdmin):
    form = QuestionForm
    inlines = [ChoiceInline]
    list_display = ["__str__", "unit", "kind", "position", "is_active", "languages"]
    list_filter = ["kind", "is_active", "unit__module"]
    list_per_page = 25
    ordering = ["unit", "position"]
    search_fields = ["key", *each_language("prompt")]
    readonly_fields = ["preview"]
    rows = {"prompt": 4, "explanation": 6, "accepted": 3}
    fieldsets = [
        (None, {"fields": ["preview"]}),
        (_("Texts"), {"fields": ["source_language", each_language("prompt"), each_language("explanation")]}),
        (_("Place"), {"fields": ["unit", ("key", "position"), ("kind", "is_active")]}),
        (_("True or false"), {"fields": ["right_is_true"]}),
        (_("Number"), {"fields": [("answer", "tolerance")]}),
        (_("Short answer"), {"fields": [each_language("accepted")]}),
    ]

    def module_of(self, obj):
        return obj.unit.module

    def keep_published(self, obj):
        """New attempts are shown the text as it now stands."""
        versions.freeze(Question.objects.get(pk=obj.pk))

    def parts(self, obj):
        return [obj, *obj.choices.all()]

    def get_queryset(self, request):
        rows = super().get_queryset(request).select_related("unit__module")
        return rows.defer(*(f"unit__{name}" for name in HEAVY)).prefetch_related("choices") if self.is_list(request) else rows

    def get_changeform_initial_data(self, request):
        """A question added from its check's page stands last and speaks the check's source language."""
        initial = super().get_changeform_initial_data(request)
        pk = initial.get("unit", "")
        unit = Unit.objects.filter(pk=pk).first() if pk.isascii() and pk.isdigit() and len(pk) < 19 else None
        if unit:
            initial |= {"position": unit.questions.count() + 1, "source_language": unit.source_language}
        return initial

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == "unit":
            kwargs["queryset"] = Unit.objects.filter(kind=UnitKind.CHECK).defer(*HEAVY)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    @admin.display(description=_("preview"))
    def preview(self, obj):
        return preview_links(obj.unit) if obj.pk else "–"

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        source = form.instance.source_language
        form.instance.choices.exclude(source_language=source).update(source_language=source)
