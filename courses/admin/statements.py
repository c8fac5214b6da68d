"""Statements of completion on the desk: looked at, withdrawn, issued anew. Each act is a page with a reason."""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from core.admin import ReadOnlyAdmin
from core.errors import DomainError
from courses.models import Statement
from courses.services.statements import reissue_statement, withdraw_statement


class WithdrawForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        max_length=300,
        help_text=_("Whoever verifies the number reads it. Say nothing here that others must not know."),
        widget=forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"}),
    )


class ReissueForm(WithdrawForm):
    name = forms.CharField(
        label=_("Name on the new statement"), max_length=200, widget=forms.TextInput(attrs={"class": "vTextField"})
    )
    field_order = ["name", "reason"]


class StandingFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request, model_admin):
        return [("valid", pgettext_lazy("statement", "Valid")), ("withdrawn", pgettext_lazy("statement", "Withdrawn"))]

    def queryset(self, request, queryset):
        return queryset.filter(withdrawn_at__isnull=self.value() == "valid") if self.value() else queryset


@admin.register(Statement)
class StatementAdmin(ReadOnlyAdmin):
    """What was issued to whom; a number is withdrawn, never deleted."""

    list_display = ["number", "name", "title", "issued_at", "withdrawn_at"]
    list_filter = ["module", StandingFilter]
    list_per_page = 50
    list_select_related = ["user"]
    search_fields = ["number", "name", "user__email"]
    search_help_text = _("Number, name or e-mail address.")
    fields = [
        "number", "page", "name", "user", "module", "title", "minutes", "score", "completed_on", "issued_at", "withdrawn_at",
        "withdrawn_because",
    ]  # fmt: skip
    readonly_fields = ["page", "title"]

    @admin.display(description=_("module as it was called"))
    def title(self, statement):
        return statement.title(get_language())

    @admin.display(description=_("public page"))
    def page(self, statement):
        return format_html('<a href="{0}">{0}</a>', statement.get_absolute_url())

    def may_act(self, request) -> bool:
        """Say whether this member of staff may withdraw and issue anew."""
        return request.user.has_perm("courses.change_statement")

    def change_view(self, request, object_id, form_url="", extra_context=None):
        acts = []
        if object_id.isdecimal() and self.may_act(request):
            own = Statement.objects.filter(pk=object_id[:18])
            acts = [("reissue", _("Issue anew"))]
            if own.filter(withdrawn_at=None).exists():
                acts.append(("withdraw", _("Withdraw")))
        links = [{"url": reverse(f"admin:courses_statement_{act}", args=[object_id]), "label": label} for act, label in acts]
        return super().change_view(request, object_id, form_url, {"acts": links} | (extra_context or {}))

    def get_urls(self):
        view = self.admin_site.admin_view
        return [
            path("<n:pk>/withdraw/", view(self.withdraw), name="courses_statement_withdraw"),
            path("<n:pk>/reissue/", view(self.reissue), name="courses_statement_reissue"),
            *super().get_urls(),
        ]

    def withdraw(self, request, pk):
        """Withdraw a statement, with the reason that its page will show."""
        statement, form = self._asked(request, pk), WithdrawForm(request.POST or None)
        if form.is_valid():
            try:
                withdraw_statement(statement=statement, actor=request.user, **form.cleaned_data)
            except DomainError as refusal:
                form.add_error(refusal.field, refusal.message)
            else:
                messages.success(request, _("The statement is withdrawn. Its page says so from now on."))
                return redirect("admin:courses_statement_change", pk)
        return self._page(request, _("Withdraw the statement"), statement, form)

    def reissue(self, request, pk):
        """Issue a statement anew under a corrected name; the old number is withdrawn."""
        statement = self._asked(request, pk)
        form = ReissueForm(request.POST or None, initial={"name": statement.name})
        if form.is_valid():
            try:
                fresh = reissue_statement(statement=statement, actor=request.user, **form.cleaned_data)
            except DomainError as refusal:
                form.add_error(refusal.field, refusal.message)
            else:
                messages.success(request, _("The new statement has the number %(number)s.") % {"number": fresh.number})
                return redirect("admin:courses_statement_change", fresh.pk)
        return self._page(request, _("Issue the statement anew"), statement, form)

    def _asked(self, request, pk: int) -> Statement:
        if not self.may_act(request):
            raise PermissionDenied
        return get_object_or_404(Statement, pk=pk)

    def _page(self, request, title, statement: Statement, form):
        context = self.admin_site.each_context(request)
        context |= {"title": title, "statement": statement, "form": form, "opts": self.opts}
        return TemplateResponse(request, "admin/courses/statement/act.html", context, status=400 if form.errors else 200)
