"""Where each setting's text comes from: the environment first, then the env file, then the default."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from itertools import chain
from pathlib import Path

from columba_shared.errors import InvalidSetting
from columba_shared.settings.env_file import read_env_file
from columba_shared.settings.own import OWN
from columba_shared.settings.setting import PREFIX, Origin, Setting, Source

ENV_FILE = "COLUMBA_ENV_FILE"
DEFAULT_ENV_FILE = "columba.env"
_LONGEST_SECRET = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """A variable that nothing reads, and the one that was perhaps meant."""

    name: str
    origin: Origin
    meant: str | None


@dataclass(slots=True, kw_only=True)
class Sources:
    """Finds the text of settings, and collects what is wrong on the way."""

    environment: Mapping[str, str]
    env_file: Mapping[str, str] = field(default_factory=dict)
    env_path: Path | None = None
    problems: list[InvalidSetting] = field(default_factory=list)

    @classmethod
    def of(cls, environ: Mapping[str, str], directory: Path) -> "Sources":
        """Read the env file, if there is one: the one named must be there, `columba.env` need not."""
        sources = cls(environment={name: text for name, text in environ.items() if name.startswith(PREFIX)})
        named = environ.get(ENV_FILE)
        path = directory / (named or DEFAULT_ENV_FILE)
        if named or path.is_file():
            try:
                sources.env_file, sources.env_path = read_env_file(path), path
            except InvalidSetting as error:
                sources.problems.append(error)
        return sources

    def find(self, setting: Setting) -> Source:
        """Return the text in force and its origin."""
        places = ((self.environment, Origin.ENVIRONMENT), (self.env_file, Origin.ENV_FILE))
        for variables, origin in places:
            text, path = variables.get(setting.name), self._secret_path(setting, variables)
            if text and path:
                self._problem(setting.name, f"is set twice: also as {setting.name}_FILE")
            if text:
                return Source(text=text, origin=origin, place=str(self.env_path) if origin is Origin.ENV_FILE else "")
            if path:
                return Source(text=self._secret(setting, Path(path)), origin=Origin.SECRET_FILE, place=path)
        return Source(text=setting.default, origin=Origin.DEFAULT)

    def unknown(self, table: Iterable[Setting]) -> Iterator[Unknown]:
        """Yield the variables with our prefix that nothing reads: none of the table, and no target of Columba's."""
        read = (*table, *chain.from_iterable(OWN.values()))
        known = {ENV_FILE, *(setting.name for setting in read)}
        known |= {f"{setting.name}_FILE" for setting in read if setting.secret}
        for variables, origin in ((self.environment, Origin.ENVIRONMENT), (self.env_file, Origin.ENV_FILE)):
            for name in sorted(variables):
                if name.startswith(PREFIX) and name not in known:
                    near = get_close_matches(name, sorted(known), n=1, cutoff=0.8)
                    yield Unknown(name=name, origin=origin, meant=near[0] if near else None)

    @staticmethod
    def _secret_path(setting: Setting, variables: Mapping[str, str]) -> str | None:
        return variables.get(f"{setting.name}_FILE") if setting.secret else None

    def _secret(self, setting: Setting, path: Path) -> str:
        try:
            text = path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
            self._problem(f"{setting.name}_FILE", f"{path} cannot be read: {reason}")
            return setting.default
        if not text or len(text) > _LONGEST_SECRET:
            self._problem(f"{setting.name}_FILE", f"{path} must hold the value and nothing else")
            return setting.default
        return text

    def _problem(self, name: str, problem: str) -> None:
        self.problems.append(InvalidSetting(name, problem))
