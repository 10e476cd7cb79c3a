"""The settings of the project: what has changed is the line COLUMBA, and columba_producer.django beside pigeonpost."""

from pathlib import Path

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": Path("project.sqlite3").resolve(),
        "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 30},
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sites",
    "columba_producer.django",
    "pigeonpost",
    "newsdesk",
]
SECRET_KEY = "x"
SITE_ID = 1
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
USE_TZ = True
COLUMBA = {"MAILDIR": "letters"}
