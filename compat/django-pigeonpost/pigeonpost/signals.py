"""Pigeonpost's signals, which are Columba's by other names."""

import warnings

from columba_producer.django.signals import immediate as pigeonpost_immediate
from columba_producer.django.signals import post_send as pigeonpost_post_send
from columba_producer.django.signals import pre_send as pigeonpost_pre_send
from columba_producer.django.signals import queue as pigeonpost_queue

__all__ = ["pigeonpost_immediate", "pigeonpost_post_send", "pigeonpost_pre_send", "pigeonpost_queue"]

warnings.warn(
    "pigeonpost.signals: from columba_producer.django import mail_about, "
    "from columba_producer.django.signals import queue, immediate, pre_send, post_send",
    DeprecationWarning,
    stacklevel=2,
)
