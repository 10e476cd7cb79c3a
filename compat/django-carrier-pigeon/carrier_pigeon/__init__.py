"""django-carrier-pigeon's names in front of Columba's rules and files: see docs/migrating/carrier-pigeon.md."""
