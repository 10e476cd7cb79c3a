"""The shop's pages."""

from django.urls import path

from shop.views import buy, front

urlpatterns = [path("", front), path("buy", buy)]
