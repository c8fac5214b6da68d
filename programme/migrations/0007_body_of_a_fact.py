"""A fact's text is its body: `text` is what every translated row answers with."""

from django.db import migrations

import core.richtext

NAMES = ["", "_en", "_fr", "_es", "_html", "_html_en", "_html_fr", "_html_es"]
RENDERED = [name for name in NAMES if name.startswith("_html")]


def rendered(language: str) -> core.richtext.RenderedField:
    return core.richtext.RenderedField(
        blank=True, default="", editable=False, source="body", **({"null": True} if language else {})
    )


class Migration(migrations.Migration):
    dependencies = [("programme", "0006_confirmation_key")]

    operations = [
        *(
            migrations.RenameField(model, f"text{name}", f"body{name}")
            for model in ("countryfact", "historicalcountryfact")
            for name in NAMES
        ),
        *(
            migrations.AlterField(model, f"body{name}", rendered(name.removeprefix("_html")))
            for model in ("countryfact", "historicalcountryfact")
            for name in RENDERED
        ),
    ]
