"""django-pigeonpost's names in front of Columba: install it in place of the original, and calls stay as they are."""
