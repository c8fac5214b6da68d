from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("accounts", "0003_sign_in_links_and_erasure"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="user",
            options={
                "permissions": [("look_as", "Can look at the portal as another person")],
                "verbose_name": "person",
                "verbose_name_plural": "people",
            },
        ),
    ]
