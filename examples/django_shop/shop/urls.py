"""The shop's pages."""

from django.contrib import admin
from django.urls import path

from shop.views import buy, front

urlpatterns = [path("", front), path("buy", buy), path("admin/", admin.site.urls)]
