import simple_history
from modeltranslation.translator import TranslationOptions, translator

from courses.models import Choice, Figure, Medium, Module, Question, Reflection, Unit


class ModuleOptions(TranslationOptions):
    fields = ("title", "summary", "objectives")


class UnitOptions(TranslationOptions):
    fields = ("title", "summary", "body", "body_html", "transcript", "transcript_html", "sources")


class FigureOptions(TranslationOptions):
    fields = ("title", "description", "svg")


class ReflectionOptions(TranslationOptions):
    fields = ("prompt",)


class QuestionOptions(TranslationOptions):
    fields = ("prompt", "explanation", "accepted")


class ChoiceOptions(TranslationOptions):
    fields = ("label", "match", "feedback")


translator.register(Module, ModuleOptions)
translator.register(Unit, UnitOptions)
translator.register(Figure, FigureOptions)
translator.register(Reflection, ReflectionOptions)
translator.register(Question, QuestionOptions)
translator.register(Choice, ChoiceOptions)
for model in (Module, Unit, Figure, Reflection, Medium, Question, Choice):
    simple_history.register(model, app="courses")
