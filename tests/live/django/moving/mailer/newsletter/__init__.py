"""A small app that was written for django-mailer."""
