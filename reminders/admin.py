from django.contrib import admin, messages
from django.contrib.auth import get_user_model
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from core import registry
from core.admin import ReadOnlyAdmin
from reminders.enums import MailState
from reminders.inbound.services import handle, settle
from reminders.models import InboundMail, Letter

MOST_PEOPLE = 200


class KindFilter(admin.SimpleListFilter):
    """The registered kinds: asking the ledger for its distinct kinds would read all of it."""

    title = _("kind")
    parameter_name = "kind"

    def lookups(self, request, model_admin):
        return [(code, code) for code in registry.letter_kinds.names()]

    def queryset(self, request, queryset):
        return queryset.filter(kind=self.value()) if self.value() else queryset


@admin.register(Letter)
class LetterAdmin(ReadOnlyAdmin):
    """The ledger of everything that was told, and what still waits."""

    list_display = ["__str__", "reader", "kind", "channel", "state", "due_at", "sent_at"]
    list_filter = ["state", KindFilter, "channel"]
    list_select_related = ["recipient"]
    list_per_page = 50
    search_fields = ["recipient__email"]
    search_help_text = _("An e-mail address; of a person with an account, part of one is enough.")
    fieldsets = [
        (None, {"fields": ["recipient", "address", "name", "kind", "channel", "state", "reason", "attempts"]}),
        (_("When"), {"fields": ["created_at", "due_at", "lease_until", "sent_at", "read_at"]}),
        (_("What was said"), {"fields": ["language", "subject", "text", "url"]}),
        (_("What it is about"), {"fields": ["target", "occurrence"]}),
    ]

    @admin.display(description=_("recipient"))
    def reader(self, obj):
        """Return the person, or the address without account."""
        return obj.recipient or obj.address

    def get_search_results(self, request, queryset, search_term):
        """Find people first, then their letters by index: a join would read the whole ledger.

        A whole address also finds the letters to it that needed no account.
        """
        term = search_term.strip()
        if not term:
            return queryset, False
        people = get_user_model().objects.filter(email__icontains=term).values_list("pk", flat=True)
        theirs = queryset.filter(recipient__in=list(people[:MOST_PEOPLE]))
        if "@" not in term:
            return theirs, False
        # Two indexes, each for its half: joined by OR, a database gives up both.
        to_address = Letter.objects.to_addresses([term]).values("pk").order_by()
        return queryset.filter(pk__in=theirs.values("pk").order_by().union(to_address)), False


@admin.register(InboundMail)
class InboundMailAdmin(ReadOnlyAdmin):
    """The mail that came in and what became of it; what failed may be handled once more."""

    list_display = ["__str__", "sender", "to", "state", "handler", "reason", "received_at"]
    list_filter = ["state"]
    list_per_page = 50
    search_fields = ["sender__exact"]
    search_help_text = _("The whole address of a sender, in small letters.")
    fields = ["sender", "to", "subject", "received_at", "state", "handler", "target", "reason", "attempts", "settled_at",
              "mail", "text", "message_id"]  # fmt: skip
    actions = ["handle_again", "settle"]

    @admin.display(description=_("the mail as it came"))
    def mail(self, obj):
        """Return a link to the bytes, for as long as they are kept."""
        if obj.raw is None:
            return _("no longer kept")
        return format_html('<a href="{}">{}</a>', obj.raw.get_absolute_url(), obj.raw.name)

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("raw").defer("text")

    def has_handle_permission(self, request):
        """Say whether this member of staff may set mail going again."""
        return request.user.has_perm("reminders.change_inboundmail")

    @admin.action(description=_("Handle again what failed"), permissions=["handle"])
    def handle_again(self, request, queryset):
        """Try once more what failed; the list then shows how it ended."""
        ids = list(queryset.filter(state__in=[MailState.RECEIVED, MailState.FAILED]).values_list("pk", flat=True))
        for pk in ids:
            handle(pk)
        done = InboundMail.objects.filter(pk__in=ids).exclude(state__in=[MailState.RECEIVED, MailState.FAILED]).count()
        said = ngettext("%(n)d mail is handled.", "%(n)d mails are handled.", done) % {"n": done}
        messages.add_message(request, messages.SUCCESS if done == len(ids) else messages.WARNING, said)

    @admin.action(description=_("Take off the desk what failed or was refused"), permissions=["handle"])
    def settle(self, request, queryset):
        """Say that staff have dealt with it."""
        for mail in queryset:
            settle(mail=mail, actor=request.user)
