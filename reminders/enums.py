from django.db import models
from django.utils.translation import gettext_lazy as _


class Channel(models.TextChoices):
    MAIL = "mail", _("e-mail")
    INBOX = "inbox", _("inbox")


class State(models.TextChoices):
    PLANNED = "planned", _("planned")
    CLAIMED = "claimed", _("claimed")
    SENT = "sent", _("sent")
    OBSOLETE = "obsolete", _("obsolete")
    MISSED = "missed", _("missed")
    FAILED = "failed", _("failed")
