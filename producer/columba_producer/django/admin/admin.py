"""Which lists the admin has."""

from django.contrib import admin

from columba_producer.django.admin.deliveries import DeliveryAdmin
from columba_producer.django.admin.events import EventAdmin
from columba_producer.django.admin.models import Address, Delivery, Event, Suppression
from columba_producer.django.admin.people import AddressAdmin
from columba_producer.django.admin.suppressions import SuppressionAdmin

admin.site.register(Delivery, DeliveryAdmin)
admin.site.register(Event, EventAdmin)
admin.site.register(Suppression, SuppressionAdmin)
admin.site.register(Address, AddressAdmin)
