"""What one person keeps at one unit, as its page shows it: answers on her country, her note, bookmark, "was this clear?"."""

from dataclasses import dataclass
from datetime import datetime

from django.core.cache import caches

from core.pagecache import SECONDS
from core.text import clean
from core.translations import mark
from courses.models import Reflection, UnitRecord
from courses.outline import Outline, Record, UnitLine

OWN = 0  # the place of the person's own note; an answer stands at its reflection's pk


@dataclass(frozen=True)
class Asked:
    """A reflection in the page's language, or the source marked with `lang`."""

    pk: int
    prompt: str
    lang: str


@dataclass
class Field:
    """One text that the page lets a person write."""

    position: int
    text: str = ""  # as saved
    typed: str | None = None  # as typed, when it could not be saved
    saved_at: datetime | None = None
    error: str = ""
    prompt: str = ""
    lang: str = ""

    @property
    def had(self) -> str:
        return had(self.text)

    @property
    def shown(self) -> str:
        return self.text if self.typed is None else self.typed


@dataclass
class Kept:
    """All that a person keeps at one unit. `clear` is None while she has not said."""

    answers: list[Field]
    note: Field
    is_bookmarked: bool = False
    clear: bool | None = None
    remark: str = ""
    clear_error: str = ""

    @property
    def is_blank(self) -> bool:
        """Say whether the person has written nothing here: then the form is the same for all."""
        return not any(one.shown or one.error for one in (*self.answers, self.note))

    @property
    def is_plain(self) -> bool:
        """Say whether the page shows this person what it shows everyone with the same "clear"."""
        return self.is_blank and not self.remark and not self.clear_error

    def refuse(self, *, typed=None, errors=None, remark: str | None = None, clear_error: str = "") -> None:
        """Show again what was typed and could not be saved. Args: typed, errors: {position: text}."""
        for one in (*self.answers, self.note):
            one.typed, one.error = (typed or {}).get(one.position), (errors or {}).get(one.position, "")
        if clear_error:
            self.clear, self.remark, self.clear_error = False, remark or "", clear_error


def had(text: str) -> str:
    """Return a short mark of a saved text: the form sends it back, so that an old page is known as such."""
    return mark(clean(text))


def asked(plan: Outline, line: UnitLine, language: str) -> list[Asked]:
    """Return what a unit asks about the reader's country. Queries: 0 when kept, else 1."""
    key = f"asked.{plan.key}.{line.pk}"
    found = caches["process"].get(key)
    if found is None:
        rows = [(row, row.reading_language(language)) for row in Reflection.objects.filter(unit=line.pk, is_active=True)]
        found = [Asked(row.pk, row.text("prompt", shown), "" if shown == language else shown) for row, shown in rows]
        caches["process"].set(key, found, SECONDS)
    return found


# By hand and in one go, because the page of a unit is read most of all: each query of the ORM costs it a millisecond.
AT_UNIT = """
WITH here AS (SELECT id FROM courses_unit WHERE module_id = %(module)s AND slug = %(slug)s)
SELECT id, 'record' AS what, unit_id, seen_at, completed_at, block, NULL AS reflection_id, '' AS text
  FROM courses_unitrecord
 WHERE user_id = %(user)s AND unit_id IN (SELECT id FROM courses_unit WHERE module_id = %(module)s)
UNION ALL SELECT id, 'note', unit_id, saved_at, NULL, 0, reflection_id, text
  FROM courses_note WHERE user_id = %(user)s AND unit_id = (SELECT id FROM here)
UNION ALL SELECT id, 'bookmark', unit_id, at, NULL, 0, NULL, ''
  FROM courses_bookmark WHERE user_id = %(user)s AND unit_id = (SELECT id FROM here)
UNION ALL SELECT id, 'clarity', unit_id, at, NULL, CASE WHEN is_clear THEN 1 ELSE 0 END, NULL, remark
  FROM courses_clarity WHERE user_id = %(user)s AND unit_id = (SELECT id FROM here)
"""


def rows_at(user, module: int, slug: str) -> list[UnitRecord]:
    """Return a person's records of a module's units, and all that she keeps at one of them, told apart by `what`.

    Queries: 1 (0 for visitors).
    """
    if not user.is_authenticated:
        return []
    return list(UnitRecord.objects.raw(AT_UNIT, {"user": user.pk, "module": module, "slug": slug}))


def records_in(rows: list[UnitRecord]) -> dict[int, Record]:
    """Return {unit pk: Record} of what `rows_at` found. Pure."""
    return {r.unit_id: Record(r.unit_id, r.pk, r.seen_at, r.completed_at, r.block) for r in rows if r.what == "record"}


def kept_in(rows: list[UnitRecord], questions: list[Asked]) -> Kept:
    """Return what a person keeps at a unit, of what `rows_at` found. Pure."""
    fields = {one.pk: Field(one.pk, prompt=one.prompt, lang=one.lang) for one in questions}
    note = Field(OWN)
    kept = Kept(list(fields.values()), note)
    for row in rows:
        if row.what == "bookmark":
            kept.is_bookmarked = True
        elif row.what == "clarity":
            kept.clear, kept.remark = bool(row.block), row.text
        elif row.what == "note" and (field := note if row.reflection_id is None else fields.get(row.reflection_id)):
            field.text, field.saved_at = row.text, row.seen_at if row.text else None
    return kept
