"""Which modules of a project Columba's consumers load: `columba` in each of its apps that has one."""

from importlib.util import find_spec

from django.apps import apps


def consumed_modules() -> tuple[str, ...]:
    """Return their names, in the order of INSTALLED_APPS; none is imported."""
    names = (f"{each.name}.columba" for each in apps.get_app_configs())
    return tuple(name for name in names if find_spec(name) is not None)
