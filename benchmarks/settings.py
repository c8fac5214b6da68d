"""The real settings and one page more: the floor, which the product does not have."""

from pathlib import Path

from fdw_portal.settings import *  # noqa: F403
from fdw_portal.settings import TEMPLATES

ROOT_URLCONF = "benchmarks.urls"
TEMPLATES[0]["DIRS"].append(Path(__file__).parent / "templates")
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
