"""What happens at the desk."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from columba_producer.django.about import pigeons
from columba_producer.django.about.audience import people_for
from columba_producer.django.about.memory import Memory
from columba_producer.django.about.wish import Wish
from columba_producer.django.configuration import Configuration
from columba_producer.django.environment import environment
from columba_shared.event import Event
from columba_shared.identity import event_id
from django.apps import apps
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.core.checks import run_checks
from django.core.mail import EmailMessage
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test import override_settings
from django.utils import timezone
from pigeonpost.signals import pigeonpost_immediate, pigeonpost_queue

from . import old
from .models import DESK, Attempt, Circular, SavedStory, Story

HOUR = 3_600


def begin() -> None:
    """Make the tables, and the people."""
    call_command("migrate", run_syncdb=True, verbosity=0)
    for name in ("ann", "bob", "chief"):
        User.objects.create(username=name, email=f"{name}@example.org")
    User.objects.create(username="mute")
    for name in ("idle", "refused", "slow", "slower"):
        User.objects.create(username=name, email=f"{name}@example.org", is_active=False)


def queue_plain() -> None:
    """Queue a story for all, and edit it."""
    plain = Story.objects.create(title="Plain, not edited")
    pigeonpost_queue.send(sender=plain)
    Story.objects.filter(pk=plain.pk).update(title="Plain & edited")


def queue_all() -> None:
    """Queue what the first pass finds."""
    queue_plain()
    _queue("Both & both", send_to=_user("idle"), render_email_method="render_both")
    read = Story.objects.create(title="Read")
    read.subscribers.set([_user("ann"), _user("bob")])
    pigeonpost_queue.send(sender=read, send_to_method="readers")
    _queue("Refused", send_to=_user("refused"))
    for title, name in (("Killed late", "slow"), ("Cancelled late", "slower")):
        Story.objects.create(title=title).subscribers.set([_user("bob"), _user(name)])
        _queue(title, send_to_method="readers")
    _queue("Unread", send_to_method="readers")
    early = _queue("Early", defer_for=6 * HOUR)
    pigeonpost_queue.send(sender=early, scheduled_for=timezone.now())
    _queue("Gone").delete()
    _queue("Twofold", send_to=_user("ann"))
    pigeonpost_queue.send(sender=Story.objects.get(title="Twofold"), send_to_method="readers", defer_for=HOUR)
    _queue("For one", render_email_method="render_for_one", send_to=_user("ann"))
    _queue("For one", render_email_method="render_for_one", send_to=_user("bob"))
    _queue("Nonsense", render_email_method="render_nonsense", send_to=_user("ann"))
    _queue("Copied", render_email_method="render_with_copy", send_to=_user("bob"))
    _queue("Elsewhere", render_email_method="render_elsewhere", send_to=_user("bob"))
    Circular.objects.create(line="first")
    pigeonpost_queue.send(sender=Circular, send_to=_user("ann"))
    Circular.objects.create(line="second")
    pigeonpost_queue.send(sender=Circular, send_to=_user("ann"))
    mail = EmailMessage("At once", "As it is", DESK, ["bob@example.org"])
    pigeonpost_immediate.send(sender=None, message=mail, user=_user("bob"))


def roll_back() -> None:
    """Queue in a transaction that fails."""
    with transaction.atomic():
        _queue("Rolled back")
        transaction.set_rollback(True)


def queue_wrongly() -> list[str]:
    """Return what each mistake comes to."""
    story, later = Story.objects.create(title="Wrong"), timezone.now()
    mistakes: dict[str, Callable[[], object]] = {
        "two times": lambda: pigeonpost_queue.send(sender=story, scheduled_for=later, defer_for=5),
        "time, and zero": lambda: pigeonpost_queue.send(sender=story, scheduled_for=later, defer_for=0),
        "no model": lambda: pigeonpost_queue.send(sender="story"),
        "not saved": lambda: pigeonpost_queue.send(sender=Story(title="Unsaved")),
        "no method": lambda: pigeonpost_queue.send(sender=story, render_email_method="render_emial"),
        "no user": lambda: pigeonpost_queue.send(sender=story, send_to="ann"),
    }
    found = []
    for name, mistake in mistakes.items():
        try:
            mistake()
        except (TypeError, ValueError) as error:
            found.append(f"{name}: {type(error).__name__}")
    return found


def deploy() -> int:
    """Run the command from cron; return its exit status."""
    return _status("deploy_pigeons")


def deploy_all() -> int:
    """Run it for what is not due as well."""
    return _status("deploy_pigeons", "--force")


def look() -> int:
    """Run it dry."""
    return _status("deploy_pigeons", "--dry-run")


def save_again() -> list[bool]:
    """Queue anew what was told, and tell it to a newcomer; return what was queued."""
    User.objects.create(username="newcomer", email="newcomer@example.org")
    plain, circular = Story.objects.get(title="Plain & edited"), Circular
    Circular.objects.create(line="third")
    answers = [
        pigeonpost_queue.send(sender=plain),
        pigeonpost_queue.send(sender=plain, retry=True),
        pigeonpost_queue.send(sender=circular, send_to=_user("ann")),
    ]
    return [event is not None for ((_, event),) in answers]


def queue_for_later() -> None:
    """Queue what is not due yet."""
    _queue("Copied later", render_email_method="render_with_copy", send_to=_user("bob"), defer_for=HOUR)
    late = _queue("Late")
    pigeonpost_queue.send(sender=late, scheduled_for=timezone.now() + timedelta(hours=6))
    saved = SavedStory.objects.create(title="Saved")
    saved.save()
    saved.title = "Saved thrice"
    saved.save()


def cancel_late() -> None:
    """Cancel what a server does not take."""
    call_command("columba", "cancel", "--to", "slower@example.org", "--status", "retrying", "--yes")


def panic() -> int:
    """Queue, and think better of it; something that was queued later goes."""
    _queue("Killed", defer_for=6 * HOUR)
    _queue("Killed at once")
    return _status("kill_pigeons")


def queue_killed() -> list[bool]:
    """Return what is queued anew of what was killed or cancelled once some had it, at last by those who insist."""
    killed, cancelled = (Story.objects.get(title=title) for title in ("Killed late", "Cancelled late"))
    answers = [
        pigeonpost_queue.send(sender=killed, send_to_method="readers"),
        pigeonpost_queue.send(sender=cancelled, send_to_method="readers"),
        pigeonpost_queue.send(sender=cancelled, send_to_method="readers", retry=True),
    ]
    return [event is not None for ((_, event),) in answers]


def take_over() -> list[bool]:
    """Return what is queued of a story that pigeonpost has told of, of one that waits with it, and of a new one."""
    told, waits, new = (Story.objects.create(title=title) for title in ("Told", "Waits", "New"))
    kind = ContentType.objects.get_for_model(Story).pk
    done = {"to_send": False, "sent_at": old.DUE, "send_to_method": "readers"}
    with connection.cursor() as cursor:
        old.make_tables(cursor)
        for row in (
            old.pigeon(kind, told.pk, **done),
            old.pigeon(kind, waits.pk, scheduled_for=timezone.now() + timedelta(hours=6)),
            old.pigeon(kind, None, **done),
        ):
            old.insert(cursor, "pigeonpost_pigeon", row, place="%s")
        sent = old.mail(1, _user("ann").pk, "", sent_at=old.DUE, succeeded=True)
        old.insert(cursor, "pigeonpost_outbox", sent, place="%s")
    told.subscribers.set([_user("ann"), _user("bob")])
    for _ in range(2):
        pigeons.take_over(apps, connection.schema_editor(collect_sql=True))
    call_command("columba", "import", "pigeonpost", "--from", "sqlite:///project.sqlite3")
    answers = [
        pigeonpost_queue.send(sender=told, send_to_method="readers"),
        pigeonpost_queue.send(sender=told, send_to_method="readers", retry=True),
        pigeonpost_queue.send(sender=waits),
        pigeonpost_queue.send(sender=new, send_to_method="readers"),
    ]
    return [event is not None for ((_, event),) in answers]


def ask_twice() -> list[int]:
    """Return how many are told, asked twice by one event, and by others before and after it has a mail for one."""
    story = Story.objects.create(title="Asked")
    wish = Wish.of(story, render_email_method="render_email", send_to=None, send_to_method=None)
    first, other = (_event(wish) for _ in range(2))
    ann = str(_user("ann").pk)
    found = [len(list(people_for(each))) for each in (first, first, other)]
    told = [Memory(wish.digest).note(ann, each.id) for each in (first, first, other)]
    found += [*told, len(list(people_for(first))), len(list(people_for(other)))]
    Memory(wish.digest).forget(ann, other.id)
    found.append(len(list(people_for(other))))
    Memory(wish.digest).forget(ann, first.id)
    return [*found, len(list(people_for(other)))]


def attempts() -> list[list[Any]]:
    """Return what the signals told."""
    return [list(each) for each in Attempt.objects.order_by("id").values_list("subject", "to", "successful")]


def check_sink() -> list[str]:
    """Return what is wrong with a project whose sink only pigeonpost would look at."""
    with override_settings(PIGEONPOST_SINK_EMAIL="sink@example.org"):
        return [f"{each.id} {each.hint}" for each in run_checks() if each.id.startswith("pigeonpost.")]


def sink() -> list[str]:
    """Return what `manage.py columba` tells consumers of it."""
    with override_settings(PIGEONPOST_SINK_EMAIL="sink@example.org", PIGEONPOST_SINK_LIMIT=2):
        told = environment(Configuration.from_settings({}), {})
    return [told["COLUMBA_SINK_EMAIL"], told["COLUMBA_SINK_LIMIT"]]


def _event(wish: Wish) -> Event:
    about, said = wish.subject.name, wish.context
    return Event(id=event_id(), kind=wish.kind, target="email", about=about, context=said, created_at=timezone.now())


def _queue(title: str, **said: Any) -> Story:  # noqa: ANN401 - what the signal takes
    story: Story = Story.objects.get_or_create(title=title)[0]
    pigeonpost_queue.send(sender=story, **said)
    return story


def _user(name: str) -> User:
    return User.objects.get(username=name)


def _status(*command: str) -> int:
    try:
        call_command(*command)
    except CommandError as error:
        return int(error.returncode)
    return 0
