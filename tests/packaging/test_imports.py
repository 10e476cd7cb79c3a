"""What importing a package loads, seen from a fresh interpreter."""

import json
import subprocess
import sys
from pathlib import Path

import columba_shared

HEAVY = {"sqlalchemy", "alembic", "columba_consumers", "pika", "jinja2", "django", "botocore", "flask", "starlette"}


def loaded_after(statement: str) -> set[str]:
    """Return the top-level modules that a fresh interpreter has loaded after the statement."""
    report = "import json, sys; print(json.dumps(sorted(name.partition('.')[0] for name in sys.modules)))"
    command = [sys.executable, "-I", "-c", f"{statement}\n{report}"]
    done = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603 - our own statement
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout))


def test_importing_the_producer_loads_neither_sqlalchemy_nor_consumer_code() -> None:
    loaded = loaded_after("from columba_producer import EventRequest, Producer, Recipient")
    assert "columba_producer" in loaded
    assert not loaded & HEAVY


def test_importing_the_test_kit_loads_no_pytest() -> None:
    loaded = loaded_after("from columba_producer.testing import MemoryProducer\nMemoryProducer.from_env({})")
    assert "columba_producer" in loaded
    assert not loaded & (HEAVY | {"pytest"})


def test_importing_rules_loads_no_sqlalchemy_before_they_are_attached() -> None:
    assert not loaded_after("from columba_producer.rules import *\nRules.from_env({})") & HEAVY
    assert "sqlalchemy" in loaded_after("from columba_producer.rules import attach")


def test_a_project_with_the_admin_loads_consumer_code_when_somebody_looks_at_the_log() -> None:
    apps = ["columba_producer.django", "columba_producer.django.admin"]
    apps += [f"django.contrib.{name}" for name in ("admin", "auth", "contenttypes", "messages")]
    start = (
        f"from django.conf import settings; settings.configure(INSTALLED_APPS={apps}); import django; django.setup()"
    )
    loaded = loaded_after(f"{start}\nimport columba_producer.django.admin.admin")
    assert "django" in loaded
    assert not loaded & (HEAVY - {"django"})


def test_importing_what_is_shared_except_the_log_loads_no_sqlalchemy() -> None:
    package = Path(columba_shared.__file__).parent
    parts = {path.stem for path in package.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    statement = "\n".join(f"import columba_shared.{part}" for part in sorted(parts - {"__init__", "log"}))
    assert not loaded_after(statement) & HEAVY


def test_importing_the_consumers_loads_no_producer() -> None:
    loaded = loaded_after("import columba_consumers")
    assert "columba_consumers" in loaded
    assert "columba_producer" not in loaded


def test_what_a_target_asks_with_is_loaded_when_it_asks() -> None:
    targets = {"push": "PushTarget", "sms": "SmsTarget", "webhook": "WebhookTarget"}
    statement = "\n".join(f"from columba_consumers.targets.{name} import {made}" for name, made in targets.items())
    loaded = loaded_after(statement)
    assert "columba_consumers" in loaded
    assert not loaded & {"aiohttp", "phonenumbers"}


def test_apprise_is_loaded_when_there_is_something_to_say() -> None:
    loaded = loaded_after("from columba_consumers.targets.chat import ChatTarget")
    assert "columba_consumers" in loaded
    assert not loaded & {"apprise", "requests", "urllib3"}
