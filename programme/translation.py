import simple_history
from modeltranslation.translator import TranslationOptions, translator

from programme import models

FIELDS = {
    models.Theme: ("name",),
    models.SubRegion: ("name", "description"),
    models.Pillar: ("name", "description"),
    models.Goal: ("name", "targets"),
    models.Mechanism: ("name", "definition", "caution", "body", "body_html", "sources"),
    models.GlossaryTerm: ("term", "abbreviation", "definition"),
    models.Page: ("title", "summary", "body", "body_html", "sources"),
    models.MenuItem: ("label",),
    models.FaqTopic: ("name",),
    models.FaqEntry: ("question", "answer", "answer_html"),
    models.Partner: ("name", "abbreviation", "description"),
    models.Expert: ("honorific", "role", "bio"),
    models.CountryProfile: ("summary",),
    models.CountryFact: ("body", "body_html"),
    models.Resource: ("title", "summary"),
    models.Newsletter: ("title", "body", "body_html"),
    models.CannedAnswer: ("name", "body"),
}
WITH_HISTORY = ["GlossaryTerm", "Mechanism", "Page", "FaqEntry", "CountryProfile", "CountryFact", "Resource", "Newsletter"]

for model, texts in FIELDS.items():
    translator.register(model, type(f"{model.__name__}Options", (TranslationOptions,), {"fields": texts}))
for name in WITH_HISTORY:
    simple_history.register(getattr(models, name), app="programme")
