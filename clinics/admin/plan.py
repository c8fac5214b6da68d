"""The plan of an edition in the administration: one page week by week, and a form for each part."""

from django import forms
from django.contrib import admin, messages
from django.http import HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinics.admin.pages import edition_page, page
from clinics.enums import Act
from clinics.forms.editions import PartForm, PlanForm, SessionForm
from clinics.models import Activity, Block, Edition, Session, Week
from clinics.services.editions import beyond
from clinics.services.planning import make_plan
from clinics.shown import when
from core.admin import TranslatedAdmin, each_language
from core.changes import content_changed
from core.errors import DomainError
from courses.models import Module


# The page -----------------------------------------------------------------------------------------
@edition_page("plan", gettext_lazy("Plan"), position=10)
def plan(request, edition):
    """The plan week by week, each part leading to its form; the default plan where there is none."""
    form = PlanForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            make_plan(edition=edition, shape=form.cleaned_data["shape"], actor=request.user)
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The plan is made. Change any part of it as you need."))
            return redirect("admin:clinics_edition_plan", edition.pk)
    context = {"title": _("Plan"), "form": form, "may_change": edition.allows(Act.PLAN)} | lines_of(edition)
    return page(request, edition, "plan", "admin/clinics/plan.html", context, status=409 if form.errors else 200)


def lines_of(edition: Edition) -> dict:
    """Return the weeks with what they hold, what lies in none of them, and what lies outside the dates. Queries: 7."""
    weeks = list(edition.weeks.prefetch_related("activities__module"))
    blocks, sessions = list(edition.blocks.all()), list(edition.sessions.select_related("block"))
    for row in sessions:
        row.at = when(row.starts_at, row.ends_at, edition.tz)
        row.day = row.starts_at.astimezone(edition.tz).date()
    for week in weeks:
        week.held = [block for block in blocks if block.meets(week)]
        week.live = [row for row in sessions if week.starts_on <= row.day <= week.ends_on]
    told = {part.pk for week in weeks for part in week.held}, {row.pk for week in weeks for row in week.live}
    loose = [b for b in blocks if b.pk not in told[0]] + [s for s in sessions if s.pk not in told[1]]
    return {"weeks": weeks, "loose": [(part, address_of(part)) for part in loose], "warnings": beyond(edition),
            "is_empty": not weeks and not blocks}  # fmt: skip


def address_of(part) -> str:
    return reverse(f"admin:clinics_{part._meta.model_name}_change", args=[part.pk])


# The form of each part ------------------------------------------------------------------------------
class PartAdmin(TranslatedAdmin):
    """A part of a plan: reached from the plan's page and leading back to it; changed while the edition's state allows it."""

    form = PartForm
    view_on_site = False
    rows = {"summary": 3, "objectives": 5}

    def has_module_permission(self, request):
        return False  # no list of its own on the desk: parts are found on their edition's page

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and (obj is None or obj.edition.allows(Act.PLAN))

    def has_delete_permission(self, request, obj=None):
        return super().has_delete_permission(request, obj) and (obj is None or obj.edition.allows(Act.PLAN))

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("edition")

    def get_readonly_fields(self, request, obj=None):
        return [*super().get_readonly_fields(request, obj), *(["edition"] if obj else [])]

    def get_changeform_initial_data(self, request):
        """Begin a new part with the dates, zone and language of its edition."""
        found = super().get_changeform_initial_data(request)
        pk = found.get("edition", "")
        edition = Edition.objects.filter(pk=pk).first() if pk.isascii() and pk.isdigit() and len(pk) < 19 else None
        if edition is None:
            return found
        own = {"zone": edition.zone, "source_language": edition.source_language, "number": self.next_number(edition)}
        return own | found

    def next_number(self, edition: Edition) -> int:
        """Return the number of a new part. Queries: 1."""
        rows = self.model._default_manager.filter(edition=edition)
        numbers = rows.values_list("number", flat=True) if hasattr(self.model, "number") else []
        return max(numbers, default=0) + 1

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == "edition":
            kwargs["widget"] = forms.HiddenInput()
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        """Boxes to tick, of what is published."""
        if db_field.name == "modules":
            kwargs |= {"queryset": Module.objects.in_state(), "widget": forms.CheckboxSelectMultiple}
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        content_changed(form.instance.edition)

    def delete_model(self, request, obj):
        """Delete a part; the edition that showed it is read anew."""
        request.edition = obj.edition
        obj.delete()
        content_changed(request.edition)

    def get_actions(self, request):
        return {}

    # Back to the plan ---------------------------------------------------------------------------
    def back(self, edition) -> HttpResponseRedirect:
        return HttpResponseRedirect(reverse("admin:clinics_edition_plan", args=[edition.pk]))

    def response_post_save_add(self, request, obj):
        return self.back(obj.edition)

    def response_post_save_change(self, request, obj):
        return self.back(obj.edition)

    def response_delete(self, request, obj_display, obj_id):
        messages.success(request, _("“%(name)s” is deleted.") % {"name": obj_display})
        return self.back(request.edition)

    def changelist_view(self, request, extra_context=None):
        """There is no list of all parts of all editions: the editions lead to them."""
        return redirect("admin:clinics_edition_changelist")


class ActivityInline(admin.TabularInline):
    """What a week holds besides its blocks."""

    model = Activity
    extra = 0
    fields = ["kind", "module", "due_on"]

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == "module":
            kwargs["queryset"] = Module.objects.in_state()
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


@admin.register(Week)
class WeekAdmin(PartAdmin):
    inlines = [ActivityInline]
    fieldsets = [
        (None, {"fields": ["edition", "number", ("starts_on", "ends_on"), "source_language"]}),
        (gettext_lazy("Texts"), {"fields": [each_language("title"), each_language("summary")]}),
    ]


@admin.register(Block)
class BlockAdmin(PartAdmin):
    fieldsets = [
        (None, {"fields": ["edition", "number", ("starts_on", "ends_on"), "theme", "modules", "source_language"]}),
        (gettext_lazy("Texts"), {"fields": [each_language("title"), each_language("objectives")]}),
    ]


@admin.register(Session)
class SessionAdmin(PartAdmin):
    form = SessionForm
    fieldsets = [
        (None, {"fields": ["edition", ("kind", "block"), ("day", "clock", "minutes"), "zone", "source_language"]}),
        (gettext_lazy("Texts"), {"fields": [each_language("title")]}),
    ]

    def get_fieldsets(self, request, obj=None):
        """Show the instant where day and clock cannot be typed."""
        if obj is None or self.has_change_permission(request, obj):
            return super().get_fieldsets(request, obj)
        shown = [(None, {"fields": ["edition", ("kind", "block"), ("starts_at", "minutes"), "zone"]})]
        return [*shown, *super().get_fieldsets(request, obj)[1:]]

    def get_form(self, request, obj=None, change=False, **kwargs):
        """Offer the blocks of the session's own edition."""
        form = super().get_form(request, obj, change=change, **kwargs)
        pk = obj.edition_id if obj else request.GET.get("edition") or request.POST.get("edition") or ""
        known = str(pk).isascii() and str(pk).isdigit() and len(str(pk)) < 19
        if "block" in form.base_fields:
            form.base_fields["block"].queryset = Block.objects.filter(edition=pk) if known else Block.objects.none()
        return form
