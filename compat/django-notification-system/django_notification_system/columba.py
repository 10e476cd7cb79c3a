"""For consumers: with this module in COLUMBA_APP or COLUMBA_MODULES, the project's handlers are targets."""

from typing import Final

import django
from django.apps import apps

if not apps.ready:
    django.setup()

from django_notification_system.handled import target_of
from django_notification_system.targets import handler_files, target_for

COLUMBA_MODULES: Final = ("columba_consumers.notifications",)

for _module, _file in handler_files().items():
    globals()[f"target_{_module}"], globals()[f"render_{_module}"] = target_of(target_for(_module), _file)
