from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class ModuleKind(models.TextChoices):
    REFRESHER = "refresher", _("Technical refresher")
    SELF_GUIDED = "self_guided", _("Self-guided module")


class ModuleState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    PUBLISHED = "published", _("Published")


class UnitKind(models.TextChoices):
    READING = "reading", _("Reading")
    CASE = "case", _("Case study")
    CHECK = "check", _("Knowledge check")


class QuestionKind(models.TextChoices):
    SINGLE = "single", _("One choice")
    MULTIPLE = "multiple", _("Several choices")
    TRUE_FALSE = "true_false", _("True or false")
    NUMERIC = "numeric", pgettext_lazy("question", "Number")
    SHORT = "short", _("Short answer")


class AttemptState(models.TextChoices):
    OPEN = "open", pgettext_lazy("attempt", "Open")
    SUBMITTED = "submitted", _("Submitted")
