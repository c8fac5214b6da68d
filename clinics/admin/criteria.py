"""What countries and applicants are weighed by: texts in three languages, weight and order."""

from django.contrib import admin

from clinics.models import CandidateScore, Criterion, ReviewScore
from core.admin import TranslatedAdmin, each_language


@admin.register(Criterion)
class CriterionAdmin(TranslatedAdmin):
    """One that has given points stays: its weight may change, its going would change what was decided."""

    list_display = ["__str__", "purpose", "edition", "weight", "position", "languages"]
    list_select_related = ["edition"]
    list_filter = ["purpose"]
    list_per_page = 50
    search_fields = [*each_language("name"), "code", "edition__slug"]
    fields = ["edition", "purpose", "code", "weight", "position", *map(each_language, ("name", "description"))]
    autocomplete_fields = ["edition"]
    rows = {"description": 3}

    def lookup_allowed(self, lookup, value, request=None):
        return lookup == "edition__id__exact" or super().lookup_allowed(lookup, value, request)

    def get_readonly_fields(self, request, obj=None):
        return ["edition", "purpose", "code"] if obj else []

    def get_actions(self, request):
        found = super().get_actions(request)
        found.pop("delete_selected", None)
        return found

    def has_delete_permission(self, request, obj=None):
        """Say whether a criterion may go: only while nothing was judged by it."""
        return super().has_delete_permission(request, obj) and not (obj and judged_by(obj))


def judged_by(criterion: Criterion) -> bool:
    """Say whether points were given by a criterion. Queries: 2 at most."""
    return any(rows.objects.filter(criterion=criterion).exists() for rows in (CandidateScore, ReviewScore))
