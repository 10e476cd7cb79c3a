"""The shop's settings: what is about Columba stands at the end."""

import os
from pathlib import Path

import django

FOLDER = Path(os.environ.get("SHOP_FOLDER", Path(__file__).parents[1]))

SECRET_KEY = "known to everybody who reads this example"  # noqa: S105 - an example's
DEBUG = True
TIME_ZONE = "UTC"
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
ROOT_URLCONF = "shop.urls"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": FOLDER / "shop.sqlite3",
        "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 30},  # `columba up` writes into the same file
    }
}
STATIC_URL = "static/"
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
_CONTEXT = (
    "django.template.context_processors.request",
    "django.contrib.auth.context_processors.auth",
    "django.contrib.messages.context_processors.messages",
)
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": _CONTEXT},
    }
]
INSTALLED_APPS = [
    "shop",
    "columba_producer.django",
    "columba_producer.django.admin",  # the log, in the admin
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]

DEFAULT_FROM_EMAIL = "shop@example.com"
COLUMBA = {
    "MAILDIR": FOLDER / "columba-mail",  # until COLUMBA_SMTP_URL is set
    "TEMPLATES": Path(__file__).parents[1] / "templates",
}
if django.VERSION >= (6, 1):
    MAILERS = {"default": {"BACKEND": "columba_producer.django.EmailBackend"}}
else:
    EMAIL_BACKEND = "columba_producer.django.EmailBackend"
