"""Translating beside the original: what stands, what is stale and what changed since, saved field by field."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Q
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from modeltranslation.translator import translator

from core.changes import content_changed
from core.diffs import word_diff
from core.errors import DomainError
from core.translations import TranslatedModel, mark
from courses import versions
from courses.enums import ModuleState
from courses.models import Choice, Module, Question, Unit

CURRENT, STALE, MISSING = "current", "stale", "missing"
ONE_LINE = 200  # a text field of at most so many letters is written on one line


@dataclass
class Line:
    """One translated text of one part: the original, its translation, and how the two stand."""

    part: TranslatedModel
    field: str
    language: str
    state: str
    changed: SafeString | str = ""  # the original since this translation was made, word by word

    @property
    def key(self) -> str:
        return f"{self.part._meta.model_name}.{self.part.pk}.{self.field}"

    @property
    def label(self) -> str:
        return self.part._meta.get_field(self.field).verbose_name

    @property
    def source(self) -> str:
        return lines_of(self.part.text(self.field, self.part.source_language))

    @property
    def text(self) -> str:
        return lines_of(self.part.text(self.field, self.language))

    @property
    def seen(self) -> str:
        """Return the mark of what an editor sees, by which a later save knows whether somebody else came between."""
        return f"{mark(self.source)}.{mark(self.text)}"

    @property
    def is_short(self) -> bool:
        field = self.part._meta.get_field(self.field)
        return isinstance(field, models.CharField) and field.max_length <= ONE_LINE

    @property
    def needs_work(self) -> bool:
        return self.state != CURRENT


@dataclass
class Leaf:
    """One page of a module's texts: the module's own with its figures, or those of one unit."""

    unit: Unit | None
    name: str
    lines: list[Line]

    @property
    def waiting(self) -> int:
        return sum(line.needs_work for line in self.lines)


@dataclass(frozen=True)
class Change:
    """What an editor sent for one text."""

    line: Line
    text: str
    confirmed: bool
    seen: str

    @property
    def was_typed(self) -> bool:
        return mark(self.text) != self.seen.rpartition(".")[2]


class NotSaved(DomainError):
    """Nothing was saved. `faults` says why, by the key of the line."""

    def __init__(self, faults: dict):
        super().__init__(_("Nothing was saved yet: look at the texts that are marked."), code="faults")
        self.faults = faults


def lines_of(text: str) -> str:
    """Return a text with plain line ends: browsers send others. Pure."""
    return text.replace("\r\n", "\n")


def leaves(module: Module, language: str) -> list[Leaf]:
    """Return the pages of a module's texts for one language. Queries: as `Module.parts`."""
    return [Leaf(unit, str(unit or module), _lines(parts, language)) for unit, parts in parts_by_page(module)]


def parts_by_page(module: Module) -> Iterator[tuple[Unit | None, list[TranslatedModel]]]:
    """Yield (None, what stands on the module's own page), then each unit with what stands on its page. Queries: as `parts`."""
    module.parts()
    yield None, [module, *module.figures.all()]
    for unit in module.standing_units:
        questions = {question.pk: question for item in unit.items.all() for question in item.pool()}.values()
        parts = [unit, *(one for one in unit.reflections.all() if one.is_active)]
        for question in questions:
            parts += [question, *question.choices.all()]
        yield unit, parts


def _lines(parts: list[TranslatedModel], language: str) -> list[Line]:
    found = []
    for part in parts:
        if part.source_language == language:
            continue
        known = translator.get_options_for_model(type(part)).all_fields
        fields = [field.name for field in part._meta.fields if field.name in known and not field.name.endswith("_html")]
        for field in fields:
            if part.text(field, part.source_language) or part.text(field, language):
                found.append(Line(part, field, language, state_of(part, field, language)))
    return found


def state_of(part: TranslatedModel, field: str, language: str) -> str:
    """Say whether a translation is missing, follows an older original, or is current. Pure.

    An empty translation of a text that may be empty is current once somebody confirmed it.
    """
    empty = not part.text(field, language).strip()
    follows = part.source_hashes.get(language, {}).get(field) == mark(part.text(field, part.source_language))
    if empty and (field in part.required_texts or not follows):
        return MISSING
    return CURRENT if follows else STALE


