"""Whose a process is, told by its environment."""

import os
import subprocess
from pathlib import Path

from tests.services.processes import MARK, belongs

ROOT = Path("/nowhere")
BECOMING = "exec sh -c 'exec sh -c \"exec cat\"'"


def test_a_process_belongs_also_while_it_becomes_another_program() -> None:
    """In the moment of becoming, the kernel shows no environment: many looks at many processes meet it."""
    environment = {MARK: str(ROOT), "PATH": os.environ["PATH"]}
    for _ in range(30):
        command = ["/bin/sh", "-c", BECOMING]
        with subprocess.Popen(command, env=environment, stdin=subprocess.PIPE) as process:  # noqa: S603 - our own
            looks = [belongs(process.pid, ROOT) for _ in range(200)]
            process.kill()
        assert all(looks)


def test_a_process_that_has_ended_belongs_to_nobody() -> None:
    with subprocess.Popen(["/bin/true"], env={MARK: str(ROOT)}) as process:
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert not belongs(process.pid, ROOT)
