import simple_history
from modeltranslation.translator import TranslationOptions, translator

from clinics import models

FIELDS = {
    models.Edition: ("title", "summary", "description", "description_html", "cost", "equipment", "certificate_rules"),
    models.Week: ("title", "summary"),
    models.Block: ("title", "objectives"),
    models.Session: ("title",),
    models.Criterion: ("name", "description"),
    models.Announcement: ("subject", "body", "body_html"),
}
WITH_HISTORY = ["Edition", "Block", "Session"]

for model, texts in FIELDS.items():
    translator.register(model, type(f"{model.__name__}Options", (TranslationOptions,), {"fields": texts}))
for name in WITH_HISTORY:
    simple_history.register(getattr(models, name), app="clinics")
