"""The project installs and runs anywhere: it names no registry and no machine's folders."""

import pytest

from tests.house.places import forbidden_places
from tests.house.tree import PROJECT, files


def test_no_file_of_this_tree_names_a_registry_or_a_machine() -> None:
    named = {
        path.as_posix(): list(forbidden_places((PROJECT / path).read_text(encoding="utf-8", errors="replace")))
        for path in files()
    }
    assert {path: places for path, places in named.items() if places} == {}


@pytest.mark.parametrize(
    "labels",
    [("pypi", "org"), ("files", "PythonHosted".lower(), "org"), ("registry", "npmjs", "org")],
)
def test_a_registry_is_found(labels: tuple[str, ...]) -> None:
    assert list(forbidden_places(f"see https://{'.'.join(labels)}/simple")) != []


@pytest.mark.parametrize("folder", ["home", "root", "work", "Users"])
def test_a_machines_folder_is_found(folder: str) -> None:
    assert list(forbidden_places(f"run /{folder}/somebody/columba")) != []


@pytest.mark.parametrize("text", ["/usr/lib/rabbitmq/bin", "src/work/page", "https://example.org/home/page", "$HOME/x"])
def test_a_system_folder_a_relative_path_and_a_page_are_not(text: str) -> None:
    assert list(forbidden_places(text)) == []
