"""Taking over what other systems have waiting, on record, and on their lists: `columba import`.

An importer reads the tables of its system and yields items; what happens to these is the same for all.
"""
