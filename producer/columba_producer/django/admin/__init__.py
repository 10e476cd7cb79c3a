"""The log in Django's admin: add `"columba_producer.django.admin"` to INSTALLED_APPS, beside `"django.contrib.admin"`.

Django imports this package for every project that has an admin, since it lies in Columba's app: nothing is in it.
"""
