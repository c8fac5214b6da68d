"""To whom a visitor may write besides the programme: the team of each edition that is not closed."""

from clinics.enums import EditionState
from clinics.models import Edition
from core.translations import LANGUAGES

LONG = [f"description_html_{code}" for code in LANGUAGES]


def editions_to_write_to(user) -> list[tuple[str, str]]:
    """Return (key, title) of the editions that a person may read and that are not closed. Queries: 1."""
    rows = Edition.objects.in_state().visible_to(user).exclude(state=EditionState.CLOSED).defer(*LONG)
    return [(row.key, row.text("title", row.reading_language())) for row in rows]
