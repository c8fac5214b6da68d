"""Every kind of letter, word for word, in three languages: tests/reminders/golden/<kind>.<language>.txt.

After a wanted change: `GOLDEN=1 python -m pytest tests/reminders/test_golden.py`, then read the difference in git.
The catalogues must be compiled before (`python manage.py compile_catalogues`).
"""

import os
from pathlib import Path

import pytest

from core import registry
from courses.services import complete_unit, record_reading
from reminders.models import Letter
from reminders.services import compose
from tests.factories import ModuleFactory, UnitFactory, UserFactory

GOLDEN = Path(__file__).parent / "golden"
NAMES = {"en": "Grace O'Neill", "fr": "Émilie D’Almeida", "es": "Íñigo Núñez"}


def target(kind, person) -> tuple[str, str]:
    """Return what a letter of this kind is about, and its occurrence, made as its service or finder would."""
    if kind != "courses.unfinished":
        return "", ""
    module = ModuleFactory(
        slug="refresher",
        title_en="Taxes & contributions: who's paying?",
        title_fr="Impôts et cotisations : qui paie ?",
        title_es="Impuestos y cotizaciones: ¿quién paga?",
    )
    units = [UnitFactory(module=module) for _ in range(3)]
    complete_unit(user=person, unit=units[0])
    record_reading(user=person, unit_id=units[1].pk, record=None)
    return f"courses.module:{module.pk}", f"{person.unit_records.latest('seen_at').seen_at:%Y-%m-%d}"


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["en", "fr", "es"])
@pytest.mark.parametrize("kind", registry.letter_kinds.names())
def test_letter_reads_as_agreed(kind, language, settings):
    settings.SITE_URL = "https://fdw.example"
    person = UserFactory(name=NAMES[language], language=language)
    about, occurrence = target(kind, person)
    letter = Letter(kind=kind, recipient=person, channel="mail", target=about, occurrence=occurrence)
    compose(letter, registry.letter_kinds[kind])
    said = f"{letter.subject}\n\n{letter.text}"
    path = GOLDEN / f"{kind}.{language}.txt"
    if os.environ.get("GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(said, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == said
