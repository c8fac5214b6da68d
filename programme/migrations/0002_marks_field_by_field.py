"""Translations of glossary terms remember the source field by field."""

import hashlib

from django.db import migrations

FIELDS = ("abbreviation", "definition", "term")


def mark(text):
    return hashlib.sha256((text or "").encode()).hexdigest()[:12]


def field_by_field(apps, schema_editor):
    for row in apps.get_model("programme", "GlossaryTerm").objects.all():
        sources = [getattr(row, f"{name}_{row.source_language}") or "" for name in FIELDS]
        now = hashlib.sha256("\x1f".join(sources).encode()).hexdigest()[:16]
        marks = dict(zip(FIELDS, map(mark, sources), strict=True))
        row.source_hashes = {code: marks for code, kept in row.source_hashes.items() if kept == now}
        row.save(update_fields=["source_hashes"])


class Migration(migrations.Migration):
    dependencies = [("programme", "0001_initial")]

    operations = [migrations.RunPython(field_by_field, migrations.RunPython.noop)]
