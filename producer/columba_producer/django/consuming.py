"""What consumers load of a Django project: mail about its objects, and the module `columba` of each of its apps.

`COLUMBA_APP` may name another one, which lists this one in its `COLUMBA_MODULES`.
"""

from typing import Final

from columba_producer.django.consumed import consumed_modules

COLUMBA_MODULES: Final = ("columba_producer.django.about.consuming", *consumed_modules())
