"""A progress bar's column that tells how many a second."""

from rich.progress import ProgressColumn, Task
from rich.text import Text


class Rate(ProgressColumn):
    """Empty until it is known."""

    def render(self, task: Task) -> Text:
        """Return the rate of the last moments."""
        return Text(f"{task.speed:,.0f}/s" if task.speed else "", style="progress.data.speed")
