"""What follows when deliveries by a target fail, as settings say; nothing is opened, and no app is loaded."""

from columba_shared.log.caps import EVERY_KIND, Cap
from columba_shared.settings import Settings

from columba_consumers.delivery.backoff import RetryPolicy
from columba_consumers.delivery.decision import InDoubtPolicy, Policy
from columba_consumers.delivery.quiet import QuietHours


def policies(settings: Settings) -> dict[str, Policy]:
    """Return the policy of every target that there may be: the reconciler's need."""
    return {target: policy_of(settings, target) for target in settings.of_target}


def policy_of(settings: Settings, target: str) -> Policy:
    """Return the policy of one of COLUMBA_TARGETS, or of one that comes with Columba."""
    chosen = settings.of_target[target]
    retry = RetryPolicy(
        max_attempts=chosen.max_attempts,
        first=chosen.retry_first,
        longest=chosen.retry_longest,
        network=chosen.retry_network,
    )
    caps = tuple(Cap(pattern=pattern, number=number, period=period) for pattern, number, period in chosen.caps)
    if target == "email" and settings.sink_email is not None and settings.sink_limit is not None:
        number, period = settings.sink_limit
        caps += (Cap(pattern=EVERY_KIND, number=number, period=period, sink=True),)
    quiet = None if chosen.quiet is None else QuietHours(begin=chosen.quiet[0], end=chosen.quiet[1], zone=settings.zone)
    return Policy(
        retry=retry, in_doubt=InDoubtPolicy(chosen.in_doubt), quiet=quiet, keeps=chosen.keep == "sent", caps=caps
    )
