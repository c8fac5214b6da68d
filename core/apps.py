from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class CoreConfig(AppConfig):
    """The records that know no app."""

    name = "core"
    verbose_name = _("Records")

    def ready(self):
        """Let every app register its permissions, and what lower floors collect (see core/registry.py)."""
        autodiscover_modules("rules", "offers")
