"""The names of django-notification-system, on Columba: see docs/migrating/notification-system.md."""
