"""What consumers load of this app: notices as messages, who wants none, and the project's own handlers as targets."""

from typing import Final

from columba_consumers import before_delivery
from columba_shared.event import Event, Recipient
from columba_shared.notice import CATEGORY

from django_notification_system.handled import target_of
from django_notification_system.targets import handler_files, target_for
from django_notification_system.wanted import require_wanted

COLUMBA_MODULES: Final = ("columba_consumers.notifications",)

for _module, _file in handler_files().items():
    globals()[f"target_{_module}"], globals()[f"render_{_module}"] = target_of(target_for(_module), _file)


@before_delivery(f"{CATEGORY}.*")
def wanted(message: object, event: Event, recipient: Recipient) -> None:  # noqa: ARG001 - as hooks are called
    """Send nothing to who has opted out in the project's tables, of which the log may know nothing yet."""
    require_wanted(recipient.user, event.target, recipient.address)
