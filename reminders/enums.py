from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


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


class MailState(models.TextChoices):
    """What became of a mail that came in."""

    RECEIVED = "received", pgettext_lazy("mail", "received, not yet handled")
    HANDLED = "handled", pgettext_lazy("mail", "handled")
    REFUSED = "refused", pgettext_lazy("mail", "refused")
    AUTOMATIC = "automatic", pgettext_lazy("mail", "sent by a machine")
    UNKNOWN = "unknown", pgettext_lazy("mail", "from an unknown sender")
    FAILED = "failed", pgettext_lazy("mail", "failed")
