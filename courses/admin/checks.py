"""What a knowledge check asks, edited on its unit's page."""

from django.contrib import admin, messages
from django.db.models import Max
from django.forms import BaseInlineFormSet
from django.utils.translation import gettext_lazy as _

from courses.models import CheckItem, Unit
from courses.services.bank import freeze_asked
from courses.services.publishing import asks_too_little


class ItemFormSet(BaseInlineFormSet):
    """A new line stands last."""

    def __init__(self, *args, **kwargs):
        instance = kwargs.get("instance")
        last = instance.items.aggregate(last=Max("position"))["last"] if instance and instance.pk else 0
        super().__init__(*args, **kwargs | {"initial": [{"position": (last or 0) + 1}]})


class CheckItemInline(admin.StackedInline):
    model = CheckItem
    formset = ItemFormSet
    verbose_name_plural = _("What it asks: a certain question, or so many at random from a tag")
    fields = [("position", "question", "tag", "count")]
    ordering = ["position"]
    autocomplete_fields = ["question", "tag"]
    extra = 1

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        """Offer to open and to add, not to delete from here: another module may ask it too."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name in ("question", "tag"):
            field.widget.can_delete_related = field.widget.can_view_related = False
        return field

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("question", "tag")


def keep_asking(request, unit: Unit) -> None:
    """Freeze what a published check asks, and say what it cannot ask. Queries: grow with the questions (a staff act)."""
    for reason in freeze_asked(unit=unit):
        messages.error(request, _("Not asked yet. %(reason)s") % {"reason": reason})
    if reason := asks_too_little(unit):
        messages.warning(request, reason)
