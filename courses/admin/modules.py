"""Modules: what is missing where, publication."""

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Sum
from django.db.models.functions import Coalesce
from django.http import HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from core.admin import TranslatedForm, each_language
from core.errors import DomainError
from core.time import moment
from courses import services
from courses.admin.base import HEAVY, CourseAdmin, change_url, gap_lines, stale_lines
from courses.admin.desk import ModuleDesk
from courses.admin.exchange import ExchangeDesk
from courses.admin.past import PastDesk
from courses.admin.translating import TranslatingDesk
from courses.enums import ModuleState
from courses.models import Module
from courses.services.addresses import module_renamed
from courses.services.media import module_files_follow
from courses.services.schedule import refusal_of


class ModuleForm(TranslatedForm):
    fallback_languages = forms.MultipleChoiceField(
        label=_("Languages that may show the source"),
        required=False,
        choices=settings.LANGUAGES,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Such a language may be published incomplete: readers see the source text, marked as such."),
    )

    def __init__(self, *args, **kwargs):
        """Say in which zone times are typed; one that the clocks skip or repeat is refused by the field."""
        super().__init__(*args, **kwargs)
        zone = gettext("Times are those of %(zone)s.") % {"zone": timezone.get_current_timezone_name()}
        for name in ("publish_at", "retire_at"):
            if name in self.fields:
                self.fields[name].help_text = zone
                day, clock = self.fields[name].widget.widgets
                day.attrs["aria-label"], clock.attrs["aria-label"] = gettext("Day"), gettext("Time of day")

    def clean(self):
        data = super().clean() or self.cleaned_data
        publish, retire = data.get("publish_at"), data.get("retire_at")
        if publish and retire and retire <= publish:
            self.add_error("retire_at", _("It cannot be retired before it is published."))
        if "publish_at" in self.changed_data and publish and self.instance.state == ModuleState.PUBLISHED:
            self.add_error("publish_at", _("This module is published already."))
        if data.get("replaced_by") and data["replaced_by"].pk == self.instance.pk:
            self.add_error("replaced_by", _("A module does not replace itself."))
        return data


@admin.register(Module)
class ModuleAdmin(ModuleDesk, TranslatingDesk, PastDesk, ExchangeDesk, CourseAdmin):
    form = ModuleForm
    list_display = ["__str__", "kind", "theme", "state", "languages"]
    list_filter = ["state", "kind", "theme"]
    list_select_related = ["theme"]
    list_per_page = 20
    search_fields = ["slug", *each_language("title")]
    prepopulated_fields = {"slug": ["title_en"]}
    actions = ["publish", "back_to_draft", "confirm_translations"]
    readonly_fields = ["state", "published_at", "preview", "what_is_missing", "unit_list", "figure_list", "scheduled"]
    rows = {"summary": 5, "objectives": 7}
    fieldsets = [
        (None, {"fields": ["state", "preview"]}),
        (_("What is missing where"), {"fields": ["what_is_missing"]}),
        (_("Units"), {"fields": ["unit_list", "figure_list"]}),
        (_("Texts"), {"fields": ["source_language", *map(each_language, ("title", "summary", "objectives"))]}),
        (_("Place"), {"fields": [("slug", "position"), ("kind", "theme"), "prerequisites"]}),
        (_("Readers"), {"fields": ["audience", "completion", "fallback_languages"]}),
        (_("Schedule"), {"fields": ["scheduled", "publish_at", "retire_at", "replaced_by"]}),
    ]
    add_only = [3, 4, 5]  # a new module has nothing to list yet

    def modules_of(self, obj):
        return [obj]

    def parts(self, obj):
        """Return a module and all its parts, from what the list has prefetched."""
        return obj.parts()

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        """Boxes to tick: they work without a script and say aloud what they are."""
        return super().formfield_for_manytomany(db_field, request, **(kwargs | {"widget": forms.CheckboxSelectMultiple}))

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
        units = list(module.units.defer(*HEAVY).annotate(question_count=Coalesce(Sum("items__count"), 0)))
        rows = [{"unit": unit, "url": change_url(unit)} for unit in units if not unit.retired_at]
        context = {
            "rows": rows,
            "retired": [{"unit": unit, "url": change_url(unit)} for unit in units if unit.retired_at],
            "add_url": f"{reverse('admin:courses_unit_add')}?module={module.pk}",
            "order_url": reverse("admin:courses_module_units", args=[module.pk]),
        }
        return render_to_string("admin/courses/module/_units.html", context)

    @admin.display(description=_("figures"))
    def figure_list(self, module):
        figures = [{"name": figure, "url": change_url(figure)} for figure in module.figures.all()]
        add_url = f"{reverse('admin:courses_figure_add')}?module={module.pk}"
        return render_to_string("admin/courses/module/_figures.html", {"figures": figures, "add_url": add_url})

    @admin.display(description=pgettext_lazy("module", "planned"))
    def scheduled(self, module):
        """Say what will happen when, with the zone, and why a planned publication did not take place."""
        lines = [
            (label, moment(at))
            for label, at in ((_("Published"), module.publish_at), (_("Retired"), module.retire_at))
            if at and at > timezone.now()
        ]
        if refused := refusal_of(module):
            lines.append((_("Not published, as planned for %(when)s") % {"when": moment(module.publish_at)}, refused.reason))
        return format_html_join(mark_safe("<br>"), "{}: {}", lines) or "–"

    def save_model(self, request, obj, form, change):
        """Leave word at the old address, and let the files follow a new audience."""
        super().save_model(request, obj, form, change)
        module_renamed(module=obj, before=form.initial.get("slug") or obj.slug)
        if change and "audience" in form.changed_data:
            module_files_follow(module=obj)

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
