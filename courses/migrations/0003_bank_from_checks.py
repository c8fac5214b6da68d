"""Each check's questions become items that point into the bank; translations remember the source field by field."""

import hashlib

from django.db import migrations

LANGUAGES = ("en", "fr", "es")
FIELDS = {
    "Module": ("objectives", "summary", "title"),
    "Unit": ("body", "sources", "summary", "title", "transcript"),
    "Question": ("accepted", "explanation", "prompt"),
    "Choice": ("feedback", "label", "match"),
}


def to_bank(apps, schema_editor):
    Question, CheckItem = apps.get_model("courses", "Question"), apps.get_model("courses", "CheckItem")
    seen = set()
    for question in Question.objects.order_by("unit__module__position", "unit__position", "position"):
        CheckItem.objects.create(unit=question.unit, question=question, position=question.position, count=1)
        key, n = question.key, 2
        while key in seen:
            key, n = f"{question.key[:70]}-{n}", n + 1
        seen.add(key)
        if key != question.key:
            Question.objects.filter(pk=question.pk).update(key=key)


def mark(text):
    return hashlib.sha256((text or "").encode()).hexdigest()[:12]


def whole(row, fields):
    """Return the hash of all source texts, as it was kept until now."""
    text = "\x1f".join(getattr(row, f"{name}_{row.source_language}") or "" for name in fields)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def field_by_field(apps, schema_editor):
    for name, fields in FIELDS.items():
        before = [field for field in fields if field not in ("transcript", "match")]
        for row in apps.get_model("courses", name).objects.all():
            marks = {field: mark(getattr(row, f"{field}_{row.source_language}")) for field in fields}
            now = whole(row, before)
            row.source_hashes = {code: marks for code, kept in row.source_hashes.items() if kept == now}
            row.save(update_fields=["source_hashes"])
        apps.get_model("courses", f"Historical{name}").objects.update(source_hashes={})


class Migration(migrations.Migration):
    dependencies = [("courses", "0002_self_guided")]

    operations = [
        migrations.RunPython(to_bank, migrations.RunPython.noop),
        migrations.RunPython(field_by_field, migrations.RunPython.noop),
    ]
