"""`python -m tests.system.amazon PORT CERTIFICATE` is `columba web`, to which this port of this machine is Amazon SNS.

The certificate is the authority's whose servers are believed. All else is as users have it.
"""

import re
import ssl
import sys

from columba_consumers.bounces.posted.amazon import Amazon
from columba_consumers.cli.opening import log_of, settings
from columba_consumers.process.loop import run
from columba_consumers.process.web import web


def main(port: str, certificate: str) -> None:
    """Serve until a signal asks to stop."""
    amazon = Amazon(places=re.compile(rf"127\.0\.0\.1:{port}"), trust=ssl.create_default_context(cafile=certificate))
    read = settings()
    with log_of(read) as engine:
        run(web(read, engine, amazon=amazon))


if __name__ == "__main__":
    main(*sys.argv[1:])
