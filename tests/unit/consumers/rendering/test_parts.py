"""What a part makes of what its template says."""

import pytest
from columba_consumers.rendering import Part


@pytest.mark.parametrize(
    ("part", "finished"),
    [
        (Part(field="text", file="email.txt"), " a\n b\n"),
        (Part(field="subject", file="email.subject.txt", single_line=True), "a b"),
        (Part(field="text", file="sms.txt", trimmed=True), " a\n b"),
    ],
    ids=["as it is", "single line", "trimmed"],
)
def test_a_text_is_finished_as_its_message_wants_it(part: Part, finished: str) -> None:
    assert part.finished(" a\n b\n") == finished
