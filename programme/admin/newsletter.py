"""The newsletter: issues with their letter in every language, sending, and who gets it."""

from csp.constants import SELF
from csp.decorators import csp_replace
from django.conf import settings
from django.contrib import admin, messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import translation
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from core import preview
from core.admin import ReadOnlyAdmin, each_language
from core.errors import DomainError
from core.preview import preview_address, previewable
from programme import bulletin
from programme.admin.base import PublishedAdmin
from programme.models import Newsletter, Subscription
from programme.services import newsletter as services


@admin.register(Newsletter)
class NewsletterAdmin(PublishedAdmin):
    change_form_template = "admin/programme/newsletter/change_form.html"
    list_display = ["__str__", "state", "published_at", "sent_at", "languages"]
    list_filter = ["state"]
    list_per_page = 50
    search_fields = ["slug", *each_language("title")]
    prepopulated_fields = {"slug": ["title_en"]}
    readonly_fields = ["state", "preview", "sent_at"]
    rows = {"body": 24}
    fieldsets = [
        PublishedAdmin.standing,
        (None, {"fields": [("slug", "source_language"), "sent_at"]}),
        (_("Texts"), {"fields": [each_language("title"), each_language("body")]}),
    ]

    def get_urls(self):
        view = self.admin_site.admin_view
        sending = csp_replace({"frame-src": [SELF]})(require_http_methods(["GET", "HEAD", "POST"])(self.send_page))
        return [
            path("<n:pk>/send/", view(sending), name=self.url_name("send")),
            path("<n:pk>/letter/<slug:language>/", view(previewable(require_safe(self.letter))), name=self.url_name("letter")),
            *super().get_urls(),
        ]

    def has_send_permission(self, request) -> bool:
        return self.has_publish_permission(request)

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        context["send_url"] = self.url_of("send", obj.pk) if obj else ""
        return super().render_change_form(request, context, add, change, form_url, obj)

    def send_page(self, request, pk):
        """The letter in each language; one press sends it to all who have confirmed."""
        row, refusal = self.row_to(request, pk, self.has_view_permission(request)), ""
        if request.method == "POST":
            self.row_to(request, pk, self.has_send_permission(request))
            try:
                job = services.send_newsletter(newsletter=row, actor=request.user)
            except DomainError as said:
                refusal = said.message
            else:
                self.log_change(request, row, [{"changed": {"fields": ["sent_at"]}}])
                self.say_sent(request, row, job)
                return redirect(self.url_of("send", pk))
        return self.desk_page(request, row, refusal)

    def say_sent(self, request, row, job) -> None:
        link = format_html('<a href="{}">{}</a>', job.get_absolute_url(), gettext("how far it is"))
        text = gettext("“%(name)s” is being sent.") % {"name": row}
        messages.success(request, format_html("{} {}", text, link))

    def desk_page(self, request, row, refusal):
        here = preview.chosen(request.GET, translation.get_language()[:2])
        letter, counts = bulletin.preview(row, here["language"]), services.recipients()
        context = {
            "title": gettext("Letter and sending: %(name)s") % {"name": row},
            "opts": self.opts,
            "row": row,
            "back": self.url_of("change", row.pk),
            "tabs": preview.tabs(here),
            "width": here["width"],
            "height": preview.HEIGHT,
            "address": preview_address(reverse(f"admin:{self.url_name('letter')}", args=[row.pk, here["language"]])),
            "subject": letter.subject,
            "text": letter.text,
            "counts": [(name, counts[code]) for code, name in settings.LANGUAGES if code in counts],
            "total": sum(counts.values()),
            "may_send": self.has_send_permission(request),
            "refusal": refusal,
        }
        page = "admin/programme/newsletter/send.html"
        status = 400 if refusal else 200
        return TemplateResponse(request, page, self.admin_site.each_context(request) | context, status=status)

    def letter(self, request, pk, language):
        """The HTML of the letter alone, for the frame."""
        row = self.row_to(request, pk, self.has_view_permission(request))
        code = language if language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
        return HttpResponse(bulletin.preview(row, code).html)


@admin.register(Subscription)
class SubscriptionAdmin(ReadOnlyAdmin):
    """Who asked for the newsletter and who confirmed; staff may end one for somebody who asks them to."""

    list_display = ["email", "language", "state", "asked_at", "confirmed_at", "ended_at"]
    list_filter = ["state", "language"]
    list_per_page = 50
    search_fields = ["email__exact"]
    search_help_text = _("The whole address, in small letters.")
    fields = ["email", "language", "user", "state", "asked_at", "confirmed_at", "ended_at"]
    actions = ["end"]

    def has_end_permission(self, request) -> bool:
        return request.user.has_perm("programme.change_subscription")

    @admin.action(description=_("End, for somebody who asked us to"), permissions=["end"])
    def end(self, request, queryset):
        rows = list(queryset)
        for row in rows:
            services.end(subscription=row, actor=request.user)
        text = ngettext("%(n)d subscription is ended.", "%(n)d subscriptions are ended.", len(rows)) % {"n": len(rows)}
        messages.success(request, text)
