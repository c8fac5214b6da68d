"""What one person keeps at one unit, as its page shows it: answers on her country, her note, bookmark, "was this clear?"."""

from dataclasses import dataclass
from datetime import datetime

from django.core.cache import caches

from core.pagecache import SECONDS
from core.text import clean
from core.translations import mark
from courses.models import Note, Reflection
from courses.outline import Outline, UnitLine

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


# By hand, because the page of a unit is read most of all: the ORM takes a millisecond to put this together each time.
AT_UNIT = """
SELECT id, 'note' AS what, reflection_id, text, saved_at, 0 AS clear
  FROM courses_note WHERE user_id = %(user)s AND unit_id = %(unit)s
UNION ALL SELECT id, 'bookmark', NULL, '', at, 0 FROM courses_bookmark WHERE user_id = %(user)s AND unit_id = %(unit)s
UNION ALL SELECT id, 'clarity', NULL, remark, at, CASE WHEN is_clear THEN 1 ELSE 0 END
  FROM courses_clarity WHERE user_id = %(user)s AND unit_id = %(unit)s
"""


def kept_at(user, unit: int, questions: list[Asked]) -> Kept:
    """Return what a person keeps at a unit. Queries: 1 (0 for visitors)."""
    fields = {one.pk: Field(one.pk, prompt=one.prompt, lang=one.lang) for one in questions}
    note = Field(OWN)
    kept = Kept(list(fields.values()), note)
    if not user.is_authenticated:
        return kept
    for row in Note.objects.raw(AT_UNIT, {"user": user.pk, "unit": unit}):
        if row.what == "bookmark":
            kept.is_bookmarked = True
        elif row.what == "clarity":
            kept.clear, kept.remark = bool(row.clear), row.text
        elif field := note if row.reflection_id is None else fields.get(row.reflection_id):
            field.text, field.saved_at = row.text, row.saved_at if row.text else None
    return kept
