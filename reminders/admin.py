from django.contrib import admin
from django.contrib.auth import get_user_model
from django.utils.translation import gettext_lazy as _

from core import registry
from core.admin import ReadOnlyAdmin
from reminders.models import Letter

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

    list_display = ["__str__", "recipient", "kind", "channel", "state", "due_at", "sent_at"]
    list_filter = ["state", KindFilter, "channel"]
    list_select_related = ["recipient"]
    list_per_page = 50
    search_fields = ["recipient__email"]
    search_help_text = _("An e-mail address, or part of one.")
    fieldsets = [
        (None, {"fields": ["recipient", "kind", "channel", "state", "reason", "attempts"]}),
        (_("When"), {"fields": ["created_at", "due_at", "lease_until", "sent_at", "read_at"]}),
        (_("What was said"), {"fields": ["language", "subject", "text", "url"]}),
        (_("What it is about"), {"fields": ["target", "occurrence"]}),
    ]

    def get_search_results(self, request, queryset, search_term):
        """Find people first, then their letters by index: a join would read the whole ledger."""
        if not search_term.strip():
            return queryset, False
        people = get_user_model().objects.filter(email__icontains=search_term.strip()).values_list("pk", flat=True)
        return queryset.filter(recipient__in=list(people[:MOST_PEOPLE])), False
