from django.db import migrations

from search import engines


class Migration(migrations.Migration):
    """The engine's own index over the stems: FTS5 with triggers on SQLite, a generated tsvector with GIN on PostgreSQL."""

    dependencies = [("search", "0001_initial")]

    operations = [
        migrations.RunPython(
            lambda apps, schema_editor: engines.create(schema_editor), lambda apps, schema_editor: engines.drop(schema_editor)
        )
    ]
