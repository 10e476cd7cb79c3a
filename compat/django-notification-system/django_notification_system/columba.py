"""For consumers: name this module in COLUMBA_APP, or list it in COLUMBA_MODULES, and the project's handlers are targets."""

from typing import Final

import django
from django.apps import apps

if not apps.ready:
    django.setup()

from django_notification_system.handled import target_of  # noqa: E402 - needs the project's models
from django_notification_system.targets import handler_files, target_for  # noqa: E402 - as above

COLUMBA_MODULES: Final = ("columba_consumers.notifications",)

for _module, _file in handler_files().items():
    globals()[f"target_{_module}"], globals()[f"render_{_module}"] = target_of(target_for(_module), _file)
