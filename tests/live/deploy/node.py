"""A RabbitMQ node with the very files of deploy/rabbitmq; only its port and the place of its secrets are its own."""

import shutil
from pathlib import Path
from typing import Final

from tests.services.rabbitmq import RabbitMQ
from tests.unit.deploy.compose import PROJECT

FILES: Final = PROJECT / "deploy" / "rabbitmq"


class DeployedNode(RabbitMQ):
    """Reads its files as the container does: what is in conf.d one after the other, the later winning."""

    def take(self, definitions: Path) -> None:
        """Put the files where the node reads them when it starts."""
        self.process.prepare()
        folder = self.process.folder / "conf.d"
        folder.mkdir()
        shutil.copy(FILES / "rabbitmq.conf", folder / "20-columba.conf")
        shutil.copy(FILES / "advanced.config", self.process.folder / "deployed.config")
        shutil.copy(definitions, self.definitions)
        (folder / "30-place.conf").write_text(f"load_definitions = {self.definitions}\n")
        for path in (folder, *folder.iterdir(), self.process.folder / "deployed.config", self.definitions):
            self.process.own(path)

    @property
    def definitions(self) -> Path:
        """The node's copy of the users and rights."""
        return self.process.folder / "definitions.json"

    def _environment(self) -> dict[str, str]:
        own = {
            "RABBITMQ_CONFIG_FILES": str(self.process.folder / "conf.d"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(self.process.folder / "deployed.config"),
        }
        return super()._environment() | own
