"""What the administration of every app shares, and the log of acts."""

from django import forms
from django.contrib import admin, messages
from django.db import models, transaction
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from modeltranslation.admin import TranslationAdmin, TranslationStackedInline
from modeltranslation.translator import translator

from core.changes import content_changed, content_removed
from core.errors import DomainError
from core.jobs import run_again
from core.models import Event, Job
from core.paging import CappedPaginator
from core.translations import LANGUAGES, TranslatedModel

RECENT = 2000


class ReadOnlyAdmin(admin.ModelAdmin):
    """A table that code alone writes: staff look, nobody adds, changes or deletes."""

    paginator = CappedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    actions = None

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


# Texts in three languages -------------------------------------------------------------------------
def each_language(field: str) -> tuple[str, ...]:
    """Return ("title_en", "title_fr", "title_es"): one row of a form, the languages side by side."""
    return tuple(f"{field}_{code}" for code in LANGUAGES)


def changed_texts(obj, form) -> dict[str, list[str]]:
    """Return {language: fields} of the texts of an object that a form changed."""
    fields = translator.get_options_for_model(type(obj)).all_fields
    found = {code: [field for field in fields if f"{field}_{code}" in form.changed_data] for code in LANGUAGES}
    return {code: names for code, names in found.items() if names}


def mark_changed(obj, form) -> None:
    """Remember that the translations edited in a form follow the present source. Does not save.

    Field by field: editing the source, or one translation of one field, leaves all others as they are.
    """
    if isinstance(obj, TranslatedModel):
        for code, names in changed_texts(obj, form).items():
            if code != obj.source_language:
                obj.mark_translated(code, fields=names)


def language_states(obj, parts) -> list[tuple[str, int, bool]]:
    """Return (language, how many texts are missing, whether it is older than its source) over an object's parts."""
    stale = {code for part in parts for code in part.stale()}
    return [(code, sum(len(part.missing(code)) for part in parts), code in stale) for code in LANGUAGES]


class TranslatedForm(forms.ModelForm):
    """Asks for the texts of the source language; the others may follow later."""

    def _post_clean(self):
        super()._post_clean()
        if not isinstance(self.instance, TranslatedModel):
            return
        source = self.instance.source_language
        for field in self.instance.missing(source):
            name = f"{field}_{source}"
            if name in self.fields and name not in self.errors:
                self.add_error(name, _("Write this in the source language first."))


class Lines(forms.Textarea):
    """A text area whose line ends come back as they were stored: browsers send others, which are no change."""

    def value_from_datadict(self, data, files, name):
        value = super().value_from_datadict(data, files, name)
        return value.replace("\r\n", "\n") if isinstance(value, str) else value


class TranslatedFields:
    """Inputs of translated texts: marked with their language, none required but those of the source."""

    form = TranslatedForm

    def patch_translation_field(self, db_field, field, request, **kwargs):
        """Mark an input with its language, and let translations be empty."""
        super().patch_translation_field(db_field, field, request, **kwargs)
        if code := getattr(db_field, "language", None):
            if isinstance(field.widget, forms.Textarea):
                field.widget = Lines(attrs=field.widget.attrs)
            field.widget.attrs["lang"] = code
            if issubclass(self.model, TranslatedModel):
                field.required = False


class TranslatedInline(TranslatedFields, TranslationStackedInline):
    """Parts of an object on its page, their texts in three languages."""

    extra = 0


