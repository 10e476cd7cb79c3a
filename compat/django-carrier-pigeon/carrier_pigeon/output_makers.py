"""Output makers: one file of a thing each."""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.template import loader

from carrier_pigeon.configuration import DefaultConfiguration
from carrier_pigeon.validators.base import BaseValidator


class BaseOutputMaker:
    """Says what is in the file, and what it is called."""

    def __init__(self, configuration: DefaultConfiguration, instance: Any) -> None:
        """Keep both."""
        self.configuration = configuration
        self.instance = instance

    @property
    def validators(self) -> Sequence[type[BaseValidator]]:
        """Whoever looks at it before it goes."""
        return []

    def output(self) -> Any:
        """Return what is in it, or whatever `release` makes it of; nothing: there is no such file."""
        raise NotImplementedError("Must be implemented.")

    def release(self, output: Any) -> str:
        """Put the file in its place and return the path."""
        raise NotImplementedError("Must be implemented.")

    @property
    def final_file_name(self) -> str:
        """How it is called."""
        raise NotImplementedError("Must be implemented.")

    def get_output_filename(self, instance: Any) -> str:  # noqa: ARG002 - as it was
        """Return how it is called."""
        return self.final_file_name

    @property
    def relative_final_directory(self) -> str:
        """The folder it lies in, here and there; an empty one: none."""
        return ""

    def get_directory(self) -> str:
        """Return that folder."""
        return self.relative_final_directory

    @property
    def relative_final_path(self) -> str:
        """Where it lies in the rule's folder."""
        return os.path.join(self.relative_final_directory, self.final_file_name)  # noqa: PTH118 - makers join strings

    @property
    def local_final_path(self) -> str:
        """Where it is made."""
        return os.path.join(self.configuration.tmp_directory, self.relative_final_path)  # noqa: PTH118 - as above

    @property
    def local_final_directory(self) -> str:
        """The folder it is made in."""
        return os.path.join(self.configuration.tmp_directory, self.relative_final_directory)  # noqa: PTH118 - as above


class TemplateOutputMaker(BaseOutputMaker):
    """Says it by a template of Django's."""

    def get_template_name(self) -> str:
        """Return the template's name in the rule's folder."""
        return f"{_sort(self.instance)}.xml"

    def get_template_path(self) -> str:
        """Return the template's whole name."""
        return f"carrier_pigeon/{self.configuration.name}/{self.get_template_name()}"

    def get_extra_context(self) -> dict[str, Any]:
        """Return what the template sees besides the thing, which is `object`."""
        return {}

    @property
    def final_file_name(self) -> str:
        """The thing's sort and key."""
        return f"{_sort(self.instance)}_{self.instance.pk}.xml"

    def output(self) -> bytes:
        """Return what the template says, in UTF-8."""
        context = {**self.get_extra_context(), "object": self.instance}
        return str(loader.get_template(self.get_template_path()).render(context)).encode()

    def release(self, output: bytes) -> str:
        """Write it."""
        Path(self.local_final_path).write_bytes(output)
        return self.local_final_path


class OutputMakerByConfiguration(TemplateOutputMaker):
    """Of a configuration that says itself where its files lie and how they are called, as far as it does."""

    @property
    def relative_final_directory(self) -> str:
        """The folder, which was written with slashes around it."""
        get = getattr(self.configuration, "get_directory", None)
        return "" if get is None else str(get(self.instance)).strip("/")

    @property
    def final_file_name(self) -> str:
        """The configuration's own name for it, or the default."""
        get = getattr(self.configuration, "get_output_filename", None)
        return super().final_file_name if get is None else str(get(self.instance))

    def get_extra_context(self) -> dict[str, Any]:
        """Return what the configuration has for the template."""
        get = getattr(self.configuration, "get_extra_context", None)
        return {} if get is None else dict(get(self.instance))


class BinaryOutputMaker(BaseOutputMaker):
    """Takes the file of a file field as it is."""

    def __init__(self, configuration: DefaultConfiguration, instance: Any, field_name: str) -> None:
        """Keep all three."""
        super().__init__(configuration, instance)
        self.file_field = getattr(self.instance, field_name)

    def output(self) -> str:
        """Return where the file is; nothing: the field is empty."""
        return str(self.file_field.path) if self.file_field else ""

    @property
    def final_file_name(self) -> str:
        """The thing's class and key, without an ending."""
        return f"{type(self.instance).__name__}_{self.instance.pk}"

    def release(self, output: str) -> str:
        """Copy it."""
        shutil.copy(output, self.local_final_path)
        return self.local_final_path


def _sort(instance: Any) -> str:
    return f"{instance._meta.app_label.lower()}_{instance._meta.model_name}"
