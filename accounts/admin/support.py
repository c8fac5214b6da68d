"""The support desk: what staff do with one person's account. Each act is a page with a reason, a service and an event."""

from django.apps import apps
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.cache import patch_cache_control
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from accounts import looking, services
from accounts.admin.forms import AddressForm, OtherAccountForm, ReasonForm
from accounts.models import User
from core.errors import DomainError


class SupportDesk:
    """Pages of one person beside her form. Mixed into the admin of people, which says who may change her."""

    def get_urls(self):
        """Add a page an act; each name is `accounts_user_<act>`."""
        acts = {
            "address": self.correct_address,
            "sign-out": self.sign_out,
            "sign-in-link": self.sign_in_link,
            "merge": self.merge,
            "look": self.look,
            "second-factor": self.second_factor,
            "erase": self.erase,
        }
        names = {"address": "correct_address"}
        view = self.admin_site.admin_view
        own = [
            path(f"<n:pk>/{act}/", view(page), name=f"accounts_user_{names.get(act, act.replace('-', '_'))}")
            for act, page in acts.items()
        ]
        return [*own, *super().get_urls()]

    # Who may ------------------------------------------------------------------------------------
    def person_to_change(self, request, pk: int) -> User:
        person = self.get_object(request, str(pk))
        if person is None:
            raise Http404
        if not self.has_change_permission(request, person):
            raise PermissionDenied
        return person

    def offered(self, request, person: User) -> list[dict]:
        """Return the acts that this staff member may do with a person, for the head of her page."""
        if not self.has_change_permission(request, person):
            return []
        ours, erased = person.is_staff or person.is_superuser, person.erased_at is not None
        acts = [
            ("correct_address", _("Correct the address"), not erased),
            ("sign_out", _("Sign out everywhere"), not erased),
            ("sign_in_link", _("One-time sign-in link"), not ours and person.is_active),
            ("merge", _("Merge with…"), not ours and not erased),
            ("look", _("Look as this person"), not ours and not erased and request.user.has_perm("accounts.begin_look")),
            ("second_factor", _("Remove second factor"), request.user.is_superuser and not erased),
            ("erase", _("Erase this person"), not ours and not erased),
        ]
        return [
            {"url": reverse(f"admin:accounts_user_{name}", args=[person.pk]), "label": label}
            for name, label, may in acts
            if may
        ]

    # Pages --------------------------------------------------------------------------------------
    def page(self, request, name: str, title, person: User, **context):
        """Return one page of a person's account; 400 when its form was refused."""
        context |= self.admin_site.each_context(request) | {"title": title, "person": person, "opts": self.opts}
        refused = "form" in context and bool(context["form"].errors)
        return TemplateResponse(request, f"admin/accounts/user/{name}.html", context, status=400 if refused else 200)

    def act(self, request, person: User, title, lead, button, service, done):
        """Ask for a reason and do one act. Args: service: f(reason) -> result; done: f(result) -> response."""
        form = ReasonForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                with transaction.atomic():  # a job that this asks for begins after the line in the log
                    result = service(form.cleaned_data["reason"])
                    self.log_change(request, person, str(title))
            except DomainError as refusal:
                form.add_error(None, refusal.message)
            else:
                return done(result)
        return self.page(request, "act", title, person, form=form, lead=lead, button=button)

    def back(self, request, person: User, text):
        messages.success(request, text)
        return redirect("admin:accounts_user_change", person.pk)

    def correct_address(self, request, pk):
        """Replace a mistyped address, with a reason."""
        person = self.person_to_change(request, pk)
        form = AddressForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                services.correct_address(user=person, actor=request.user, **form.cleaned_data)
            except DomainError as refusal:
                form.add_error(refusal.field, refusal.message)
            else:
                self.log_change(request, person, [{"changed": {"fields": ["email"]}}])
                return self.back(request, person, _("The address is now %(email)s.") % {"email": person.email})
        return self.page(request, "correct_address", _("Correct the address"), person, form=form)

    def sign_out(self, request, pk):
        """End every session of a person, after one question."""
        person = self.person_to_change(request, pk)
        if request.method == "POST":
            reason = request.POST.get("reason", "")[:500]
            ended = services.sign_out_everywhere(user=person, actor=request.user, reason=reason)
            text = ngettext("%(count)d session was ended.", "%(count)d sessions were ended.", ended) % {"count": ended}
            self.log_change(request, person, str(text))
            return self.back(request, person, text)
        sessions = person.usersession_set.count()
        return self.page(request, "sign_out", _("Sign out everywhere"), person, sessions=sessions)

    def sign_in_link(self, request, pk):
        """Make a link that signs a person in once, and show it once with words to send along."""
        person = self.person_to_change(request, pk)
        title, context = _("One-time sign-in link"), {"refusal": "", "link": ""}
        if request.method == "POST":
            try:
                token = services.make_link(user=person, actor=request.user)
            except DomainError as refusal:
                context["refusal"] = refusal.message
            else:
                self.log_change(request, person, str(title))
                context |= told(person, token)
        response = self.page(request, "sign_in_link", title, person, **context)
        response.status_code = 400 if context["refusal"] else 200
        patch_cache_control(response, no_store=True)
        return response

    def merge(self, request, pk):
        """Choose the other account by its address, read what would happen, then merge with a reason."""
        person = self.person_to_change(request, pk)
        chosen = request.POST.get("email") or request.GET.get("email")
        choice = OtherAccountForm({"email": chosen} if chosen is not None else None)
        title, other, parts = _("Merge two accounts"), None, []
        if choice.is_valid():
            other = User.objects.filter(emailaddress__email__iexact=choice.cleaned_data["email"].strip()).first()
            try:
                parts = preview(person, other)
            except DomainError as refusal:
                choice.add_error("email", refusal.message)
        if other is None or choice.errors:
            return self.page(request, "merge", title, person, form=choice, other=None)
        form = ReasonForm(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            return self.merged(request, person, other, form.cleaned_data["reason"])
        return self.page(
            request, "merge", title, person, form=form, other=other, parts=parts, email=choice.cleaned_data["email"]
        )

    def merged(self, request, person: User, other: User, reason: str):
        ended = other.email
        services.merge_accounts(keep=person, drop=other, actor=request.user, reason=reason)
        self.log_change(request, person, str(_("Merge two accounts")))
        return self.back(request, person, _("The account %(email)s now ends in this one.") % {"email": ended})

    def look(self, request, pk):
        """Look at the portal as this person, read-only, with a reason."""
        person = self.person_to_change(request, pk)
        if not request.user.has_perm("accounts.begin_look"):
            raise PermissionDenied
        lead = _(
            "For at most 30 minutes you see the portal as %(name)s sees it, to read only. "
            "Nothing is marked as read, notes stay closed, and the log says that you looked and why."
        ) % {"name": person}

        def begin(until):
            looking.remember(request, person, until)
            with override(person.language):
                return redirect("home")

        def service(reason):
            return services.begin_looking(actor=request.user, person=person, reason=reason)

        return self.act(request, person, _("Look as this person"), lead, _("Begin to look"), service, begin)

    def second_factor(self, request, pk):
        """Remove a lost second factor: superusers alone."""
        person = self.person_to_change(request, pk)
        if not request.user.is_superuser:
            raise PermissionDenied
        lead = _(
            "The authenticator app, the passkeys and the recovery codes of %(name)s are removed; a letter says so. "
            "Make sure first, by phone or in person, that it is %(name)s who asks."
        ) % {"name": person}

        def service(reason):
            return services.remove_second_factor(user=person, actor=request.user, reason=reason)

        def done(_count):
            return self.back(request, person, _("The second factor is removed."))

        return self.act(request, person, _("Remove second factor"), lead, _("Remove second factor"), service, done)

    def erase(self, request, pk):
        """Erase a person who asked for it in another way than on her own page."""
        person = self.person_to_change(request, pk)
        lead = _(
            "%(name)s can no longer sign in from this moment. Name, addresses, notes, letters and statements are deleted "
            "within minutes; what was read and answered stays as numbers. This cannot be undone."
        ) % {"name": person}

        def service(reason):
            return services.ask_erasure(user=person, actor=request.user, reason=reason)

        def done(_nothing):
            return self.back(request, person, _("The person is being erased."))

        return self.act(request, person, _("Erase this person"), lead, _("Erase for good"), service, done)


def preview(keep: User, other: User | None) -> list[dict]:
    """Return what a merge would do, as [{"name", "lines"}] with the apps' names. Raises: DomainError."""
    if other is None:
        raise DomainError(_("No account has this address."), field="email")
    found = services.preview_merge(keep, other)
    return [{"name": capfirst(apps.get_app_config(name).verbose_name), "lines": lines} for name, lines in found]


def told(person: User, token: str) -> dict:
    """Return the link's address, and words in the person's language to send along with it."""
    with override(person.language):
        url = settings.SITE_URL + reverse("accounts:sign_in_link", args=[token])
        words = _(
            "Hello %(name)s, this link signs you in to Financing Decent Work once, within 24 hours: %(url)s "
            "Please open it yourself and do not pass it on."
        ) % {"name": person.get_short_name(), "url": url}
    return {"link": url, "words": words}
