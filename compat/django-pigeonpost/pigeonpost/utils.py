"""Pigeonpost's helper for mails in text and HTML, which is Columba's."""

import warnings

from columba_producer.django.composing import generate_email

__all__ = ["generate_email"]

warnings.warn("pigeonpost.utils: from columba_producer.django import generate_email", DeprecationWarning, stacklevel=2)
