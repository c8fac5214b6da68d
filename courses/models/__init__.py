from courses.models.learning import Answer, Attempt, Bookmark, Clarity, Note, Statement, UnitRecord
from courses.models.materials import Figure, Medium, Reflection
from courses.models.modules import CHECK_MINUTES_MOST, Module, ModuleQuerySet, OldAddress, Unit, UnitQuerySet
from courses.models.questions import CheckItem, Choice, Question, QuestionTag, QuestionVersion

__all__ = [
    "CHECK_MINUTES_MOST",
    "Answer",
    "Attempt",
    "Bookmark",
    "CheckItem",
    "Choice",
    "Clarity",
    "Figure",
    "Medium",
    "Module",
    "ModuleQuerySet",
    "Note",
    "OldAddress",
    "Question",
    "QuestionTag",
    "QuestionVersion",
    "Reflection",
    "Statement",
    "Unit",
    "UnitQuerySet",
    "UnitRecord",
]
