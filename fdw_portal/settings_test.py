"""Settings of the test suite: the real ones, with a quick hasher, mail in memory and no manifest."""

import os
from urllib.parse import urlsplit

from fdw_portal.settings import *  # noqa: F403
from fdw_portal.settings import CACHES, REDIS_URL, STORAGES, TEMPLATES

SECRET_KEY = "for-tests-only"  # noqa: S105
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
SECURE_SSL_REDIRECT = False
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
STORAGES = STORAGES | {
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
}
if REDIS_URL:  # a database of its own for each worker of the suite: one clears its cache while another counts in it
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]) % 15
    address = urlsplit(REDIS_URL)._replace(path=f"/{worker + 1}").geturl()
    CACHES = CACHES | {"default": CACHES["default"] | {"LOCATION": address}}
else:
    CACHES = CACHES | {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
CELERY_TASK_ALWAYS_EAGER = True
STAFF_SECOND_FACTOR = False
WHITENOISE_AUTOREFRESH = True


class Undefined(str):
    """Makes a template variable that does not exist fail the test instead of printing nothing."""

    def __mod__(self, missing):
        raise AssertionError(f"undefined template variable: {missing}")

    def __contains__(self, item):
        return item == "%s"


TEMPLATES[0]["OPTIONS"]["string_if_invalid"] = Undefined("%s")
