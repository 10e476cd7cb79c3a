"""`python -m tests.system.ways` is `columba` with two more targets, push and sms: mail under other names.

Their messages are EmailMessages that the app's renderers make; the test's SMTP server refuses them as it is told to,
and keeps what it took. What is in doubt is left for a person.
"""

import runpy
from dataclasses import replace
from functools import partial
from typing import Any, Final

from columba_consumers import EmailMessage
from columba_consumers.delivery.decision import InDoubtPolicy, Policy
from columba_consumers.pace.limits import Limits
from columba_consumers.rendering import MessageParts
from columba_consumers.targets import built_in
from columba_consumers.targets.built_in import TargetKit
from columba_consumers.targets.email import EmailTarget, email_settings
from columba_shared.settings import Settings

WAYS: Final = ("push", "sms")


def _way(name: str, settings: Settings) -> EmailTarget:
    """Return mail by another name."""
    kind: type[EmailTarget] = type(name, (EmailTarget,), {"name": name})
    return kind(email_settings(settings))


_policy: Final = built_in._policy  # noqa: SLF001 - a test's


def policy(settings: Settings, target: str) -> Policy:
    """Return a target's policy: mail's own, or what these have of it."""
    own = _policy(settings, "email")
    return own if target == "email" else replace(own, in_doubt=InDoubtPolicy.PARK, quiet=None, keeps=False, caps=())


def _kit(name: str, settings: Settings) -> TargetKit:
    """Return one of these targets, ready to be used."""
    parts: MessageParts[Any] = MessageParts(target=name, message=EmailMessage, parts=())
    return TargetKit(
        target=_way(name, settings), leads_to="a test", parts=parts, policy=policy(settings, name), limits=Limits()
    )


def bring() -> None:
    """Let this process have these targets too; apps will bring theirs by a mark."""
    built_in._policy = policy  # noqa: SLF001 - a test's
    for name in WAYS:
        built_in._MAKERS[name] = partial(_kit, name)  # noqa: SLF001 - a test's


if __name__ == "__main__":
    bring()
    runpy.run_module("columba_consumers", run_name="__main__", alter_sys=True)
