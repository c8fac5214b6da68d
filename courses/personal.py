"""What one person read, answered and wrote: handed out, forgotten, and brought together from two accounts."""

from django.db.models import Max
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from core.models import object_key
from core.personal import hush, rows_of
from core.translations import LANGUAGES
from courses import services
from courses.enums import QuestionKind
from courses.models import Answer, Attempt, Bookmark, Clarity, Note, Statement, UnitRecord
from courses.sheets import text

UNIT = {"module": "unit__module__slug", "unit": "unit__slug"}


# Handed out ---------------------------------------------------------------------------------------
def export_courses(user):
    """All that a person read, answered and wrote, questions and answers as text. Queries: 7, read in portions."""
    title = f"unit__title_{(get_language() or LANGUAGES[0])[:2]}"
    unit = {**UNIT, "title": title}
    mine = {"user": user}
    records = UnitRecord.objects.filter(**mine).order_by("pk")
    yield "progress", rows_of(records, "opened_at", "seen_at", "completed_at", "block", **unit)
    attempts = Attempt.objects.filter(**mine).order_by("pk")
    yield "attempts", rows_of(attempts, "number", "state", "started_at", "submitted_at", "score", "passed", **unit)
    yield "answers", answers_of(user)
    notes = Note.objects.filter(**mine).order_by("pk")
    prompt = f"reflection__prompt_{(get_language() or LANGUAGES[0])[:2]}"
    yield "notes", rows_of(notes, "text", "typed_at", "saved_at", **unit, question=prompt)
    yield "bookmarks", rows_of(Bookmark.objects.filter(**mine).order_by("pk"), "at", **unit)
    clarity = Clarity.objects.filter(**mine).order_by("pk")
    yield "clarity", rows_of(clarity, "language", "is_clear", "remark", "at", **unit)
    names = ["number", "name", "minutes", "score", "completed_on", "issued_at", "withdrawn_at", "withdrawn_because"]
    yield "statements", rows_of(Statement.objects.filter(**mine).order_by("pk"), *names, module="module__slug")


def answers_of(user):
    """Return an iterator of a person's answers with the question as she was shown it. Queries: 1."""
    language = (get_language() or LANGUAGES[0])[:2]
    rows = Answer.objects.filter(attempt__user=user).order_by("attempt", "position")
    rows = rows.select_related("version", "attempt__unit__module").only(
        "position", "value", "is_right", "answered_at", "saved_at", "version__content",
        "attempt__number", "attempt__unit__slug", "attempt__unit__module__slug",
    )  # fmt: skip
    for answer in rows.iterator(chunk_size=500):
        unit = answer.attempt.unit
        yield {
            "module": unit.module.slug,
            "unit": unit.slug,
            "attempt": answer.attempt.number,
            "position": answer.position,
            "question": text(answer.version.content["prompt"], language)[0],
            "answer": said(answer.version.content, answer.value, language),
            "right": answer.is_right,
            "answered_at": answer.answered_at,
            "saved_at": answer.saved_at,
        }


def said(content: dict, value, language: str) -> str:
    """Return an answer in words: the labels that were chosen, pairs as "a – b", an order as "a; b"; "" for none."""
    if value is None:
        return ""
    labels = {part["key"]: text(part["label"], language)[0] for part in content.get("choices", [])}
    if content["kind"] == QuestionKind.MATCHING and isinstance(value, dict):
        halves = {part["key"]: text(part["label"], language)[0] for part in content["matches"]}
        return "; ".join(f"{labels.get(key, key)} – {halves.get(half, half)}" for key, half in value.items())
    if isinstance(value, bool):
        return _("True") if value else _("False")
    if isinstance(value, list):
        return "; ".join(str(labels.get(part, part)) for part in value)
    return str(labels.get(value, value))


# Forgotten ----------------------------------------------------------------------------------------
def erase_courses(user):
    """Delete notes, bookmarks, remarks and statements, and what the log says of these; the rest stays as numbers.

    Queries: 7.
    """
    Note.objects.filter(user=user).delete()
    Bookmark.objects.filter(user=user).delete()
    hush(map(object_key, Statement.objects.filter(user=user)))
    Statement.objects.filter(user=user).delete()
    Clarity.objects.filter(user=user).update(remark="")
    Answer.objects.filter(attempt__user=user).update(client_id="")  # it names her browser


# Brought together ---------------------------------------------------------------------------------
def in_both(model, keep, drop, field: str = "unit_id", **conditions) -> set:
    """Return what both accounts have a row about. Queries: 1."""
    rows = model.objects.filter(user__in=[keep, drop], **conditions).order_by().values_list("user_id", field)
    keys = {person.pk: set() for person in (keep, drop)}
    for owner, key in rows:
        keys[owner].add(key)
    return keys[keep.pk] & keys[drop.pk]


