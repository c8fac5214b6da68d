from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class JobState(models.TextChoices):
    """Where background work stands."""

    QUEUED = "queued", _("Waiting")
    RUNNING = "running", pgettext_lazy("job", "Running")
    DONE = "done", pgettext_lazy("job", "Done")
    FAILED = "failed", _("Failed")


class Provenance(models.TextChoices):
    """Who translated a person's text."""

    HUMAN = "human", pgettext_lazy("translation", "A person")
    MACHINE = "machine", pgettext_lazy("translation", "A machine")
