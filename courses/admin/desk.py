"""The editor's desk: order, copies, previews, retiring. Beside the forms of modules and units, each a page of its own."""

import functools

from csp.constants import SELF
from csp.decorators import csp_replace
from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_safe

from core import preview
from core.errors import DomainError
from core.translations import LANGUAGES
from courses.admin.base import change_url
from courses.enums import ModuleState
from courses.models import Module, Unit
from courses.services import editing, retiring


class DuplicateForm(forms.Form):
    slug = forms.SlugField(
        label=gettext_lazy("Address of the copy"),
        max_length=80,
        help_text=gettext_lazy("Small letters, digits and hyphens. It can be changed later."),
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )


class RetireForm(forms.Form):
    """Why a module or unit goes, and where its readers are led."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=500,
        help_text=gettext_lazy("It stays in the log."),
        widget=forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"}),
    )

    def __init__(self, *args, others, field: str, label: str, empty: str, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields[field] = forms.ModelChoiceField(others, label=label, required=False, empty_label=empty)


def numbers(data, prefix: str) -> dict[int, int]:
    """Return {pk: number} of the fields "place-12" that hold a whole number; anything else counts as untouched."""
    found = {}
    for name, value in data.items():
        pk = name.removeprefix(prefix)
        if name != pk and _is_small(pk) and _is_small(value.strip()):
            found[int(pk)] = int(value)
    return found


def _is_small(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10


def order_asked(rows: list, data) -> tuple[list[int], str]:
    """Return the order that a form asks for, and the button to come back to: numbers first, then one step up or down."""
    order = editing.order_typed(rows, numbers(data, "place-"))
    for name, step in (("up", -1), ("down", 1)):
        if _is_small(data.get(name, "")) and int(data[name]) in order:
            return editing.moved(order, int(data[name]), step), f"{name}-{data[name]}"
    return order, ""


class DeskPages:
    """What the desk's pages share, for an admin of modules or units."""

    def desk_page(self, request, template: str, title, *, status: int = 200, **context):
        base = self.admin_site.each_context(request) | {"title": title, "opts": self.model._meta}
        return TemplateResponse(request, template, base | context, status=status)

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        """Tell the page into which languages its object is translated."""
        context["translate_into"] = [code for code in LANGUAGES if obj and code != obj.source_language]
        return super().render_change_form(request, context, add, change, form_url, obj)

    def row_to(self, request, pk: int, right: str = "change"):
        """Return a row for somebody who may view, change or publish it, or 404 or 403."""
        row = get_object_or_404(self.model._default_manager.all(), pk=pk)
        allowed = {"view": self.has_view_permission, "change": self.has_change_permission}[right]
        if not allowed(request, row):
            raise PermissionDenied
        return row

    def retire_page(self, request, row, form: RetireForm, act, lead: str):
        """Ask for the reason, and retire; a refusal stands beside its field."""
        if request.method == "POST" and form.is_valid():
            try:
                act(form.cleaned_data)
            except DomainError as refusal:
                form.add_error(refusal.field, refusal.message)
            else:
                self.log_change(request, row, [{"changed": {"fields": ["state"]}}])
                messages.success(request, _("“%(name)s” is retired; its address leads on.") % {"name": row})
                return redirect(change_url(row))
        title = _("Retire “%(name)s”") % {"name": row}
        status = 400 if form.is_bound else 200
        return self.desk_page(
            request, "admin/courses/retire.html", title, status=status, form=form, row=row, lead=lead, back=change_url(row)
        )


