from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class ModuleKind(models.TextChoices):
    REFRESHER = "refresher", _("Technical refresher")
    SELF_GUIDED = "self_guided", _("Self-guided module")


class ModuleState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    PUBLISHED = "published", _("Published")
    RETIRED = "retired", _("Retired")


class Completion(models.TextChoices):
    ALL_UNITS = "all_units", _("Every unit")
    CHECKS = "checks", _("Passing the knowledge checks")


class UnitKind(models.TextChoices):
    READING = "reading", _("Reading")
    CASE = "case", _("Case study")
    VIDEO = "video", _("Film")
    DOWNLOAD = "download", _("Download")
    CHECK = "check", _("Knowledge check")


class MediumKind(models.TextChoices):
    VIDEO = "video", _("Film")
    AUDIO = "audio", _("Sound only")
    CAPTIONS = "captions", _("Captions")
    FILE = "file", _("File")


class QuestionKind(models.TextChoices):
    SINGLE = "single", _("One choice")
    MULTIPLE = "multiple", _("Several choices")
    TRUE_FALSE = "true_false", _("True or false")
    NUMERIC = "numeric", pgettext_lazy("question", "Number")
    SHORT = "short", _("Short answer")
    MATCHING = "matching", _("Matching")
    ORDERING = "ordering", _("Putting in order")


class AttemptState(models.TextChoices):
    OPEN = "open", pgettext_lazy("attempt", "Open")
    SUBMITTED = "submitted", _("Submitted")


class Whereabouts(models.TextChoices):
    NOT_STARTED = "not_started", _("Not started")
    UNDER_WAY = "under_way", _("Under way")
    COMPLETED = "completed", pgettext_lazy("learner", "Completed")
