"""What producers and consumers agree on: the event, the topology, the settings, the log."""
