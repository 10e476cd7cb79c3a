"""A gazette's settings: those of django-carrier-pigeon as they were, and what is about Columba at the end."""

import os
from pathlib import Path

FOLDER = Path(os.environ["GAZETTE_FOLDER"])
_FTP = os.environ.get("GAZETTE_FTP", "dummy://nobody")

SECRET_KEY = "known to everybody who reads this"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": FOLDER / "gazette.sqlite3"}}
MEDIA_ROOT = FOLDER / "media"
TEMPLATES = [
    {"BACKEND": "django.template.backends.django.DjangoTemplates", "DIRS": [Path(__file__).with_name("templates")]}
]
INSTALLED_APPS = ["django.contrib.contenttypes", "carrier_pigeon", "gazette", "columba_producer.django"]

CARRIER_PIGEON_MAX_AGE = 3600 * 24 * 30
CARRIER_PIGEON_OUTPUT_DIRECTORY = str(FOLDER / "export")
CARRIER_PIGEON_MAX_PUSH_ATTEMPTS = 5
CARRIER_PIGEON_CLASSES = (
    "gazette.feeds.Partner",
    "gazette.feeds.ZipPartner",
    "gazette.feeds.Weekly",
    "gazette.feeds.ReadmeConfig",
    "gazette.feeds.Nowhere",
)
CARRIER_PIGEON_PUSH_URLS = {
    "partner": ("dummy://user:pwd@ftp.example.com", f"{_FTP}/in"),
    "zippartner": (f"{_FTP}/zip",),
    "weekly": ("dummy://user:pwd@ftp.example.com", f"{_FTP}/weekly"),
    "readmeconfig": (f"{_FTP}/readme",),
}

COLUMBA = {"TARGETS": ["email", "files"], "MAILDIR": FOLDER / "mail"}