def show_changes(lines: list[Line]) -> None:
    """Fill in what changed in the originals since their stale translations were made, from the history.

    Queries: 1 for each kind of part among the stale lines.
    """
    by_model: dict = {}
    for line in lines:
        kept = line.part.source_hashes.get(line.language, {}).get(line.field)
        if line.state == STALE and kept:
            by_model.setdefault(type(line.part), {})[(line.part.pk, f"{line.field}_{line.part.source_language}")] = (line, kept)
    for model, wanted in by_model.items():
        columns = sorted({column for _pk, column in wanted})
        rows = model.history.filter(id__in={pk for pk, _column in wanted}).order_by("-history_id").values("id", *columns)
        for row in rows.iterator(chunk_size=20):
            for column in columns:
                line, kept = wanted.get((row["id"], column), (None, None))
                if line is not None and mark(row[column] or "") == kept:
                    line.changed = word_diff(lines_of(row[column] or ""), line.source)
                    del wanted[(row["id"], column)]
            if not wanted:
                break


def save_translations(*, changes: list[Change]) -> int:
    """Save the texts that were typed and mark those, and what was confirmed, as following the present original.

    All or nothing. Who saves is known to the history from the request.
    Returns: how many texts were saved or confirmed. Raises: NotSaved, naming for each text what is wrong: too long,
    not a drawing, or that somebody changed the original or the translation meanwhile.
    Queries: 1, and 2 for each part that changes (a staff act), and those of freezing a question that is asked.
    """
    changes = [change for change in changes if change.was_typed or change.confirmed]
    by_part: dict = {}
    for change in changes:
        by_part.setdefault(change.line.part, []).append(change)
    faults: dict = {}
    with transaction.atomic():
        for part, own in by_part.items():
            part = type(part)._default_manager.select_for_update().get(pk=part.pk)
            faults |= {change.line.key: fault for change in own if (fault := _put(part, change))}
            if not faults:
                part.save()
        if faults:
            raise NotSaved(faults)
        _freeze_asked(by_part)
        if changes:
            content_changed(*by_part)
    return len(changes)


def _put(part: TranslatedModel, change: Change):
    """Put one text into its row, unsaved; return what is wrong with it, or None. Queries: 0."""
    field, language = change.line.field, change.line.language
    stands = Line(part, field, language, "")
    source_then, _dot, text_then = change.seen.rpartition(".")
    if mark(stands.source) != source_then:
        return _("The original changed while you wrote. It stands here as it is now; save again if your text fits it.")
    if mark(stands.text) not in (text_then, mark(change.text)):
        return _("Somebody else saved another text meanwhile: it stands below. Save again to replace it with yours.")
    if change.was_typed:
        setattr(part, f"{field}_{language}", change.text)
    if field in part.required_texts and not change.text.strip() and change.confirmed:
        return _("There is no text yet that could be right.")
    try:
        part.clean_fields(exclude={f.name for f in part._meta.fields if f.name != f"{field}_{language}"})
    except ValidationError as error:
        return " ".join(error.messages)
    part.mark_translated(language, fields=[field])
    return None


def _freeze_asked(parts) -> None:
    """Let new attempts see the questions as they now stand. Queries: none without questions among the parts."""
    pks = {part.question_id if isinstance(part, Choice) else part.pk for part in parts if isinstance(part, (Choice, Question))}
    for question in Question.objects.filter(pk__in=pks) if pks else []:
        freeze_if_asked(question)


def freeze_if_asked(question: Question) -> None:
    """Freeze a question that a published module asks; a question of drafts waits for publishing.

    Queries: 1, and those of freezing. Raises: DomainError when it has a fault.
    """
    asked = Q(units__items__question=question) | Q(units__items__tag__questions=question)
    if Module.objects.filter(asked, state=ModuleState.PUBLISHED, units__retired_at=None).exists():
        versions.freeze(question)
