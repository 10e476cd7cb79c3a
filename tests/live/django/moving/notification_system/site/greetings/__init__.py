"""An app that tells its users things by django-notification-system."""
