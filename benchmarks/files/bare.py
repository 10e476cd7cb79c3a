"""Bare programs: a loop that writes and renames, and FTP clients that store and rename, each on a kept connection."""

import ftplib
import io
import os
import threading
from collections.abc import Iterator
from pathlib import Path

from benchmarks.files.workload import Workload


def write_and_rename(work: Workload, folder: Path) -> None:
    """Write each file under another name, have it on disk, rename it, and have that on disk."""
    folder.mkdir()
    for name, content in work.all():
        draft = folder / f".{name}.part"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        os.write(descriptor, content)
        os.fsync(descriptor)
        os.close(descriptor)
        draft.rename(folder / name)
        above = os.open(folder, os.O_RDONLY)
        os.fsync(above)
        os.close(above)


def store_and_rename(work: Workload, at: tuple[str, int], login: tuple[str, str], clients: int, folder: str) -> None:
    """Store each file under another name and rename it, by so many clients beside each other."""
    files = iter(work.all())
    lock = threading.Lock()
    threads = [threading.Thread(target=_client, args=(at, login, folder, files, lock)) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _client(
    at: tuple[str, int],
    login: tuple[str, str],
    folder: str,
    files: Iterator[tuple[str, bytes]],
    lock: threading.Lock,
) -> None:
    with ftplib.FTP(timeout=60) as client:  # noqa: S321 - what is measured
        client.connect(*at)
        client.login(*login)
        try:
            client.mkd(folder)
        except ftplib.error_perm:
            client.voidcmd("NOOP")  # another thread was first
        while True:
            with lock:
                name, content = next(files, ("", b""))
            if not name:
                return
            client.storbinary(f"STOR {folder}/.{name}.part", io.BytesIO(content))
            client.rename(f"{folder}/.{name}.part", f"{folder}/{name}")
