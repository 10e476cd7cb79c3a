"""How long whoever is asked by HTTP has to answer."""

from columba_shared.settings import parsers
from columba_shared.settings.setting import Setting


def timeout_of(name: str, who: str) -> Setting:
    """Return the setting of this name; ``who`` is said in words."""
    help_ = f"Seconds that {who}; at most 5 of them, and at most half, to let us connect."
    return Setting(name=name, default="20", parse=parsers.seconds(1, 300), help=help_)
