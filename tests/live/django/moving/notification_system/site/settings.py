"""The settings of a project that used django-notification-system: what is new stands under COLUMBA."""

import os
from pathlib import Path
from typing import Any, Final

_HERE: Final = Path(__file__).parent
SECRET_KEY: Final = "x"
DATABASES: Final = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ["SITE_DATABASE"]}}
INSTALLED_APPS: Final = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "columba_producer.django",
    "django_notification_system",
]
TEMPLATES: Final = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [_HERE / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
MIDDLEWARE: Final = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
ROOT_URLCONF: Final = "greetings.urls"
ALLOWED_HOSTS: Final = ["testserver"]
USE_TZ: Final = True
DEFAULT_AUTO_FIELD: Final = "django.db.models.BigAutoField"
NOTIFICATION_SYSTEM_TARGETS: Final = {
    "twilio_sms": {"account_sid": "", "auth_token": "", "sender": ""},
    "email": {"from_email": "eggs@example.com"},
}
NOTIFICATION_SYSTEM_HANDLERS: Final = [str(_HERE / "pigeons"), "/nowhere/at/all"]

COLUMBA: Final[dict[str, Any]] = {
    "TARGETS": ["email", "sms", "push", "carrier_pigeon"],
}
