"""One process of the project's: does what it is told by lines of JSON, and answers each with one."""

import json
import os
import sys

os.environ["DJANGO_SETTINGS_MODULE"] = "settings"

import django

django.setup()

from django.core.management import call_command  # noqa: E402 - needs the settings
from greetings import calls, looking  # noqa: E402 - needs the apps

call_command("migrate", verbosity=0)
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)  # what commands print is not for the test
call_command("columba", "migrate")
for line in sys.stdin:
    name, arguments, named = json.loads(line)
    try:
        answer = {"said": getattr(calls if hasattr(calls, name) else looking, name)(*arguments, **named)}
    except Exception as error:  # noqa: BLE001 - the test is told, and decides
        answer = {"raised": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), file=answers, flush=True)
