"""The project at work: one process that does what it is told, a line at a time, and answers with a line."""

import json
import os
import sys
import warnings
from typing import Any, Final

import django


def serve() -> None:
    """Call functions of the scenes by name, until there are no more lines."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what commands print is not for whoever reads the answers
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        django.setup()
    from . import scenes  # noqa: PLC0415 - once apps are ready

    warned: Final = sorted({str(each.message).partition(":")[0] for each in caught})
    for line in sys.stdin:
        name = line.strip()
        try:
            answer: Any = warned if name == "warned" else getattr(scenes, name)()
            told = {"answer": answer}
        except Exception as error:  # noqa: BLE001 - is the answer
            told = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(told), file=answers, flush=True)


if __name__ == "__main__":
    serve()
