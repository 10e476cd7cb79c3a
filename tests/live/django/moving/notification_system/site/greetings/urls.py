"""The admin, and nothing else."""

from typing import Any, Final

from django.contrib import admin
from django.urls import path

urlpatterns: Final[list[Any]] = [path("admin/", admin.site.urls)]
