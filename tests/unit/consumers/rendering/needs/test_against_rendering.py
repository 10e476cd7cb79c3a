"""What is said of needs, held against what becomes of templates when they are rendered."""

from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path as Folder
from typing import Any
from uuid import UUID

import pytest
from columba_consumers.rendering import EMAIL_PARTS
from columba_consumers.rendering.edition import Edition
from columba_consumers.rendering.errors import VariableMissing
from columba_consumers.rendering.folder import File
from columba_consumers.rendering.needs.needs import Needs, needs_of
from columba_consumers.rendering.settings import TemplateLimits
from columba_shared.contract.path import Every, Path, parsed
from columba_shared.event import Event, Recipient
from hypothesis import given
from hypothesis import strategies as st

FULL: dict[str, Any] = {
    **dict.fromkeys("pq", 1),
    **{name: {"x": 2, "y": {"x": 3, "y": 4}} for name in "mn"},
    **{name: [{"x": 5, "y": [{"x": 6}]}, {"x": 7, "y": [{"x": 8}]}] for name in "lk"},
}
"""Numbers, mappings and lists, told apart by their names."""
NOBODY = Recipient(address="nobody@example.org")

numbers = st.sampled_from(["p", "q", "m.x", "n.y.x", "m['y'].y", "l|length", "(k|first).x", "l|sum(attribute='x')"])
truths = st.sampled_from(["p is defined", "m.y is none", "n.x > 1", "q", "l", "k is sequence", "not m.x"])


def _texts(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    joined = st.lists(inner, max_size=3).map("".join)
    return st.one_of(
        st.builds("{{% if {} %}}{}{{% else %}}{}{{% endif %}}".format, truths, joined, joined),
        st.builds("{{% if {} %}}{}{{% elif {} %}}{}{{% endif %}}".format, truths, joined, truths, joined),
        st.builds("{{% for i in {} %}}{{{{ i.x }}}}{}{{% endfor %}}".format, st.sampled_from("lk"), joined),
        st.builds("{{% for i in {} if i.x > {} %}}{}{{% endfor %}}".format, st.sampled_from("lk"), numbers, joined),
        st.builds("{{% for i in {}|reverse %}}{{% for j in i.y %}}{{{{ j.x }}}}{}{{% endfor %}}{{% endfor %}}".format,
                  st.sampled_from("lk"), joined),
        st.builds("{{% set v = {} %}}{}{{{{ v }}}}".format, numbers, joined),
        st.builds("{{% with m = n %}}{}{{% endwith %}}".format, joined),
        st.builds("{{% macro t(p) %}}{}{{% endmacro %}}{{{{ t({}) }}}}".format, joined, numbers),
    )  # fmt: skip


texts = st.recursive(
    st.one_of(
        st.builds("{{{{ {} }}}}".format, numbers),
        st.builds("{{{{ {}|default({}) }}}}".format, numbers, numbers),
        st.builds("{{{{ {} if {} else {} }}}}".format, numbers, truths, numbers),
        st.builds("{{{{ {} or {} }}}}".format, numbers, numbers),
    ),
    _texts,
    max_leaves=12,
)


def read(text: str) -> tuple[Edition, Needs]:
    """Return an edition of one text, and what it needs."""
    files = {"a/email.subject.txt": "S", "a/email.txt": text}
    made = {name: File(stamp=(0, 0, 0), content=content.encode()) for name, content in files.items()}
    edition = Edition(made, folder=Folder("templates"), limits=TemplateLimits())
    return edition, needs_of(edition, "a", EMAIL_PARTS)


def render(edition: Edition, context: dict[str, Any]) -> None:
    created = datetime(2026, 11, 22, tzinfo=UTC)
    event = Event(id=UUID(int=1), kind="a", target="email", to=(NOBODY,), context=context, created_at=created)
    edition.set_for("a", EMAIL_PARTS).render(event, NOBODY)


def without(context: dict[str, Any], path: Path) -> dict[str, Any]:
    """Return the context without what is at a path; of a list, of its first item alone."""
    left = deepcopy(context)
    place: Any = left
    for step in path[:-1]:
        place = place[0 if isinstance(step, Every) else step]
    del place[path[-1]]
    return left


@pytest.mark.slow
@given(text=texts)
def test_without_what_is_always_needed_it_is_not_rendered(text: str) -> None:
    edition, found = read(text)
    for need in found.needs:
        if need.always and not isinstance(need.path[-1], int):
            with pytest.raises(VariableMissing):
                render(edition, without(FULL, need.path))


@pytest.mark.slow
@given(text=texts)
def test_what_is_not_spoken_of_is_never_missed(text: str) -> None:
    edition, found = read(text)
    spoken = {need.path for need in found.needs}
    left = {name: value for name, value in FULL.items() if any(path[0] == name for path in spoken)}
    for text_of_path in ("m.x", "m.y.x", "m.y.y", "n.x", "n.y.x", "l[].x", "l[].y", "k[].x"):
        path = parsed(text_of_path)
        if path[0] in left and not any(each[: len(path)] == path or path[: len(each)] == each for each in spoken):
            left = without(left, path)
    render(edition, left)
