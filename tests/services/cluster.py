"""Three private RabbitMQ nodes that are one broker: one cookie and one name register, everything else their own."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tests.services.folder import private_folder
from tests.services.ports import free_ports
from tests.services.process import Process
from tests.services.processes import sweep
from tests.services.programs import RABBITMQ
from tests.services.rabbitmq import RabbitMQ
from tests.services.services import start

_NODES = 3

_LEADERS = (
    '[lists:concat([binary_to_list(element(4, amqqueue:get_name(Queue))), " ", element(2, amqqueue:get_pid(Queue))]) '
    "|| Queue <- rabbit_amqqueue:list()]"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """The nodes, none of them started by making this."""

    root: Path
    nodes: tuple[RabbitMQ, ...]

    @classmethod
    def create(cls) -> Self:
        """Make a new private folder and choose free ports. The maker ends it, as it does other servers."""
        root, free, cookie = private_folder(), free_ports(restarting=True), secrets.token_hex(16)
        register_port = next(free)
        members = tuple(f"columba-{number}@localhost" for number in range(1, _NODES + 1))
        nodes = (
            RabbitMQ(
                root=root,
                port=next(free),
                register_port=register_port,
                node_port=next(free),
                process=Process(root=root, name=name.partition("@")[0], user=RABBITMQ.user),
                node=name,
                members=members,
                cookie=cookie,
            )
            for name in members
        )
        return cls(root=root, nodes=tuple(nodes))

    @property
    def url(self) -> str:
        """All nodes, as the setting names them."""
        return ";".join(node.url for node in self.nodes)

    def start(self) -> None:
        """Start all nodes side by side and return once they are one broker."""
        start(self.nodes)
        self.nodes[0].ctl("await_online_nodes", str(_NODES))

    def alive(self) -> tuple[RabbitMQ, ...]:
        """Return the nodes whose process runs."""
        return tuple(node for node in self.nodes if node.process.pid() is not None)

    def leaders(self) -> Mapping[str, str]:
        """Return the name of the node that leads each queue, as a node that runs knows it."""
        told: list[str] = json.loads(self.alive()[0].eval(_LEADERS))
        return dict(line.split(" ") for line in told)

    def close(self) -> None:
        """End all nodes and remove their folder."""
        sweep(self.root)
        for node in self.nodes:
            node.process.reap()
