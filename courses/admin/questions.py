"""The question bank: questions of every kind, their choices, pairs and items, and the tags from which checks draw."""

import re

from django import forms
from django.contrib import admin, messages
from django.core.validators import validate_slug
from django.db.models import Count, Prefetch, Q
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from core.admin import TranslatedForm, TranslatedInline, each_language
from courses import versions
from courses.admin.base import HEAVY, CourseAdmin, change_url, preview_links
from courses.enums import ModuleState, QuestionKind, UnitKind
from courses.models import CheckItem, Choice, Module, Question, QuestionTag, Unit
from courses.services.bank import ask_in_check, copy_question
from courses.services.publishing import asks_too_little

CHOICE_KINDS = (QuestionKind.SINGLE, QuestionKind.MULTIPLE)
WITH_CHOICES = (*CHOICE_KINDS, *versions.PLACED)
FAULT_FIELD = {
    QuestionKind.TRUE_FALSE: "right_is_true",
    QuestionKind.NUMERIC: "answer",
    QuestionKind.SHORT: "accepted_{source}",
}
NEEDED = {
    QuestionKind.TRUE_FALSE: (_("True or false"), {"fields": ["right_is_true"]}),
    QuestionKind.NUMERIC: (_("Number"), {"fields": [("answer", "tolerance")]}),
    QuestionKind.SHORT: (_("Short answer"), {"fields": [each_language("accepted")]}),
}
ROWS_AT_FIRST = {QuestionKind.MATCHING: 4, QuestionKind.ORDERING: 4}


def kind_of(request, obj=None) -> str:
    """Return the kind that a page is about: the one just chosen, the question's own, else the first."""
    for kind in (request.POST.get("kind"), obj and obj.kind, request.GET.get("kind")):
        if kind in QuestionKind.values:
            return kind
    return QuestionKind.SINGLE


