"""The mailbox: the queue of what waits, and answers kept ready."""

from django.contrib import admin
from django.utils import timezone
from django.utils.html import format_html
from django.utils.timesince import timesince, timeuntil
from django.utils.translation import gettext_lazy as _

from core.admin import ReadOnlyAdmin, each_language
from programme.admin.answering import AnswerPages
from programme.admin.vocabularies import CodedTermAdmin
from programme.enums import EnquiryState
from programme.models import CannedAnswer, Enquiry
from programme.models.mailbox import WAITING
from programme.services.mailbox import mailboxes


class QueueFilter(admin.SimpleListFilter):
    """What waits, unless another state is asked for, or something is searched: then all of it."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request, model_admin):
        return [*EnquiryState.choices, ("all", _("All"))]

    def choices(self, changelist):
        first, *others = super().choices(changelist)
        yield first | {"display": _("Waits for an answer")}
        yield from others

    def queryset(self, request, queryset):
        if self.value() in EnquiryState.values:
            return queryset.filter(state=self.value())
        if self.value() == "all" or request.GET.get("q"):
            return queryset
        return queryset.filter(state__in=WAITING)


class DueFilter(admin.SimpleListFilter):
    title = _("due")
    parameter_name = "due"

    def lookups(self, request, model_admin):
        return [("overdue", _("Overdue")), ("later", _("Not yet due"))]

    def queryset(self, request, queryset):
        now = timezone.now()
        if self.value() == "overdue":
            return queryset.filter(state__in=WAITING, due_at__lt=now)
        return queryset.filter(due_at__gte=now) if self.value() == "later" else queryset


class AssigneeFilter(admin.SimpleListFilter):
    title = _("assigned to")
    parameter_name = "assignee"

    def lookups(self, request, model_admin):
        return [("me", _("Me")), ("nobody", _("Nobody")), ("others", _("Others"))]

    def queryset(self, request, queryset):
        if self.value() == "me":
            return queryset.filter(assignee=request.user)
        if self.value() == "nobody":
            return queryset.filter(assignee=None)
        if self.value() == "others":
            return queryset.exclude(assignee=None).exclude(assignee=request.user)
        return queryset


class MailboxFilter(admin.SimpleListFilter):
    title = _("mailbox")
    parameter_name = "mailbox"

    def lookups(self, request, model_admin):
        return mailboxes(request.user)

    def queryset(self, request, queryset):
        return queryset.filter(mailbox=self.value()) if self.value() else queryset


@admin.register(Enquiry)
class EnquiryAdmin(AnswerPages, ReadOnlyAdmin):
    """Mail of anyone: found by reference, address or subject, answered on its page. Nothing here is edited by hand."""

    list_display = ["subject_shown", "reference", "writer", "state", "due", "age", "assignee", "language", "mailbox"]
    list_display_links = ["subject_shown", "reference"]
    list_filter = [QueueFilter, DueFilter, AssigneeFilter, "language", MailboxFilter]
    list_per_page = 50
    list_select_related = ["assignee"]
    search_fields = ["reference__istartswith", "email__istartswith", "subject", "name"]
    search_help_text = _("Reference, address, name or subject; all states are searched.")

    def get_queryset(self, request):
        return super().get_queryset(request).with_waiting_since()

    def changelist_view(self, request, extra_context=None):
        return super().changelist_view(request, {"title": _("Mailbox")} | (extra_context or {}))

    def get_ordering(self, request):
        """What waits stands by when it is due; anything else by when it came, newest first."""
        elsewhere = request.GET.get("state") in [*EnquiryState.values, "all"] or request.GET.get("q")
        return ["-pk"] if elsewhere else ["due_at", "pk"]

    @admin.display(description=_("subject"), ordering="subject")
    def subject_shown(self, enquiry):
        return format_html("<bdi>{}</bdi>", enquiry.subject)

    @admin.display(description=_("writer"), ordering="email")
    def writer(self, enquiry):
        return format_html("<bdi>{}</bdi>", enquiry.name or enquiry.email)

    @admin.display(description=_("since"), ordering="created_at")
    def age(self, enquiry):
        """Return for how long the writer's last message has stood there."""
        return timesince(enquiry.waiting_since or enquiry.created_at, depth=1)

    @admin.display(description=_("due"), ordering="due_at")
    def due(self, enquiry):
        """Return how long there is, or since when it is too late: in words, and in colour besides."""
        if not enquiry.waits:
            return "–"
        if enquiry.is_overdue:
            return format_html(
                '<span class="care">{}</span>', _("overdue: %(age)s") % {"age": timesince(enquiry.due_at, depth=1)}
            )
        return _("in %(time)s") % {"time": timeuntil(enquiry.due_at, depth=1)}


@admin.register(CannedAnswer)
class CannedAnswerAdmin(CodedTermAdmin):
    """Answers kept ready. {name} and {reference} are filled in when one is used."""

    rows = {"body": 12}
    fieldsets = [
        (None, {"fields": [each_language("name"), ("code", "position"), "source_language"]}),
        (_("Text; {name} and {reference} are filled in"), {"fields": [each_language("body")]}),
    ]
