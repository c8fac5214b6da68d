"""The Celery app. Tasks take ids only; what must not be lost is a row with a lease (see docs/architecture.md)."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fdw_portal.settings")
app = Celery("fdw_portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
