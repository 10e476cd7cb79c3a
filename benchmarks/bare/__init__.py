"""The bare parts: what a mail costs at least, each part alone, with nothing of Columba's around it."""
