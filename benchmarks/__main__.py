"""`python -m benchmarks`: measure, print, and exit with 1 when a mail was lost or doubled."""

import sys
from collections.abc import Sequence

from rich.console import Console

from benchmarks.bench import Bench
from benchmarks.options import Options
from benchmarks.report import as_json, show
from benchmarks.sink import running_sink
from tests.services.guard import guarded
from tests.services.services import Services, start


def main(arguments: Sequence[str]) -> int:
    """Run the bench on servers of its own."""
    options = Options.of(list(arguments))
    told = Console(stderr=True, highlight=False)
    told.print("starting RabbitMQ and PostgreSQL …", style="dim")
    with guarded(Services.create()) as services, running_sink() as sink:
        start((services.rabbitmq, services.postgres))
        result = Bench(options, services, sink, lambda what: told.print(f"{what} …", style="dim")).run()
    console = Console()
    show(result, console if console.is_terminal else Console(width=180))
    if options.json is not None:
        options.json.write_bytes(as_json(result))
    return 0 if result.good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
