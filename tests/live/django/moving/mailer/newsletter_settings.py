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
MAILER_EMAIL_MAX_BATCH = int(os.environ["PROJECT_MAX_BATCH"]) if "PROJECT_MAX_BATCH" in os.environ else None
MAILER_EMAIL_THROTTLE = float(os.environ.get("PROJECT_THROTTLE", "0"))
MAILER_PAUSE_SEND = "PROJECT_PAUSED" in os.environ
SECRET_KEY = "x"
SERVER_EMAIL = "server@example.com"
