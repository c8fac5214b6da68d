from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("core", "0004_own_texts")]

    operations = [
        migrations.AddField(
            model_name="textversion",
            name="settled_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
