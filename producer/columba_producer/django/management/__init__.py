"""What `manage.py` can do with Columba."""
