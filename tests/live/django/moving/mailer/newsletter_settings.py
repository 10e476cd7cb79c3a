"""The settings of the project: those of before, and COLUMBA beside the app under its old name."""

import os
from pathlib import Path

import django

_FOLDER = Path(os.environ["PROJECT_FOLDER"])

ADMINS = [("Ada", "ada@example.org")] if django.VERSION < (6, 0) else ["ada@example.org"]
MANAGERS: list[str] = []
COLUMBA = {"SMTP_URL": os.environ["PROJECT_SMTP"], "OPERATOR": "the tests"}
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": _FOLDER / "project.sqlite3"}}
DEFAULT_FROM_EMAIL = "news@example.com"
EMAIL_BACKEND = "mailer.backend.DbBackend"
INSTALLED_APPS = ["columba_producer.django", "mailer", "newsletter"]
SECRET_KEY = "x"
SERVER_EMAIL = "server@example.com"