class QuestionForm(TranslatedForm):
    tag_slugs = forms.CharField(
        label=_("Tags"), required=False, max_length=400, widget=forms.TextInput(attrs={"class": "vTextField"})
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "tag_slugs" in self.fields:
            known = list(QuestionTag.objects.values_list("slug", flat=True)[:60])
            words = _("Sets from which checks draw, parted by spaces; a new name makes a new set. There are: %(known)s.")
            self.fields["tag_slugs"].help_text = words % {"known": ", ".join(known) or "–"}
            self.had_tags = [tag.slug for tag in self.instance.tags.all()] if self.instance.pk else []
            self.initial.setdefault("tag_slugs", " ".join(self.had_tags))

    def clean_tag_slugs(self):
        slugs = re.split(r"[\s,;]+", self.cleaned_data["tag_slugs"].strip().lower())
        slugs = list(dict.fromkeys(slug for slug in slugs if slug))
        for slug in slugs:
            validate_slug(slug)
            if len(slug) > QuestionTag._meta.get_field("slug").max_length:
                raise forms.ValidationError(_("This tag is too long: %(slug)s") % {"slug": slug})
        return slugs

    def clean(self):
        """Refuse a question that nobody can answer rightly; choices are looked at in their own rows."""
        data = super().clean() or self.cleaned_data
        kind = data.get("kind")
        if kind in FAULT_FIELD and not set(self.errors) & {"answer", "right_is_true"}:
            source = data.get("source_language") or self.instance.source_language
            if reason := versions.fault(Typed(kind, data)):
                self.add_error(FAULT_FIELD[kind].format(source=source), reason)
        return data

    def _save_m2m(self):
        super()._save_m2m()
        if "tag_slugs" in self.cleaned_data:
            slugs = self.cleaned_data["tag_slugs"]
            self.instance.tags.set([QuestionTag.objects.get_or_create(slug=slug)[0] for slug in slugs])


class Typed:
    """A question as a form holds it, for `versions.fault`: its own fields, or its rows in their order."""

    def __init__(self, kind: str, data: dict | None = None, parts: list[Choice] | None = None):
        self.kind, self._data, self._parts = kind, data or {}, parts or []
        self.right_is_true, self.answer = self._data.get("right_is_true"), self._data.get("answer")

    def text(self, field: str, code: str) -> str:
        return self._data.get(f"{field}_{code}") or ""

    @property
    def choices(self):
        return self

    def all(self) -> list[Choice]:
        return self._parts


class ChoiceFormSet(forms.BaseInlineFormSet):
    def _construct_form(self, i, **kwargs):
        """Let a choice speak its question's source language, and ask for what its question's kind needs."""
        form = super()._construct_form(i, **kwargs)
        form.instance.source_language = self.instance.source_language
        form.instance.question = self.instance
        return form

    def clean(self):
        super().clean()
        if any(self.errors) or self.instance.kind not in WITH_CHOICES:
            return
        kept = [form.instance for form in self.forms if form.cleaned_data and form not in self.deleted_forms]
        kept.sort(key=lambda choice: choice.position)
        if self.instance.kind == QuestionKind.ORDERING and len({choice.position for choice in kept}) < len(kept):
            raise forms.ValidationError(_("Two items have the same place."))
        if reason := versions.fault(Typed(self.instance.kind, parts=kept)):
            raise forms.ValidationError(reason)


class ChoiceInline(TranslatedInline):
    model = Choice
    formset = ChoiceFormSet
    ordering = ["position"]

    def get_fieldsets(self, request, obj=None):
        """Show what the kind needs: a right choice, the other half of a pair, or the place alone."""
        kind = kind_of(request, obj)
        first = ("position", "is_right") if kind in CHOICE_KINDS else "position"
        match = [each_language("match")] if kind == QuestionKind.MATCHING else []
        return [(None, {"fields": [first, each_language("label"), *match, each_language("feedback")]})]

    def get_extra(self, request, obj=None, **kwargs):
        kind = kind_of(request, obj)
        return 0 if obj and obj.choices.exists() else ROWS_AT_FIRST.get(kind, 3)

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        if db_field.name.startswith(("label", "feedback", "match")):
            kwargs["widget"] = forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"})
        return super().formfield_for_dbfield(db_field, request, **kwargs)


class AskedInFilter(admin.SimpleListFilter):
    """The module whose checks may ask a question, or none."""

    title = _("asked in")
    parameter_name = "asked_in"

    def lookups(self, request, model_admin):
        modules = Module.objects.filter(units__items__isnull=False, units__retired_at=None).distinct().defer(*MODULE_TEXTS)
        return [("none", _("nowhere")), *((str(module.pk), str(module)) for module in modules)]

    def queryset(self, request, queryset):
        value = self.value()
        if value == "none":
            return queryset.exclude(pk__in=asked_questions(unit__retired_at=None))
        if value and value.isascii() and value.isdigit() and len(value) < 19:
            return queryset.filter(pk__in=asked_questions(unit__module=int(value), unit__retired_at=None))
        return queryset


MODULE_TEXTS = [name for field in ("summary", "objectives") for name in each_language(field)]


def asked_questions(**where):
    """Return a subquery: the questions that items of checks name, or may draw."""
    items = CheckItem.objects.filter(**where)
    named, drawn = items.filter(question__isnull=False).values("question"), items.filter(tag__isnull=False).values("tag")
    return Question.objects.filter(Q(pk__in=named) | Q(tags__in=drawn)).values("pk")


@admin.register(Question)
class QuestionAdmin(CourseAdmin):
    form = QuestionForm
    inlines = [ChoiceInline]
    list_display = ["__str__", "key", "kind", "tag_names", "asked_in", "is_active", "languages"]
    list_filter = [AskedInFilter, "kind", "is_active", "tags"]
    list_per_page = 25
    ordering = ["key"]
    actions = ["copy"]
    search_fields = ["key", "tags__slug", *each_language("prompt")]
    readonly_fields = ["preview"]
    rows = {"prompt": 4, "explanation": 6, "accepted": 3}
    fieldsets = [
        (None, {"fields": ["preview"]}),
        (_("Texts"), {"fields": ["source_language", each_language("prompt"), each_language("explanation")]}),
        (_("Place"), {"fields": ["key", ("kind", "is_active"), "tag_slugs"]}),
    ]

    def modules_of(self, obj):
        """Return the modules whose checks may ask this question. Queries: 1."""
        asked = Q(units__items__question=obj) | Q(units__items__tag__questions=obj)
        return Module.objects.filter(asked, units__retired_at=None).distinct()

    def keep_published(self, obj):
        """New attempts are shown the text as it now stands."""
        versions.freeze(Question.objects.get(pk=obj.pk))

    def parts(self, obj):
        return [obj, *obj.choices.all()]

    # The list
    def get_queryset(self, request):
        rows = super().get_queryset(request)
        if not self.is_list(request):
            return rows
        units = Unit.objects.standing().select_related("module").defer(*HEAVY)
        asking = Prefetch("unit", units)
        items = CheckItem.objects.filter(unit__retired_at=None).prefetch_related(asking)
        return rows.prefetch_related("choices", "tags", Prefetch("items", items), Prefetch("tags__items", items))

    @admin.display(description=_("tags"))
    def tag_names(self, obj):
        return ", ".join(tag.slug for tag in obj.tags.all()) or "–"

    @admin.display(description=_("asked in"))
    def asked_in(self, obj):
        """Return links to the checks that name this question or may draw it."""
        items = [*obj.items.all(), *(item for tag in obj.tags.all() for item in tag.items.all())]
        units = {item.unit_id: item.unit for item in items}.values()
        lines = ((change_url(unit), unit.module.slug, unit) for unit in units)
        return format_html_join(mark_safe("<br>"), '<a href="{}">{}: {}</a>', lines) or _("nowhere")

    @admin.action(description=_("Copy question"), permissions=["add"])
    def copy(self, request, queryset):
        """Copy each question; a single copy opens."""
        copies = [copy_question(question=question, actor=request.user) for question in queryset]
        text = ngettext("%(n)d question copied. It is not asked yet.", "%(n)d questions copied. They are not asked yet.",
                        len(copies))  # fmt: skip
        messages.success(request, text % {"n": len(copies)})
        return redirect(change_url(copies[0])) if len(copies) == 1 else None

    # One question
    def get_fieldsets(self, request, obj=None):
        """Show what the kind needs. A kind just chosen shows its fields when it is saved, with what is missing."""
        found = super().get_fieldsets(request, obj)
        needed = NEEDED.get(kind_of(request, obj))
        return [*(found if obj else found[1:]), *([needed] if needed else [])]

    def get_inlines(self, request, obj):
        return [ChoiceInline] if kind_of(request, obj) in WITH_CHOICES else []

    def get_formset_kwargs(self, request, obj, inline, prefix):
        """Number the empty rows, and open some for a kind that was chosen on a page without rows."""
        found = super().get_formset_kwargs(request, obj, inline, prefix)
        count = obj.choices.count() if obj and obj.pk else 0
        found["initial"] = [{"position": count + n} for n in range(1, versions.MOST_PARTS + 1)]
        if request.method == "POST" and f"{prefix}-TOTAL_FORMS" not in request.POST:
            rows = ROWS_AT_FIRST.get(kind_of(request, obj), 3)
            found["data"].update({f"{prefix}-TOTAL_FORMS": count + rows, f"{prefix}-INITIAL_FORMS": count})
            found["data"].update({f"{prefix}-{count + n}-position": count + n + 1 for n in range(rows)})
        return found

    def add_view(self, request, form_url="", extra_context=None):
        """Offer the kinds: each opens the form that it needs."""
        query, kinds = request.GET.copy(), []
        for value, label in QuestionKind.choices:
            query["kind"] = value
            kinds.append({"url": f"?{query.urlencode()}", "label": label, "here": value == kind_of(request)})
        return super().add_view(request, form_url, {"kinds": kinds, "check": self.check_of(request)} | (extra_context or {}))

    def check_of(self, request) -> Unit | None:
        """Return the check from whose page a question is added (`?unit=`). Queries: 1, or 0 without it."""
        pk = request.GET.get("unit", "")
        if not (pk.isascii() and pk.isdigit() and len(pk) < 19 and request.user.has_perm("courses.change_unit")):
            return None
        return Unit.objects.filter(pk=pk, kind=UnitKind.CHECK).first()

    def get_changeform_initial_data(self, request):
        """A question speaks the source language of the check that it is added to."""
        unit = self.check_of(request)
        return super().get_changeform_initial_data(request) | ({"source_language": unit.source_language} if unit else {})

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        if not change and (unit := self.check_of(request)):
            ask_in_check(question=obj, unit=unit)

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        question = form.instance
        question.choices.exclude(source_language=question.source_language).update(source_language=question.source_language)
        if question.kind not in WITH_CHOICES:
            for choice in question.choices.all():
                choice.delete()  # the kind was changed; the history keeps what they said
        self.warn_of_draws(request, {*form.had_tags, *form.cleaned_data.get("tag_slugs", [])})

    def warn_of_draws(self, request, slugs: set[str]) -> None:
        """Say which published checks now draw more than a set holds. Queries: 1, and 3 a check that draws."""
        drawing = Unit.objects.standing().filter(items__tag__slug__in=slugs, module__state=ModuleState.PUBLISHED)
        for unit in drawing.distinct():
            if reason := asks_too_little(unit):
                messages.warning(request, reason)

    def response_add(self, request, obj, post_url_continue=None):
        """Lead back to the check, or to the next question for it."""
        response = super().response_add(request, obj, post_url_continue)
        unit = self.check_of(request)
        if unit is None or "_popup" in request.POST or "_continue" in request.POST:
            return response
        return redirect(request.get_full_path() if "_addanother" in request.POST else change_url(unit))

    @admin.display(description=_("asked in"))
    def preview(self, obj):
        units = Unit.objects.filter(Q(items__question=obj) | Q(items__tag__questions=obj)).select_related("module").distinct()
        return format_html_join(mark_safe("<br>"), "{}: {}", ((unit, preview_links(unit)) for unit in units)) or "–"


@admin.register(QuestionTag)
class QuestionTagAdmin(admin.ModelAdmin):
    """The sets from which checks draw: how many questions each holds, and how many checks draw from it."""

    list_display = ["slug", "question_count", "check_count"]
    search_fields = ["slug"]
    list_per_page = 50

    def get_queryset(self, request):
        active = Count("questions", filter=Q(questions__is_active=True), distinct=True)
        return super().get_queryset(request).annotate(holds=active, drawn_by=Count("items__unit", distinct=True))

    @admin.display(description=_("questions"), ordering="holds")
    def question_count(self, tag):
        address = reverse("admin:courses_question_changelist")
        return format_html('<a href="{}?tags__id__exact={}">{}</a>', address, tag.pk, tag.holds)

    @admin.display(description=_("checks that draw"), ordering="drawn_by")
    def check_count(self, tag):
        return tag.drawn_by
