"""People: found, corrected, signed out. Every look and every act is logged."""

from datetime import timedelta

from allauth.account.models import EmailAddress
from allauth.mfa.utils import is_mfa_enabled
from allauth.usersessions.models import UserSession
from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.models import User
from accounts.services import correct_address, sign_out_everywhere
from core import countries
from core.errors import DomainError
from core.models import Event, object_key
from core.services import record_event
from core.time import zone_choices

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


class PersonForm(forms.ModelForm):
    country = forms.ChoiceField(label=_("Country"), required=False, choices=countries.country_choices)
    zone = forms.ChoiceField(label=_("Time zone"), choices=zone_choices)

    class Meta:
        labels = {"bio": _("About the person, in her or his own words"), "visibility": _("Who sees photo and text")}
        widgets = {"bio": forms.Textarea(attrs={"rows": 5, "class": "vLargeTextField"})}


class AddressForm(forms.Form):
    email = forms.CharField(
        label=_("New e-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off", "class": "vTextField"}),
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        help_text=_("How you know that this address is hers or his. It stays in the log."),
        widget=forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"}),
    )


@admin.register(User)
class UserAdmin(admin.ModelAdmin):
    """People of the portal.

    Nobody is added here: an account begins with an address that its owner confirms, and with her consent.
    Nobody is deleted here either: an account is closed by `active`, and letters and attempts keep their person.
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
    filter_horizontal = ["groups"]
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
        return super().has_change_permission(request, obj) and (request.user.is_superuser or not of_the_team)

    def get_readonly_fields(self, request, obj=None):
        return [*self.readonly_fields, *([] if request.user.is_superuser else SUPERUSERS_ONLY)]

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
            extra["may_correct"] = self.has_change_permission(request, person)
        return super().change_view(request, object_id, form_url, extra | (extra_context or {}))

    # What is done -------------------------------------------------------------------------------
    def save_model(self, request, obj, form, change):
        """Save, and log which rights changed; the other fields stand in the administration's history."""
        super().save_model(request, obj, form, change)
        changed = [name for name in RIGHTS if name in form.changed_data]
        if changed:
            before = {name: plain(form.initial.get(name)) for name in changed}
            after = {name: plain(form.cleaned_data[name]) for name in changed}
            record_event(actor=request.user, act="change rights", obj=obj, before=before, after=after)

    def get_urls(self):
        view = self.admin_site.admin_view
        return [
            path("<n:pk>/address/", view(self.correct_address), name="accounts_user_correct_address"),
            path("<n:pk>/sign-out/", view(self.sign_out), name="accounts_user_sign_out"),
            *super().get_urls(),
        ]

    def person_to_change(self, request, pk: int) -> User:
        person = self.get_object(request, str(pk))
        if person is None:
            raise Http404
        if not self.has_change_permission(request, person):
            raise PermissionDenied
        return person

    def correct_address(self, request, pk):
        """Replace a mistyped address, with a reason."""
        person = self.person_to_change(request, pk)
        form = AddressForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                correct_address(user=person, actor=request.user, **form.cleaned_data)
            except DomainError as refusal:
                form.add_error(refusal.field, refusal.message)
            else:
                self.log_change(request, person, [{"changed": {"fields": ["email"]}}])
                messages.success(request, _("The address is now %(email)s.") % {"email": person.email})
                return redirect("admin:accounts_user_change", person.pk)
        return self.page(request, "correct_address", _("Correct the address"), person, form=form)

    def sign_out(self, request, pk):
        """End every session of a person, after one question."""
        person = self.person_to_change(request, pk)
        if request.method == "POST":
            ended = sign_out_everywhere(user=person, actor=request.user, reason=request.POST.get("reason", "")[:500])
            text = ngettext("%(count)d session was ended.", "%(count)d sessions were ended.", ended) % {"count": ended}
            self.log_change(request, person, str(text))
            messages.success(request, text)
            return redirect("admin:accounts_user_change", person.pk)
        sessions = UserSession.objects.filter(user=person).count()
        return self.page(request, "sign_out", _("Sign out everywhere"), person, sessions=sessions)

    def page(self, request, name: str, title, person: User, **context):
        """Return one of the two pages of a person's account; 400 when its form was refused."""
        context |= self.admin_site.each_context(request) | {"title": title, "person": person, "opts": self.opts}
        refused = "form" in context and bool(context["form"].errors)
        return TemplateResponse(request, f"admin/accounts/user/{name}.html", context, status=400 if refused else 200)


def record_look(*, actor: User, person: User) -> None:
    """Log that staff opened a person's page: once a staff member, person and hour. Queries: 1 or 2."""
    looks = Event.objects.filter(object_key=object_key(person), act="look at person", actor=actor)
    with transaction.atomic():
        if not looks.filter(at__gt=timezone.now() - LOOK_AGAIN).exists():
            record_event(actor=actor, act="look at person", obj=person)


def plain(value):
    """Return a right as the log keeps it: a flag, or the names of groups."""
    return value if isinstance(value, bool) else sorted(str(group) for group in value or [])
