"""Orders in the admin, beside what was told of them."""

from django.contrib import admin

from shop.models import Order

admin.site.register(Order)
