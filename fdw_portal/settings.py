"""All settings, from the environment. Every variable is documented in docs/settings.md.

Without DATABASE_URL and REDIS_URL the portal is *embedded*: SQLite, a file broker, a file cache, all in
FDW_DATA_DIR. Odd values are refused loudly at start.
"""

import logging
import re
import secrets
from email.utils import parseaddr
from pathlib import Path

from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from environs import Env, validate

env = Env()
BASE_DIR = Path(__file__).resolve().parent.parent

DATA_DIR = Path(env.str("FDW_DATA_DIR", str(BASE_DIR / "var"))).resolve()
DEMO = env.bool("FDW_DEMO", False)
DEBUG = env.bool("DEBUG", False)
EMBEDDED = not env.str("DATABASE_URL", "")
REDIS_URL = env.str("REDIS_URL", "")
HTTPS = env.bool("FDW_HTTPS", not EMBEDDED)
PORT = env.int("PORT", 8000)
SITE_URL = env.str("SITE_URL", f"http://localhost:{PORT}").rstrip("/")


def data_folder(name: str) -> Path:
    """Return FDW_DATA_DIR/name, made if absent."""
    folder = DATA_DIR / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def kept_secret() -> str:
    """Return the embedded site's own secret key, made once and kept in the data folder (mode 600)."""
    path = data_folder("secrets") / "secret_key"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(50))
    return path.read_text().strip()


SECRET_KEY = env.str("SECRET_KEY", "") or (kept_secret() if EMBEDDED else env.str("SECRET_KEY"))
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", [])

# Left to right as the staircase of imports climbs; core first, so that its templates and tags are found first.
PORTAL_APPS = ["core", "reminders", "accounts", "search", "programme", "courses", "clinics"]
INSTALLED_APPS = [
    "modeltranslation",
    "fdw_portal.apps.PortalAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "django.contrib.sitemaps",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "anymail",
    "crispy_forms",
    "crispy_bootstrap5",
    "csp",
    "rules",
    "simple_history",
    *PORTAL_APPS,
]

COMPRESS = env.bool("FDW_COMPRESS", EMBEDDED)
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    *(["core.middleware.Compress"] if COMPRESS else []),
    "csp.middleware.CSPMiddleware",
    "core.pagecache.VisitorPageCache",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "core.middleware.RefuseBrokenInput",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "accounts.looking.AsThatPerson",
    "accounts.middleware.AsThisPerson",
    "core.middleware.LoginKeepingWhatWasTyped",
    "core.middleware.LeadElsewhere",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "fdw_portal.urls"
WSGI_APPLICATION = "fdw_portal.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "core.context.page",
            ],
            "builtins": ["django.templatetags.i18n", "django.templatetags.static", "core.templatetags.fdw"],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.DjangoTemplates"
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"
CRISPY_FAIL_SILENTLY = False

# Data ---------------------------------------------------------------------------------------------
if EMBEDDED:
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": data_folder("") / "portal.sqlite3",
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
            },
        }
    }
else:
    DATABASES = {"default": env.dj_db_url("DATABASE_URL", conn_max_age=300, conn_health_checks=True)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_PATIENCE = {"socket_connect_timeout": 1, "socket_timeout": 2}  # a silent Redis must not hold a page
if REDIS_URL:
    CACHES = {"default": {"BACKEND": "core.cache.ForgivingRedisCache", "LOCATION": REDIS_URL, "OPTIONS": REDIS_PATIENCE}}
else:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
            "LOCATION": data_folder("cache"),
            "OPTIONS": {"MAX_ENTRIES": 5000},
        }
    }
# Kept in each process, under a version or generation in the key, so that a hit costs no round trip.
CACHES["process"] = {
    "BACKEND": "core.cache.ObjectCache",
    "LOCATION": "process",
    "OPTIONS": {"MAX_ENTRIES": 5000},
}

MEDIA_ROOT = data_folder("media")
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "fdw_portal" / "static"]
STATIC_ROOT = Path(env.str("STATIC_ROOT", str(data_folder("static"))))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_MAX_AGE = 3600
DATA_UPLOAD_MAX_MEMORY_SIZE = 3 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
FILE_UPLOAD_PERMISSIONS = 0o640
PHOTO_MAX_BYTES = 5 * 1024 * 1024
MEDIA_MAX_BYTES = env.int("MEDIA_MAX_MB", 60) * 1024 * 1024

# Languages and time -------------------------------------------------------------------------------
# The languages are code, not configuration: templates, content and migrations know them.
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("fr", "Français"), ("es", "Español")]
LOCALE_PATHS = [BASE_DIR / "locale"]
MODELTRANSLATION_LANGUAGES = ("en", "fr", "es")
MODELTRANSLATION_DEFAULT_LANGUAGE = "en"
MODELTRANSLATION_FALLBACK_LANGUAGES = ()  # a fallback is chosen by the view and marked, never silent
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
PROGRAMME_ZONE = "Europe/Rome"  # Turin

