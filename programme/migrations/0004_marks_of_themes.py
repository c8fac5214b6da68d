"""The standing translations of themes follow their source."""

import hashlib

from django.db import migrations


def mark_themes(apps, schema_editor):
    for theme in apps.get_model("programme", "Theme").objects.all():
        mark = hashlib.sha256((theme.name_en or "").encode()).hexdigest()[:12]
        theme.source_hashes = {"fr": {"name": mark}, "es": {"name": mark}}
        theme.save(update_fields=["source_hashes"])


class Migration(migrations.Migration):
    dependencies = [("programme", "0003_public_face")]

    operations = [migrations.RunPython(mark_themes, migrations.RunPython.noop)]
