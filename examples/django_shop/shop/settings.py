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
MIDDLEWARE = ["django.middleware.common.CommonMiddleware"]
INSTALLED_APPS = ["shop", "columba_producer.django"]

DEFAULT_FROM_EMAIL = "shop@example.com"
COLUMBA = {
    "MAILDIR": FOLDER / "columba-mail",  # until COLUMBA_SMTP_URL is set
    "TEMPLATES": Path(__file__).parents[1] / "templates",
}
if django.VERSION >= (6, 1):
    MAILERS = {"default": {"BACKEND": "columba_producer.django.EmailBackend"}}
else:
    EMAIL_BACKEND = "columba_producer.django.EmailBackend"
