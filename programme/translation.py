import simple_history
from modeltranslation.translator import TranslationOptions, translator

from programme.models import GlossaryTerm, Theme


class ThemeOptions(TranslationOptions):
    fields = ("name",)


class GlossaryTermOptions(TranslationOptions):
    fields = ("term", "abbreviation", "definition")


translator.register(Theme, ThemeOptions)
translator.register(GlossaryTerm, GlossaryTermOptions)
simple_history.register(GlossaryTerm, app="programme")
