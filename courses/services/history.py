"""Earlier versions of modules and their parts: how they differ, and how one is taken back."""

from dataclasses import dataclass
from itertools import chain

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from modeltranslation.fields import TranslationField
from modeltranslation.translator import NotRegistered, translator

from core.changes import content_changed
from core.diffs import word_diff
from core.errors import DomainError
from core.services import record_event
from courses.models import Choice, Figure, Medium, Module, Question, Reflection, Unit
from courses.services.translating import freeze_if_asked, lines_of

KEPT = {model._meta.model_name: model for model in (Module, Unit, Figure, Reflection, Medium, Question, Choice)}
RESTORED = {"module", "unit", "figure", "reflection", "question", "choice"}
NOT_SHOWN = {"id", "changed_at", "source_hashes", "version", "loaded_digest"}
# What a version says about identity, place and state is history, never taken back: it would collide or surprise.
NOT_RESTORED = NOT_SHOWN - {"source_hashes"} | {
    "slug", "key", "kind", "module", "unit", "question", "position", "state", "audience",
    "publish_at", "retire_at", "published_at", "retired_at", "replaced_by", "is_active",
}  # fmt: skip
RECENT = 40


@dataclass(frozen=True)
class Difference:
    """One field of which two versions differ."""

    label: str
    language: str
    html: SafeString


def versions_of(model: type[models.Model], pk: int):
    """Return the versions of one row, newest first, with who made them (texts left out). A query set."""
    return model.history.filter(id=pk).select_related("history_user").defer(*_texts(model)).order_by("-history_id")


def _texts(model) -> list[str]:
    return [f.name for f in model._meta.fields if isinstance(f, models.TextField)]


def before(record):
    """Return the version before one, None for the first. Queries: 1."""
    return type(record).objects.filter(id=record.id, history_id__lt=record.history_id).order_by("-history_id").first()


def latest(record):
    """Return the newest version of the row of which this is one. Queries: 1."""
    return type(record).objects.filter(id=record.id).order_by("-history_id").first()


def differences(old, new) -> list[Difference]:
    """Return what became of one version in another, field by field, texts word by word.

    Args: old: a version, or None before the first. Queries: 1 for each related row that differs.
    """
    found = []
    for field in _shown_fields(type(new).instance_type):
        now, then = getattr(new, field.attname), getattr(old, field.attname) if old else None
        if (now or "") != (then or ""):
            then_words, now_words = (_words(field, row) if row else "" for row in (old, new))
            html = word_diff(then_words, now_words, whole=len(now_words) < 1500)
            base = field.translated_field if isinstance(field, TranslationField) else field
            found.append(Difference(str(base.verbose_name), getattr(field, "language", ""), html))
    return found


def _shown_fields(model) -> list[models.Field]:
    """Return the fields that say something of their own: not rendered texts, nor the columns that repeat a language's."""
    return [f for f in model._meta.fields if f.name not in NOT_SHOWN | _repeated(model) and "_html" not in f.name]


def _repeated(model) -> set[str]:
    """Return the columns that repeat the text of one language."""
    try:
        return set(translator.get_options_for_model(model).all_fields)
    except NotRegistered:
        return set()


def _words(field: models.Field, record) -> str:
    """Return a field's value as an editor reads it. Queries: 1 for a related row."""
    value = getattr(record, field.attname)
    if value is None or value == "":
        return ""
    if field.is_relation:
        return str(field.related_model._default_manager.filter(pk=value).first() or f"#{value}")
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    if isinstance(field, models.BooleanField):
        return _("yes") if value else _("no")
    return lines_of(str(value))


def restore(*, record, actor):
    """Make an earlier version of a module or part the present one: a new version, with its texts and their marks.

    Address, key, kind, place, state and times stay as they are now. Returns: the row. Raises: DomainError "kept" for
    what has no restoring, "gone" when the row was deleted, "invalid" when the old texts no longer fit the rules.
    Queries: 4, and those of freezing a question that is asked, in one transaction. Logged.
    """
    model = type(record).instance_type
    if model._meta.model_name not in RESTORED:
        raise DomainError(_("This cannot be restored."), code="kept")
    with transaction.atomic():
        obj = model._default_manager.select_for_update().filter(pk=record.id).first()
        if obj is None:
            raise DomainError(_("It was deleted: it cannot be restored."), code="gone")
        for field in _restored_fields(obj, record):
            setattr(obj, field.attname, getattr(record, field.attname))
        try:
            obj.full_clean(exclude=NOT_RESTORED | _repeated(type(obj)))
        except ValidationError as error:
            raise DomainError(" ".join(error.messages), code="invalid") from error
        obj._change_reason = "restored"
        obj.save()
        if isinstance(obj, (Question, Choice)):
            freeze_if_asked(obj if isinstance(obj, Question) else obj.question)
        record_event(actor=actor, act="restore", obj=obj, after={"version": record.history_date.isoformat()})
        content_changed(obj)
    return obj


def _restored_fields(obj, record) -> list[models.Field]:
    """Return the fields to take back; what depends on the kind stays when the kind is another now."""
    depends = {"pass_mark", "max_attempts"} if getattr(record, "kind", "") != getattr(obj, "kind", "") else set()
    fields = [f for f in obj._meta.fields if f.name not in NOT_RESTORED | depends and "_html" not in f.name]
    gone = {f.name for f in fields if f.is_relation and not _stands(f, record)}
    return [f for f in fields if f.name not in _repeated(type(obj)) | gone]


def _stands(field: models.Field, record) -> bool:
    value = getattr(record, field.attname)
    return value is None or field.related_model._default_manager.filter(pk=value).exists()


def timeline(module: Module, *, before_id: str = "", most: int = RECENT) -> tuple[list, str]:
    """Return the newest changes of a module and all its parts, and the moment at which the older ones begin.

    Args: before_id: the moment, in ISO format, that a former call returned. Raises: DomainError "moment".
    Queries: 11 for any number of parts and versions.
    """
    units = list(module.units.values_list("pk", flat=True))
    asked = list(Question.objects.filter(items__unit__in=units).values_list("pk", flat=True))
    sets = [
        Module.history.filter(id=module.pk),
        Unit.history.filter(module_id=module.pk),
        Figure.history.filter(module_id=module.pk),
        Reflection.history.filter(unit_id__in=units),
        Medium.history.filter(unit_id__in=units),
        Question.history.filter(id__in=asked),
        Choice.history.filter(question_id__in=asked),
    ]
    until = _moment(before_id)
    found = []
    for rows in sets:
        rows = rows.filter(history_date__lt=until) if until else rows
        found.append(rows.select_related("history_user").defer(*_unnamed(rows.model)).order_by("-history_date")[: most + 1])
    rows = sorted(chain(*found), key=lambda row: row.history_date, reverse=True)
    older = rows[most - 1].history_date.isoformat() if len(rows) > most else ""
    return rows[:most], older


def _moment(text: str):
    if not text:
        return None
    try:
        return models.DateTimeField().to_python(text)
    except ValidationError as error:
        raise DomainError(_("This is not a moment."), code="moment") from error


def _unnamed(model) -> list[str]:
    """Return the long columns that a name does not need."""
    names = ("title_", "prompt_", "label_")
    return [f.name for f in model._meta.fields if isinstance(f, models.TextField) and not f.name.startswith(names)]
