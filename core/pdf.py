"""PDF by typst: templates in `templates/pdf/`, data as one JSON text, tagged for screen readers (PDF/UA-1, PDF/A-2a).

Made in a job by a worker; web processes never import typst. What people wrote is data, never source: a template lays
it out with `json(bytes(sys.inputs.data))`, so nothing in it can be read as an instruction.
"""

import json
import re
from datetime import datetime

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from core.errors import DomainError

FOLDER = settings.BASE_DIR / "templates" / "pdf"
STANDARDS = ["ua-1", "a-2a"]
MISSING_LETTER = "could not be displayed with font"
LETTER = re.compile(r"\\u\{([0-9a-f]+)\}")  # as typst writes what it cannot show
MIME = "application/pdf"


def render(template: str, data: dict, *, at: datetime | None = None) -> bytes:
    """Return a PDF.

    Args: template: name in templates/pdf/ without ending; data: JSON-able, with `title` and `lang`, which the document
    carries; at: its date, now unless given.
    Raises: DomainError "letters" when no font at hand has a letter of it (those that typst brings are tried first, so
    that a document looks the same on every machine; then the machine's own); typst.TypstError for a fault of the template.
    """
    import typst  # here, so that only workers pay for it

    for own_fonts in (True, False):
        try:
            return _compiled(template, data, at or timezone.now(), own_fonts)
        except typst.TypstError as error:
            if MISSING_LETTER not in str(error):
                raise
            missing = LETTER.sub(lambda found: chr(int(found[1], 16)), str(error).split('"')[1])
    raise DomainError(
        _("The letter “%(letter)s” cannot be printed here. Write it in Latin letters, and ask again.") % {"letter": missing},
        code="letters",
    )


def _compiled(template: str, data: dict, at: datetime, own_fonts: bool) -> bytes:
    import typst

    return typst.compile(
        FOLDER / f"{template}.typ",
        format="pdf",
        root=settings.BASE_DIR,
        ignore_system_fonts=own_fonts,
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        pdf_standards=STANDARDS,
        timestamp=int(at.timestamp()),
    )