# People -------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
SILENCED_SYSTEM_CHECKS = ["auth.W004"]  # e-mail is unique without case, by a constraint on Lower(email)
AUTHENTICATION_BACKENDS = [
    "rules.permissions.ObjectPermissionBackend",
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "accounts.adapter.PortalAccountAdapter"
ACCOUNT_FORMS = {"signup": "accounts.forms.SignupForm", "login": "accounts.forms.LoginForm"}
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_MAX_EMAIL_ADDRESSES = 5
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_USER_DISPLAY = "accounts.models.display_name"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_RATE_LIMITS = {
    "login": "30/m/ip",
    "login_failed": "10/m/ip,5/5m/key",
    "signup": "20/m/ip",
    "request_login_code": "20/m/ip,3/m/key",
    "reset_password": "20/m/ip,5/m/key",
    "reset_password_from_key": "20/m/ip",
    "confirm_email": "1/30s/key",
    "manage_email": "10/m/user",
    "change_password": "5/m/user",
    "reauthenticate": "10/m/user",
    "sign_in_link": "20/m/ip",
}
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXIES", 0)
MFA_ADAPTER = "accounts.adapter.PortalMFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Financing Decent Work"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEBUG or EMBEDDED
USERSESSIONS_TRACK_ACTIVITY = False
SOCIALACCOUNT_ADAPTER = "accounts.adapter.PortalSocialAdapter"
SOCIALACCOUNT_LOGIN_ON_GET = True  # form-action 'self' stops a form that leads off the site; a link may
SOCIALACCOUNT_ONLY = False
SOCIALACCOUNT_EMAIL_AUTHENTICATION = True
SOCIALACCOUNT_PROVIDERS = {}
if env.str("OIDC_URL", ""):
    SOCIALACCOUNT_PROVIDERS["openid_connect"] = {
        "APPS": [
            {
                "provider_id": "oidc",
                "name": env.str("OIDC_NAME", "Single sign-on"),
                "client_id": env.str("OIDC_CLIENT_ID"),
                "secret": env.str("OIDC_SECRET"),
                "settings": {"server_url": env.str("OIDC_URL")},
            }
        ]
    }
STAFF_SECOND_FACTOR = env.bool("STAFF_SECOND_FACTOR", not DEMO)
SESSION_COOKIE_AGE = 60 * 60 * 24 * 30
CONSENT_VERSION = "2026-11"

# Mail ---------------------------------------------------------------------------------------------
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "Financing Decent Work <programme@localhost>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
ADMINS = [("Operator", address) for address in env.list("ADMINS", [])]
EMAIL_TIMEOUT = 20
if env.str("EMAIL_URL", ""):
    _mail = env.dj_email_url("EMAIL_URL")
    EMAIL_BACKEND = _mail["EMAIL_BACKEND"]
    EMAIL_HOST, EMAIL_PORT = _mail["EMAIL_HOST"], _mail["EMAIL_PORT"]
    EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _mail["EMAIL_HOST_USER"], _mail["EMAIL_HOST_PASSWORD"]
    EMAIL_USE_TLS, EMAIL_USE_SSL = _mail["EMAIL_USE_TLS"], _mail["EMAIL_USE_SSL"]
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = data_folder("mail")

# Mail that comes in: by the mail server's pipe, from a mailbox, or by the webhook of a sending service
INBOUND_ADDRESS = env.str("INBOUND_ADDRESS", parseaddr(DEFAULT_FROM_EMAIL)[1])
if not re.fullmatch(r"[A-Za-z0-9._-]{1,20}@[A-Za-z0-9.-]+", INBOUND_ADDRESS):
    raise ImproperlyConfigured("INBOUND_ADDRESS is a bare address with at most 20 plain characters before the @")
INBOUND_KEEP_DAYS = env.int("INBOUND_KEEP_DAYS", 90)
INBOUND_ESP = env.str("INBOUND_ESP", "", validate=validate.OneOf(["", "mailjet", "postmark", "sparkpost"]))
ANYMAIL = {"WEBHOOK_SECRET": env.str("ANYMAIL_WEBHOOK_SECRET", "")}
if INBOUND_ESP and len(ANYMAIL["WEBHOOK_SECRET"]) < 20:
    raise ImproperlyConfigured("INBOUND_ESP needs ANYMAIL_WEBHOOK_SECRET, name:password with 20 characters or more")

# Queue: the rows in the database are the queue of record, Celery only rings the bell --------------
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_TIME_LIMIT = 600
if REDIS_URL:
    CELERY_BROKER_URL = REDIS_URL
    CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 900}
else:
    CELERY_BROKER_URL = "filesystem://"
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(data_folder("broker/messages")),
        "data_folder_out": str(data_folder("broker/messages")),
        "control_folder": str(data_folder("broker/control")),
    }
CELERY_BEAT_SCHEDULE_FILENAME = str(data_folder("beat") / "schedule")
CELERY_BEAT_SCHEDULE = {
    "deliver": {"task": "reminders.tasks.deliver", "schedule": 20.0, "options": {"expires": 20}},
    "sweep_jobs": {"task": "core.tasks.sweep_jobs", "schedule": 60.0, "options": {"expires": 50}},
    "keep_schedule": {"task": "courses.tasks.keep_schedule", "schedule": 60.0, "options": {"expires": 50}},
    "tend_mail": {"task": "reminders.tasks.tend_mail", "schedule": crontab(minute="*/10"), "options": {"expires": 300}},
    "invited": {
        "task": "clinics.tasks.expire_invitations",
        "schedule": crontab(minute="*/10"),
        "options": {"expires": 300},
    },
    "offers": {"task": "clinics.tasks.expire_offers", "schedule": crontab(minute="*/10"), "options": {"expires": 300}},
    "plan": {"task": "reminders.tasks.plan", "schedule": crontab(minute="*/10"), "options": {"expires": 300}},
}

# Safety -------------------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "media-src": [SELF],
        "connect-src": [SELF],
        "font-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    },
}
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^health/$"]
SECURE_HSTS_SECONDS = 31536000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ALLAUTH_TRUSTED_PROXY_COUNT else None
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "fdw_portal.views.csrf_failure"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": env.log_level("LOG_LEVEL", logging.INFO)},
}
