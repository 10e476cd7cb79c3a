"""A gazette that was written for django-carrier-pigeon."""