def preview_courses(keep, drop):
    """Say what moves, what stands in both accounts and what then holds. Queries: 13."""
    yield from told_moves(drop)
    if both := len(in_both(UnitRecord, keep, drop)):
        yield ngettext(
            "%(count)d unit was opened in both: the first opening stays, and what was completed stays completed.",
            "%(count)d units were opened in both: the first opening stays, and what was completed stays completed.",
            both,
        ) % {"count": both}
    if both := len(in_both(Attempt, keep, drop, state="open")):
        yield ngettext(
            "%(count)d check is open in both: the sheet of the account which ends is handed in as it stands.",
            "%(count)d checks are open in both: the sheets of the account which ends are handed in as they stand.",
            both,
        ) % {"count": both}
    notes = len(in_both(Note, keep, drop, reflection=None)) + len(
        in_both(Note, keep, drop, "reflection_id", reflection__isnull=False)
    )
    if notes:
        yield ngettext(
            "%(count)d note stands in both: both texts are kept, one under the other.",
            "%(count)d notes stand in both: both texts are kept, one under the other.",
            notes,
        ) % {"count": notes}
    if both := len(in_both(Clarity, keep, drop)):
        yield ngettext(
            "On %(count)d unit both said whether it was clear: the account which stays wins.",
            "On %(count)d units both said whether they were clear: the account which stays wins.",
            both,
        ) % {"count": both}
    if both := len(in_both(Statement, keep, drop, "module_id", withdrawn_at=None)):
        yield ngettext(
            "%(count)d module has a statement in both: that of the account which ends is withdrawn.",
            "%(count)d modules have statements in both: those of the account which ends are withdrawn.",
            both,
        ) % {"count": both}


def told_moves(drop):
    """Say how many rows of each kind belong to the account that ends."""
    for model in (UnitRecord, Attempt, Note, Bookmark, Clarity, Statement):
        if count := model.objects.filter(user=drop).count():
            name = model._meta.verbose_name if count == 1 else model._meta.verbose_name_plural
            yield _("%(what)s of the account which ends: %(count)d.") % {"what": str(name).capitalize(), "count": count}


def merge_courses(keep, drop):
    """Move everything to `keep`. Queries: grow with the rows (a staff act).

    Attempts first: handing one in may complete a unit, and records follow afterwards.
    """
    merge_attempts(keep, drop)
    merge_records(keep, drop)
    merge_notes(keep, drop)
    for model in (Bookmark, Clarity):
        model.objects.filter(user=drop, unit__in=model.objects.filter(user=keep).values("unit")).delete()
        model.objects.filter(user=drop).update(user=keep)
    merge_statements(keep, drop)


def merge_attempts(keep, drop):
    """Number the attempts on behind those of `keep`; of two open ones hand in that of `drop`, or drop an empty one."""
    open_units = set(Attempt.objects.open().filter(user=keep).values_list("unit_id", flat=True))
    for attempt in Attempt.objects.open().filter(user=drop, unit__in=open_units):
        if attempt.answers.filter(value__isnull=False).exists():
            services.submit_attempt(attempt=attempt)
        else:
            attempt.delete()
    last = dict(Attempt.objects.filter(user=keep).order_by().values_list("unit").annotate(last=Max("number")))
    for pk, unit in Attempt.objects.filter(user=drop).order_by("number").values_list("pk", "unit_id"):
        last[unit] = last.get(unit, 0) + 1
        Attempt.objects.filter(pk=pk).update(user=keep, number=last[unit])


def merge_records(keep, drop):
    """The first opening and the first completion stay; the place is that of the later reading."""
    standing = {record.unit_id: record for record in UnitRecord.objects.filter(user=keep)}
    for other in UnitRecord.objects.filter(user=drop):
        record = standing.get(other.unit_id)
        if record is None:
            continue
        completed = [at for at in (record.completed_at, other.completed_at) if at]
        UnitRecord.objects.filter(pk=record.pk).update(
            opened_at=min(record.opened_at, other.opened_at),
            completed_at=min(completed, default=None),
            seen_at=max(record.seen_at, other.seen_at),
            block=max(record, other, key=lambda one: one.seen_at).block,
        )
        other.delete()
    UnitRecord.objects.filter(user=drop).update(user=keep)


def merge_notes(keep, drop):
    """Keep both texts of a note, that of `keep` above."""
    standing = {(note.unit_id, note.reflection_id): note for note in Note.objects.filter(user=keep)}
    for other in Note.objects.filter(user=drop):
        note = standing.get((other.unit_id, other.reflection_id))
        if note is None:
            continue
        joined = note.text if other.text.strip() in note.text else f"{note.text.rstrip()}\n\n{other.text}"
        Note.objects.filter(pk=note.pk).update(
            text=joined, typed_at=max(note.typed_at, other.typed_at), saved_at=timezone.now(), client_id=""
        )
        other.delete()
    Note.objects.filter(user=drop).update(user=keep)


def merge_statements(keep, drop):
    """Move statements, so that every number can still be verified; of two standing ones withdraw that of `drop`."""
    both = in_both(Statement, keep, drop, "module_id", withdrawn_at=None)
    Statement.objects.filter(user=drop, module__in=both, withdrawn_at=None).update(
        withdrawn_at=timezone.now(),
        withdrawn_because=_("Two accounts of one person were merged; the other statement stands."),
    )
    Statement.objects.filter(user=drop).update(user=keep)
