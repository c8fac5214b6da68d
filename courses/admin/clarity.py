"""What was clear and what was not, without the names of those who said so."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from core.admin import ReadOnlyAdmin
from courses.models import Clarity


class HasRemark(admin.SimpleListFilter):
    title = _("remark")
    parameter_name = "said"

    def lookups(self, request, model_admin):
        return [("yes", _("With a remark")), ("no", _("Without"))]

    def queryset(self, request, queryset):
        return {"yes": queryset.exclude(remark=""), "no": queryset.filter(remark="")}.get(self.value(), queryset)


@admin.register(Clarity)
class ClarityAdmin(ReadOnlyAdmin):
    list_display = ["unit", "language", "is_clear", "remark", "at"]
    list_filter = ["is_clear", HasRemark, "language", "at", "unit__module"]
    list_select_related = ["unit__module"]
    list_per_page = 50
    search_fields = ["remark"]
    fields = ["unit", "language", "is_clear", "remark", "at"]  # the person is left out
    ordering = ["-at"]
