"""What consumers load of this app: notices as messages, and the project's own handlers as targets."""

from typing import Final

from django_notification_system.handled import target_of
from django_notification_system.targets import handler_files, target_for

COLUMBA_MODULES: Final = ("columba_consumers.notifications",)

for _module, _file in handler_files().items():
    globals()[f"target_{_module}"], globals()[f"render_{_module}"] = target_of(target_for(_module), _file)
