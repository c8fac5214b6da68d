"""What the administration of all published texts shares: publish, back to draft, look at it as readers do."""

from csp.constants import SELF
from csp.decorators import csp_replace
from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import translation
from django.utils.html import format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from core import preview
from core.admin import TranslatedAdmin, TranslatedForm
from core.errors import DomainError
from programme.services.publishing import missed_by_readers, publish, unpublish


class PublishedForm(TranslatedForm):
    """Refuses to leave readers of a published text without one of its languages."""

    fallback_languages = forms.MultipleChoiceField(
        label=_("Languages that may show the source"),
        required=False,
        choices=settings.LANGUAGES,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Such a language may be published incomplete: readers see the source text, marked as such."),
    )

    def _post_clean(self):
        super()._post_clean()
        for code, fields in missed_by_readers(self.instance, own=True).items():
            text = _("Readers see this. Write it in %(language)s, or mark that language below, or take it back to draft first.")
            words = text % {"language": dict(settings.LANGUAGES)[code]}
            for name in (f"{field}_{code}" for field in fields):
                if name not in self.errors:
                    self.add_error(name if name in self.fields else None, words)


class PublishedAdmin(TranslatedAdmin):
    """A text or record that staff publish: `state` changes by the actions alone, which refuse what is incomplete."""

    form = PublishedForm
    change_form_template = "admin/programme/change_form.html"
    actions = ["publish", "back_to_draft", "confirm_translations"]
    readonly_fields = ["state", "preview"]
    standing = (None, {"fields": [("state", "preview"), ("audience", "fallback_languages")]})
    view_on_site = False  # the preview leads there, drafts too
    lasting = ("slug", "code")  # stand in addresses: fixed once readers have seen them

    def get_readonly_fields(self, request, obj=None):
        known = {field.name for field in self.opts.get_fields()}
        fixed = [name for name in self.lasting if name in known] if obj and obj.published_at else []
        return [*super().get_readonly_fields(request, obj), *fixed]

    def get_prepopulated_fields(self, request, obj=None):
        return {} if obj else super().get_prepopulated_fields(request, obj)

    def has_publish_permission(self, request) -> bool:
        return self.has_change_permission(request)

    def get_urls(self):
        view, framing = self.admin_site.admin_view, csp_replace({"frame-src": [SELF]})
        return [
            path("<n:pk>/publish/", view(require_POST(self.publish_one)), name=self.url_name("publish")),
            path("<n:pk>/draft/", view(require_POST(self.draft_one)), name=self.url_name("draft")),
            path("<n:pk>/preview/", view(framing(require_safe(self.preview_page))), name=self.url_name("preview")),
            *super().get_urls(),
        ]

    def url_name(self, act: str) -> str:
        """Return the name of one of the model's pages, such as "programme_page_publish"."""
        return f"{self.opts.app_label}_{self.opts.model_name}_{act}"

    def url_of(self, act: str, pk: int) -> str:
        """Return the address of one of a row's pages."""
        return reverse(f"admin:{self.url_name(act)}", args=[pk])

    def row_to(self, request, pk: int, allowed: bool):
        """Return a row, or 404 or 403."""
        row = get_object_or_404(self.model._default_manager.all(), pk=pk)
        if not allowed:
            raise PermissionDenied
        return row

    # The page of one row ------------------------------------------------------------------------
    def change_view(self, request, object_id, form_url="", extra_context=None):
        extra = {"may_publish": self.has_publish_permission(request), "published_urls": {}}
        if object_id.isascii() and object_id.isdigit() and len(object_id) < 19:
            acts = ["publish", "draft", *(["preview"] if hasattr(self.model, "get_absolute_url") else [])]
            extra["published_urls"] = {act: self.url_of(act, int(object_id)) for act in acts}
        return super().change_view(request, object_id, form_url, extra | (extra_context or {}))

    def publish_one(self, request, pk):
        self.publish(request, [self.row_to(request, pk, self.has_publish_permission(request))])
        return redirect(self.url_of("change", pk))

    def draft_one(self, request, pk):
        self.back_to_draft(request, [self.row_to(request, pk, self.has_publish_permission(request))])
        return redirect(self.url_of("change", pk))

    def preview_page(self, request, pk):
        """The real page as its readers see it, in a language and at a width."""
        row = self.row_to(request, pk, self.has_view_permission(request))
        here = preview.chosen(request.GET, translation.get_language()[:2])
        with translation.override(here["language"]):
            address = preview.preview_address(row.get_absolute_url())
        title = gettext("Preview: %(name)s") % {"name": row}
        context = {"title": title, "opts": self.opts, "row": row, "back": self.url_of("change", pk), "address": address}
        context |= {"tabs": preview.tabs(here), "width": here["width"], "height": preview.HEIGHT}
        return TemplateResponse(request, "admin/programme/preview.html", self.admin_site.each_context(request) | context)

    @admin.display(description=_("look at it"))
    def preview(self, obj):
        """Return links to the page in each language, as readers see it."""
        if obj.pk is None or not hasattr(obj, "get_absolute_url"):
            return "–"
        links = []
        for code, name in settings.LANGUAGES:
            with translation.override(code):
                links.append((preview.preview_address(obj.get_absolute_url()), code, name))
        return format_html_join(" · ", '<a href="{}" lang="{}">{}</a>', links)

    def save_related(self, request, form, formsets, change):
        """Say what readers miss when parts of a published row, edited with it, lack a language."""
        super().save_related(request, form, formsets, change)
        if codes := ", ".join(code.upper() for code in missed_by_readers(form.instance)):
            text = _("“%(name)s” is published, and readers miss texts in: %(languages)s.")
            messages.warning(request, text % {"name": form.instance, "languages": codes})

    # Publishing ---------------------------------------------------------------------------------
    @admin.action(description=_("Publish"), permissions=["publish"])
    def publish(self, request, queryset):
        for obj in queryset:
            try:
                publish(obj=obj, actor=request.user)
            except DomainError as refusal:
                text = _("“%(name)s” was not published. %(reason)s") % {"name": obj, "reason": refusal.message}
                messages.error(request, text)
            else:
                self.log_change(request, obj, [{"changed": {"fields": ["state"]}}])
                messages.success(request, _("“%(name)s” is published.") % {"name": obj})

    @admin.action(description=_("Back to draft"), permissions=["publish"])
    def back_to_draft(self, request, queryset):
        for obj in queryset:
            unpublish(obj=obj, actor=request.user)
            self.log_change(request, obj, [{"changed": {"fields": ["state"]}}])
            messages.success(request, _("“%(name)s” is a draft again; readers no longer see it.") % {"name": obj})
