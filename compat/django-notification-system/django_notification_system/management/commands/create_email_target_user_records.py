"""`create_email_target_user_records`: the address book, from the project's users."""

from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError

from django_notification_system.agreeing import agree
from django_notification_system.models import NotificationTarget, TargetUserRecord


class Command(BaseCommand):
    """Exits with 1 when the book did not take an address."""

    help = "Enter every user's email address, and make Columba's address book agree with the records."

    def handle(self, *_: Any, **__: Any) -> None:
        """Make what is missing; what was taken out of use stays so."""
        self.stderr.write("create_email_target_user_records: with Columba it is `columba addresses sync`")
        channel = NotificationTarget.objects.get(name="Email", notification_module_name="email")
        for user in get_user_model()._default_manager.iterator():
            if not user.email:
                self.stdout.write(f"{user.get_username()} has no email address on record.")
                continue
            description = f"{user.first_name} {user.last_name}'s Email"
            record = TargetUserRecord.objects.filter(user=user, target=channel, target_user_id=user.email).first()
            if record is None:
                TargetUserRecord(
                    user=user, target=channel, target_user_id=user.email, description=description
                ).save_quietly()
            elif record.description != description:
                TargetUserRecord.objects.filter(pk=record.pk).update_quietly(description=description)
        problems = agree()
        for problem in problems:
            self.stderr.write(problem)
        if problems:
            raise CommandError("not all addresses were taken")
