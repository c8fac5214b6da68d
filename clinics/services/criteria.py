"""The criteria with which an edition begins, in three languages."""

from pathlib import Path

from django.db import transaction

from clinics.models import Criterion, Edition
from core.changes import content_changed
from core.starter import Folder, Row, in_languages, read_rows
from core.translations import LANGUAGES

FOLDER = Folder(Path(__file__).parent.parent / "starter")


def make_criteria(*, edition: Edition) -> list[Criterion]:
    """Give an edition the programme's criteria, for countries and for applicants.

    Whatever it is weighed by already stays: a purpose that has criteria, edited or fewer, gets none. Safe to repeat.
    Returns: the criteria that were made. Queries: 3 to 5, in one transaction; two at once take turns.
    """
    with transaction.atomic():
        Edition.objects.select_for_update(of=("self",)).get(pk=edition.pk)
        standing = set(Criterion.objects.filter(edition=edition).values_list("purpose", flat=True))
        rows = [row for row in read_rows(FOLDER, "criteria.yaml") if row["purpose"] not in standing]
        made = [_criterion(edition, row, n) for n, row in enumerate(rows, start=1)]
        Criterion.objects.bulk_create(made)
        if made:
            content_changed(*made)
    return made


def _criterion(edition: Edition, row: Row, position: int) -> Criterion:
    row.only("purpose", "code", "weight", "name", "description")
    texts = in_languages("name", row["name"]) | in_languages("description", row["description"])
    criterion = Criterion(edition=edition, purpose=row["purpose"], code=row["code"], position=position, **texts)
    criterion.weight = row["weight"]
    criterion.mark_translated(*LANGUAGES)
    return criterion
