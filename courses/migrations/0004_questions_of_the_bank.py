from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("courses", "0003_bank_from_checks")]

    operations = [
        migrations.AlterModelOptions(
            name='question',
            options={'ordering': ['key'], 'verbose_name': 'question', 'verbose_name_plural': 'questions'},
        ),
        migrations.RemoveConstraint(
            model_name='question',
            name='question_key_in_check',
        ),
        migrations.RemoveField(
            model_name='historicalquestion',
            name='position',
        ),
        migrations.RemoveField(
            model_name='historicalquestion',
            name='unit',
        ),
        migrations.RemoveField(
            model_name='question',
            name='position',
        ),
        migrations.RemoveField(
            model_name='question',
            name='unit',
        ),
        migrations.AlterField(
            model_name='historicalquestion',
            name='key',
            field=models.SlugField(max_length=80, verbose_name='key'),
        ),
        migrations.AlterField(
            model_name='question',
            name='key',
            field=models.SlugField(max_length=80, unique=True, verbose_name='key'),
        ),
    ]
