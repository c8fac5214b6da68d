import simple_history
from modeltranslation.translator import TranslationOptions, translator

from courses.models import Choice, Module, Question, Unit


class ModuleOptions(TranslationOptions):
    fields = ("title", "summary", "objectives")


class UnitOptions(TranslationOptions):
    fields = ("title", "summary", "body", "body_html", "sources")


class QuestionOptions(TranslationOptions):
    fields = ("prompt", "explanation", "accepted")


class ChoiceOptions(TranslationOptions):
    fields = ("label", "feedback")


translator.register(Module, ModuleOptions)
translator.register(Unit, UnitOptions)
translator.register(Question, QuestionOptions)
translator.register(Choice, ChoiceOptions)
for model in (Module, Unit, Question, Choice):
    simple_history.register(model, app="courses")