class TranslatedAdmin(TranslatedFields, TranslationAdmin):
    """Texts in three languages: which are missing, which are older than their source; saving renews visitors' pages."""

    actions = ["confirm_translations"]

    def parts(self, obj) -> list:
        """Return the objects whose texts make this one complete."""
        return [obj]

    @admin.display(description=_("languages"))
    def languages(self, obj):
        """Return "EN ✓ FR older than the source ES 2 missing"."""
        lines = []
        for code, missing, stale in language_states(obj, self.parts(obj)):
            if missing:
                word, tone = ngettext("%(count)d missing", "%(count)d missing", missing) % {"count": missing}, "care"
            elif stale:
                word, tone = _("older than its source"), "care"
            else:
                word, tone = "✓", "done"
            lines.append((code.upper(), tone, word))
        return format_html_join(" ", '<span class="lang-state">{} <span class="{}">{}</span></span>', lines)

    @admin.action(description=_("Confirm that the translations follow the source"), permissions=["change"])
    def confirm_translations(self, request, queryset):
        """For a source that was only mended: its complete translations count as up to date again."""
        with transaction.atomic():
            for obj in queryset:
                for part in self.parts(obj):
                    if stale := part.stale():
                        part.mark_translated(*stale)
                        part.save(update_fields=["source_hashes"])
                self.log_change(request, obj, [{"changed": {"fields": ["source_hashes"]}}])
        messages.success(request, _("The translations count as up to date."))

    def get_actions(self, request):
        found = super().get_actions(request)
        if not issubclass(self.model, TranslatedModel):
            found.pop("confirm_translations", None)
        return found

    def save_model(self, request, obj, form, change):
        mark_changed(obj, form)
        super().save_model(request, obj, form, change)

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        content_changed(form.instance)

    def save_formset(self, request, form, formset, change):
        for row in formset.forms:
            if row.has_changed() and row not in formset.deleted_forms:
                mark_changed(row.instance, row)
        super().save_formset(request, form, formset, change)

    def delete_model(self, request, obj):
        content_removed(obj)
        super().delete_model(request, obj)

    def delete_queryset(self, request, queryset):
        content_removed(*queryset)
        super().delete_queryset(request, queryset)

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        if isinstance(db_field, models.TextField) and "widget" not in kwargs:
            lines = self.rows.get(base_name(db_field.name), 4)
            kwargs["widget"] = forms.Textarea(attrs={"rows": lines, "class": "vLargeTextField"})
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    rows: dict[str, int] = {}  # lines of a text area, by field


def base_name(field: str) -> str:
    """Return the field of which this is one language: "body_fr" -> "body"."""
    head, _mark, tail = field.rpartition("_")
    return head if tail in LANGUAGES else field


# The log ------------------------------------------------------------------------------------------
class ActFilter(admin.SimpleListFilter):
    """The acts among the latest events: asking the whole log for its distinct acts would read all of it."""

    title = _("act")
    parameter_name = "act"

    def lookups(self, request, model_admin):
        latest = Event.objects.order_by("-pk").values_list("act", flat=True)[:RECENT]
        return [(act, act) for act in sorted(set(latest))]

    def queryset(self, request, queryset):
        return queryset.filter(act=self.value()) if self.value() else queryset


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    """The log of acts: found by object, act or time, never changed."""

    list_display = ["at", "act", "actor", "object_name", "object_key", "reason"]
    list_display_links = ["at", "act"]
    list_filter = [ActFilter]
    list_select_related = ["actor"]
    list_per_page = 50
    search_fields = ["object_key__exact"]
    search_help_text = _("The key of one object, such as accounts.user:12.")
    fields = ["at", "actor", "act", "object_name", "object_key", "reason", "before", "after"]


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin):
    """Background work: who asked for what, how it ended; what failed may be run again."""

    list_display = ["created_at", "kind", "owner", "state", "attempts", "finished_at", "last_words"]
    list_display_links = ["created_at", "kind"]
    list_filter = ["state", "kind"]
    list_select_related = ["owner"]
    list_per_page = 50
    fields = ["kind", "owner", "subject", "args", "state", "done", "total", "attempts", "created_at", "finished_at", "result",
              "file", "error"]  # fmt: skip
    actions = ["run_again"]

    @admin.display(description=_("error"))
    def last_words(self, obj):
        """Return the last line of what went wrong."""
        lines = obj.error.strip().splitlines()
        return lines[-1][:120] if lines else ""

    def has_run_permission(self, request):
        """Say whether this member of staff may set work going again."""
        return request.user.has_perm("core.change_job")

    @admin.action(description=_("Run again what failed"), permissions=["run"])
    def run_again(self, request, queryset):
        """Put failed jobs back into the queue; a refusal is said and changes nothing."""
        done = 0
        for job in queryset:
            try:
                run_again(job=job, actor=request.user)
                done += 1
            except DomainError as refusal:
                messages.error(request, f"{job}: {refusal}")
        if done:
            messages.success(request, ngettext("%(n)d job waits again.", "%(n)d jobs wait again.", done) % {"n": done})
