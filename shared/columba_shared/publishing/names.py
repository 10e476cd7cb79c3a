"""Names of hosts, looked up in threads: the system may wait for a silent name server for half a minute, nobody else."""

import socket
import threading
from concurrent.futures import Future
from datetime import timedelta

from columba_shared.forking import forgets_when_forked


class Names:
    """One thread for each name that is being looked up, however many wait for it."""

    def __init__(self) -> None:
        self.forget()
        forgets_when_forked(self)

    def forget(self) -> None:
        """In a forked child: there are none of the parent's threads."""
        self._lock = threading.Lock()
        self._lookups: dict[str, Future[None]] = {}

    def require(self, host: str, *, timeout: timedelta) -> None:
        """Return once a host is known to have an address; raises OSError, which TimeoutError is, too."""
        with self._lock:
            lookup = self._lookups.get(host)
            if lookup is None:
                lookup = self._lookups[host] = Future()
                self._begin(host, lookup)
        try:
            lookup.result(timeout.total_seconds())
        except TimeoutError as error:
            raise TimeoutError(f"no name server said in {timeout.total_seconds():g} s where {host} is") from error

    def _begin(self, host: str, lookup: "Future[None]") -> None:
        """Look it up in a thread; raises OSError where the system has none to spare, or the program is ending."""
        thread = threading.Thread(target=self._look, args=(host, lookup), name="columba-names", daemon=True)
        try:
            thread.start()
        except RuntimeError as error:  # nobody would ever answer those who come later
            del self._lookups[host]
            raise OSError(f"no thread could be started that asks where {host} is: {error}") from error

    def _look(self, host: str, lookup: "Future[None]") -> None:
        error = _trouble_with(host)
        with self._lock:  # before those who wait are told: who asks again wants it looked up again
            self._lookups.pop(host, None)
        if error is None:
            lookup.set_result(None)
        else:
            lookup.set_exception(error)


def _trouble_with(host: str) -> OSError | None:
    try:
        socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError as error:
        return error
    except UnicodeError:
        return OSError(f"{host!r:.80} is no name of a host")
    except Exception as error:  # noqa: BLE001 - whatever it is, those who wait are told of it
        return OSError(f"{host!r:.80} cannot be looked up: {type(error).__name__}: {error}")
    return None