class ModuleDesk(DeskPages):
    """For the admin of modules."""

    def get_urls(self):
        view = self.admin_site.admin_view
        change = require_http_methods(["GET", "HEAD", "POST"])
        framing = csp_replace({"frame-src": [SELF]})
        return [
            path("order/", view(change(self.order_modules)), name="courses_module_order"),
            path("<n:pk>/order/", view(change(self.order_units)), name="courses_module_units"),
            path("<n:pk>/duplicate/", view(change(self.duplicate)), name="courses_module_duplicate"),
            path("<n:pk>/retire/", view(change(self.retire)), name="courses_module_retire"),
            path("<n:pk>/bring-back/", view(change(self.bring_back)), name="courses_module_bring_back"),
            path("<n:pk>/preview/", view(framing(require_safe(self.preview_page))), name="courses_module_preview"),
            *super().get_urls(),
        ]

    # Order --------------------------------------------------------------------------------------
    def order_units(self, request, pk):
        """The units of a module in order: a number beside each, and buttons one step up and down."""
        module = self.row_to(request, pk)
        rows = list(module.units.standing())
        save = functools.partial(editing.reorder_units, module=module)
        return self.order_page(request, rows, save, _("Order of the units"), module)

    def order_modules(self, request):
        """The catalogue in order."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        return self.order_page(request, list(Module.objects.all()), editing.reorder_modules, _("Order of the catalogue"))

    def order_page(self, request, rows: list, save, title: str, module: Module | None = None):
        if request.method == "POST":
            order, button = order_asked(rows, request.POST)
            try:
                moved = save(order=order)
            except DomainError as refusal:
                messages.error(request, refusal.message)
            else:
                text = ngettext("The order is saved: %(n)d moved.", "The order is saved: %(n)d moved.", moved)
                messages.success(request, text % {"n": moved})
            return HttpResponseRedirect(f"{request.path}?at={button}#{button}" if button else request.path)
        for row in rows:
            row.up_id, row.down_id = f"up-{row.pk}", f"down-{row.pk}"
        back = change_url(module) if module else ""
        at = request.GET.get("at", "")
        return self.desk_page(request, "admin/courses/order.html", title, rows=rows, module=module, back=back, at=at)

    # Copies and retiring ------------------------------------------------------------------------
    def duplicate(self, request, pk):
        """Begin a new module as a copy of this one."""
        module = self.row_to(request, pk)
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = DuplicateForm(request.POST or None, initial={"slug": f"{module.slug[:74]}-copy"})
        if request.method == "POST" and form.is_valid():
            try:
                made = editing.duplicate_module(module=module, slug=form.cleaned_data["slug"], actor=request.user)
            except DomainError as refusal:
                form.add_error(refusal.field, refusal.message)
            else:
                self.log_addition(request, made, [{"added": {}}])
                messages.success(request, _("This is the copy: a draft that readers do not see."))
                return redirect(change_url(made))
        title = _("Duplicate “%(name)s”") % {"name": module}
        return self.desk_page(
            request,
            "admin/courses/duplicate.html",
            title,
            status=400 if form.is_bound else 200,
            form=form,
            module=module,
            back=change_url(module),
        )

    def retire(self, request, pk):
        """Take a module out of the catalogue, with a reason."""
        module = self.row_to_publish(request, pk)
        others = Module.objects.filter(state=ModuleState.PUBLISHED).exclude(pk=module.pk)
        form = RetireForm(
            request.POST or None, others=others, field="replaced_by", label=_("Replaced by"), empty=_("Nothing: a note says so")
        )
        act = lambda data: retiring.retire_module(module=module, actor=request.user, **data)  # noqa: E731
        lead = _("Readers no longer find it in the catalogue. What they did in it, and their statements, stay.")
        return self.retire_page(request, module, form, act, lead)

    def bring_back(self, request, pk):
        """Make a retired module a draft again."""
        module = self.row_to_publish(request, pk)
        if request.method == "POST":
            try:
                retiring.bring_back_module(module=module, actor=request.user)
            except DomainError as refusal:
                messages.error(request, refusal.message)
            else:
                self.log_change(request, module, [{"changed": {"fields": ["state"]}}])
                messages.success(request, _("“%(name)s” is a draft again: look at it, then publish it.") % {"name": module})
        return redirect(change_url(module))

    def row_to_publish(self, request, pk: int) -> Module:
        module = self.row_to(request, pk, "view")
        if not self.has_publish_permission(request):
            raise PermissionDenied
        return module

    # Preview ------------------------------------------------------------------------------------
    def preview_page(self, request, pk):
        """The real page as a participant sees it, in a language and at a width."""
        module = self.row_to(request, pk, "view")
        units = list(module.units.standing())
        asked = request.GET.get("unit", "")
        page = next((unit for unit in units if unit.slug == asked), None)
        if asked and page is None:
            raise Http404(asked)
        here = {"unit": asked} | preview.chosen(request.GET, translation.get_language()[:2])
        with translation.override(here["language"]):
            address = preview.preview_address((page or module).get_absolute_url())
        context = {
            "address": address,
            "height": preview.HEIGHT,
            "tabs": preview.tabs(here),
            "units": units,
            "module": module,
            "back": change_url(module),
        } | here
        return self.desk_page(
            request, "admin/courses/preview.html", _("Preview: %(name)s") % {"name": page or module}, **context
        )


class UnitDesk(DeskPages):
    """For the admin of units."""

    def get_urls(self):
        view = self.admin_site.admin_view
        change = require_http_methods(["GET", "HEAD", "POST"])
        return [
            path("<n:pk>/retire/", view(change(self.retire)), name="courses_unit_retire"),
            path("<n:pk>/bring-back/", view(change(self.bring_back)), name="courses_unit_bring_back"),
            path("<n:pk>/preview/", view(require_safe(self.preview_page)), name="courses_unit_preview"),
            *super().get_urls(),
        ]

    def retire(self, request, pk):
        """Take a unit out of its module, with a reason."""
        unit = self.row_to(request, pk)
        others = Unit.objects.standing().filter(module=unit.module).exclude(pk=unit.pk)
        form = RetireForm(
            request.POST or None, others=others, field="successor", label=_("Leads to"), empty=_("The page of the module")
        )
        act = lambda data: retiring.retire_unit(unit=unit, actor=request.user, **data)  # noqa: E731
        lead = _("It no longer counts, and readers no longer find it. What they did in it stays.")
        return self.retire_page(request, unit, form, act, lead)

    def bring_back(self, request, pk):
        """Let a retired unit stand again."""
        unit = self.row_to(request, pk)
        if request.method == "POST":
            try:
                retiring.bring_back_unit(unit=unit, actor=request.user)
            except DomainError as refusal:
                messages.error(request, refusal.message)
            else:
                self.log_change(request, unit, [{"changed": {"fields": ["retired_at"]}}])
                messages.success(request, _("“%(name)s” stands again, last in its module.") % {"name": unit})
        return redirect(change_url(unit))

    def preview_page(self, request, pk):
        unit = self.row_to(request, pk, "view")
        return redirect(f"{reverse('admin:courses_module_preview', args=[unit.module_id])}?unit={unit.slug}")
