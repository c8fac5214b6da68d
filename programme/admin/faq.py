"""Questions, answers, and what readers said of them."""

from django.contrib import admin
from django.db.models import Count, Q
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.admin import ReadOnlyAdmin, each_language
from programme.admin.base import PublishedAdmin
from programme.admin.vocabularies import CodedTermAdmin
from programme.models import FaqEntry, FaqTopic, FaqVote


@admin.register(FaqTopic)
class FaqTopicAdmin(CodedTermAdmin):
    pass


@admin.register(FaqEntry)
class FaqEntryAdmin(PublishedAdmin):
    list_display = ["__str__", "topic", "state", "helped", "not_yet", "languages"]
    list_filter = ["state", "topic"]
    list_select_related = ["topic"]
    list_per_page = 50
    search_fields = ["slug", *each_language("question")]
    prepopulated_fields = {"slug": ["question_en"]}
    readonly_fields = ["state", "preview", "votes_of"]
    rows = {"answer": 12}
    fieldsets = [
        PublishedAdmin.standing,
        (_("Place"), {"fields": [("topic", "position"), ("slug", "source_language")]}),
        (_("Texts"), {"fields": [each_language("question"), each_language("answer")]}),
        (_("Readers"), {"fields": ["votes_of"]}),
    ]

    def get_queryset(self, request):
        counts = {name: Count("votes", filter=Q(votes__helpful=said)) for name, said in (("yes", True), ("no", False))}
        return super().get_queryset(request).annotate(**counts)

    @admin.display(description=_("it helped"), ordering="yes")
    def helped(self, entry):
        return entry.yes

    @admin.display(description=pgettext_lazy("an answer helped", "not yet"), ordering="no")
    def not_yet(self, entry):
        return entry.no

    @admin.display(description=_("“was this helpful?”"))
    def votes_of(self, entry):
        """Return the counts, with a link to the remarks."""
        if entry.pk is None:
            return "–"
        url = f"{reverse('admin:programme_faqvote_changelist')}?entry__id__exact={entry.pk}"
        words = _("%(yes)d yes, %(no)d not yet") % {"yes": entry.yes, "no": entry.no}
        return format_html('<a href="{}">{}</a>', url, words)


class HasRemark(admin.SimpleListFilter):
    title = _("remark")
    parameter_name = "said"

    def lookups(self, request, model_admin):
        return [("yes", _("With a remark")), ("no", _("Without"))]

    def queryset(self, request, queryset):
        return {"yes": queryset.exclude(remark=""), "no": queryset.filter(remark="")}.get(self.value(), queryset)


@admin.register(FaqVote)
class FaqVoteAdmin(ReadOnlyAdmin):
    """What readers said, without their names."""

    list_display = ["at", "entry", "helpful", "language", "remark"]
    list_display_links = ["at"]
    list_filter = ["helpful", HasRemark, "language"]
    list_select_related = ["entry"]
    list_per_page = 50
    fields = ["at", "entry", "helpful", "language", "remark"]

    def lookup_allowed(self, lookup, value, request=None):
        return lookup == "entry__id__exact" or super().lookup_allowed(lookup, value, request)
