"""What pigeonpost's commands do, for code that calls it: each is one pass of Columba's own commands."""

import warnings

from columba_producer.django.about.passing import cancel_waiting as kill_pigeons
from columba_producer.django.about.passing import deliver_once as deploy_pigeons

__all__ = ["deploy_pigeons", "kill_pigeons", "send_email"]

send_email = deploy_pigeons

warnings.warn(
    "pigeonpost.tasks: from columba_producer.django.about.passing import deliver_once, cancel_waiting",
    DeprecationWarning,
    stacklevel=2,
)
