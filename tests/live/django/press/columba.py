"""What consumers load of the newspaper: how a story is looked up."""

from columba_consumers import loader

from tests.live.django.press.models import Story


@loader("story")
def story(key: str) -> dict[str, object] | None:
    """Find a story as it is when its file is made; one that is offline by then goes to nobody."""
    found: dict[str, object] | None = Story.objects.filter(pk=key, online=True).values("id", "title").first()
    return found
