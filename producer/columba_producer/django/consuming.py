"""The app of consumers that are started by `manage.py columba`: the module `columba` of each of the project's apps.

`COLUMBA_APP` may name another one, which lists this one in its `COLUMBA_MODULES`.
"""

from typing import Final

import django
from django.apps import apps

if not apps.ready:
    django.setup()

from columba_producer.django.consumed import consumed_modules

COLUMBA_MODULES: Final = consumed_modules()
