"""People: found, corrected, signed out. Every look and every act is logged."""

from datetime import timedelta

from allauth.account.models import EmailAddress
from allauth.mfa.utils import is_mfa_enabled
from allauth.usersessions.models import UserSession
from django import forms
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from accounts.admin.forms import PersonForm
from accounts.admin.support import SupportDesk
from accounts.models import User
from accounts.services import close_account
from core import countries
from core.models import Event, object_key
from core.services import record_event

LOOK_AGAIN = timedelta(hours=1)
RIGHTS = ["is_active", "is_staff", "is_superuser", "groups"]
SUPERUSERS_ONLY = ["is_staff", "is_superuser", "groups"]

# Addresses, factors and sessions change by the services below and by the person alone: no unlogged way beside them.
for model in [m for m in admin.site._registry if m.__module__.startswith("allauth.")]:
    admin.site.unregister(model)


class CountryFilter(admin.SimpleListFilter):
    """The countries from which somebody comes, by name."""

    title = _("country")
    parameter_name = "country"

    def lookups(self, request, model_admin):
        codes = User.objects.exclude(country="").order_by().values_list("country", flat=True).distinct()
        return sorted(((code, countries.name(code)) for code in codes), key=lambda pair: pair[1])

    def queryset(self, request, queryset):
        return queryset.filter(country=self.value()) if self.value() else queryset


@admin.register(User)
class UserAdmin(SupportDesk, admin.ModelAdmin):
    """People of the portal.

    Nobody is added here: an account begins with an address that its owner confirms, and with her consent.
    Nobody is deleted here either: an account is closed by `active`, and letters and attempts keep their person.
    Of a person who was erased nothing can be changed; her account stays closed.
    Accounts of the team are in the hands of superusers, for who may change an address can take the account.
    """

    form = PersonForm
    list_display = ["email", "name", "country_shown", "group", "organisation", "language", "is_staff", "is_active"]
    list_filter = [CountryFilter, "group", "language", "is_staff", "is_active"]
    list_per_page = 50
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    ordering = ["-pk"]
    search_fields = ["name", "email", "organisation"]
    search_help_text = _("Name, address or organisation.")
    actions = None
    readonly_fields = ["address", "sign_in", "log", "date_joined"]
    fieldsets = [
        (None, {"fields": ["address", "name", ("language", "zone"), ("country", "group"), ("organisation", "position")]}),
        (_("About the person"), {"fields": [("sex", "phone"), "bio", "visibility"]}),
        (_("Signing in"), {"fields": ["sign_in", "is_active"]}),
        (_("Rights"), {"fields": [("is_staff", "is_superuser"), "groups"]}),
        (_("Log"), {"fields": ["log"]}),
    ]

    # Who may ------------------------------------------------------------------------------------
    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        of_the_team = obj is not None and (obj.is_staff or obj.is_superuser)
        erased = obj is not None and obj.erased_at is not None
        return super().has_change_permission(request, obj) and (request.user.is_superuser or not of_the_team) and not erased

    def get_readonly_fields(self, request, obj=None):
        return [*self.readonly_fields, *([] if request.user.is_superuser else SUPERUSERS_ONLY)]

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        """Boxes to tick: they work without a script and say aloud what they are."""
        return super().formfield_for_manytomany(db_field, request, **(kwargs | {"widget": forms.CheckboxSelectMultiple}))

    # What is shown ------------------------------------------------------------------------------
    @admin.display(description=_("country"), ordering="country")
    def country_shown(self, person):
        return person.country_name or "–"

    @admin.display(description=_("e-mail address"))
    def address(self, person):
        return format_html('<a href="mailto:{0}">{0}</a>', person.email)

    @admin.display(description=_("sign-in"))
    def sign_in(self, person):
        context = {
            "person": person,
            "addresses": list(EmailAddress.objects.filter(user=person).order_by("-primary", "email")),
            "sessions": UserSession.objects.filter(user=person).count(),
            "second_factor": is_mfa_enabled(person),
        }
        return render_to_string("admin/accounts/user/_sign_in.html", context)

    @admin.display(description=_("latest acts"))
    def log(self, person):
        context = {
            "events": list(Event.objects.about(person).select_related("actor")[:20]),
            "all_url": f"{reverse('admin:core_event_changelist')}?q={object_key(person)}",
        }
        return render_to_string("admin/core/_log.html", context)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        person = self.get_object(request, unquote(object_id))
        extra = {}
        if person is not None and self.has_view_or_change_permission(request, person):
            record_look(actor=request.user, person=person)
            extra["acts"] = self.offered(request, person)
        return super().change_view(request, object_id, form_url, extra | (extra_context or {}))

    # What is done -------------------------------------------------------------------------------
    def save_model(self, request, obj, form, change):
        """Save, and log which rights changed; the other fields stand in the administration's history.

        An account that is closed ends its sessions with it.
        """
        super().save_model(request, obj, form, change)
        if "is_active" in form.changed_data and not obj.is_active:
            close_account(user=obj)
        changed = [name for name in RIGHTS if name in form.changed_data]
        if changed:
            before = {name: plain(form.initial.get(name)) for name in changed}
            after = {name: plain(form.cleaned_data[name]) for name in changed}
            record_event(actor=request.user, act="change rights", obj=obj, before=before, after=after)


def record_look(*, actor: User, person: User) -> None:
    """Log that staff opened a person's page: once a staff member, person and hour. Queries: 1 or 2."""
    looks = Event.objects.filter(object_key=object_key(person), act="look at person", actor=actor)
    with transaction.atomic():
        if not looks.filter(at__gt=timezone.now() - LOOK_AGAIN).exists():
            record_event(actor=actor, act="look at person", obj=person)


def plain(value):
    """Return a right as the log keeps it: a flag, or the names of groups."""
    return value if isinstance(value, bool) else sorted(str(group) for group in value or [])
