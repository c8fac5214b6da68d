from django.db import migrations, models

import courses.models.modules


class Migration(migrations.Migration):
    dependencies = [("courses", "0005_loaded_digest")]

    operations = [
        migrations.AlterField(
            model_name="unit",
            name="slug",
            field=models.SlugField(
                max_length=80, validators=[courses.models.modules.free_address_in_module], verbose_name="slug"
            ),
        ),
        migrations.AlterField(
            model_name="historicalunit",
            name="slug",
            field=models.SlugField(
                max_length=80, validators=[courses.models.modules.free_address_in_module], verbose_name="slug"
            ),
        ),
    ]
