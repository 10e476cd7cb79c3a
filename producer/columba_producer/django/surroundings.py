"""A Django project around the code that consumers call: set up before it is loaded, its connections looked after.

What is done is what Django does around each request: a connection that is broken, or older than CONN_MAX_AGE, is
closed, and with CONN_HEALTH_CHECKS one that is kept is asked first whether it still works.
"""

import os

from columba_shared.surroundings import Surroundings

_SETTINGS = "DJANGO_SETTINGS_MODULE"


def surroundings() -> Surroundings | None:
    """Set the project up, and return what is done around its code; None: this process is no Django project's."""
    if not os.environ.get(_SETTINGS):
        return None
    import django  # noqa: PLC0415 - not everywhere where this is installed
    from asgiref.sync import sync_to_async  # noqa: PLC0415 - as above
    from django.db import close_old_connections, connections  # noqa: PLC0415 - as above

    django.setup()
    # Where asynchronous code has its queries made: in a thread of their own.
    awaited = sync_to_async(close_old_connections, thread_sensitive=True)
    return Surroundings(around=close_old_connections, awaited=awaited, leaving=connections.close_all)
