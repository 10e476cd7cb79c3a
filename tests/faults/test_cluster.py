"""A cluster of three nodes loses the one that leads most queues: all arrive, once, none early, none much too late."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.faults.conftest import Tell
from tests.faults.deferred import Load, begin, everybody_got_one, lateness, publish
from tests.services.cluster import Cluster
from tests.services.smtp_control import SmtpProcess
from tests.system.system import System, running, scaled, until

LOAD = Load(
    events=scaled(120, 10_000),
    over_seconds=scaled(6, 60),
    head_start=timedelta(seconds=scaled(3, 20)),
)
AT_MOST_LATE = timedelta(seconds=scaled(45, 15))
"""Once the reconciler has come, or a letter was tried a second time; on a busy machine each takes its time."""
_ON_THE_WAY = ("columba.wait.", "columba.email.")
"""How the queues begin through which a deferred event comes: the delays' and the target's."""


@pytest.fixture
def clustered(tmp_path: Path, cluster: Cluster, postgres_log_url: str, smtp: SmtpProcess) -> Iterator[System]:
    """Columba on three nodes; its processes know them all."""
    with running(System(tmp_path, cluster.url, postgres_log_url, smtp)) as system:
        yield system


def led(cluster: Cluster) -> Counter[str]:
    """Return how many of the queues that matter here each node leads."""
    return Counter(node for queue, node in cluster.leaders().items() if queue.startswith(_ON_THE_WAY))


def test_the_loss_of_the_node_that_leads_most_makes_nothing_lost_doubled_early_or_late(
    clustered: System, cluster: Cluster, tell: Tell
) -> None:
    begin(clustered)
    addresses = publish(clustered, LOAD)
    until(lambda: clustered.smtp.count().accepted >= LOAD.events // 4, "a quarter is delivered")
    leading = led(cluster)
    victim = max(cluster.nodes, key=lambda node: leading[node.node])
    assert leading[victim.node] >= leading.total() / len(cluster.nodes)
    victim.kill()
    killed_at = datetime.now(UTC)
    assert victim not in cluster.alive()
    until(lambda: victim.node not in led(cluster), "others lead what the dead node led")
    elected_at = datetime.now(UTC)
    everybody_got_one(clustered, addresses)
    after, whole = lateness(clustered, due_after=killed_at), lateness(clustered)
    tell(f"{victim.node} led {leading[victim.node]} of {leading.total()} queues, replaced in {elected_at - killed_at}")
    tell(f"{whole}; due after the kill: {after}")
    assert after.seconds, "nothing was left to come when the node died"
    assert whole.seconds[0] >= 0
    assert whole.seconds[-1] <= AT_MOST_LATE.total_seconds()
