"""A project on PostgreSQL: one alias leaves no connection behind, as is Django's default, and one keeps them."""

import os
from typing import Any

from tests.live.django.project import server

_SERVER: dict[str, Any] = server(os.environ["PROJECT_DATABASE"])

DATABASES = {
    "default": {**_SERVER, "OPTIONS": {"application_name": "guests"}},
    "kept": {
        **_SERVER,
        "OPTIONS": {"application_name": "guests kept"},
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
    },
}
INSTALLED_APPS = ["columba_producer.django", "guests"]
SECRET_KEY = "x"
