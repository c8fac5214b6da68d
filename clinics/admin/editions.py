"""Editions: texts, dates, call and team on one form; the plan, the state and everything else on the pages beside it."""

from django import forms
from django.contrib import admin
from django.db import transaction
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.services import bump_audience
from clinics.admin.pages import page_urls, tabs
from clinics.enums import Act
from clinics.forms.editions import EditionForm, TeamForm
from clinics.memberships import renew_team
from clinics.models import Edition, TeamMember, WorkGroup
from clinics.services.planning import DATES, change_dates, change_deadline
from core.admin import TranslatedAdmin, each_language
from core.services import record_event

PLANNED = [*DATES, "is_open_call", "apply_day", "apply_clock"]  # fixed once the state allows no change of plan
RENDERED = ["description_html", *each_language("description_html")]


class TeamInline(admin.StackedInline):
    """Who holds the edition, by role: with an account, or known by name and address alone."""

    model = TeamMember
    form = TeamForm
    extra = 0
    autocomplete_fields = ["user"]
    fieldsets = [(None, {"fields": [("role", "user", "organisation"), ("name", "email", "language"), "languages",
                                    ("country", "groups")]})]  # fmt: skip

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        """Boxes to tick: the work groups of this edition."""
        number = request.resolver_match.kwargs.get("object_id", "")
        known = number.isascii() and number.isdigit() and len(number) < 19
        groups = WorkGroup.objects.filter(edition=number) if known else WorkGroup.objects.none()
        return super().formfield_for_manytomany(db_field, request, queryset=groups, widget=forms.CheckboxSelectMultiple)


@admin.register(Edition)
class EditionAdmin(TranslatedAdmin):
    form = EditionForm
    inlines = [TeamInline]
    list_display = ["__str__", "state", "sub_region", "starts_on", "ends_on", "texts"]
    list_filter = ["state", "sub_region"]
    list_select_related = ["sub_region"]
    list_per_page = 30
    search_fields = [*each_language("title"), "slug"]
    prepopulated_fields = {"slug": ["title_en"]}
    readonly_fields = ["state"]
    view_on_site = False  # the preview leads there, drafts too
    change_form_template = "admin/clinics/edition/change_form.html"
    rows = {"summary": 3, "description": 14, "cost": 4, "equipment": 4, "certificate_rules": 4}
    TEXTS = ("title", "summary", "description", "cost", "equipment", "certificate_rules")
    fieldsets = [
        (None, {"fields": ["state"]}),
        (_("Texts in three languages"), {"fields": [*map(each_language, TEXTS), "source_language", "fallback_languages"]}),
        (_("Who and where"), {"fields": [("slug", "sub_region"), "languages", "interpretation", "capacity", "is_free"]}),
        (_("Dates"), {"fields": [("starts_on", "ends_on"), "zone", "hours_a_week"]}),
        (_("Call and invitations"), {"fields": ["is_open_call", ("apply_day", "apply_clock"), ("invitation_days", "offer_days"),
                                                "reviewers"]}),
    ]  # fmt: skip

    def get_urls(self):
        return [*page_urls(self.admin_site), *super().get_urls()]

    @admin.display(description=_("languages"))
    def texts(self, obj):
        """Return how far the texts are in each language."""
        return self.languages(obj)

    def get_queryset(self, request):
        """Leave the rendered texts out of the list; on the page of one row they must be saved anew."""
        rows, place = super().get_queryset(request), request.resolver_match
        return rows.defer(*RENDERED) if place and place.url_name.endswith("_changelist") else rows

    def get_fieldsets(self, request, obj=None):
        """Leave out what a new edition has not yet, and the deadline's inputs once it no longer moves."""
        found = super().get_fieldsets(request, obj)
        if obj is None:
            return found[1:]
        moves = obj.allows(Act.PLAN) and self.has_change_permission(request, obj)
        return found if moves else [*found[:-1], self.fixed_call(found[-1])]

    def fixed_call(self, fieldset):
        name, _options = fieldset
        return name, {"fields": ["is_open_call", "apply_by", ("invitation_days", "offer_days"), "reviewers"]}

    def get_readonly_fields(self, request, obj=None):
        fixed = [*DATES, "is_open_call", "apply_by"] if obj and not obj.allows(Act.PLAN) else []
        lasting = ["slug"] if obj and obj.published_at else []  # stands in addresses
        return [*super().get_readonly_fields(request, obj), *fixed, *lasting]

    def get_prepopulated_fields(self, request, obj=None):
        return {} if obj else super().get_prepopulated_fields(request, obj)

    def has_delete_permission(self, request, obj=None):
        """Say whether an edition may be deleted: a draft in which nobody has a seat, was invited or applied."""
        return super().has_delete_permission(request, obj) and (obj is None or obj.is_draft and not has_people(obj))

    def get_actions(self, request):
        found = super().get_actions(request)
        found.pop("delete_selected", None)
        return found

    def change_view(self, request, object_id, form_url="", extra_context=None):
        edition = self.get_object(request, object_id)
        own = {"tabs": tabs(request, edition)} if edition else {}
        return super().change_view(request, object_id, form_url, own | (extra_context or {}))

    def response_post_save_add(self, request, obj):
        return redirect("admin:clinics_edition_plan", obj.pk)

    def save_model(self, request, obj, form, change):
        """Save; dates and deadline change by their services, which write them into the log."""
        with transaction.atomic():
            if change:  # what moves elsewhere, perhaps since this form was read
                stands = Edition.objects.select_for_update(of=("self",)).get(pk=obj.pk)
                for name in ("state", "published_at", "people_version"):
                    setattr(obj, name, getattr(stands, name))
            if change and {"apply_day", "apply_clock"} & set(form.changed_data):
                change_deadline(edition=obj, until=obj.apply_by, actor=request.user)
            if change and set(DATES) & set(form.changed_data):
                change_dates(edition=obj, actor=request.user, **{name: getattr(obj, name) for name in DATES})
            super().save_model(request, obj, form, change)

    def save_formset(self, request, form, formset, change):
        """Save the team; whoever came or left is asked anew for what she may read."""
        if formset.model is not TeamMember:
            return super().save_formset(request, form, formset, change)
        before = team_facts(form.instance)
        super().save_formset(request, form, formset, change)
        after = team_facts(form.instance)
        if before != after:
            renew_team(form.instance)
            gone = {user for user, _role in before} - {user for user, _role in after} - {None}
            bump_audience(*User.objects.filter(pk__in=gone))
            record_event(actor=request.user, act="change team", obj=form.instance, before=listed(before), after=listed(after))


def has_people(edition: Edition) -> bool:
    """Say whether anybody has or had a seat in an edition, was invited, or applied. Queries: 3 at most."""
    return any(rows.exists() for rows in (edition.delegates, edition.invitations, edition.applications))


def team_facts(edition: Edition) -> list[tuple]:
    """Return (person's number, role) of the team. Queries: 1."""
    return sorted(TeamMember.objects.filter(edition=edition).values_list("user", "role"), key=str)


def listed(team: list[tuple]) -> dict:
    """Return a team as the log keeps it: numbers of persons, no names."""
    return {"team": [f"{user or '-'}:{role}" for user, role in team]}
