"""A private RabbitMQ node, alone or one of a cluster: own ports, own name register, own cookie, loopback only."""

import re
import secrets
import signal
import socket
import subprocess
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from tests.services.bare_rabbit import bare_home
from tests.services.deadlines import wait_until
from tests.services.errors import ServerFailed
from tests.services.ports import LOOPBACK
from tests.services.process import Process
from tests.services.programs import RABBITMQ
from tests.services.readiness import await_ready

# A dead-lettered message that found no leader is tried again after 10 s, not after the 3 minutes that are the default.
_ADVANCED = (
    "[{rabbit,[{dead_letter_worker_publisher_confirm_timeout,10000},{dead_letter_worker_consumer_prefetch,256}]}]."
)

_WORKERS = "[Pid || {_, Pid, _, _} <- supervisor:which_children(rabbit_fifo_dlx_sup), is_pid(Pid)]"
_LETTERING = (
    '[Queue || Queue <- rabbit_amqqueue:list(), {<<"x-dead-letter-strategy">>, _, <<"at-least-once">>} '
    "<- amqqueue:get_arguments(Queue)]"
)
_NAMES = re.compile(r"queue '([^']+)' in vhost")

_CONFIG = """\
listeners.tcp.1 = {address}:{port}
log.console = true
log.console.level = warning
log.file = false
disk_free_limit.absolute = 50MB
queue_leader_locator = balanced
consumer_timeout = 1800000
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class RabbitMQ:
    """The node, with control over its life for tests of faults."""

    root: Path
    port: int
    register_port: int
    node_port: int
    process: Process
    node: str = "columba@localhost"
    members: Sequence[str] = ()
    """The nodes of its cluster, itself included; none when it is alone."""
    cookie: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)
    """What a node must know to talk to it; a node that has started before keeps the one it has."""

    @classmethod
    def at(cls, root: Path, ports: Iterator[int]) -> "RabbitMQ":
        """Return the node of this folder; three ports are taken: for clients, for epmd, for other nodes."""
        process = Process(root=root, name="rabbitmq", user=RABBITMQ.user)
        return cls(root=root, port=next(ports), register_port=next(ports), node_port=next(ports), process=process)

    @property
    def url(self) -> str:
        """The node's default virtual host."""
        return self.url_of("%2F")

    def url_of(self, vhost: str) -> str:
        """Return the URL of a virtual host."""
        return f"amqp://guest:guest@{LOOPBACK}:{self.port}/{vhost}"

    def start(self) -> None:
        """Start the node, or the same node again, and return once it talks AMQP."""
        if self.process.pid() is not None:
            return
        self.process.prepare()
        self._configure()
        program = RABBITMQ.program("rabbitmq-server")
        # Allowing input makes the script become the node; it would else stay its parent, and a kill miss the node.
        self.process.start([program, "-noinput"], {**self._environment(), "RABBITMQ_ALLOW_INPUT": "true"})
        await_ready(self.process, self._talks, within=timedelta(seconds=90))

    def stop(self) -> None:
        """Stop the node in good order, as an operator would."""
        self.process.stop(signal.SIGTERM, within=timedelta(seconds=60))

    def kill(self) -> None:
        """Kill the node where it stands."""
        self.process.stop(signal.SIGKILL)

    def restart(self) -> None:
        """Stop in good order and start again."""
        self.stop()
        self.start()

    def ctl(self, *arguments: str) -> str:
        """Run rabbitmqctl (half a second) and return what it printed."""
        return self.process.run([RABBITMQ.program("rabbitmqctl"), "--quiet", *arguments], self._environment())

    def eval(self, expressions: str) -> str:
        """Evaluate Erlang in the node, in milliseconds, and return the value as text."""
        caller = f"caller-{uuid.uuid4().hex}"  # callers of one name at once would be refused
        done = subprocess.run(  # noqa: S603 - our own expressions
            [RABBITMQ.program("erl_call"), "-h", caller, "-sname", self.node, "-e"],
            input=f"{expressions}.\n",
            env=self.process.environment(self._environment()),
            capture_output=True,
            text=True,
            check=False,
        )
        if not done.stdout.startswith("{ok, "):
            raise ServerFailed(done.stdout + done.stderr)
        return done.stdout.removeprefix("{ok, ").removesuffix("}")

    @contextmanager
    def vhost(self) -> Iterator[str]:
        """Give the URL of a fresh virtual host, and delete it afterwards with all it holds."""
        name = f"test-{uuid.uuid4().hex[:12]}"
        everything = ", ".join(['<<".*">>'] * 3)
        self.eval(
            f'ok = rabbit_vhost:add(<<"{name}">>, <<"tests">>), '
            f'ok = rabbit_auth_backend_internal:set_permissions(<<"guest">>, <<"{name}">>, {everything}, <<"tests">>)'
        )
        try:
            yield self.url_of(name)
        finally:
            if self.process.pid() is not None:
                dead_letters = self._dead_letters_again()
                self.eval(f'rabbit_vhost:delete(<<"{name}">>, <<"tests">>)')
                if not dead_letters:  # RabbitMQ's fault after a kill, and of no concern to the tests that follow
                    self.restart()

    def at_rest(self, url: str) -> tuple[str, ...]:
        """Return the names of the queues of a virtual host; none as long as there is a message or a consumer.

        Queues are asked with patience: a leader that does not answer at once would count as one that has nothing. What
        a connection that is about to end has in hand counts, and what is on its way as a dead letter.
        """
        vhost = url.rpartition("/")[2]
        told = self.eval(
            f'Queues = rabbit_amqqueue:list(<<"{vhost}">>), '
            "Rests = fun(Queue) -> Pid = amqqueue:get_pid(Queue), "
            "{ok, {_, {0, 0}}, _} = ra:local_query(Pid, fun rabbit_fifo:query_stat/1, 5000), "
            "{ok, {_, 0}, _} = ra:local_query(Pid, fun rabbit_fifo:query_messages_total/1, 5000), yes end, "
            "case [busy || Queue <- Queues, (catch Rests(Queue)) =/= yes] of "
            "[] -> [rabbit_misc:rs(amqqueue:get_name(Queue)) || Queue <- Queues]; _ -> [] end"
        )
        return tuple(sorted(_NAMES.findall(told)))

    def ready(self, url: str, queue: str) -> int | None:
        """Return how many messages are ready in a quorum queue, asked with patience; None: there is no such queue."""
        vhost = url.rpartition("/")[2]
        told = self.eval(
            f'case rabbit_amqqueue:lookup(rabbit_misc:r(<<"{vhost}">>, queue, <<"{queue}">>)) of {{error, _}} -> none; '
            "{ok, Queue} -> {ok, {_, {Number, _}}, _} = "
            "ra:local_query(amqqueue:get_pid(Queue), fun rabbit_fifo:query_stat/1, 5000), Number end"
        )
        return None if told == "none" else int(told)

    def empty(self, url: str) -> None:
        """Drop what is ready in the queues of a virtual host; what is in hand or on its way as a dead letter stays."""
        vhost = url.rpartition("/")[2]
        self.eval(
            "Ready = fun(Queue) -> {ok, {_, {Number, _}}, _} = "
            "ra:local_query(amqqueue:get_pid(Queue), fun rabbit_fifo:query_stat/1, 5000), Number > 0 end, "
            f'[catch rabbit_amqqueue:purge(Queue) || Queue <- rabbit_amqqueue:list(<<"{vhost}">>), '
            "(catch Ready(Queue)) =:= true], ok"
        )

    def remember(self) -> None:
        """Make the node write down which queues it has; killed within a second of declaring one, it would forget it."""
        self.eval("[ok = dets:sync(Table) || Table <- dets:all()], ok")

    def _dead_letters_again(self) -> bool:
        """Wait until every queue that dead-letters at least once has its worker; say whether that came about.

        Deleting such a queue sooner after a start brings down dead-lettering in the whole node (RabbitMQ 3.10).
        """
        settled = f"[(catch sys:get_state(Pid)) || Pid <- {_WORKERS}], length({_WORKERS}) >= length({_LETTERING})"
        try:
            wait_until(lambda: self.eval(settled) == "true", within=timedelta(seconds=15))
        except TimeoutError:
            return False
        return True

    def _configure(self) -> None:
        folder = self.process.folder
        cookie = folder / ".erlang.cookie"
        if cookie.exists():
            return
        (folder / "rabbitmq.conf").write_text(_CONFIG.format(address=LOOPBACK, port=self.port) + self._formation())
        (folder / "advanced.config").write_text(_ADVANCED)
        (folder / "enabled_plugins").write_text("[].")
        bare_home(RABBITMQ.program("rabbitmq-server"), folder / "home")
        cookie.touch(mode=0o600)
        cookie.write_text(self.cookie)
        cookie.chmod(0o400)
        self.process.own(cookie)

    def _formation(self) -> str:
        """Return how the node finds the others when it first starts."""
        if not self.members:
            return ""
        named = (f"classic_config.nodes.{number} = {node}" for number, node in enumerate(self.members, start=1))
        lines = ("peer_discovery_backend = classic_config", *named)
        formation = "".join(f"cluster_formation.{line}\n" for line in lines)
        return f"{formation}cluster_partition_handling = pause_minority\n"

    def _environment(self) -> dict[str, str]:
        folder = self.process.folder
        loopback_only = "-kernel inet_dist_use_interface {127,0,0,1}"
        return {
            "RABBITMQ_SCRIPTS_DIR": str(folder / "home" / "sbin"),
            "RABBITMQ_NODENAME": self.node,
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(folder / "advanced.config"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
            "RABBITMQ_CONF_ENV_FILE": str(folder / "rabbitmq-env.conf"),
            "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
            "RABBITMQ_LOG_BASE": str(folder / "logs"),
            "RABBITMQ_DIST_PORT": str(self.node_port),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": f"+S 2:2 +SDcpu 1:1 {loopback_only}",
            "RABBITMQ_CTL_ERL_ARGS": f"+S 1:1 {loopback_only}",
            "ERL_EPMD_PORT": str(self.register_port),
            "ERL_EPMD_ADDRESS": LOOPBACK,
        }

    def _talks(self) -> bool:
        with socket.create_connection((LOOPBACK, self.port), timeout=5) as client:
            client.sendall(b"AMQP\x00\x00\x09\x01")
            return bool(client.recv(1))
