"""The rules that settings name."""

from columba_producer.django.rules import rule

from tests.live.django.press.models import Story


@rule(Story, destinations=["left"])
def headlines(story: Story) -> bool:
    """Keep drafts at home."""
    return bool(story.online)
