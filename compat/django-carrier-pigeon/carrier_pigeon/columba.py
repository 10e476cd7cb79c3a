"""What Columba's consumers load: things are looked up, and their files made, by the app's own configurations."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from columba_consumers import File, FileMessage, Recipient, loader, renderer
from columba_consumers.errors import InvalidMessage
from columba_shared.event import Event
from django.apps import apps

from carrier_pigeon.configuration import DefaultConfiguration, workshop
from carrier_pigeon.models import BasicDirtyFieldsMixin
from carrier_pigeon.registry import REGISTRY
from carrier_pigeon.rule import KINDS
from carrier_pigeon.validators.base import Invalid


def found(key: str, *, model: Any) -> Any:
    """Return a thing as it is now; None: it is gone."""
    return model._base_manager.filter(pk=key).first()


@renderer(f"{KINDS}.*", target="files")
def files(event: Event, recipient: Recipient, thing: Any) -> FileMessage | None:  # noqa: ARG001 - all get the same
    """Return the files of a thing, or of a whole selection; none: there is nothing to push."""
    configuration = REGISTRY.get(event.context["rule"])
    if configuration is None:
        raise InvalidMessage(
            f"there is no rule {event.context['rule']!r} any more: CARRIER_PIGEON_CLASSES has {', '.join(REGISTRY)}"
        )
    with workshop():
        things = _selected(event.context["things"]) if thing is None else [thing]
        return _message(configuration, things)


def _selected(names: Iterable[str]) -> Iterator[Any]:
    for name in names:
        sort, _, key = name.partition(":")
        one = found(key, model=apps.get_model(sort))
        yield from [] if one is None else [one]


def _message(configuration: DefaultConfiguration, things: Iterable[Any]) -> FileMessage | None:
    configuration.initialize_push()
    try:
        made = [path for each in things for path in configuration.process_item(each)]
    except Invalid as no:
        raise InvalidMessage(str(no)) from no
    packed = configuration.pack(list(dict.fromkeys(made)))
    base = Path(configuration.outbox_directory)
    related = tuple(_file(Path(path), base) for path in packed)
    return FileMessage(related=related) if related else None


def _file(path: Path, base: Path) -> File:
    directory = path.relative_to(base).parent.as_posix()
    return File(name=path.name, directory="" if directory == "." else directory, content=path.read_bytes())


def _loader(model: Any) -> Callable[[str], Any]:
    one: Callable[[str], Any] = partial(found, model=model)

    @loader(model._meta.label_lower)
    def thing(key: str) -> Any:
        return one(key)

    return thing


for _model in apps.get_models():
    if issubclass(_model, BasicDirtyFieldsMixin):
        globals()[f"_load_{_model._meta.label_lower}"] = _loader(_model)
