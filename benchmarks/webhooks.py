"""`python -m benchmarks.webhooks`: beside a bare aiohttp client, our target alone and in a whole consumer."""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, Final

from columba_producer import EventRequest, Producer
from columba_shared.log.engine import connect
from columba_shared.log.migration import migrate
from columba_shared.publishing.connection import Access
from columba_shared.topology import Plan
from columba_shared.topology.declare import declare

from benchmarks.bare.cost import Cost, apart
from benchmarks.bare.webhook import SETTINGS, by_aiohttp, by_target
from benchmarks.consumer import Consumers
from benchmarks.hooks import Hooks, running_hooks, url_of
from benchmarks.patience import wait_until
from benchmarks.usage import Crowd
from benchmarks.workload import KIND, context
from tests.services.guard import guarded
from tests.services.processes import MARK
from tests.services.services import Services, start

ROUNDS: Final = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """Webhooks that a consumer took from RabbitMQ, claimed, posted and logged in PostgreSQL."""

    posts: int
    per_second: float
    cpu_seconds_per_1000: float
    lost: int
    doubled: int


def main(arguments: Sequence[str]) -> int:
    """Measure and print; status 1 when a post was lost or doubled, or our target manages less than half."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.webhooks", description=__doc__)
    parser.add_argument("--posts", type=int, default=3000, help="how many posts in each round (3000)")
    parser.add_argument("--whole", action="store_true", help="measure whole consumers too, on servers of this run")
    given = parser.parse_args(list(arguments))
    crowd = Crowd()
    with running_hooks() as hooks:
        url = url_of(hooks)
        pairs = [(apart(by_aiohttp, url, given.posts), apart(by_target, url, given.posts)) for _ in range(ROUNDS)]
        posted = hooks.take()
        exact = len({each.webhook_id for each in posted}) == len(posted) == 2 * ROUNDS * given.posts
        ratio = median(ours.per_second / bare.per_second for bare, ours in pairs)
        by_cpu = median(bare.microseconds / ours.microseconds for bare, ours in pairs)
        for place in (0, 1):
            _show([pair[place] for pair in pairs])
        print(f"ratio, the median of {ROUNDS} rounds: {ratio:.2f} (at least 0.5); by processor time {by_cpu:.2f}")
        whole = _whole(hooks, given.posts) if given.whole else None
    if whole is not None:
        share = whole.per_second / median(pair[0].per_second for pair in pairs)
        print(
            f"in a consumer, RabbitMQ and PostgreSQL: {whole.per_second:,.0f}/s ({share:.2f} of bare); "
            f"{whole.cpu_seconds_per_1000:.2f} CPU s per 1,000; lost {whole.lost}, doubled {whole.doubled}"
        )
        exact = exact and not (whole.lost or whole.doubled)
    print(f"others on this machine used {crowd.others():.1f} cores meanwhile")
    return 0 if exact and ratio >= 0.5 else 1  # noqa: PLR2004 - what is asked of it


def _show(costs: Sequence[Cost]) -> None:
    per_second = median(each.per_second for each in costs)
    seconds = median(each.microseconds for each in costs) / 1000
    print(f"{costs[0].part}: {per_second:,.0f}/s, {seconds:.2f} CPU s per 1,000")


def _whole(hooks: Hooks, posts: int) -> Whole:
    with (
        guarded(Services.create()) as services,
        _started(services).rabbitmq.vhost() as broker_url,
        services.postgres.database() as database_url,
    ):
        declare(Plan.for_targets(("webhook",)), Access.to(broker_url))
        engine = connect(database_url)
        migrate(engine)
        engine.dispose()
        with Producer(broker_url, name="bench", targets=("webhook",)) as producer:
            producer.enqueue_many(
                EventRequest(kind=KIND, to=f"{url_of(hooks)}/{number}", target="webhook", context=context(number))
                for number in range(posts)
            )
        environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "COLUMBA_ENV_FILE": os.devnull,
            "COLUMBA_BROKER_URL": broker_url,
            "COLUMBA_DATABASE_URL": database_url,
            "COLUMBA_LOG_LEVEL": "warning",
            MARK: str(services.root),
            **SETTINGS,
        }
        command = [sys.executable, "-m", "columba_consumers", "work", "webhook"]
        with subprocess.Popen(command, env=environment) as process:  # noqa: S603 - ourselves
            consumers = Consumers(processes=(process,))
            wait_until(lambda: hooks.count > 0, consumers)
            before = consumers.cpu_seconds()
            wait_until(lambda: hooks.count >= posts, consumers)
            time.sleep(1)  # the last commits, and whatever would be doubled
            cpu = consumers.cpu_seconds() - before
            consumers.stop()
        return _counted(hooks.take(), posts, cpu)


def _started(services: Services) -> Services:
    start((services.rabbitmq, services.postgres))
    return services


def _counted(arrivals: Sequence[Any], posts: int, cpu: float) -> Whole:
    different = len({each.webhook_id for each in arrivals})
    return Whole(
        posts=posts,
        per_second=len(arrivals) / (arrivals[-1].at - arrivals[0].at),
        cpu_seconds_per_1000=cpu * 1000 / posts,
        lost=posts - different,
        doubled=len(arrivals) - different,
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
